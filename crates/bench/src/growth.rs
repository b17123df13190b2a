//! `bench growth`: charts and statistics with more and more listens. The listens are generated, in the order of their time, and
//! stored by the analytics' own projection; no topic holds them, and the counters none.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use events::{Event, Incoming, Listen, Meta, Topic};
use projector::{Batch, Projected, Projection as _, Slice, Stored};
use read_analytics::{Analytics, AnalyticsProjection};
use uuid::Uuid;

use crate::{
    BenchError, document,
    drive::percentile,
    generated::{Facts, Generated, YEAR_MS},
    http::Connection,
    say,
    service::{Http, Process},
    stage::{self, Stage},
};

const BATCH: u64 = 100_000;
/// A partition that the topic does not have.
const PARTITION: i32 = 1_000;
const READER: &str = "bench-reader";
const ADMIN: &str = "bench-admin";
/// One listen of so many is the reader's own.
const OWN: u64 = 500;
pub const ARTISTS: u32 = 3_000;
pub const TRACKS: u32 = 28_356;
/// For a call of the analytics that stores or prepares.
const PATIENCE: Duration = Duration::from_mins(2);

/// The catalogue, as rows: only what answers show is asked of it.
const CATALOGUE: &str = "
INSERT INTO artists (id, name, name_key, genres, external_ids, version, created_at, updated_at)
    SELECT md5('artist ' || n)::uuid, 'Artist ' || n, 'artist ' || n, '{}', '{}', 1, now(), now()
    FROM generate_series(0, ARTISTS - 1) AS n;
INSERT INTO tracks (id, artist_id, title, duration_ms, genres, explicit, external_ids, version, created_at, updated_at)
    SELECT md5('track ' || n)::uuid, md5('artist ' || n % ARTISTS)::uuid, 'Track ' || n, 200000,
        ARRAY[(ARRAY['pop', 'rap', 'rock', 'latin', 'r&b', 'edm'])[n % 6 + 1]], false, '{}', 1, now(), now()
    FROM generate_series(0, TRACKS - 1) AS n;
ANALYZE";

struct Plan {
    listens: Vec<u64>,
    /// Requests of each kind.
    asked: usize,
}

/// One kind of request, by how many listens there were: median, 95th percentile and most, in milliseconds.
struct Row {
    name: String,
    path: String,
    /// A listen comes before each request, so that nothing of an answer before is of use.
    is_computed: bool,
    times: Vec<[f64; 3]>,
}

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let given = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let listens = given("--listens").unwrap_or("0,1000000,2000000,10000000").split(',');
    let plan = Plan {
        listens: listens.map(str::parse).collect::<Result<_, _>>()?,
        asked: given("--asked").unwrap_or("40").parse()?,
    };
    eprintln!("preparing stores");
    let mut stage = Stage::make().await?;
    // Each request is computed.
    stage.settings.insert("JONQUIL_ANSWERS_KEPT_MS", "0".to_owned());
    let measured = measure(&stage, &plan).await;
    stage.clear().await?;
    measured
}

async fn measure(stage: &Stage, plan: &Plan) -> Result<(), BenchError> {
    let api = Process::start(stage, &["api"]).await?;
    let address = api.address.ok_or("the API has no address")?;
    let http = Http::new(address);
    for name in [READER, ADMIN] {
        http.account(name, "listener").await?;
    }
    make_catalogue(stage).await?;
    let database = stage.database().await?;
    let promoted = format!("UPDATE users SET role = 'admin' WHERE username = '{ADMIN}'");
    database.batch_execute(&promoted).await?;
    let reader = format!("SELECT id, listener_id FROM users WHERE username = '{READER}'");
    let reader = database.query_one(&reader, &[]).await?;
    let facts = Facts::all(stage).await?;
    let store = Store::of(stage, reader.get(1))?;
    let asked = Asked {
        reader: reader.get(0),
        track: facts[0].track,
        artist: facts[0].artist,
    };
    asked.is_complete(&http).await?;
    let mut rows = asked.rows();
    let (mut stored, mut there) = (Vec::new(), 0);
    for listens in &plan.listens {
        eprintln!("{listens} listens");
        stored.push(store.until(&facts, there, *listens).await?);
        there = there.max(*listens);
        let tokens = (http.sign_in(READER).await?, http.sign_in(ADMIN).await?);
        let mut connection = Connection::open(address).await?;
        for row in &mut rows {
            let request = row.request(&tokens);
            let mut measured = Vec::new();
            for _ in 0..plan.asked {
                if row.is_computed {
                    store.one_more(&facts, there).await?;
                    there += 1;
                }
                let began = Instant::now();
                connection.get(request.as_bytes()).await?;
                measured.push(began.elapsed());
            }
            row.times
                .push([50, 95, 100].map(|percent| percentile(&mut measured, percent)));
        }
    }
    api.stop().await?;
    write(plan, &rows, &stored)
}

