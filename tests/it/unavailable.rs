//! An engine is unavailable, refusing or silent: what needs it says so, everything else goes on, and all of it catches up.

use std::time::{Duration, Instant};

use events::{Kind, Topic, TrackId};
use futures_util::future::join_all;
use http_kit::Problem;
use read_api::{ApiStats, Chart, NamedTrack};
use representations::Track;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, App, Engine, Person, Proxy, eventually, free_address, metrics, new_id, now};
use write_api::ListenIdentity;

/// The two ways to be away.
const WAYS: [fn(&Proxy); 2] = [Proxy::refuse, Proxy::hang];

async fn one_track(app: &App) -> (Person, TrackId) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    (label, track)
}

#[track_caller]
fn is_away(answer: &Answer) {
    let body = String::from_utf8_lossy(&answer.bytes);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (503, "application/problem+json"),
        "{body}"
    );
    assert!(
        answer.header("retry-after").parse::<u64>().is_ok(),
        "no Retry-After: {body}"
    );
}

async fn shown(app: &App, track: TrackId) -> Track {
    app.http().read_as(&format!("/api/v1/tracks/{track}")).await
}

async fn plays(app: &App, track: TrackId) -> u64 {
    app.counters().plays(Kind::Track, &[track.0]).await.unwrap()[0]
}

#[tokio::test]
async fn without_elasticsearch_only_search_is_away() {
    let app = App::builder().behind_proxy(Engine::Elasticsearch).start().await;
    let (label, track) = one_track(&app).await;
    app.settle().await;
    for (number, away) in WAYS.iter().enumerate() {
        away(app.proxy(Engine::Elasticsearch));
        let album = label
            .creates_album(label.creates_artist(&format!("Band {number}")).await, "Debut")
            .await;
        for path in ["search/multi/?q=kino", "tracks/search/?q=kino", "artists/?genre=rock"] {
            is_away(&app.http().get(&format!("/api/v1/{path}")).await);
        }
        for path in [
            format!("tracks/{track}"),
            format!("albums/{album}"),
            "tracks/popular/?period=day".to_owned(),
        ] {
            app.http().get(&format!("/api/v1/{path}")).await.is(200);
        }
        label.hears(track).await;
        let health = app.http().get("/health").await.is(200);
        health.shows(json!({"status": "degraded"}));
        app.proxy(Engine::Elasticsearch).pass();
        app.settle().await;
        assert_eq!(app.search(&format!("band {number}")).await.albums, [album]);
    }
}

#[tokio::test]
async fn without_clickhouse_only_histories_and_statistics_are_away() {
    let app = App::builder().behind_proxy(Engine::ClickHouse).start().await;
    let (label, track) = one_track(&app).await;
    for (number, away) in (1..).zip(WAYS) {
        away(app.proxy(Engine::ClickHouse));
        label.hears(track).await;
        let own = format!("users/{}", label.id);
        for path in [
            format!("{own}/listening-history"),
            format!("{own}/stats"),
            "tracks/popular/?period=week".to_owned(),
            "analytics/genres/stats".to_owned(),
            "analytics/clickhouse/health".to_owned(),
            "analytics/trends".to_owned(),
            "analytics/user/analytics".to_owned(),
            "analytics/user/search-history".to_owned(),
            format!("analytics/advanced/track-analytics/{track}"),
            format!("analytics/advanced/user-analytics/{}", label.id),
        ] {
            is_away(&label.http.get(&format!("/api/v1/{path}")).await);
        }
        eventually("the chart of the day goes on", async || {
            let chart: Chart<NamedTrack> = app.http().read_as("/api/v1/tracks/popular/?period=day").await;
            let first = chart.items.first()?.plays;
            (first.plays == number && first.listeners.is_none()).then_some(())
        })
        .await;
        app.proxy(Engine::ClickHouse).pass();
        app.settle().await;
        assert_eq!(app.analytics().counts().await.unwrap(), number);
    }
}

