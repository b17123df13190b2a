//! The Python programs of kafka/README.md, run as they are written by an outsider who has the topics and nothing else: one counts the
//! plays, the other rebuilds the catalogue, and both agree with the API.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio, time::Duration};

use events::{Encoded, Topic, TrackId};
use read_api::{ListeningStats, NamedTrack};
use representations::Track;
use serde_json::{Value, json};
use tests::{App, Record, new_id, now, python_tool};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// A new group waits some seconds for its members.
const BOUND: Duration = Duration::from_mins(1);
const CATALOGUE: [Topic; 3] = [Topic::Artists, Topic::Albums, Topic::Tracks];
/// A kind, its list, and what an event and the list have in common.
const LISTS: [(&str, &str, &[&str]); 3] = [
    (
        "artist",
        "artists",
        &["/name", "/bio", "/country", "/genres", "/external_ids", "/created_at"],
    ),
    (
        "album",
        "albums",
        &[
            "/title",
            "/artist",
            "/credits",
            "/album_type",
            "/release_date",
            "/genres",
            "/created_at",
        ],
    ),
    (
        "track",
        "tracks",
        &[
            "/title",
            "/artist",
            "/credits",
            "/album/id",
            "/duration_ms",
            "/track_number",
            "/genres",
            "/explicit",
            "/created_at",
        ],
    ),
];

/// A running program.
struct Outsider {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The last line that was read.
    printed: String,
}

/// The program of this group as the document has it, but for what a story has to itself: the topics' prefix, and the group.
fn program(app: &App, group: &str) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../kafka/README.md"));
    let readme = readme.expect("kafka/README.md");
    let mut blocks = readme.split("```python\n").skip(1);
    let block = blocks.find_map(|rest| rest.split("```").next().filter(|block| block.contains(group)));
    let prefix = app.setting("JONQUIL_TOPIC_PREFIX");
    let mut program = block.expect(group).replace(group, &format!("{prefix}{group}"));
    for topic in Topic::ALL {
        let name = topic.name();
        program = program.replace(&format!("\"{name}\""), &format!("\"{prefix}{name}\""));
    }
    program
}

