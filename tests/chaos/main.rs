//! `cargo xtask chaos [--seed N|A..B] [--minutes M] [--pause SECONDS] [--brokers 1|3]`: long runs on engines that may be killed. The reports are
//! printed and written to target/chaos.
#![expect(clippy::expect_used, reason = "a tool of the tests, with a message for each")]
#![expect(clippy::print_stdout, reason = "a tool at a terminal")]

use std::{env, fs, path::PathBuf, process::ExitCode, time::Duration};

use tests::chaos::{self, ChaosOptions, ChaosReport, OwnEngines, Recovery};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let minutes: f64 =
        value(&arguments, "--minutes").map_or(10.0, |text| text.parse().expect("--minutes needs a number"));
    let pause: u64 = value(&arguments, "--pause").map_or(12, |text| text.parse().expect("--pause needs seconds"));
    let three_brokers = match value(&arguments, "--brokers").unwrap_or("1") {
        "1" => false,
        "3" => true,
        other => panic!("--brokers is 1 or 3, not {other}"),
    };
    let engines = env::var("JONQUIL_CHAOS_XTASK").ok().map(|xtask| OwnEngines {
        xtask: PathBuf::from(xtask),
        port_base: env::var("JONQUIL_CHAOS_PORT_BASE").expect("JONQUIL_CHAOS_PORT_BASE"),
        volumes: env::var("JONQUIL_CHAOS_SPOOL").map(PathBuf::from).map_err(|_| {
            env::var("JONQUIL_CHAOS_NO_VOLUMES").expect("JONQUIL_CHAOS_SPOOL or JONQUIL_CHAOS_NO_VOLUMES")
        }),
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut reports = Vec::new();
    for seed in seeds(value(&arguments, "--seed").unwrap_or("1")) {
        let options = ChaosOptions {
            seed,
            length: Duration::from_secs_f64(minutes * 60.0),
            at_least: 0,
            // Longer than a consumer's session in its group.
            pause: Duration::from_secs(pause),
            engines: engines.clone(),
            three_brokers,
            rebuild_at_the_end: true,
            show: |line| println!("{line}"),
        };
        println!("seed {seed}");
        let report = runtime.block_on(chaos::run(&options));
        println!("\n{}", report.text());
        writes(&format!("seed-{seed}.md"), &report.text());
        reports.push(report);
    }
    writes("report.md", &together(&reports));
    println!("{}", together(&reports));
    if reports.iter().all(|report| report.findings.is_empty()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn value<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).map(String::as_str)
}

/// `7`, or `1..10` with both ends.
fn seeds(text: &str) -> Vec<u64> {
    let number = |text: &str| {
        text.trim_start_matches('=')
            .parse()
            .expect("--seed needs a number, or two as 1..10")
    };
    match text.split_once("..") {
        Some((first, last)) => (number(first)..=number(last)).collect(),
        None => vec![number(text)],
    }
}

/// One line for each seed, then the faults of all.
fn together(reports: &[ChaosReport]) -> String {
    let mut lines = vec![
        "| seed | faults | kills | commands | listens | events | lost | doubled | inversions | orphans | half-done | \
                    wrong | not recovered |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
            .to_owned(),
    ];
    for report in reports {
        let [commands, ..] = report.commands;
        let laws = [
            "lost",
            "doubled",
            "inversion",
            "orphan",
            "half-done",
            "wrong",
            "not recovered",
        ];
        let found: Vec<String> = laws.iter().map(|law| report.count(law).to_string()).collect();
        let (faults, kills, found) = (report.recoveries.len(), report.kills(), found.join(" | "));
        let (seed, listens, events) = (report.seed, report.listens, report.events);
        lines.push(format!(
            "| {seed} | {faults} | {kills} | {commands} | {listens} | {events} | {found} |\n"
        ));
    }
    let all: Vec<Recovery> = reports.iter().flat_map(|report| report.recoveries.clone()).collect();
    let left_out = reports.iter().find_map(|report| report.left_out.as_ref());
    let left_out = left_out.map_or_else(String::new, |what| format!("\nLeft out: {what}.\n"));
    lines.concat() + &left_out + "\n" + &chaos::recovery_table(&all)
}

fn writes(name: &str, text: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/chaos");
    fs::create_dir_all(&folder).expect("target/chaos");
    fs::write(folder.join(name), text).expect("the report");
}