#[tokio::test]
async fn without_redis_plays_are_unknown_and_charts_of_the_day_are_away() {
    let app = App::builder().behind_proxy(Engine::Redis).start().await;
    let (label, track) = one_track(&app).await;
    for (number, away) in (1..).zip(WAYS) {
        away(app.proxy(Engine::Redis));
        label.hears(track).await;
        label.retitles(track, &format!("Igra {number}")).await;
        let read = shown(&app, track).await;
        assert_eq!((read.plays, read.title), (None, format!("Igra {number}")));
        for path in ["tracks/popular/?period=day", "analytics/realtime/platform-stats"] {
            is_away(&app.http().get(&format!("/api/v1/{path}")).await);
        }
        app.http().get("/api/v1/tracks/popular/?period=week").await.is(200);
        app.proxy(Engine::Redis).pass();
        app.settle().await;
        assert_eq!(plays(&app, track).await, number);
        eventually("plays are shown again", async || {
            (shown(&app, track).await.plays == Some(number)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn without_kafka_commands_go_on_and_listens_are_told_to_come_again() {
    let app = App::builder().behind_proxy(Engine::Kafka).start().await;
    let (label, track) = one_track(&app).await;
    app.settle().await;
    for (number, away) in (1..).zip(WAYS) {
        away(app.proxy(Engine::Kafka));
        label.retitles(track, &format!("Igra {number}")).await;
        let events = [json!({"track_id": track, "ms_played": 180_000, "listened_at": now()})];
        let began = Instant::now();
        let answer = label.posts(&events).await;
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "it took {:?}",
            began.elapsed()
        );
        is_away(&answer);
        let ids = answer.parse::<Problem>().more["event_ids"].clone();
        let same = json!([{"event_id": ids[0], "listened_at": events[0]["listened_at"]}]);
        assert_eq!(answer.parse::<Problem>().more["events"], same);
        let listen = format!("/api/v1/tracks/{track}/listen");
        let refused = label.http.post(&listen, &json!({})).await;
        is_away(&refused);
        let ListenIdentity { event_id, listened_at } = refused.parse();
        let one = json!({"event_id": event_id, "listened_at": listened_at});

        app.proxy(Engine::Kafka).pass();
        let mut again = events[0].clone();
        again["event_id"] = ids[0].clone();
        eventually("listens are taken again", async || {
            let answer = label.posts(std::slice::from_ref(&again)).await;
            (answer.status == 202).then_some(())
        })
        .await;
        label.posts(&[again]).await.is(202);
        // What the 503 of a single listen says is what to send again: twice, it counts once.
        for _ in 0..2 {
            assert_eq!(label.http.post(&listen, &one).await.is(202).json(), one);
        }
        app.settle().await;
        assert_eq!(app.search(&format!("igra {number}")).await.tracks, [track]);
        assert_eq!(
            (plays(&app, track).await, app.analytics().counts().await.unwrap()),
            (2 * number, 2 * number)
        );
    }
}

#[tokio::test]
async fn a_broker_that_hangs_costs_the_record_of_requests_and_no_request_waits_for_it() {
    let shown = free_address();
    let app = App::builder()
        .behind_proxy(Engine::Kafka)
        .setting("JONQUIL_METRICS_ADDRESS", &shown)
        .start()
        .await;
    let (admin, anybody) = (app.admin("root").await, app.http());
    app.proxy(Engine::Kafka).hang();
    // More than the queue and what is being published hold.
    for _ in 0..220 {
        let answers = join_all((0..50).map(|_| anybody.get("/ping"))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    }
    let dropped = metrics(&shown).await;
    let dropped = dropped.get("jonquil_recorded_dropped_total{queue=\"requests\"}");
    assert!(dropped.is_some_and(|count| *count >= 1.0), "{dropped:?}");
    app.proxy(Engine::Kafka).pass();
    eventually("requests are recorded again", async || {
        anybody.get("/api/v1/artists/").await.is(200);
        let stats: ApiStats = admin.http.read_as("/api/v1/analytics/clickhouse/api-stats").await;
        let routes = &stats.requests.routes;
        routes
            .iter()
            .any(|route| route.route == "/api/v1/artists")
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_postgres_every_request_is_answered_in_time() {
    let app = App::builder().behind_proxy(Engine::Postgres).start().await;
    let (label, track) = one_track(&app).await;
    app.settle().await;
    for (number, away) in WAYS.iter().enumerate() {
        away(app.proxy(Engine::Postgres));
        let began = Instant::now();
        let path = format!("/api/v1/tracks/{track}");
        let (title, anybody) = (json!({"title": "Igra"}), app.http());
        let (read, written, health) = tokio::join!(
            anybody.get(&path),
            label.http.put(&path, &title),
            anybody.get("/health")
        );
        assert!(
            began.elapsed() < Duration::from_secs(12),
            "it took {:?}",
            began.elapsed()
        );
        is_away(&read);
        is_away(&written);
        health.is(503).shows(json!({"status": "down"}));
        app.http().get("/ping").await.is(200);
        assert_eq!(app.http().get("/ready").await.status, 503);

        app.proxy(Engine::Postgres).pass();
        eventually("commands go on", async || {
            let answer = label.http.put(&path, &json!({"title": format!("Igra {number}")})).await;
            (answer.status == 200).then_some(())
        })
        .await;
        app.settle().await;
        assert_eq!(app.search(&format!("igra {number}")).await.tracks, [track]);
    }
}

/// As Postgres says it: `disk_full` is its name for 53100.
const FULL: &str = "CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'disk_full', HINT = 'Check free disk space.'; END $$";
/// Without room, and with room for half a block, which chaos found.
const SAYS: [&str; 2] = ["No space left on device", "wrote only 4096 of 8192 bytes at block 3"];

#[tokio::test]
async fn without_room_for_an_event_a_command_is_told_to_come_again_and_leaves_nothing() {
    let app = App::without_read_models().await;
    let (label, track) = one_track(&app).await;
    app.settle_outbox().await;
    let counts = async || {
        (
            app.number("SELECT count(*) FROM artists").await,
            app.events_on(Topic::Artists).await,
        )
    };
    let before = counts().await;
    app.sql().batch_execute(FULL).await.unwrap();
    let (path, key) = (format!("/api/v1/tracks/{track}"), new_id().to_string());
    let creates = async || {
        let request = label.http.request(Method::POST, "/api/v1/artists/");
        let request = request.header("Idempotency-Key", &key).json(&json!({"name": "Mu"}));
        label.http.send(request).await
    };
    for says in SAYS {
        let full = format!(
            "CREATE OR REPLACE TRIGGER is_full BEFORE INSERT ON outbox \
             FOR EACH ROW EXECUTE FUNCTION is_full('could not extend file \"base/16384/16397\": {says}')"
        );
        app.sql().batch_execute(&full).await.unwrap();
        is_away(&label.http.put(&path, &json!({"title": "Noch"})).await);
        is_away(&creates().await);
        assert_eq!(shown(&app, track).await.title, "Igra");
    }

    app.sql().batch_execute("DROP TRIGGER is_full ON outbox").await.unwrap();
    for _ in 0..2 {
        creates().await.is(201);
    }
    app.settle_outbox().await;
    assert_eq!(counts().await, (before.0 + 1, before.1 + 1), "once, with its event");
    label.retitles(track, "Noch").await;
    assert_eq!(shown(&app, track).await.title, "Noch");
}
