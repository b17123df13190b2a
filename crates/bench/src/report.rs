//! Medians, spreads, the table and the JSON.

use std::{env, fs};

use serde_json::{Value, json};

use crate::{
    BenchError,
    drive::{Metrics, Times},
    ingest::Load,
    say, stage,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Jonquil,
    /// The peer.
    Bare,
}

/// All rounds of one load.
pub struct Measured {
    pub load: Load,
    runs: Vec<(Side, Metrics, u64)>,
}

/// Of several rounds.
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

type Column = (&'static str, fn(&Metrics) -> f64);

const COLUMNS: [Column; 5] = [
    ("events/s", rate),
    ("CPU µs/event", cpu_per_event),
    ("p50 ms", |metrics| metrics.p50_ms),
    ("p99 ms", |metrics| metrics.p99_ms),
    ("RSS peak MiB", |metrics| metrics.peak_mib),
];
/// `linger.ms` of both sides.
const LINGER_MS: f64 = 5.0;

impl Measured {
    pub fn new(load: Load) -> Self {
        Self { load, runs: Vec::new() }
    }

    /// Adds a round. `bytes` is the mean size of its events.
    pub fn add(&mut self, side: Side, metrics: Metrics, bytes: u64) {
        self.runs.push((side, metrics, bytes));
    }

    fn of(&self, side: Side) -> impl Iterator<Item = &(Side, Metrics, u64)> {
        self.runs.iter().filter(move |(of, ..)| *of == side)
    }

    fn spread(&self, side: Side, value: fn(&Metrics) -> f64) -> Spread {
        let mut values: Vec<f64> = self.of(side).map(|(_, metrics, _)| value(metrics)).collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        Spread {
            median: at(values.len() / 2),
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }

    /// The goal of this load with what was measured, and whether it is reached.
    fn goal(&self) -> (String, bool) {
        let median = |side, value| self.spread(side, value).median;
        if self.load.batch > 1 {
            let ratio = median(Side::Jonquil, rate) / median(Side::Bare, rate);
            return (
                format!("events/s, ours ÷ bare: {ratio:.2} (goal: at least 0.60)"),
                ratio >= 0.6,
            );
        }
        let p99: fn(&Metrics) -> f64 = |metrics| metrics.p99_ms;
        let (ours, bare) = (median(Side::Jonquil, p99), median(Side::Bare, p99));
        let max = LINGER_MS + 2.0 * bare;
        (
            format!("p99: {ours:.1} ms (goal: at most linger + 2 × bare = {max:.1} ms)"),
            ours <= max,
        )
    }
}

/// Prints a table.
pub fn print(all: &[Measured], times: Times) {
    for measured in all {
        let rounds = measured.of(Side::Bare).count();
        let (load, seconds) = (measured.load, times.measured.as_secs());
        say(&format!(
            "\n{}: {} requests at once, {rounds} rounds of {seconds} s, median (min–max)",
            load.name, load.at_once
        ));
        say(&format!("{:<14}{:>30}{:>30}", "", "jonquil", "bare rdkafka"));
        for (name, value) in COLUMNS {
            let cell = |side| {
                let Spread { median, min, max } = measured.spread(side, value);
                let digits = usize::from(median < 1_000.0);
                format!("{median:.digits$} ({min:.digits$}–{max:.digits$})")
            };
            say(&format!(
                "{name:<14}{:>30}{:>30}",
                cell(Side::Jonquil),
                cell(Side::Bare)
            ));
        }
        let (goal, reached) = measured.goal();
        say(&format!("{goal}: {}", if reached { "reached" } else { "MISSED" }));
    }
}

/// Writes the medians and each round to `target/bench/NAME.json`.
pub fn write(name: &str, all: &[Measured], times: Times) -> Result<(), BenchError> {
    let program = env::current_exe()?;
    let target = program
        .parent()
        .and_then(|profile| profile.parent())
        .ok_or("no target folder")?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.json"));
    let loads: Vec<Value> = all.iter().map(describe).collect();
    let whole = json!({ "bench": name, "at": stage::now(), "seconds": times.measured.as_secs(), "loads": loads });
    fs::write(&file, format!("{whole:#}\n"))?;
    say(&format!("\n{}", file.display()));
    Ok(())
}

fn describe(measured: &Measured) -> Value {
    let side = |side| {
        let medians = COLUMNS.map(|(name, value)| (name.to_owned(), json!(measured.spread(side, value).median)));
        let rounds: Vec<Value> = measured
            .of(side)
            .map(|(_, metrics, bytes)| json!({ "metrics": metrics, "event_bytes": bytes }))
            .collect();
        json!({ "medians": serde_json::Map::from_iter(medians), "rounds": rounds })
    };
    let (goal, reached) = measured.goal();
    let Load { name, batch, at_once } = measured.load;
    json!({
        "load": name, "batch": batch, "at_once": at_once, "goal": goal, "reached": reached,
        "jonquil": side(Side::Jonquil), "bare": side(Side::Bare),
    })
}

#[expect(clippy::cast_precision_loss, reason = "far fewer events than 2^52")]
fn rate(metrics: &Metrics) -> f64 {
    metrics.events as f64 / metrics.elapsed
}

#[expect(clippy::cast_precision_loss, reason = "far fewer events than 2^52")]
fn cpu_per_event(metrics: &Metrics) -> f64 {
    metrics.cpu * 1e6 / metrics.events.max(1) as f64
}
