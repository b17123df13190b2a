//! `bench relay`: outbox → Kafka. How many rows a second against how many are inserted, and from a row's commit to its
//! acknowledged event; the same of a naive poller, which locks what it reads (`FOR UPDATE SKIP LOCKED`).

use std::{
    collections::HashMap,
    env,
    fmt::Write as _,
    process::Stdio,
    time::{Duration, Instant},
};

use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::{sleep, sleep_until},
};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{
    BenchError, bare, document,
    drive::percentile,
    say,
    service::Process,
    stage::{self, PREFIX, Stage},
    topic::Topic,
    uploads::{shown, spread},
};

/// Connections that insert, each a row a transaction, as most commands do.
const CLIENTS: u32 = 8;
/// Bytes of an event, about those of a track.
const BYTES: usize = 800;
/// What a naive poller takes at once, and its pause when there was nothing.
const POLLED: i64 = 100;
const POLL: Duration = Duration::from_millis(10);
/// For all rows of a round.
const PATIENCE: Duration = Duration::from_mins(2);
const TOPIC: events::Topic = events::Topic::Artists;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Naive,
}

/// Rows a second and milliseconds, of one round.
struct Round {
    inserted: f64,
    published: f64,
    sustained: f64,
    offered: f64,
    p50: f64,
    p99: f64,
}

type Column = (&'static str, fn(&Round) -> f64);

const COLUMNS: [Column; 6] = [
    ("rows/s inserted, nothing published meanwhile", |round| round.inserted),
    ("rows/s published, nothing inserted meanwhile", |round| round.published),
    ("rows/s inserted and published at once", |round| round.sustained),
    ("rows/s of the latencies", |round| round.offered),
    ("commit → acknowledged p50, ms", |round| round.p50),
    ("commit → acknowledged p99, ms", |round| round.p99),
];

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let number = |name: &str, default: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        let given = at.and_then(|at| arguments.get(at + 1));
        given.map_or(default, String::as_str).parse::<u32>()
    };
    let (rounds, seconds) = (number("--rounds", "5")?, number("--seconds", "4")?);
    let stage = Stage::make().await?;
    let measured = measure(&stage, rounds, Duration::from_secs(seconds.into())).await;
    stage.clear().await?;
    write(seconds, &measured?)
}

async fn measure(stage: &Stage, rounds: u32, time: Duration) -> Result<Vec<(Side, Round)>, BenchError> {
    let mut measured = Vec::new();
    for number in 0..rounds {
        let mut rate = None;
        for side in [Side::Ours, Side::Naive] {
            say(&format!("round {} of {rounds}, {}", number + 1, name(side)));
            let round = round(stage, side, time, rate).await?;
            rate = Some(rate.unwrap_or(round.sustained / 2.0));
            measured.push((side, round));
        }
    }
    Ok(measured)
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Ours => "ours",
        Side::Naive => "naive poller",
    }
}

/// Latencies at so many rows a second; without it at half of what was inserted and published at once.
async fn round(stage: &Stage, side: Side, time: Duration, rate: Option<f64>) -> Result<Round, BenchError> {
    let database = stage.database().await?;
    database.batch_execute("TRUNCATE outbox").await?;
    let topic = Topic::new(
        &stage::variable("JONQUIL_KAFKA_URL")?,
        format!("{PREFIX}{}", TOPIC.name()),
    )?;
    let before: i64 = topic.ends()?.iter().sum();
    let began = Instant::now();
    let rows = insert(stage, time, None).await?.len();
    let inserted = per_second(rows, began.elapsed());
    let process = Publisher::start(stage, side, &topic.name).await?;
    until_published(&database).await?;
    let published = "SELECT (count(*) / extract(epoch FROM max(published_at) - min(published_at)))::float8 FROM outbox";
    let published: f64 = database.query_one(published, &[]).await?.get(0);
    let began = Instant::now();
    let at_once = insert(stage, time, None).await?.len();
    until_published(&database).await?;
    let sustained = per_second(at_once, began.elapsed());
    let began = Instant::now();
    let committed = insert(stage, time, Some(rate.unwrap_or(sustained / 2.0))).await?;
    let offered = per_second(committed.len(), began.elapsed());
    until_published(&database).await?;
    let mut times = latencies(&database, &committed).await?;
    process.stop().await?;
    let after: i64 = topic.ends()?.iter().sum();
    if usize::try_from(after - before)? != rows + at_once + committed.len() {
        return Err("void: the topic does not have each row once".into());
    }
    let [p50, p99] = [50, 99].map(|percent| percentile(&mut times, percent));
    Ok(Round {
        inserted,
        published,
        sustained,
        offered,
        p50,
        p99,
    })
}

fn per_second(rows: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / time.as_secs_f64()
}

/// Inserts for so long, as fast as it goes or so many rows a second. When each row was committed, in milliseconds since the
/// Unix epoch.
async fn insert(stage: &Stage, time: Duration, rate: Option<f64>) -> Result<HashMap<i64, i64>, BenchError> {
    let mut clients = JoinSet::new();
    let every = rate.map(|rate| Duration::from_secs_f64(f64::from(CLIENTS) / rate));
    for client in 0..CLIENTS {
        let database = stage.database().await?;
        clients.spawn(insert_some(database, client, time, every));
    }
    let mut committed = HashMap::new();
    while let Some(some) = clients.join_next().await {
        committed.extend(some??);
    }
    Ok(committed)
}