/// Artists and tracks without events.
pub async fn make_catalogue(stage: &Stage) -> Result<(), BenchError> {
    let catalogue = CATALOGUE
        .replace("ARTISTS", &ARTISTS.to_string())
        .replace("TRACKS", &TRACKS.to_string());
    Ok(stage.database().await?.batch_execute(&catalogue).await?)
}

impl Row {
    fn request(&self, (reader, admin): &(String, String)) -> String {
        let token = if self.path.contains("/user") { reader } else { admin };
        let path = &self.path;
        format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n")
    }
}

/// What is asked about.
struct Asked {
    reader: Uuid,
    /// The track that is played most, and its artist.
    track: Uuid,
    artist: Uuid,
}

impl Asked {
    /// All that is asked; what is kept while no listen comes, also as it is when one does.
    fn rows(&self) -> Vec<Row> {
        let row = |is_computed: bool| {
            move |(name, path): (&str, String)| Row {
                name: format!("{name}{}", if is_computed { ", a listen before each" } else { "" }),
                path,
                is_computed,
                times: Vec::new(),
            }
        };
        let paths = self.paths().into_iter().map(row(false));
        paths.chain(everybodys_paths().into_iter().map(row(true))).collect()
    }

    fn paths(&self) -> Vec<(&'static str, String)> {
        let analytics = "/api/v1/analytics";
        everybodys_paths()
            .into_iter()
            .chain(self.work_paths())
            .chain(self.own_paths())
            .chain([
                (
                    "the first chart of tracks",
                    format!("{analytics}/popular-tracks?period=month"),
                ),
                (
                    "the first chart of artists",
                    format!("{analytics}/popular-artists?period=month"),
                ),
                ("right now", format!("{analytics}/realtime/platform-stats")),
                ("who listens right now", format!("{analytics}/realtime/active-users")),
                (
                    "requests of a week",
                    format!("{analytics}/clickhouse/api-stats?period=week"),
                ),
                ("the service's performance", format!("{analytics}/performance/summary")),
                ("the analytics' health", format!("{analytics}/clickhouse/health")),
            ])
            .collect()
    }

