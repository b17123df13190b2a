//! What a run came to.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use super::{
    ChaosOptions, Finding,
    book::{Fate, SentListen},
    system::System,
};

/// How long the system took after one fault, or after two at once.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Of the fault.
    pub name: String,
    /// Processes and engines killed.
    pub kills: usize,
    /// From the moment the cause was gone until everything written before was visible.
    pub seconds: f64,
}

impl Recovery {
    pub(super) fn line(&self) -> String {
        format!("{}: recovered in {:.1} s", self.name, self.seconds)
    }
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct ChaosReport {
    /// Of the run.
    pub seed: u64,
    /// With load, faults and checks.
    pub elapsed: Duration,
    /// In their order.
    pub recoveries: Vec<Recovery>,
    /// What must not be; empty when all is well.
    pub findings: Vec<Finding>,
    /// Acknowledged, refused, unanswered commands, and attempts.
    pub commands: [u64; 4],
    /// Listens acknowledged.
    pub listens: usize,
    /// Those of them whose sender's clock was wrong, and listens that were not taken.
    pub clocks: [usize; 2],
    /// Events on the topics.
    pub events: i64,
    /// Processes that ended by themselves, with their last line.
    pub ended: BTreeMap<&'static str, Vec<String>>,
    /// Things there at the end.
    pub things: usize,
    /// Attempts that were answered with 503 while a disk was full.
    pub unavailable_while_full: u64,
    /// Which faults could not be drawn, and why.
    pub left_out: Option<String>,
}

fn left_out(options: &ChaosOptions) -> Option<String> {
    let Some(engines) = &options.engines else {
        return Some("killed and stopped engines and full disks, as others use these engines".to_owned());
    };
    let why = engines.volumes.as_ref().err()?;
    Some(format!("full disks: {why}"))
}

impl ChaosReport {
    pub(super) async fn of(
        system: &System,
        options: &ChaosOptions,
        elapsed: Duration,
        recoveries: Vec<Recovery>,
    ) -> Self {
        let log = &system.log;
        let counters = [&log.acknowledged, &log.refused, &log.unanswered, &log.attempts];
        let ends = system.app.ends().await;
        let book = log.book();
        let such = |is: fn(&SentListen) -> bool| book.listens.values().filter(|listen| is(listen)).count();
        Self {
            seed: options.seed,
            elapsed,
            recoveries,
            findings: log.findings(),
            commands: counters.map(|counter| counter.load(Ordering::Relaxed)),
            listens: such(|listen| listen.acknowledged),
            clocks: [
                such(|listen| listen.acknowledged && listen.clock != 0),
                such(|listen| !listen.acknowledged),
            ],
            events: ends.iter().map(|end| end.offset).sum(),
            ended: system.ended(),
            things: book.things.values().filter(|thing| thing.fate == Fate::There).count(),
            unavailable_while_full: log.unavailable_while_full.load(Ordering::Relaxed),
            left_out: left_out(options),
        }
    }

    /// Processes and engines killed.
    #[must_use]
    pub fn kills(&self) -> usize {
        self.recoveries.iter().map(|one| one.kills).sum()
    }

    /// How many findings break a law.
    #[must_use]
    pub fn count(&self, law: &str) -> usize {
        self.findings.iter().filter(|finding| finding.law == law).count()
    }

    /// As Markdown.
    #[must_use]
    pub fn text(&self) -> String {
        let [acknowledged, refused, unanswered, attempts] = self.commands;
        let mut text = format!(
            "seed {}: {} faults, {} kills, {:.0} s; {acknowledged} commands acknowledged ({attempts} attempts, {refused} refused, \
             {unanswered} without an answer), {} listens ({} by wrong clocks, {} more not taken), {} things, {} events\n\
             lost {}, doubled {}, inversions {}, orphans {}, half-done {}, wrong {}, not recovered {}\n\n",
            self.seed,
            self.recoveries.len(),
            self.kills(),
            self.elapsed.as_secs_f64(),
            self.listens,
            self.clocks[0],
            self.clocks[1],
            self.things,
            self.events,
            self.count("lost"),
            self.count("doubled"),
            self.count("inversion"),
            self.count("orphan"),
            self.count("half-done"),
            self.count("wrong"),
            self.count("not recovered"),
        );
        let full = match (&self.left_out, self.unavailable_while_full) {
            (Some(what), _) => format!("left out: {what}\n\n"),
            (None, attempts) => format!("answered with 503 while a disk was full: {attempts} attempts\n\n"),
        };
        text += &full;
        text += &recovery_table(&self.recoveries);
        let ended = self.ended.iter().map(|(role, lines)| {
            let last = lines.last().map_or("", String::as_str);
            format!("\n{role} ended by itself {} times, at last with: {last}\n", lines.len())
        });
        let findings = self
            .findings
            .iter()
            .map(|finding| format!("\n- {}: {}", finding.law, finding.what));
        let rest: Vec<String> = ended.chain(findings).collect();
        text + &rest.concat()
    }
}

/// Faults with the seconds that it took to recover.
#[must_use]
pub fn recovery_table(recoveries: &[Recovery]) -> String {
    let mut by_name: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for one in recoveries.iter().filter(|one| !one.name.contains(" + ")) {
        by_name.entry(&one.name).or_default().push(one.seconds);
    }
    let two: Vec<f64> = recoveries
        .iter()
        .filter(|one| one.name.contains(" + "))
        .map(|one| one.seconds)
        .collect();
    if !two.is_empty() {
        by_name.insert("two of these at once", two);
    }
    let mut lines =
        vec!["| fault | times | seconds to recover, median | most |\n| --- | --- | --- | --- |\n".to_owned()];
    for (name, mut seconds) in by_name {
        seconds.sort_by(f64::total_cmp);
        let (median, most) = (seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
        lines.push(format!("| {name} | {} | {median:.1} | {most:.1} |\n", seconds.len()));
    }
    lines.concat()
}