impl Outsider {
    fn starts(app: &App, python: &Path, group: &str) -> Self {
        // A shell that starts tests in the background has them ignore SIGINT, and Python would too.
        let mut command = Command::new("env");
        command.arg("--default-signal=INT").arg(python);
        command.arg("-c").arg(program(app, group));
        command.env("JONQUIL_KAFKA_URL", app.setting("JONQUIL_KAFKA_URL"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().expect("Python starts");
        let output = process.stdout.take().expect("its output");
        Self {
            process,
            lines: BufReader::new(output).lines(),
            printed: String::new(),
        }
    }

    /// Reads until it prints this line.
    async fn prints(&mut self, wanted: &str) {
        let until = async {
            while self.printed != wanted {
                let line = self.lines.next_line().await.expect("its output");
                self.printed = line.unwrap_or_else(|| panic!("it ended after {:?}", self.printed));
            }
        };
        let is_printed = timeout(BOUND, until).await.is_ok();
        let printed = &self.printed;
        assert!(is_printed, "after {BOUND:?} it printed {printed:?}, not {wanted:?}");
    }

    /// Ends it as Ctrl-C does; the lines that it prints then.
    async fn ends(mut self) -> Vec<String> {
        let pid = self.process.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().await;
        assert!(sent.expect("kill").success());
        let rest = async {
            let mut all = Vec::new();
            while let Some(line) = self.lines.next_line().await.expect("its output") {
                all.push(line);
            }
            all
        };
        let rest = timeout(BOUND, rest).await.expect("it ends within a minute");
        assert!(self.process.wait().await.expect("its end").success(), "{rest:?}");
        rest
    }
}

/// The same bytes once more, behind all others: a relay that died before it marked what it had published.
async fn publishes_again(app: &App, topic: Topic) {
    let records = app.records(topic).await;
    let copy = |record: &Record| Encoded {
        topic,
        key: Some(record.key.clone()),
        sequence: record.event().0.sequence,
        payload: record.payload.clone(),
    };
    let copies: Vec<Encoded> = records.iter().map(copy).collect();
    app.publishes(&copies).await;
}

fn listen(track: TrackId, ms_played: u32) -> Value {
    json!({"event_id": new_id(), "track_id": track, "ms_played": ms_played, "listened_at": now()})
}

/// Plays of a track as the counters and the analytics have them.
async fn plays(app: &App, track: TrackId) -> [Option<u64>; 2] {
    let shown: Track = app.http().read_as(&format!("/api/v1/tracks/{track}")).await;
    let stats = format!("/api/v1/analytics/clickhouse/track/{track}/stats");
    let stats: ListeningStats<NamedTrack> = app.http().read_as(&stats).await;
    [shown.plays, Some(stats.stats.plays)]
}

#[tokio::test]
async fn an_outsider_counts_the_plays_from_the_topic_and_agrees_with_the_api() {
    let Some(python) = python_tool("python") else { return };
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let igra = label.creates_track(kino, "Igra").await;
    let noch = label.creates_track(kino, "Noch").await;
    let unheard = label.creates_track(kino, "Den").await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let of_ada = [listen(igra, 180_000), listen(igra, 90_000), listen(noch, 10_000)];
    let of_bob = [listen(igra, 180_000), listen(noch, 180_000)];
    // A client that got no answer sends again.
    for _ in 0..2 {
        ada.posts(&of_ada).await.is(202);
        bob.posts(&of_bob).await.is(202);
    }
    publishes_again(&app, Topic::Listens).await;
    // Of each listener one more: it lies behind all copies, so whoever has it has passed them.
    ada.hears(noch).await;
    bob.hears(igra).await;
    app.settle().await;
    assert_eq!(app.events_on(Topic::Listens).await, 22, "7 of them are no copies");

    let mut outsider = Outsider::starts(&app, &python, "data-team.plays");
    outsider.prints("6 plays of 2 tracks").await;
    let rest = outsider.ends().await;
    let last = rest.last().expect("the plays of each track");
    let counted: BTreeMap<String, u64> = serde_json::from_str(last).expect("JSON");
    for (track, expected) in [(igra, 4), (noch, 2), (unheard, 0)] {
        let of_topic = counted.get(&track.to_string()).copied().unwrap_or(0);
        assert_eq!(of_topic, expected);
        assert_eq!(plays(&app, track).await, [Some(expected); 2]);
    }
}

type Things = BTreeMap<String, Vec<Option<Value>>>;

/// What is compared of some things, by id.
fn things<'a>(items: impl Iterator<Item = &'a Value>, fields: &[&str]) -> Things {
    let thing = |item: &Value| {
        let id = item["id"].as_str().expect("an id").to_owned();
        let values: Vec<Option<Value>> = fields.iter().map(|field| item.pointer(field).cloned()).collect();
        (id, values)
    };
    items.map(thing).collect()
}

/// Eight things: renamed, retitled, deleted, taken down, and as they were created.
async fn catalogue(app: &App) {
    let label = app.artist_account("label").await;
    let (kino, mu) = (label.creates_artist("Kino").await, label.creates_artist("Mú").await);
    let album = label.creates_album(kino, "Noch").await;
    let demo = label.creates_album(mu, "Demo").await;
    let igra =
        json!({"title": "Igra", "artist_id": kino, "album_id": album, "duration_ms": 180_000, "genres": ["rock"]});
    label.creates_track_with(&igra).await;
    let den = label.creates_track(mu, "Den").await;
    let gone = label.creates_track(mu, "Gone").await;
    let down = label.creates_track(kino, "Down").await;
    label.retitles(den, "Ночь").await;
    label.renames(kino, "Кино").await;
    label.deletes_track(gone).await;
    label.http.delete(&format!("/api/v1/albums/{demo}")).await.is(204);
    let takedown = json!({"type": "track", "id": down, "reason": "It is mine."});
    let root = app.admin("root").await;
    root.http.post("/api/v1/admin/takedowns", &takedown).await.is(201);
    app.settle().await;
}

#[tokio::test]
async fn an_outsider_rebuilds_the_catalogue_from_the_topics_and_agrees_with_the_api() {
    let Some(python) = python_tool("python") else { return };
    let app = App::start().await;
    catalogue(&app).await;
    // Every older state comes again, behind the latest one.
    for topic in CATALOGUE {
        publishes_again(&app, topic).await;
    }
    app.settle().await;
    let mut events = 0;
    for topic in CATALOGUE {
        events += app.events_on(topic).await;
    }

    let mut outsider = Outsider::starts(&app, &python, "data-team.catalogue");
    outsider.prints(&format!("{events} events of 8 things")).await;
    let rebuilt = outsider.ends().await;
    let rebuilt: Vec<Value> = rebuilt
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    for ((kind, list, fields), count) in LISTS.into_iter().zip([2, 1, 2]) {
        let page = app.http().read(&format!("/api/v1/{list}/?limit=100")).await;
        let listed = things(page["items"].as_array().expect("items").iter(), fields);
        let of_topics = things(rebuilt.iter().filter(|thing| thing["kind"] == kind), fields);
        assert_eq!(of_topics, listed, "{list}");
        assert_eq!(listed.len(), count, "{list} without deleted and taken down things");
    }
}