    /// What is asked about one work or artist.
    fn work_paths(&self) -> [(&'static str, String); 5] {
        let (Self { track, artist, .. }, analytics) = (self, "/api/v1/analytics");
        [
            (
                "a track, a month",
                format!("{analytics}/advanced/track-analytics/{track}?period=month"),
            ),
            (
                "a track, all time, in Berlin",
                format!("{analytics}/advanced/track-analytics/{track}?tz=Europe/Berlin"),
            ),
            (
                "an artist's studio, a year",
                format!("{analytics}/artists/{artist}/studio?period=year"),
            ),
            (
                "a track in short",
                format!("{analytics}/clickhouse/track/{track}/stats"),
            ),
            (
                "an artist in short",
                format!("{analytics}/clickhouse/artist/{artist}/stats"),
            ),
        ]
    }

    /// What a person asks about itself.
    fn own_paths(&self) -> [(&'static str, String); 10] {
        let (reader, analytics) = (self.reader, "/api/v1/analytics");
        [
            (
                "a person, a month",
                format!("/api/v1/users/{reader}/stats?period=month"),
            ),
            ("a person, a year", format!("/api/v1/users/{reader}/stats?period=year")),
            (
                "a person's picture, a year",
                format!("{analytics}/user/{reader}?period=year"),
            ),
            (
                "a person's figures, a year",
                format!("{analytics}/user/{reader}/stats?period=year"),
            ),
            (
                "a person's history",
                format!("{analytics}/user/{reader}/listening-history"),
            ),
            (
                "a person's habits, a month",
                format!("{analytics}/advanced/user-analytics/{reader}?period=month"),
            ),
            (
                "a person's habits, a year",
                format!("{analytics}/advanced/user-analytics/{reader}?period=year"),
            ),
            ("one's own picture", format!("{analytics}/user/analytics")),
            ("one's own searches", format!("{analytics}/user/search-history")),
            (
                "people alike",
                format!("{analytics}/recommendations/similar-users/{reader}"),
            ),
        ]
    }

    /// Fails when the document names a GET of the analytics that is not asked.
    async fn is_complete(&self, http: &Http) -> Result<(), BenchError> {
        let document = http.get("/openapi.json").await?;
        let paths = document["paths"].as_object().ok_or("a document without paths")?;
        let asked = self.paths();
        for (path, item) in paths {
            let is_meant = path.starts_with("/api/v1/analytics/") && item.get("get").is_some();
            // It never ends.
            if !is_meant || path == "/api/v1/analytics/realtime/stream" {
                continue;
            }
            if !asked.iter().any(|(_, asked)| fits(path, asked)) {
                return Err(format!("{path} is not measured").into());
            }
        }
        Ok(())
    }
}

/// What is asked about everybody.
fn everybodys_paths() -> Vec<(&'static str, String)> {
    let analytics = "/api/v1/analytics";
    let ragged = "from=2026-03-03T05:17:00.000Z&to=2026-06-20T17:05:00.000Z";
    vec![
        ("tracks of a week", "/api/v1/tracks/popular/?period=week".to_owned()),
        ("tracks of a month", "/api/v1/tracks/popular/?period=month".to_owned()),
        ("tracks of a year", "/api/v1/tracks/popular/?period=year".to_owned()),
        ("artists of a year", "/api/v1/artists/popular/?period=year".to_owned()),
        (
            "tracks of a genre, a year",
            "/api/v1/tracks/popular/?period=year&genre=rock".to_owned(),
        ),
        (
            "tracks from a moment to another",
            format!("/api/v1/tracks/popular/?{ragged}"),
        ),
        ("trends of a week", format!("{analytics}/trends?period=week")),
        ("trends of a month", format!("{analytics}/trends?period=month")),
        (
            "trends of a year, in Berlin",
            format!("{analytics}/trends?period=year&tz=Europe/Berlin"),
        ),
        ("genres of a year", format!("{analytics}/genres/stats?period=year")),
        ("dashboard of a week", format!("{analytics}/dashboard?period=week")),
        ("dashboard of a year", format!("{analytics}/dashboard?period=year")),
    ]
}

/// Whether an address is one of a path of the document.
fn fits(path: &str, address: &str) -> bool {
    let address = address.split_once('?').map_or(address, |(path, _)| path);
    let (path, address) = (path.split('/'), address.split('/'));
    path.clone().count() == address.clone().count()
        && path
            .zip(address)
            .all(|(known, part)| known == part || known.starts_with('{'))
}

/// The analytics as the projector writes them.
struct Store {
    analytics: Analytics,
    projection: AnalyticsProjection,
    own: Uuid,
    now: events::Time,
}

/// How long so many more listens took.
struct Taken {
    events: u64,
    stored: Duration,
    prepared: Duration,
}

impl Store {
    fn of(stage: &Stage, own: Uuid) -> Result<Self, BenchError> {
        let mut config = stage.config()?.analytics;
        config.timeout = PATIENCE;
        let analytics = Analytics::new(&config);
        Ok(Self {
            projection: AnalyticsProjection::new(analytics.clone()),
            analytics,
            own,
            now: stage::now(),
        })
    }

    /// Stores one listen of this moment.
    async fn one_more(&self, facts: &[Facts], number: u64) -> Result<(), BenchError> {
        let mut generated = Generated::new(facts, number + 1, stage::now());
        let listen = generated.listen(number, 0, None);
        self.store(number, vec![self.projected(number, listen)?]).await
    }

    /// Stores the listens from one number up to another, then prepares what answers are made of.
    async fn until(&self, facts: &[Facts], from: u64, to: u64) -> Result<Taken, BenchError> {
        let began = Instant::now();
        let mut generated = Generated::new(facts, from + 1, self.now);
        let mut first = from;
        while first < to {
            let last = to.min(first + BATCH);
            let mut projected = Vec::new();
            for number in first..last {
                let ago = YEAR_MS - YEAR_MS * (number - from) / (to - from);
                let listener = (number % OWN == 0).then_some(self.own);
                let listen = generated.listen(number, ago, listener);
                projected.push(self.projected(number, listen)?);
            }
            self.store(first, projected).await?;
            first = last;
        }
        let stored = began.elapsed();
        self.analytics.refresh(self.now).await?;
        Ok(Taken {
            events: to - from,
            stored,
            prepared: began.elapsed().saturating_sub(stored),
        })
    }

    async fn store(&self, first: u64, events: Vec<Projected<read_analytics::AnalyticsRow>>) -> Result<(), BenchError> {
        let slice = Slice {
            topic: Topic::Listens,
            partition: PARTITION,
            from: first.try_into()?,
            next: (first + events.len() as u64).try_into()?,
            events,
        };
        match self.projection.store(&Batch { slices: vec![slice] }).await? {
            Stored::Done(refused) if refused.is_empty() => Ok(()),
            other => Err(format!("not stored: {other:?}").into()),
        }
    }

    fn projected(&self, number: u64, listen: Listen) -> Result<Projected<read_analytics::AnalyticsRow>, BenchError> {
        let offset = number.try_into()?;
        let meta = Meta {
            id: listen.event_id,
            time: self.now,
            sequence: None,
            traceparent: None,
        };
        let incoming = Incoming {
            topic: Topic::Listens,
            partition: PARTITION,
            offset,
            meta,
            event: Event::Listened(Box::new(listen)),
        };
        Ok(Projected {
            offset,
            rows: self.projection.rows(&incoming)?,
        })
    }
}

fn write(plan: &Plan, rows: &[Row], stored: &[Taken]) -> Result<(), BenchError> {
    let columns: Vec<String> = plan
        .listens
        .iter()
        .map(|listens| format!(" {listens} listens |"))
        .collect();
    let mut text = format!(
        "{} requests of each kind, one after another, {}; p50 / p95 / most, ms.\n\n| |{}\n|{}\n",
        plan.asked,
        stage::now(),
        columns.concat(),
        " --- |".repeat(columns.len() + 1)
    );
    for row in rows {
        let cells = row
            .times
            .iter()
            .map(|[half, most, all]| format!(" {half:.0} / {most:.0} / {all:.0} |"));
        let _ = writeln!(text, "| {} |{}", row.name, cells.collect::<String>());
    }
    let rate = |taken: &Taken, time: Duration| match taken.events {
        0 => " - |".to_owned(),
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        events => format!(" {:.0} |", events as f64 / time.as_secs_f64()),
    };
    let of = |time: fn(&Taken) -> Duration| stored.iter().map(|taken| rate(taken, time(taken))).collect::<String>();
    let _ = writeln!(text, "| listens/s stored |{}", of(|taken| taken.stored));
    let _ = write!(text, "| listens/s prepared |{}", of(|taken| taken.prepared));
    say(&text);
    document::put("growth", &text)
}