async fn insert_some(
    database: Client,
    client: u32,
    time: Duration,
    every: Option<Duration>,
) -> Result<Vec<(i64, i64)>, BenchError> {
    let insert = "INSERT INTO outbox (topic, key, payload, headers) VALUES ($1, $2, $3, '{}') RETURNING id";
    let insert = database.prepare(insert).await?;
    let payload = vec![b'x'; BYTES];
    let began = tokio::time::Instant::now();
    let mut committed = Vec::new();
    let mut due = began;
    while began.elapsed() < time {
        if let Some(every) = every {
            sleep_until(due).await;
            due += every;
        }
        let key = Uuid::from_u128(u128::from(client) << 64 | committed.len() as u128).to_string();
        let row = database.query_one(&insert, &[&TOPIC.name(), &key, &payload]).await?;
        committed.push((row.get(0), stage::now().millis()));
    }
    Ok(committed)
}

async fn until_published(database: &Client) -> Result<(), BenchError> {
    let began = Instant::now();
    let waits = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)";
    while database.query_one(waits, &[]).await?.get(0) {
        if began.elapsed() > PATIENCE {
            return Err("void: not all rows were published in time".into());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn latencies(database: &Client, committed: &HashMap<i64, i64>) -> Result<Vec<Duration>, BenchError> {
    let published = "SELECT id, (extract(epoch FROM published_at) * 1000)::bigint FROM outbox";
    let published = database.query(published, &[]).await?;
    let published: HashMap<i64, i64> = published.iter().map(|row| (row.get(0), row.get(1))).collect();
    let took = |(id, commit): (&i64, &i64)| {
        let published = published.get(id).ok_or("a row is gone")?;
        // Published before the client knew of the commit.
        Ok(Duration::from_millis(u64::try_from(published - commit).unwrap_or(0)))
    };
    committed.iter().map(took).collect()
}

/// The process that publishes.
enum Publisher {
    Ours(Process),
    Naive(Child),
}

impl Publisher {
    async fn start(stage: &Stage, side: Side, topic: &str) -> Result<Self, BenchError> {
        if side == Side::Ours {
            return Ok(Self::Ours(Process::start(stage, &["relay"]).await?));
        }
        let mut command = Command::new(env::current_exe()?);
        command
            .args(["poller", topic])
            .envs(&stage.settings)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        Ok(Self::Naive(command.spawn()?))
    }

    async fn stop(self) -> Result<(), BenchError> {
        match self {
            Self::Ours(process) => process.stop().await,
            Self::Naive(mut process) => Ok(process.kill().await?),
        }
    }
}

/// Runs inside the naive poller's process, until it is killed.
pub async fn poller(arguments: &[String]) -> Result<(), BenchError> {
    let [topic] = arguments else {
        return Err("poller TOPIC".into());
    };
    let producer: FutureProducer = bare::settings(&stage::variable("JONQUIL_KAFKA_URL")?).create()?;
    let (mut database, connection) = tokio_postgres::connect(&stage::variable("JONQUIL_POSTGRES_URL")?, NoTls).await?;
    tokio::spawn(connection);
    let some = "SELECT id, key, payload FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1 \
        FOR UPDATE SKIP LOCKED";
    let some = database.prepare(some).await?;
    let mark = "UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY($1)";
    let mark = database.prepare(mark).await?;
    loop {
        let transaction = database.transaction().await?;
        let rows = transaction.query(&some, &[&POLLED]).await?;
        if rows.is_empty() {
            transaction.rollback().await?;
            sleep(POLL).await;
            continue;
        }
        let mut waiting = Vec::with_capacity(rows.len());
        for row in &rows {
            let (key, payload): (&str, &[u8]) = (row.get(1), row.get(2));
            let record = FutureRecord::to(topic).key(key).payload(payload);
            waiting.push(producer.send_result(record).map_err(|(error, _)| error)?);
        }
        for delivery in waiting {
            delivery.await?.map_err(|(error, _)| error)?;
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        transaction.execute(&mark, &[&ids]).await?;
        transaction.commit().await?;
    }
}

/// Least, median and most.
fn spread_of(measured: &[(Side, Round)], side: Side, value: fn(&Round) -> f64) -> [f64; 3] {
    let of = measured.iter().filter(|(of, _)| *of == side);
    spread(of.map(|(_, round)| value(round)))
}

fn write(seconds: u32, measured: &[(Side, Round)]) -> Result<(), BenchError> {
    let rounds = measured.len() / 2;
    let mut text = format!(
        "{rounds} rounds of {seconds} s, in turns, {}; {CLIENTS} connections insert a row a transaction; latencies of both at half of what \
         ours publishes while rows come in; median (least–most).\n\n| | ours | naive poller |\n| --- | --- | --- |\n",
        stage::now()
    );
    for (column, value) in COLUMNS {
        let cells = [Side::Ours, Side::Naive].map(|side| shown(spread_of(measured, side, value), 0));
        let _ = writeln!(text, "| {column} | {} | {} |", cells[0], cells[1]);
    }
    let median = |value| spread_of(measured, Side::Ours, value)[1];
    let ratio = median(|round| round.sustained) / median(|round| round.inserted);
    let p99 = median(|round| round.p99);
    let says = |reached: bool| if reached { "reached" } else { "missed" };
    let _ = write!(
        text,
        "\nInserted and published at once ÷ inserted alone: {ratio:.2} (goal ≥ 0.5: {}). p99 {p99:.0} ms (goal ≤ 50: {}).",
        says(ratio >= 0.5),
        says(p99 <= 50.0)
    );
    say(&text);
    document::put("relay", &text)
}
