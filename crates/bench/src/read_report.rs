//! Medians, spreads and ratios of reads: printed, and written into `docs/performance.md`.

use crate::{BenchError, document, drive::Metrics, read::Plan, requests::Read, say, stage};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Anonymous,
    SignedIn,
    Peer,
}

impl Side {
    pub const ALL: [Self; 3] = [Self::Anonymous, Self::Peer, Self::SignedIn];
}

/// All rounds of one kind of read.
pub struct Rounds {
    pub read: Read,
    runs: Vec<(Side, Metrics)>,
}

impl Rounds {
    pub fn new(read: Read) -> Self {
        Self { read, runs: Vec::new() }
    }

    pub fn add(&mut self, side: Side, metrics: Metrics) {
        self.runs.push((side, metrics));
    }

    /// Least, median and most.
    fn spread(&self, side: Side, value: fn(&Metrics) -> f64) -> [f64; 3] {
        let of = self.runs.iter().filter(|(of, _)| *of == side);
        let mut values: Vec<f64> = of.map(|(_, metrics)| value(metrics)).collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        [at(0), at(values.len() / 2), at(values.len().saturating_sub(1))]
    }

    fn cell(&self, side: Side) -> String {
        let [least, median, most] = self.spread(side, rate);
        let cpu = self.spread(side, cpu_each)[1];
        let p99 = self.spread(side, |metrics| metrics.p99_ms)[1];
        format!("{median:.0}/s ({least:.0}–{most:.0}), {cpu:.0} µs, p99 {p99:.1} ms")
    }

    fn row(&self) -> String {
        let median = |side, value| self.spread(side, value)[1];
        let ratio = |side| median(side, rate) / median(Side::Peer, rate);
        let cpu = median(Side::Anonymous, cpu_each) / median(Side::Peer, cpu_each);
        let (goal, reached) = (self.read.goal(), ratio(Side::Anonymous));
        let verdict = if reached >= goal { "reached" } else { "missed" };
        format!(
            "| {} | {} | {} | {} | {reached:.2} × (signed in {:.2} ×; goal {goal:.1} ×: {verdict}), CPU {cpu:.2} × |",
            self.read.name(),
            self.cell(Side::Anonymous),
            self.cell(Side::SignedIn),
            self.cell(Side::Peer),
            ratio(Side::SignedIn),
        )
    }
}

/// Prints the table and puts it into the document.
pub fn write(plan: &Plan, sides: &[Rounds]) -> Result<(), BenchError> {
    let mut text = format!(
        "{} rounds of {} s, in turns, {}; median (least–most) of requests/s, CPU of the process a request, p99.\n\n\
         | | ours, anonymous | ours, signed in | FastAPI peer | ours ÷ peer |\n| --- | --- | --- | --- | --- |\n",
        plan.rounds,
        plan.times.measured.as_secs(),
        stage::now()
    );
    for rounds in sides {
        text.push_str(&rounds.row());
        text.push('\n');
    }
    let text = text.trim_end();
    say(text);
    document::put("read", text)
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

fn rate(metrics: &Metrics) -> f64 {
    float(metrics.events) / metrics.elapsed
}

fn cpu_each(metrics: &Metrics) -> f64 {
    metrics.cpu * 1e6 / float(metrics.events.max(1))
}
