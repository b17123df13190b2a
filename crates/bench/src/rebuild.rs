//! `bench rebuild`: each read model is made anew from the first offset while readers go on, and answers afterwards what it
//! answered before.

use std::{
    fmt::Write as _,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use events::{Kind, Topic};
use jonquil::Model;
use projector::ReadModel as _;
use read_search::Search;
use store::Aggregates;
use tokio::task::JoinSet;

use crate::{
    BenchError, document,
    drive::percentile,
    generated::{Facts, Models, publish},
    growth::{ARTISTS, TRACKS, make_catalogue},
    http::Connection,
    say,
    service::{Http, Process},
    stage::{self, Stage},
};

const MODELS: [(&str, Model); 3] = [
    ("search", Model::Search),
    ("analytics", Model::Analytics),
    ("counters", Model::Counters),
];
const READERS: usize = 3;
/// Between two requests of a reader, so that the workers get most of the machine.
const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(5);
/// Of one list.
const PAGE: u32 = 100;
/// Deepest page that pages without a cursor reach.
const PAGES: u32 = 10;

/// One model made anew.
struct Rebuilt {
    name: &'static str,
    events: i64,
    /// Until the new generation had every event, and until readers used it.
    projected: Duration,
    served: Duration,
    seen: Seen,
    answers: usize,
    equal: bool,
}

/// What the readers saw meanwhile.
#[derive(Default)]
struct Seen {
    times: Vec<Duration>,
    failed: Vec<String>,
    /// Paths whose answer was another one than before.
    different: Vec<String>,
}

/// Paths and what they answered.
type Answers = Vec<(String, u64)>;

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let at = arguments.iter().position(|argument| argument == "--listens");
    let listens = at
        .and_then(|at| arguments.get(at + 1))
        .map_or("10000000", String::as_str);
    let listens: u64 = listens.parse()?;
    eprintln!("preparing stores");
    let mut stage = Stage::make().await?;
    // Each request is computed.
    stage.settings.insert("JONQUIL_ANSWERS_KEPT_MS", "0".to_owned());
    let measured = measure(&stage, listens).await;
    stage.clear().await?;
    write(listens, &measured?)
}

async fn measure(stage: &Stage, listens: u64) -> Result<Vec<Rebuilt>, BenchError> {
    let api = Process::start(stage, &["api"]).await?;
    let workers = Process::start(stage, &["relay", "search", "analytics", "counters"]).await?;
    let address = api.address.ok_or("the API has no address")?;
    Http::new(address).account("bench-reader", "listener").await?;
    make_catalogue(stage).await?;
    for of in [Aggregates::Of(Kind::Artist), Aggregates::Of(Kind::Track)] {
        jonquil::republish(&stage.config()?, of, 0, |_| ()).await?;
    }
    let facts = Facts::all(stage).await?;
    eprintln!("publishing {listens} listens");
    tokio::task::block_in_place(|| publish(&facts, 0, listens))?;
    Models::of(stage)?.catch_up().await?;
    is_searchable(stage).await?;
    let paths = paths(&facts);
    let mut rebuilt = Vec::new();
    for (name, model) in MODELS {
        eprintln!("{name}: rebuilding");
        let before = answers(address, &paths).await?;
        let (events, projected, served, seen) = rebuild(stage, address, model, &before).await?;
        let after = answers(address, &paths).await?;
        rebuilt.push(Rebuilt {
            name,
            events,
            projected,
            served,
            seen,
            answers: before.len(),
            equal: before == after,
        });
    }
    workers.stop().await?;
    api.stop().await?;
    Ok(rebuilt)
}

