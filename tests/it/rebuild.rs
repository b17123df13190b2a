//! A read model is made anew beside the one that serves: readers notice nothing, whatever dies meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use events::{Kind, PlaylistId, TrackId};
use http_kit::Problem;
use projector::{ReadModel, Stage};
use read_analytics::Analytics;
use read_api::{ProjectionName, ProjectionState};
use read_counters::Counters;
use read_search::Search;
use serde_json::{Value, json};
use tests::{App, Person, Role, eventually, eventually_within};

/// Readers go over soon, and the generation before goes soon after.
async fn app() -> App {
    App::builder()
        .setting("JONQUIL_REBUILD_STEADY_SECONDS", "1")
        .setting("JONQUIL_REBUILD_KEEP_SECONDS", "2")
        .start()
        .await
}

async fn played(app: &App, label: &Person, title: &str, plays: usize) -> TrackId {
    let artist = label.creates_artist(title).await;
    let track = label.creates_track(artist, title).await;
    for _ in 0..plays {
        label.hears(track).await;
    }
    app.settle().await;
    track
}

/// What each read model answers.
async fn answers(label: &Person, track: TrackId) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "/api/v1/tracks/search/?q=igra".to_owned(),
        format!("/api/v1/analytics/clickhouse/track/{track}/stats"),
        "/api/v1/tracks/popular/?period=day".to_owned(),
        "/api/v1/analytics/realtime/active-users".to_owned(),
    ] {
        let mut answer = label.http.read(&path).await;
        // Signed and dated anew with every answer.
        for changing in ["generated_at", "from", "to"] {
            answer.as_object_mut().expect("an object").remove(changing);
        }
        let text = answer.to_string();
        let unsigned = text
            .split("\"stream_url\"")
            .map(|part| part.split_once(',').map_or(part, |(_, rest)| rest));
        answers.push(Value::String(unsigned.collect()));
    }
    answers
}

/// Asks all the time, until it is dropped.
struct Readers {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    reading: tokio::task::JoinHandle<()>,
}

