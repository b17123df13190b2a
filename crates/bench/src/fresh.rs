//! `bench fresh`: how soon what happens is seen while listens come in, by polling as a client does; then what all roles cost
//! while nothing happens.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    BenchError, document,
    drive::percentile,
    http::Connection,
    listens::{Ids, Posted},
    process, say,
    service::{Http, Process},
    stage::{self, Stage},
};

const WORKERS: [&str; 5] = ["relay", "search", "analytics", "counters", "jobs"];
/// Who send the load.
const SENDERS: u32 = 10;
/// Between two looks at an answer, and between two probes.
const LOOK: Duration = Duration::from_millis(10);
const PAUSE: Duration = Duration::from_millis(250);
/// A probe that takes longer fails the run.
const PATIENCE: Duration = Duration::from_secs(30);
/// After the load, before idleness is measured.
const REST: Duration = Duration::from_secs(20);

struct Plan {
    probes: usize,
    per_second: u32,
    idle: Duration,
}

#[derive(Default)]
struct Seen {
    in_counters: Vec<Duration>,
    in_chart: Vec<Duration>,
    in_list: Vec<Duration>,
    in_search: Vec<Duration>,
}

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let given = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let plan = Plan {
        probes: given("--probes").unwrap_or("120").parse()?,
        per_second: given("--per-second").unwrap_or("500").parse()?,
        idle: Duration::from_secs(given("--idle").unwrap_or("60").parse()?),
    };
    eprintln!("preparing stores");
    let stage = Stage::make().await?;
    let measured = measure(&stage, &plan).await;
    stage.clear().await?;
    measured
}

async fn measure(stage: &Stage, plan: &Plan) -> Result<(), BenchError> {
    let api = Process::start(stage, &["api"]).await?;
    let workers = Process::start(stage, &WORKERS).await?;
    let address = api.address.ok_or("the API has no address")?;
    let http = Http::new(address);
    let label = http.account("bench-label", "artist").await?;
    let artist = http
        .post("/api/v1/artists/", Some(&label), &json!({"name": "The Measured"}))
        .await?;
    let artist = artist["id"].clone();
    let mut tracks = Vec::new();
    for number in 0..stage::TRACKS {
        let body = json!({"title": format!("Track {number}"), "artist_id": artist, "duration_ms": 200_000, "genres": ["rock"]});
        let track = http.post("/api/v1/tracks/", Some(&label), &body).await?;
        tracks.push(track["id"].as_str().unwrap_or_default().parse()?);
    }
    let load = Load::start(address, &label, tracks, plan.per_second).await?;
    let mut seen = Seen::default();
    for number in 0..plan.probes {
        probe(&http, &label, &artist, number, &mut seen).await?;
        tokio::time::sleep(PAUSE).await;
    }
    let per_second = load.stop().await?;
    tokio::time::sleep(REST).await;
    let pids = [("api", api.pid), ("the workers", workers.pid)];
    let mut before = Vec::new();
    for (_, pid) in pids {
        before.push(process::cpu_seconds(pid)?);
    }
    tokio::time::sleep(plan.idle).await;
    let mut idle = Vec::new();
    for ((name, pid), before) in pids.into_iter().zip(before) {
        let share = (process::cpu_seconds(pid)? - before) / plan.idle.as_secs_f64();
        idle.push((name, share * 100.0));
    }
    workers.stop().await?;
    api.stop().await?;
    write(plan, per_second, seen, &idle)
}

/// A new track with a genre of its own is made and heard; each place is looked at until it is there.
async fn probe(http: &Http, label: &str, artist: &Value, number: usize, seen: &mut Seen) -> Result<(), BenchError> {
    let genre = format!("probe {number}");
    let body = json!({"title": format!("Zq{number}x"), "artist_id": artist, "duration_ms": 200_000, "genres": [genre]});
    let track = http.post("/api/v1/tracks/", Some(label), &body).await?;
    let made = Instant::now();
    let id = track["id"].as_str().unwrap_or_default();
    let genre = genre.replace(' ', "%20");
    let (list, search) = (
        format!("/api/v1/tracks/?genre={genre}"),
        format!("/api/v1/tracks/search/?q=Zq{number}x"),
    );
    let first = |page: &Value| page["items"][0]["id"] == *id;
    let (in_list, in_search) = tokio::try_join!(until(http, &list, made, first), until(http, &search, made, first))?;
    let listen = json!({"ms_played": 200_000});
    http.post(&format!("/api/v1/tracks/{id}/listen"), Some(label), &listen)
        .await?;
    let listened = Instant::now();
    let (one, chart) = (
        format!("/api/v1/tracks/{id}"),
        format!("/api/v1/tracks/popular/?period=week&genre={genre}"),
    );
    let (in_counters, in_chart) = tokio::try_join!(
        until(http, &one, listened, |track| track["plays"] == 1),
        until(http, &chart, listened, |chart| chart["items"][0]["plays"] == 1)
    )?;
    seen.in_list.push(in_list);
    seen.in_search.push(in_search);
    seen.in_counters.push(in_counters);
    seen.in_chart.push(in_chart);
    Ok(())
}

