//! Medians, spreads and ratios of reads: printed, and written into `docs/performance.md`.

use std::{env, fmt::Write as _, fs, path::Path};

use crate::{BenchError, drive::Metrics, generated::Projected, read::Plan, requests::Read, say, stage};

/// Where the table stands in the document.
const BEGIN: &str = "<!-- begin of bench read -->";
const END: &str = "<!-- end of bench read -->";

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

/// Ours with so many generated listens.
pub struct Grown {
    listens: u64,
    projected: Projected,
    pub rounds: Vec<Rounds>,
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

impl Grown {
    pub fn new(listens: u64, projected: Projected) -> Self {
        let rounds = Read::ALL.into_iter().map(Rounds::new).collect();
        Self {
            listens,
            projected,
            rounds,
        }
    }

    fn row(&self) -> String {
        let mut row = format!("| {} |", self.listens);
        for rounds in &self.rounds {
            let _ = write!(row, " {} |", rounds.cell(Side::Anonymous));
        }
        let Projected {
            events,
            published,
            counters,
            analytics,
        } = &self.projected;
        let per_second = |took: f64| if *events == 0 { 0.0 } else { float(*events) / took };
        let _ = write!(
            row,
            " {:.0} | {:.0} | {:.0} |",
            per_second(published.as_secs_f64()),
            per_second(counters.as_secs_f64()),
            per_second(analytics.as_secs_f64())
        );
        row
    }
}

/// Prints the tables and puts them into the document.
pub fn write(plan: &Plan, sides: &[Rounds], grown: &[Grown]) -> Result<(), BenchError> {
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
    text.push_str("\nOurs, anonymous, with so many generated listens; the last columns are listens/s published, counted and in the analytics.\n\n| listens |");
    for read in Read::ALL {
        let _ = write!(text, " {} |", read.name());
    }
    text.push_str(" published | counters | analytics |\n|");
    text.push_str(&" --- |".repeat(Read::ALL.len() + 4));
    for one in grown {
        text.push('\n');
        text.push_str(&one.row());
    }
    say(&text);
    put(&text)
}

/// Replaces what stands between the marks of `docs/performance.md`.
fn put(text: &str) -> Result<(), BenchError> {
    let root = env::var_os("JONQUIL_CHECKOUT").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        std::path::PathBuf::from,
    );
    let file = root.join("docs/performance.md");
    let document = fs::read_to_string(&file)?;
    let parts = document
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or("docs/performance.md lacks the marks of bench read")?;
    fs::write(&file, format!("{before}{BEGIN}\n{text}\n{END}{after}"))?;
    Ok(())
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
