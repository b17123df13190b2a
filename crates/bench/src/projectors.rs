//! `bench projectors`: from the topics into each read model by the service's own workers, against the shortest way there is on
//! the same engines: ClickHouse's Kafka engine, and a loop that sends rendered documents to `_bulk`.

mod documents;
mod kafka_engine;

use std::time::{Duration, Instant};

use crate::{
    BenchError, document,
    generated::{Facts, Models, end, publish},
    growth::make_catalogue,
    process, say,
    service::Process,
    stage::{self, Stage},
};

use documents::Documents;
use kafka_engine::KafkaEngine;

const LOOK: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(10);

struct Plan {
    rounds: u64,
    listens: u64,
    tracks: usize,
}

/// Events a second, once the first of them were there, and the worker's CPU.
#[derive(Clone, Copy)]
pub struct Rate {
    per_second: f64,
    cpu_us_each: f64,
}

/// All rounds of one way.
#[derive(Default)]
struct Way(Vec<Rate>);

#[derive(Default)]
struct Ways {
    clickhouse: Way,
    kafka_engine: Way,
    counters: Way,
    elasticsearch: Way,
    bulk: Way,
}

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let given = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let plan = Plan {
        rounds: given("--rounds").unwrap_or("5").parse()?,
        listens: given("--listens").unwrap_or("500000").parse()?,
        tracks: given("--tracks").unwrap_or("50000").parse()?,
    };
    eprintln!("preparing stores");
    let stage = Stage::make().await?;
    let engine = KafkaEngine::of(&stage)?;
    let measured = measure(&stage, &engine, &plan).await;
    engine.clear().await?;
    stage.clear().await?;
    write(&plan, &measured?)
}

async fn measure(stage: &Stage, engine: &KafkaEngine, plan: &Plan) -> Result<Ways, BenchError> {
    make_catalogue(stage).await?;
    let (facts, models) = (Facts::all(stage).await?, Models::of(stage)?);
    engine.make().await?;
    let documents = Documents::of(stage, plan.tracks)?;
    let mut ways = Ways::default();
    for round in 0..plan.rounds {
        eprintln!("round {} of {}", round + 1, plan.rounds);
        tokio::task::block_in_place(|| publish(&facts, round * plan.listens, plan.listens))?;
        let ours = worker(stage, "analytics", end()?, async || models.analytics_read().await);
        ways.clickhouse.0.push(ours.await?);
        ways.kafka_engine.0.push(engine.read_until(end()?).await?);
        let counted = worker(stage, "counters", end()?, async || models.counters_read().await);
        ways.counters.0.push(counted.await?);
        documents.publish(round)?;
        let ours = worker(stage, "search", Documents::end()?, async || documents.read().await);
        ways.elasticsearch.0.push(ours.await?);
        ways.bulk.0.push(documents.sent_bare(round).await?);
    }
    Ok(ways)
}

/// A worker of its own reads up to the end; `read` says how far it is.
async fn worker(
    stage: &Stage,
    role: &str,
    end: i64,
    read: impl AsyncFn() -> Result<i64, BenchError>,
) -> Result<Rate, BenchError> {
    let before = read().await?;
    let worker = Process::start(stage, &[role]).await?;
    let timed = timed(before, end, read).await?;
    let cpu = process::cpu_seconds(worker.pid)?;
    worker.stop().await?;
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let cpu_us_each = cpu * 1e6 / (end - before).max(1) as f64;
    Ok(Rate {
        per_second: timed,
        cpu_us_each,
    })
}

/// Events a second between the first look that sees some of them and the end. So what a start takes is not among it.
async fn timed(before: i64, end: i64, read: impl AsyncFn() -> Result<i64, BenchError>) -> Result<f64, BenchError> {
    let (asked, mut first) = (Instant::now(), None);
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        let (now, seen) = (Instant::now(), read().await?);
        if seen > before {
            let (at, from) = *first.get_or_insert((now, seen));
            if seen >= end {
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
                let events = (seen - from) as f64;
                return Ok(events / (now - at).as_secs_f64().max(1e-3));
            }
        }
        if asked.elapsed() > PATIENCE {
            return Err("a read model does not catch up".into());
        }
    }
}

impl Way {
    fn of(&self, value: fn(&Rate) -> f64) -> [f64; 3] {
        let mut values: Vec<f64> = self.0.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        [0, values.len() / 2, values.len().saturating_sub(1)].map(|at| values.get(at).copied().unwrap_or_default())
    }

    fn rate(&self) -> f64 {
        self.of(|rate| rate.per_second)[1]
    }

    fn cell(&self) -> String {
        let [least, median, most] = self.of(|rate| rate.per_second);
        format!("{median:.0}/s ({least:.0}–{most:.0})")
    }

    fn cpu(&self) -> f64 {
        self.of(|rate| rate.cpu_us_each)[1]
    }
}

fn write(plan: &Plan, ways: &Ways) -> Result<(), BenchError> {
    let against = |ours: &Way, peer: &Way, goal: f64| {
        let ratio = ours.rate() / peer.rate();
        let verdict = if ratio >= goal { "reached" } else { "missed" };
        format!(
            "{} | {:.1} µs | {} | {ratio:.2} × (goal {goal:.2} ×: {verdict})",
            ours.cell(),
            ours.cpu(),
            peer.cell()
        )
    };
    let text = format!(
        "{} rounds of {} listens and of {} tracks with their artists and albums, in turns, {}; median (least–most), from the first \
         events seen to the last.\n\n\
         | topic → | ours | CPU an event | the shortest way | ours ÷ it |\n| --- | --- | --- | --- | --- |\n\
         | ClickHouse, against its own Kafka engine | {} |\n\
         | Elasticsearch, against a bare `_bulk` loop | {} |\n\
         | Redis | {} | {:.1} µs | - | - |",
        plan.rounds,
        plan.listens,
        plan.tracks,
        stage::now(),
        against(&ways.clickhouse, &ways.kafka_engine, 1.0),
        against(&ways.elasticsearch, &ways.bulk, 0.85),
        ways.counters.cell(),
        ways.counters.cpu(),
    );
    say(&text);
    document::put("projectors", &text)
}
