//! A client reads its own writes: a command's token makes a query wait for the read model.

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use events::{ArtistId, TrackId};
use http_kit::{History, Page};
use read_api::{Chart, Listen, NamedTrack, PlatformStats, Recommendations, Suggestions};
use representations::Artist;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, App, Http, Person, Role};

async fn reads(http: &Http, path: &str, token: &str) -> Answer {
    let request = http.request(Method::GET, path).header("x-consistency-token", token);
    http.send(request).await
}

/// As a real one is set: what was asked for a moment ago is kept.
async fn keeps_answers() -> App {
    App::builder().setting("JONQUIL_ANSWERS_KEPT_MS", "250").start().await
}

#[tokio::test]
async fn a_search_with_the_token_finds_what_was_just_written() {
    let app = keeps_answers().await;
    let label = app.artist_account("label").await;
    for round in 0..5 {
        let name = format!("Kino{round}");
        let search = format!("/api/v1/artists/search/?q={name}");
        app.http().get(&search).await.is(200);
        let created = label
            .http
            .post("/api/v1/artists/", &json!({"name": name}))
            .await
            .is(201);
        let token = created.header("x-consistency-token");
        let found = reads(&app.http(), &search, token).await.is(200);
        assert_eq!(found.header("x-consistency"), "");
        let found: Page<Artist> = found.parse();
        assert_eq!(found.items[0].id.0, created.id(), "{name}");
        let by_name = reads(&app.http(), "/api/v1/artists/?sort=name&limit=100", token)
            .await
            .is(200);
        assert_eq!(by_name.parse::<Page<Artist>>().total, round + 1);
        let suggest = format!("/api/v1/search/suggest?q={name}");
        let suggested: Suggestions = reads(&app.http(), &suggest, token).await.is(200).parse();
        assert_eq!(suggested.items[0].id, created.id(), "{name}");
    }
    let search = json!({"query": "kino4", "results_count": 1});
    let reported = label
        .http
        .post("/api/v1/analytics/events/search", &search)
        .await
        .is(202);
    let own = "/api/v1/analytics/user/search-history";
    let history = reads(&label.http, own, reported.header("x-consistency-token")).await;
    history.is(200).shows(json!({"items": [{"query": "kino4"}]}));
    let renamed = label
        .http
        .put("/api/v1/artists/by-nobody", &json!({"name": "A"}))
        .await
        .is(404);
    assert_eq!(renamed.header("x-consistency-token"), "", "nothing was changed");
}

#[tokio::test]
async fn charts_and_history_with_the_token_have_the_listen_that_was_just_heard() {
    let app = keeps_answers().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    let ada = app.listener("ada").await;
    for plays in 1..=3 {
        let played = ada
            .http
            .post(&format!("/api/v1/tracks/{track}/listen"), &json!({}))
            .await
            .is(202);
        let token = played.header("x-consistency-token");
        for path in [
            "/api/v1/tracks/popular?period=day",
            "/api/v1/tracks/popular?period=week",
        ] {
            let chart = reads(&app.http(), path, token).await.is(200);
            assert_eq!(chart.header("x-consistency"), "", "{path}");
            let chart: Chart<NamedTrack> = chart.parse();
            // For the next round: a look that has not seen its listen.
            app.http().get(path).await.is(200);
            assert_eq!(chart.items[0].plays.plays, plays, "{path}");
        }
        let history = reads(&ada.http, &format!("/api/v1/users/{}/listening-history", ada.id), token)
            .await
            .is(200);
        assert_eq!(history.parse::<History<Listen>>().items.len() as u64, plays);
    }
    let batch = ada
        .posts(&[json!({"track_id": track, "ms_played": 180_000})])
        .await
        .is(202);
    let live = reads(
        &app.http(),
        "/api/v1/analytics/realtime/platform-stats",
        batch.header("x-consistency-token"),
    )
    .await;
    let live: PlatformStats = live.is(200).parse();
    assert_eq!(live.counts.plays_last_hour, 4);
    what_was_just_heard_is_not_recommended(&label, kino, &ada).await;
}

async fn what_was_just_heard_is_not_recommended(label: &Person, kino: ArtistId, ada: &Person) {
    let noch = label.creates_track(kino, "Noch").await;
    let path = format!("/api/v1/tracks/recommendations/{}", ada.id);
    let next = async |token: &str| -> Vec<TrackId> {
        let answer = reads(&ada.http, &path, token).await.is(200);
        assert_eq!(answer.header("x-consistency"), "");
        let next: Recommendations = answer.parse();
        next.items.iter().map(|item| item.track.id).collect()
    };
    let played = async || {
        let played = ada
            .http
            .post(&format!("/api/v1/tracks/{noch}/listen"), &json!({}))
            .await;
        played.is(202).header("x-consistency-token").to_owned()
    };
    let before: Recommendations = ada.http.read_as(&path).await;
    assert_eq!(before.items[0].track.id, noch);
    assert_eq!(next(&played().await).await, []);
}

#[tokio::test]
async fn a_read_model_that_is_too_slow_answers_what_it_has_and_says_so() {
    let mut app = App::builder().without(Role::Search).start().await;
    let label = app.artist_account("label").await;
    let created = label
        .http
        .post("/api/v1/artists/", &json!({"name": "Kino"}))
        .await
        .is(201);
    let token = created.header("x-consistency-token").to_owned();
    let began = Instant::now();
    let found = reads(&app.http(), "/api/v1/artists/search/?q=kino", &token)
        .await
        .is(200);
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(found.header("x-consistency"), "stale");
    assert_eq!(found.parse::<Page<Artist>>().items.len(), 0);
    // What Postgres answers is never behind, and does not wait.
    let began = Instant::now();
    for path in [
        format!("/api/v1/artists/{}", created.id()),
        "/api/v1/artists/".to_owned(),
        "/api/v1/artists/?country=RU".to_owned(),
    ] {
        let read = reads(&app.http(), &path, &token).await.is(200);
        assert_eq!(read.header("x-consistency"), "", "{path}");
    }
    assert!(began.elapsed() < Duration::from_secs(2));
    app.starts(&[Role::Search]).await;
    app.settle().await;
    let found = reads(&app.http(), "/api/v1/artists/search/?q=kino", &token)
        .await
        .is(200);
    assert_eq!(
        (found.header("x-consistency"), found.parse::<Page<Artist>>().total),
        ("", 1)
    );
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_what_names_nothing_does_not_wait() {
    let app = App::without_read_models().await;
    for wrong in ["", "kino", "!", &URL_SAFE_NO_PAD.encode("jonquil.nothing.v1:0:1")] {
        let refused = reads(&app.http(), "/api/v1/artists/", wrong).await.is(422);
        assert_eq!(refused.faults(), ["X-Consistency-Token"], "{wrong}");
    }
    // Who may comes first.
    reads(&app.http().with("x.y.z"), "/api/v1/artists/", "kino")
        .await
        .is(401);
    let never = URL_SAFE_NO_PAD.encode("9000000000000000000");
    let read = reads(&app.http(), "/api/v1/artists/?sort=name", &never).await;
    assert_eq!(read.header("x-consistency"), "");
}