/// Waits until the search has the catalogue.
async fn is_searchable(stage: &Stage) -> Result<(), BenchError> {
    let search = Search::connect(&stage.config()?.search)?;
    let began = Instant::now();
    loop {
        let held = search.positions().await?;
        let of_catalogue = held
            .iter()
            .filter(|at| matches!(at.topic, Topic::Artists | Topic::Tracks));
        if of_catalogue.map(|at| at.next).sum::<i64>() >= i64::from(ARTISTS + TRACKS) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err("the search does not catch up".into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What every model answers, of times that are over.
fn paths(facts: &[Facts]) -> Vec<String> {
    let api = "/api/v1";
    let window = "from=2026-03-03T05:17:00.000Z&to=2026-06-20T17:05:00.000Z";
    let mut paths = Vec::new();
    for kind in ["tracks", "artists"] {
        paths.push(format!("{api}/{kind}/popular/?{window}&limit={PAGE}"));
        for page in 0..PAGES {
            paths.push(format!("{api}/{kind}/?sort=plays&limit={PAGE}&offset={}", page * PAGE));
        }
        for number in 0..PAGE {
            let word = kind.trim_end_matches('s');
            paths.push(format!("{api}/{kind}/search/?q={word}%20{}&limit=20", number * 25));
        }
    }
    for genre in ["rock", "rap", "edm"] {
        paths.push(format!("{api}/tracks/?genre={genre}&limit={PAGE}"));
        paths.push(format!("{api}/tracks/popular/?{window}&genre={genre}&limit={PAGE}"));
    }
    for facts in facts.iter().step_by(300) {
        paths.push(format!("{api}/tracks/{}", facts.track));
        paths.push(format!("{api}/analytics/clickhouse/track/{}/stats", facts.track));
    }
    paths
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n")
}

/// Of an answer without the time at which it was made.
fn sum(answer: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(answer);
    let mut hasher = DefaultHasher::new();
    match text.split_once(r#""generated_at":""#) {
        Some((before, after)) => (before, after.split_once('"').map(|(_, rest)| rest)).hash(&mut hasher),
        None => text.hash(&mut hasher),
    }
    hasher.finish()
}

async fn answers(address: SocketAddr, paths: &[String]) -> Result<Answers, BenchError> {
    let mut connection = Connection::open(address).await?;
    let mut answers = Vec::new();
    for path in paths {
        let answer = connection.get(request(path).as_bytes()).await;
        let answer = answer.map_err(|error| format!("{path}: {error}"))?;
        answers.push((path.clone(), sum(answer)));
    }
    Ok(answers)
}

async fn rebuild(
    stage: &Stage,
    address: SocketAddr,
    model: Model,
    expected: &Answers,
) -> Result<(i64, Duration, Duration, Seen), BenchError> {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for number in 0..READERS {
        let from = number * expected.len() / READERS;
        let expected: Answers = expected[from..].iter().chain(&expected[..from]).cloned().collect();
        readers.spawn(reads(address, expected, Arc::clone(&is_over)));
    }
    let began = Instant::now();
    let (mut events, mut projected) = (0, None);
    let progress = |progress: jonquil::RebuildProgress| {
        events = progress.of;
        if progress.done >= progress.of {
            projected.get_or_insert(began.elapsed());
        }
        eprint!(
            "\r{} of {}, {:.0}/s  ",
            progress.done, progress.of, progress.events_per_second
        );
    };
    jonquil::rebuild(&stage.config()?, model, progress).await?;
    let served = began.elapsed();
    eprintln!();
    // Readers look at the register once a second.
    tokio::time::sleep(Duration::from_secs(3)).await;
    is_over.store(true, Ordering::Relaxed);
    let mut all = Seen::default();
    while let Some(seen) = readers.join_next().await {
        let seen = seen?;
        all.times.extend(seen.times);
        all.failed.extend(seen.failed);
        all.different.extend(seen.different);
    }
    Ok((events, projected.unwrap_or(served), served, all))
}

async fn reads(address: SocketAddr, expected: Answers, is_over: Arc<AtomicBool>) -> Seen {
    let (mut seen, mut connection) = (Seen::default(), None);
    for (path, before) in expected.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let began = Instant::now();
        match read(address, &mut connection, path).await {
            Ok(answer) if answer == *before => {}
            Ok(_) => seen.different.push(path.clone()),
            Err(error) => {
                connection = None;
                seen.failed.push(format!("{path}: {error}"));
            }
        }
        seen.times.push(began.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    seen
}

async fn read(address: SocketAddr, connection: &mut Option<Connection>, path: &str) -> Result<u64, BenchError> {
    let open = match connection.take() {
        Some(open) => open,
        None => Connection::open(address).await?,
    };
    Ok(sum(connection.insert(open).get(request(path).as_bytes()).await?))
}

fn write(listens: u64, rebuilt: &[Rebuilt]) -> Result<(), BenchError> {
    let mut text = format!(
        "{listens} listens, {TRACKS} tracks, {ARTISTS} artists; {READERS} readers ask all the time, {}.\n\n\
         | | events | had them all after | readers used it after | events/s | reads | failed | other answers | p50 / p99 | \
         answers afterwards |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        stage::now()
    );
    for one in rebuilt {
        let mut times = one.seen.times.clone();
        let [half, most] = [50, 99].map(|percent| percentile(&mut times, percent));
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let rate = one.events as f64 / one.projected.as_secs_f64();
        let _ = write!(
            text,
            "\n| {} | {} | {:.0} s | {:.0} s | {rate:.0} | {} | {} | {} | {half:.0} / {most:.0} ms | {} {} |",
            one.name,
            one.events,
            one.projected.as_secs_f64(),
            one.served.as_secs_f64(),
            times.len(),
            one.seen.failed.len(),
            one.seen.different.len(),
            one.answers,
            if one.equal { "the same" } else { "**not the same**" },
        );
        for line in one.seen.failed.iter().chain(&one.seen.different).take(5) {
            eprintln!("{}: {line}", one.name);
        }
    }
    say(&text);
    document::put("rebuild", &text)
}
