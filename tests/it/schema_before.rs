//! Stores that a process of the version before made and filled: the new version makes its own beside them, from the topics,
//! and leaves them alone.

use std::time::Duration;

use events::{Kind, Time, TrackId};
use projector::{Generation, ReadModel, Stage, generations::serving};
use reqwest::Method;
use serde_json::json;
use tests::{App, Person, Role, eventually, eventually_within, now};

use crate::credits_reads::{READ_MODELS, publishes_events_before_credits};

/// A call of Elasticsearch past the service; `path` follows the prefix.
async fn elasticsearch(app: &App, method: Method, path: &str) -> u64 {
    let (url, prefix) = (
        app.setting("JONQUIL_ELASTICSEARCH_URL"),
        app.setting("JONQUIL_INDEX_PREFIX"),
    );
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let answer = client.request(method, format!("{url}/{prefix}{path}")).send().await;
    let answer = answer.expect("Elasticsearch answers").error_for_status().expect("done");
    let answer: serde_json::Value = answer.json().await.expect("JSON");
    answer["count"].as_u64().unwrap_or(0)
}

/// What each store of the first generation holds, past the service.
async fn held(app: &App) -> [u64; 3] {
    let base = app.setting("JONQUIL_CLICKHOUSE_DATABASE");
    let listens = app
        .analytics_sql(&format!("SELECT count() FROM {base}_g1.listens"))
        .await;
    let key = format!("{}g1:pos", app.setting("JONQUIL_KEY_PREFIX"));
    [
        elasticsearch(app, Method::GET, "tracks-g1/_count").await,
        listens.parse().expect("a number"),
        app.redis_command(&["HLEN", &key]).await,
    ]
}

/// The stores as the commit before had them: what is new in each is not there, and the register names its schema.
async fn become_those_of_before(app: &App) {
    elasticsearch(app, Method::DELETE, "playlists-g1").await;
    elasticsearch(app, Method::DELETE, "generations").await;
    let base = app.setting("JONQUIL_CLICKHOUSE_DATABASE").to_owned();
    for statement in [
        format!("DROP TABLE {base}_g1.playlist_activity"),
        format!("TRUNCATE TABLE {base}.generations"),
    ] {
        assert_eq!(app.analytics_sql(&statement).await, "");
    }
    let prefix = app.setting("JONQUIL_KEY_PREFIX");
    assert_eq!(app.redis_command(&["DEL", &format!("{prefix}generations")]).await, 1);
    serves_under(app.index(), "s4").await;
    serves_under(app.analytics(), "s6").await;
    serves_under(app.counters(), "s2").await;
}

async fn serves_under<M: ReadModel>(model: &M, schema: &str) {
    assert_ne!(schema, M::SCHEMA, "this is the schema of today");
    let record = Generation {
        number: 1,
        schema: schema.to_owned(),
        stage: Stage::Serving,
        since: Time::from_millis(now().millis() - 1000),
    };
    model.record(&record).await.expect("the engine answers");
}

async fn register<M: ReadModel>(model: &M) -> Vec<Generation> {
    model.generations().await.expect("the engine answers")
}

/// Of this version's schema.
async fn serves<M: ReadModel>(model: &M) -> Option<u32> {
    serving(&register(model).await, M::SCHEMA).map(|one| one.number)
}

/// What readers are told of a track of today and of one that was written before there were credits.
async fn is_told(app: &App, label: &Person, new: TrackId, old: TrackId) {
    assert_eq!(app.search("igra").await.tracks, [new]);
    assert_eq!(app.indexed(Kind::Track, "спокойная ночь").await, [old.0]);
    let plays = app.counters().plays(Kind::Track, &[new.0, old.0]).await;
    assert_eq!(plays.expect("Redis answers"), [2, 1]);
    for (track, plays) in [(new, 2), (old, 1)] {
        let stats = app
            .analytics()
            .track_stats(track, now())
            .await
            .expect("ClickHouse answers");
        assert_eq!(stats.plays, plays);
    }
    let path = format!("/api/v1/analytics/clickhouse/track/{new}/stats");
    label.http.get(&path).await.is(200).shows(json!({"plays": 2}));
}

#[tokio::test]
async fn a_store_of_the_schema_before_is_made_anew_at_the_start_and_left_alone() {
    let app = App::builder().without_read_models();
    let mut app = app.setting("JONQUIL_REBUILD_STEADY_SECONDS", "1").start().await;
    app.starts(&READ_MODELS).await;
    let label = app.artist_account("label").await;
    let new = label.creates_track(label.creates_artist("Igra").await, "Igra").await;
    for _ in 0..2 {
        label.hears(new).await;
    }
    let old = publishes_events_before_credits(&app).await;
    app.settle().await;
    is_told(&app, &label, new, old).await;
    app.stops(Role::Search).await;

    become_those_of_before(&app).await;
    let before = held(&app).await;
    eventually("readers look for a store of their schema", async || {
        let asked = label.http.get("/api/v1/tracks/search/?q=igra").await;
        (asked.status == 503).then_some(())
    })
    .await;

    app.starts(&READ_MODELS).await;
    eventually_within(Duration::from_mins(1), "every read model serves", async || {
        let all = (
            serves(app.index()).await,
            serves(app.analytics()).await,
            serves(app.counters()).await,
        );
        (all == (Some(2), Some(2), Some(2))).then_some(())
    })
    .await;
    eventually("readers have looked again", async || {
        let asked = label.http.get("/api/v1/tracks/search/?q=igra").await;
        (asked.status == 200).then_some(())
    })
    .await;
    is_told(&app, &label, new, old).await;
    assert_eq!(
        held(&app).await,
        before,
        "the stores of before are read by processes of before"
    );
    for register in [
        register(app.index()).await,
        register(app.analytics()).await,
        register(app.counters()).await,
    ] {
        let first = register.iter().find(|one| one.number == 1).map(|one| one.stage);
        assert_eq!(first, Some(Stage::Serving));
    }
}