async fn until(
    http: &Http,
    path: &str,
    since: Instant,
    is_there: impl Fn(&Value) -> bool,
) -> Result<Duration, BenchError> {
    while since.elapsed() < PATIENCE {
        if is_there(&http.get(path).await?) {
            return Ok(since.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(format!("{path} does not show what was done {PATIENCE:?} ago").into())
}

/// Listens, one a request, at a steady rate.
struct Load {
    began: Instant,
    is_over: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    senders: JoinSet<Result<(), BenchError>>,
}

impl Load {
    async fn start(
        address: SocketAddr,
        token: &str,
        tracks: Vec<uuid::Uuid>,
        per_second: u32,
    ) -> Result<Self, BenchError> {
        let (is_over, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut senders = JoinSet::new();
        for number in 0..SENDERS {
            let mut connection = Connection::open(address).await?;
            let (is_over, sent, token, tracks) = (
                Arc::clone(&is_over),
                Arc::clone(&sent),
                token.to_owned(),
                tracks.clone(),
            );
            let every = Duration::from_secs(1) * SENDERS / per_second.max(1);
            senders.spawn(async move {
                let mut ids = Ids::new(number + 1, 0);
                let mut ticks = tokio::time::interval(every);
                for track in tracks.iter().cycle() {
                    ticks.tick().await;
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let posted = Posted {
                        tracks: Vec::new(),
                        listened_at: stage::now(),
                    };
                    let body = posted.one(ids.next());
                    connection
                        .post(&format!("/api/v1/tracks/{track}/listen"), &token, &body)
                        .await?;
                    sent.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            });
        }
        Ok(Self {
            began: Instant::now(),
            is_over,
            sent,
            senders,
        })
    }

    /// Answers how many were sent a second.
    async fn stop(mut self) -> Result<f64, BenchError> {
        self.is_over.store(true, Ordering::Relaxed);
        let took = self.began.elapsed().as_secs_f64();
        while let Some(ended) = self.senders.join_next().await {
            ended??;
        }
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let sent = self.sent.load(Ordering::Relaxed) as f64;
        Ok(sent / took)
    }
}

fn write(plan: &Plan, per_second: f64, mut seen: Seen, idle: &[(&str, f64)]) -> Result<(), BenchError> {
    let row = |name: &str, times: &mut Vec<Duration>| {
        let [half, most, all] = [50, 99, 100].map(|percent| percentile(times, percent));
        let verdict = if most <= 1000.0 { "reached" } else { "missed" };
        format!("| {name} | {half:.0} | {most:.0} | {all:.0} | p99 ≤ 1 s: {verdict} |\n")
    };
    let rows = [
        row("listen → plays of the track (Redis)", &mut seen.in_counters),
        row("listen → chart of a week (ClickHouse)", &mut seen.in_chart),
        row("new track → list of a genre (Elasticsearch)", &mut seen.in_list),
        row("new track → search", &mut seen.in_search),
    ];
    let all: f64 = idle.iter().map(|(_, share)| share).sum();
    let each: Vec<String> = idle
        .iter()
        .map(|(name, share)| format!("{name} {share:.2} %"))
        .collect();
    let verdict = if all < 1.0 { "reached" } else { "missed" };
    let text = format!(
        "{} probes while {per_second:.0} listens/s come in, one a request, {}; ms after the answer to the command, polled every \
         {} ms; answers are kept for 250 ms.\n\n| | p50 | p99 | most | goal |\n| --- | --- | --- | --- | --- |\n{}\n\
         Idle for {} s afterwards: {all:.2} % of a core ({}; goal < 1 %: {verdict}).",
        plan.probes,
        stage::now(),
        LOOK.as_millis(),
        rows.concat(),
        plan.idle.as_secs(),
        each.join(", "),
    );
    say(&text);
    document::put("fresh", &text)
}
