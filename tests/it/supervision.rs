//! A role panics, cannot go on, or is started twice: what becomes of it and of the others.

use std::{collections::BTreeMap, time::Duration};

use bus::Message;
use events::{Kind, Topic, TrackId};
use read_api::{EngineStatus, RoleState};
use serde::Deserialize;
use tests::{App, Engine, Person, Role, eventually, eventually_within, free_address, metrics, new_id};

#[derive(Debug, Deserialize)]
struct Health {
    status: String,
    roles: BTreeMap<String, RoleState>,
}

async fn health(app: &App) -> Health {
    app.http().get("/health").await.is(200).parse()
}

async fn one_track(app: &App) -> (Person, TrackId) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    (label, track)
}

/// More of what is no event than a projector takes in a row.
pub(super) async fn publishes_too_much_nonsense(app: &App) {
    let keys: Vec<String> = (0..400).map(|_| new_id().to_string()).collect();
    let messages = keys.iter().map(|key| Message {
        topic: Topic::Tracks,
        key: Some(key.as_bytes()),
        payload: Some(b"no event"),
        headers: Vec::new(),
    });
    app.publishes_messages(messages.collect()).await;
}

#[tokio::test]
async fn a_role_that_panics_starts_again_and_nothing_is_lost() {
    let app = App::builder().without(Role::Search).start().await;
    let search = app.spawns("search", "projector::store=1*panic(a defect)");
    let (_, track) = one_track(&app).await;
    app.settle().await;
    assert!(search.has_logged("role panicked, restarting"), "it did not panic");
    assert!(search.has_logged("a defect"), "the log does not say why");
    assert_eq!(app.search("igra").await.tracks, [track]);
}

#[tokio::test]
async fn a_role_that_cannot_go_on_shows_in_health_and_the_others_go_on() {
    let app = App::start().await;
    let (label, track) = one_track(&app).await;
    app.settle().await;
    let before = health(&app).await;
    let running: Vec<&str> = before.roles.keys().map(String::as_str).collect();
    assert_eq!(running, ["analytics", "counters", "jobs", "relay", "search"]);
    assert_eq!(before.status, "ok");
    publishes_too_much_nonsense(&app).await;
    let stopped = eventually("a role is shown as down", async || {
        let health = health(&app).await;
        (health.roles["search"].status == EngineStatus::Down).then_some(health)
    })
    .await;
    assert_eq!(stopped.status, "degraded");
    let reason = stopped.roles["search"].error.as_deref().unwrap_or_default();
    assert!(reason.contains("too many rejected events"), "{reason}");
    assert_eq!(stopped.roles["relay"].status, EngineStatus::Ok);
    label.hears(track).await;
    app.settle_without(&["search", "counters", "analytics"]).await;
    assert_eq!(app.search("igra").await.tracks, [track]);
}

#[tokio::test]
async fn a_role_with_a_process_of_its_own_ends_it_with_a_clear_last_line() {
    let app = App::builder().without(Role::Search).start().await;
    let mut search = app.spawns("search", "");
    publishes_too_much_nonsense(&app).await;
    eventually("the process ends", async || search.failed()).await;
    let last = search.last_line();
    assert!(last.starts_with("jonquil: projector search stopped"), "{last}");
    assert!(last.contains("too many rejected events"), "{last}");
}

#[tokio::test]
async fn a_second_process_under_the_same_name_does_not_start_and_a_killed_one_leaves_it_free() {
    let app = App::builder().without(Role::Search).start().await;
    let first = app.spawns("search", "");
    eventually("the first works", async || {
        first.has_logged("partitions assigned").then_some(())
    })
    .await;
    let mut second = app.spawns("search", "");
    let bound = Duration::from_mins(1);
    eventually_within(bound, "the second ends", async || second.failed()).await;
    let last = second.last_line();
    assert!(last.contains("another process runs as search:story"), "{last}");
    first.kill();
    let third = app.spawns("search", "");
    let (_, track) = one_track(&app).await;
    app.settle().await;
    assert_eq!(app.search("igra").await.tracks, [track]);
    drop(third);
}

#[tokio::test]
async fn a_projector_starts_without_postgres_and_warns_that_its_name_may_be_taken() {
    let app = App::builder()
        .without(Role::Search)
        .behind_proxy(Engine::Postgres)
        .start()
        .await;
    let (_, track) = one_track(&app).await;
    app.settle_without(&["search"]).await;
    app.proxy(Engine::Postgres).refuse();
    let search = app.spawns("search", "");
    eventually("the track is indexed", async || {
        (app.indexed(Kind::Track, "igra").await == [track.0]).then_some(())
    })
    .await;
    assert!(search.has_logged("not known whether another process has this instance id"));
}

#[derive(Clone, Copy, Debug)]
struct Lag {
    events: f64,
    seconds: f64,
    measured: f64,
}

/// Of the counters' first generation, once the process shows it.
async fn lag(address: &str) -> Option<Lag> {
    let all = metrics(address).await;
    let value = |name: &str| {
        let labels = [r#"projector="counters""#, r#"generation="g1""#];
        let is_it = |series: &str| series.starts_with(name) && labels.iter().all(|label| series.contains(label));
        all.iter().find(|(series, _)| is_it(series)).map(|(_, value)| *value)
    };
    Some(Lag {
        events: value("jonquil_projector_lag_events{")?,
        seconds: value("jonquil_projector_lag_seconds{")?,
        measured: value("jonquil_projector_lag_measured_timestamp_seconds{")?,
    })
}

async fn lag_is(address: &str, what: &str, wanted: impl Fn(Lag) -> bool) -> Lag {
    let look = async || lag(address).await.filter(|lag| wanted(*lag));
    eventually(&format!("the lag of the counters {what}"), look).await
}

#[tokio::test]
async fn lag_shows_what_waits_and_grows_while_nobody_can_look() {
    let app = App::builder()
        .without(Role::Counters)
        .behind_proxy(Engine::Redis)
        .behind_proxy(Engine::Kafka)
        .start()
        .await;
    let address = free_address();
    let settings = [("JONQUIL_METRICS_ADDRESS", address.as_str())];
    let _counters = app.spawns_together(&["counters"], app.setting("JONQUIL_INSTANCE"), "", &settings);
    let (label, track) = one_track(&app).await;
    let is_none = |lag: Lag| lag.events <= 0.0 && lag.seconds <= 0.0;
    app.settle().await;
    lag_is(&address, "is none", is_none).await;

    app.proxy(Engine::Redis).refuse();
    label.hears(track).await;
    lag_is(&address, "is that of one event", |lag| {
        lag.events > 0.0 && lag.seconds > 0.5
    })
    .await;
    app.proxy(Engine::Redis).pass();
    lag_is(&address, "is none again", is_none).await;

    app.proxy(Engine::Kafka).refuse();
    let blind = lag_is(&address, "grows by its age", |lag| lag.seconds > 1.5).await;
    assert!(blind.events <= 0.0, "nothing was seen to wait: {blind:?}");
    app.proxy(Engine::Kafka).pass();
    // The figures of one answer may be of two looks.
    let is_known = |lag: Lag| is_none(lag) && lag.measured > blind.measured;
    lag_is(&address, "is known to be none", is_known).await;
}