impl Readers {
    fn start(label: &Person, track: TrackId, expected: Vec<Value>) -> Self {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (label, stopped, count) = (label.clone(), Arc::clone(&stop), Arc::clone(&asked));
        let reading = tokio::spawn(async move {
            while !stopped.load(Ordering::Relaxed) {
                assert_eq!(answers(&label, track).await, expected, "a reader saw something else");
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { stop, asked, reading }
    }

    async fn saw_no_difference(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.reading.await.expect("every answer was the same");
        assert!(self.asked.load(Ordering::Relaxed) > 5, "hardly anything was read");
    }
}

async fn register<M: ReadModel>(model: &M) -> Vec<(u32, Stage)> {
    let mut register = model.generations().await.expect("the engine answers");
    register.sort_by_key(|one| one.number);
    register.iter().map(|one| (one.number, one.stage)).collect()
}

async fn is_erased<M: ReadModel>(model: &M, generation: u32) {
    let what = "the generation before is erased";
    eventually_within(Duration::from_mins(1), what, async || {
        let found = register(model).await;
        found.contains(&(generation, Stage::Erased)).then_some(())
    })
    .await;
    let old = model.at(generation);
    // Erased is erased: ClickHouse knows no such database, Elasticsearch no such index, Redis has no such key.
    assert!(old.until().await.unwrap_or_default().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_go_over_to_each_read_model_that_is_made_anew_and_notice_nothing() {
    let app = app().await;
    let label = app.artist_account("label").await;
    let playlist = json!({"title": "Igra vecherom", "visibility": "public"});
    let playlist = PlaylistId(label.http.post("/api/v1/playlists/", &playlist).await.is(201).id());
    let track = played(&app, &label, "Igra", 3).await;
    let expected = answers(&label, track).await;
    let readers = Readers::start(&label, track, expected.clone());
    for model in ["search", "analytics", "counters"] {
        drop(app.runs(&["rebuild", model]));
    }
    readers.saw_no_difference().await;
    let parts = (app.index(), app.analytics(), app.counters());
    is_erased(parts.0, 1).await;
    is_erased(parts.1, 1).await;
    is_erased(parts.2, 1).await;
    assert_eq!(answers(&label, track).await, expected);
    assert_eq!(
        app.search("vecherom").await.playlists,
        [playlist],
        "playlists are made anew too"
    );

    // What comes afterwards is in the generation that serves.
    label.hears(track).await;
    label.retitles(track, "Noch").await;
    eventually("the new title is found", async || {
        let found = app.search("noch").await.tracks;
        (found == [track]).then_some(())
    })
    .await;
    eventually("the play counts", async || {
        let plays = app.counters().plays(Kind::Track, &[track.0]).await;
        (plays.expect("Redis answers") == [4]).then_some(())
    })
    .await;
}

/// The command dies once it has asked, and a worker between the new generation's data and its position; asked again, it is
/// the same rebuild, and what was played three times is there once each.
async fn goes_on_whatever_dies<M: ReadModel>(
    role: Role,
    stored: &str,
    model: impl AsyncFn(&App) -> M,
    has_all: impl AsyncFn(&M, TrackId) -> bool,
) {
    let app = App::builder()
        .without(role)
        .setting("JONQUIL_REBUILD_STEADY_SECONDS", "1")
        .setting("JONQUIL_REBUILD_KEEP_SECONDS", "600")
        .start()
        .await;
    let first = app.spawns(role.name(), "");
    let label = app.artist_account("label").await;
    let track = played(&app, &label, "Igra", 3).await;
    first.kill();
    let (old, new) = (model(&app).await, model(&app).await.at(2));
    app.dies(&["rebuild", role.name()], "rebuild::begun=panic");
    assert_eq!(register(&old).await, [(1, Stage::Serving), (2, Stage::Building)]);
    let second = app.spawns(role.name(), &format!("{stored}=pause"));
    eventually("the new generation has all of it", async || {
        has_all(&new, track).await.then_some(())
    })
    .await;
    second.kill();
    assert_eq!(register(&old).await, [(1, Stage::Serving), (2, Stage::Building)]);
    let _third = app.spawns(role.name(), "");
    drop(app.runs(&["rebuild", role.name()]));
    assert_eq!(register(&old).await, [(1, Stage::Serving), (2, Stage::Serving)]);
    assert!(has_all(&new, track).await);
    assert_eq!(app.search("igra").await.tracks, [track]);
}

#[tokio::test]
async fn a_rebuild_of_the_search_goes_on_whatever_dies() {
    let has_all = async |new: &Search, _| new.documents(Kind::Track).await.ok() == Some(1);
    goes_on_whatever_dies(Role::Search, "search::stored", async |app| app.index().clone(), has_all).await;
}

#[tokio::test]
async fn a_rebuild_of_the_analytics_goes_on_whatever_dies() {
    let has_all = async |new: &Analytics, _| new.counts().await.ok() == Some(3);
    let model = async |app: &App| app.analytics().clone();
    goes_on_whatever_dies(Role::Analytics, "analytics::stored", model, has_all).await;
}

#[tokio::test]
async fn a_rebuild_of_the_counters_goes_on_whatever_dies() {
    let has_all = async |new: &Counters, track: TrackId| {
        let plays = new.plays(Kind::Track, &[track.0]).await;
        plays.ok() == Some(vec![3])
    };
    let model = async |app: &App| app.counters().clone();
    goes_on_whatever_dies(Role::Counters, "counters::stored", model, has_all).await;
}

#[tokio::test]
async fn an_admin_has_a_read_model_made_anew_and_watches_it() {
    use ProjectionName::{Analytics, Counters, Search, Webhooks};
    let app = app().await;
    let (label, admin) = (app.artist_account("label").await, app.admin("admin").await);
    played(&app, &label, "Igra", 2).await;
    let list = "/api/v1/admin/projections";
    app.http().get(list).await.is(401);
    label.http.get(list).await.is(403);
    // Requests are events too: the analytics are at the end soon after the last one.
    let listed = tests::eventually("every read model is at the end", async || {
        let listed: Vec<ProjectionState> = admin.http.get(list).await.is(200).parse();
        let mut generations = listed.iter().flat_map(|state| &state.generations);
        generations.all(|one| one.done == one.of).then_some(listed)
    })
    .await;
    let names: Vec<ProjectionName> = listed.iter().map(|state| state.name).collect();
    assert_eq!(names, [Search, Analytics, Counters, Webhooks]);
    assert!(listed[3].generations.is_empty(), "{listed:?}");
    for state in &listed[..3] {
        let [one] = state.generations.as_slice() else {
            panic!("{state:?}")
        };
        assert_eq!(
            (one.number, one.stage.as_str(), one.done),
            (1, "serving", one.of),
            "{state:?}"
        );
    }
    let rebuild = |name: &str| format!("{list}/{name}/rebuild");
    label.http.post(&rebuild("counters"), &json!({})).await.is(403);
    admin.http.post(&rebuild("relay"), &json!({})).await.is(404);
    let refused = admin.http.post(&rebuild("webhooks"), &json!({})).await.is(422);
    let why = refused.parse::<Problem>().errors.remove(0);
    assert!(why.message.contains("cannot be taken back"), "{why:?}");
    let begun: ProjectionState = admin.http.post(&rebuild("counters"), &json!({})).await.is(202).parse();
    assert_eq!(begun.name, ProjectionName::Counters);
    let stages = |state: &ProjectionState| -> Vec<(u32, String)> {
        let generations = state.generations.iter();
        generations.map(|one| (one.number, one.stage.clone())).collect()
    };
    assert!(stages(&begun).contains(&(2, "building".to_owned())), "{begun:?}");
    eventually_within(Duration::from_mins(1), "only the new generation is left", async || {
        let listed: Vec<ProjectionState> = admin.http.get(list).await.is(200).parse();
        (stages(&listed[2]) == [(2, "serving".to_owned())]).then_some(())
    })
    .await;
}
