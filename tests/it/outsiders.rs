//! The programs of kafka/README.md, run as they are written by an outsider who has the topics and nothing else. In Python and with
//! kcat plays are counted and the catalogue is rebuilt, and both agree with the API; the one in Rust follows the tracks.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::Stdio,
    time::Duration,
};

use events::{Encoded, Topic, TrackId};
use read_api::{ListeningStats, NamedTrack};
use representations::Track;
use serde_json::{Value, json};
use tests::{App, Person, Record, eventually, new_id, now, python_tool};
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

/// The document's block in this language that has this text.
fn block(language: &str, text: &str) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../kafka/README.md"));
    let readme = readme.expect("kafka/README.md");
    let fence = format!("```{language}\n");
    let mut blocks = readme.split(fence.as_str()).skip(1);
    let found = blocks.find_map(|rest| rest.split("```").next().filter(|block| block.contains(text)));
    found.expect(text).to_owned()
}

/// What the document asks for, and nothing else.
fn outsider(app: &App, program: impl AsRef<Path>) -> Command {
    // A shell that starts tests in the background has them ignore SIGINT, and Python would too.
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(program.as_ref());
    for name in ["JONQUIL_KAFKA_URL", "JONQUIL_TOPIC_PREFIX"] {
        command.env(name, app.setting(name));
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// What the document's shell commands with this text print.
async fn shell(app: &App, text: &str) -> String {
    let mut command = outsider(app, "sh");
    command.args(["-c", &block("sh", text)]);
    let output = timeout(BOUND, command.output()).await;
    let output = output.expect("it ends within a minute").expect("a shell");
    assert!(
        output.status.success(),
        "{text}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

impl Outsider {
    /// The Python program of this group.
    fn in_python(app: &App, python: &Path, group: &str) -> Self {
        let mut command = outsider(app, python);
        command.args(["-c", &block("python", group)]);
        Self::starts(command)
    }

    fn starts(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
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
        interrupts(&pid).await;
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

/// As Ctrl-C does: a process, or with a minus its group.
async fn interrupts(process: &str) {
    let sent = Command::new("kill").args(["-INT", "--", process]).status().await;
    assert!(sent.expect("kill").success());
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

/// Each listen is on the topic three times; the plays of each track.
async fn listens(app: &App) -> [(TrackId, u64); 3] {
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
    publishes_again(app, Topic::Listens).await;
    // Of each listener one more: it lies behind all copies, so whoever has it has passed them.
    ada.hears(noch).await;
    bob.hears(igra).await;
    app.settle().await;
    assert_eq!(app.events_on(Topic::Listens).await, 22, "7 of them are no copies");
    [(igra, 4), (noch, 2), (unheard, 0)]
}

/// Compares what an outsider counted with the API.
async fn agree_on_plays(app: &App, counted: &str, expected: [(TrackId, u64); 3]) {
    let counted: BTreeMap<String, u64> = serde_json::from_str(counted).expect("JSON");
    for (track, expected) in expected {
        let of_topic = counted.get(&track.to_string()).copied().unwrap_or(0);
        assert_eq!(of_topic, expected);
        assert_eq!(plays(app, track).await, [Some(expected); 2]);
    }
}

#[tokio::test]
async fn an_outsider_counts_the_plays_from_the_topic_and_agrees_with_the_api() {
    let Some(python) = python_tool("python") else { return };
    let app = App::start().await;
    let expected = listens(&app).await;
    let mut outsider = Outsider::in_python(&app, &python, "data-team.plays");
    outsider.prints("6 plays of 2 tracks").await;
    let rest = outsider.ends().await;
    agree_on_plays(&app, rest.last().expect("the plays of each track"), expected).await;

    agree_on_plays(&app, &shell(&app, "unique_by").await, expected).await;
    let last = shell(&app, "-o -5").await;
    assert!(last.lines().count() >= 2 * 5, "{last}");
    assert!(last.contains("jonquil.listened.v1"), "{last}");
    assert_eq!(shell(&app, "dead-letters").await, "", "there is none");
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

/// Compares what an outsider rebuilt with the API's lists.
async fn agree_on_the_catalogue(app: &App, rebuilt: impl Iterator<Item = &str>) {
    let rebuilt: Vec<Value> = rebuilt.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for ((kind, list, fields), count) in LISTS.into_iter().zip([2, 1, 2]) {
        let page = app.http().read(&format!("/api/v1/{list}/?limit=100")).await;
        let listed = things(page["items"].as_array().expect("items").iter(), fields);
        let of_topics = things(rebuilt.iter().filter(|thing| thing["kind"] == kind), fields);
        assert_eq!(of_topics, listed, "{list}");
        assert_eq!(listed.len(), count, "{list} without deleted and taken down things");
    }
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

    let mut outsider = Outsider::in_python(&app, &python, "data-team.catalogue");
    outsider.prints(&format!("{events} events of 8 things")).await;
    let rebuilt = outsider.ends().await;
    agree_on_the_catalogue(&app, rebuilt.iter().map(String::as_str)).await;

    let rebuilt = shell(&app, "data-team.kcat").await;
    agree_on_the_catalogue(&app, rebuilt.lines()).await;
    assert_eq!(shell(&app, "data-team.kcat").await, "", "the group has read it all");
}

#[tokio::test]
async fn an_outsider_follows_the_tracks_from_the_first_event_in_rust_and_from_now_on_with_kcat() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let igra = label.creates_track(kino, "Igra").await;
    label.creates_track(kino, "Noch").await;
    label.retitles(igra, "Игра").await;
    app.settle_outbox().await;

    let program = include_str!("../clients/titles.rs");
    assert_eq!(
        block("rust", "data-team.titles"),
        program,
        "tests/clients/titles.rs is what runs"
    );
    let test = env::current_exe().expect("the path of this test");
    let target = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let mut follower = Outsider::starts(outsider(&app, target.join("examples/titles")));
    let expected = [
        r#""jonquil.track.created.v1" 1 "Igra""#,
        r#""jonquil.track.created.v1" 1 "Noch""#,
        r#""jonquil.track.updated.v1" 2 "Игра""#,
    ];
    let mut printed = BTreeSet::new();
    for _ in expected {
        let line = timeout(BOUND, follower.lines.next_line()).await.expect("a line");
        printed.insert(line.expect("its output").expect("it runs"));
    }
    assert_eq!(printed, BTreeSet::from(expected.map(str::to_owned)));
    label.creates_track(kino, "Den").await;
    follower.prints(r#""jonquil.track.created.v1" 1 "Den""#).await;
    follows_with_kcat(&app, &label, igra).await;
}

/// It does not say when it has begun to listen: titles change until one is shown.
async fn follows_with_kcat(app: &App, label: &Person, track: TrackId) {
    let mut command = outsider(app, "sh");
    // In a group of its own, to be ended with the programs that the shell started.
    command.args(["-c", &block("sh", "-o end")]).process_group(0);
    let mut follower = Outsider::starts(command);
    let group = follower.process.id().expect("it runs");
    let mut titles = 0;
    let line = eventually("kcat shows a track that changes", async || {
        titles += 1;
        label.retitles(track, &format!("Igra {titles}")).await;
        let line = timeout(Duration::from_millis(500), follower.lines.next_line()).await;
        line.ok()?.expect("its output")
    })
    .await;
    assert!(line.starts_with(r#"["jonquil.track.updated.v1","#), "{line}");
    assert!(line.ends_with(']') && line.contains(r#","Igra "#), "{line}");
    interrupts(&format!("-{group}")).await;
    let ended = timeout(BOUND, follower.process.wait()).await;
    ended.expect("Ctrl-C ends it").expect("its end");
}
