//! Searches: recorded by themselves or reported, shown to oneself, and to the operator where they found nothing.

use std::time::{Duration, Instant};

use events::{Event, Searched, Topic};
use http_kit::History;
use read_analytics::PastSearch;
use read_api::Dashboard;
use serde_json::json;
use tests::{App, Engine, Http, Person, eventually, new_id};

const HISTORY: &str = "/api/v1/analytics/user/search-history";

async fn searches(http: &Http) -> Vec<(String, u64)> {
    let history: History<PastSearch> = http.read_as(HISTORY).await;
    let search = |search: PastSearch| (search.query, search.results_count);
    history.items.into_iter().map(search).collect()
}

/// An artist, an album and a track that `kino` finds.
async fn kino(app: &App) -> Person {
    let label = app.artist_account("label").await;
    let artist = label.creates_artist("Kino").await;
    let album = label.creates_album(artist, "Noch").await;
    let track = json!({"title": "Igra", "artist_id": artist, "album_id": album, "duration_ms": 180_000});
    label.creates_track_with(&track).await;
    app.settle().await;
    label
}

/// Everything on the topic, once there is so much.
async fn recorded(app: &App, count: i64) -> Vec<(String, Searched)> {
    eventually("the searches are on the topic", async || {
        (app.events_on(Topic::Searches).await >= count).then_some(())
    })
    .await;
    let records = app.records(Topic::Searches).await;
    assert_eq!(i64::try_from(records.len()), Ok(count));
    let search = |record: &tests::Record| match record.event().1 {
        Event::Searched(search) => (record.key.clone(), *search),
        other => panic!("{other:?}"),
    };
    records.iter().map(search).collect()
}

#[tokio::test]
async fn a_search_is_recorded_by_itself_once_whoever_searches() {
    let app = App::start().await;
    kino(&app).await;
    let (ada, admin) = (app.listener("ada").await, app.admin("root").await);
    ada.http.get("/api/v1/search/multi/?q=%20kino%20").await.is(200);
    eventually("the first is recorded", async || {
        (app.events_on(Topic::Searches).await == 1).then_some(())
    })
    .await;
    ada.http.get("/api/v1/artists/search/?q=kino").await.is(200);
    // Of the same search, so it is none of its own.
    ada.http.get("/api/v1/artists/search/?q=kino&offset=1").await.is(200);
    app.http().get("/api/v1/tracks/search/?q=Zzyzx!").await.is(200);
    app.http().get("/api/v1/albums/search/?q=zzyzx").await.is(200);
    // Refused, so there was no search.
    app.http().get("/api/v1/albums/search/?q=").await.is(422);
    let recorded = recorded(&app, 4).await;
    let listener: uuid::Uuid = app
        .sql()
        .query_one("SELECT listener_id FROM users WHERE id = $1", &[&ada.id.0])
        .await
        .unwrap()
        .get(0);
    for (key, search) in &recorded {
        let (expected, listener) = if search.query == "kino" {
            (listener.to_string(), Some(events::ListenerId(listener)))
        } else {
            (String::new(), None)
        };
        assert_eq!((key, search.listener_id), (&expected, listener), "{search:?}");
    }
    app.settle().await;
    let own = [("kino".to_owned(), 1), ("kino".to_owned(), 3)];
    assert_eq!(searches(&ada.http).await, own);
    assert_eq!(searches(&admin.http).await, []);
    let shown = admin.http.get("/api/v1/analytics/dashboard?period=day").await.is(200);
    let dashboard: Dashboard = shown.parse();
    assert_eq!((dashboard.searches, dashboard.searches_without_results), (4, 2));
    // Two spellings of one search.
    let empty: Vec<u64> = dashboard.empty_searches.iter().map(|one| one.searches).collect();
    assert_eq!(empty, [2]);
    assert!(!shown.json().to_string().contains(&listener.to_string()));
}

#[tokio::test]
async fn a_search_is_reported_with_what_was_opened_and_shown_page_by_page() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let opened = json!({"type": "track", "id": new_id(), "position": 2});
    let paths = ["/api/v1/analytics/events/search", "/api/v1/analytics/clickhouse/search"];
    for (number, path) in paths.iter().enumerate() {
        let search = json!({"query": format!(" Noch {number} "), "results_count": 7, "clicked": opened});
        let id = ada.http.post(path, &search).await.is(202).json()["event_id"].clone();
        app.settle().await;
        let newest = ada.http.get(&format!("{HISTORY}?limit=1")).await.is(200);
        let expected =
            json!({"event_id": id, "query": format!("Noch {number}"), "results_count": 7, "clicked": opened});
        newest.shows(json!({"items": [expected]}));
        app.http().get(HISTORY).await.is(401);
        app.http().post(path, &search).await.is(401);
        for (body, fields) in [
            (json!({"query": " ", "results_count": 1}), vec!["query"]),
            (json!({"query": "a", "results_count": -1}), vec!["results_count"]),
            (
                json!({"query": "a", "results_count": 0, "clicked": opened}),
                vec!["clicked"],
            ),
            (
                json!({"query": "a", "results_count": 1, "cliked": opened}),
                vec!["cliked"],
            ),
        ] {
            assert_eq!(ada.http.post(path, &body).await.is(422).faults(), fields, "{body}");
        }
    }
    let first: History<PastSearch> = ada.http.read_as(&format!("{HISTORY}?limit=1")).await;
    let cursor = first.next_cursor.expect("one more");
    let second = ada
        .http
        .get(&format!("{HISTORY}?limit=1&cursor={cursor}"))
        .await
        .is(200);
    second.shows(json!({"items": [{"query": "Noch 0"}], "next_cursor": null}));
    let refused = ada.http.get(&format!("{HISTORY}?cursor=x")).await.is(422);
    assert_eq!(refused.faults(), ["cursor"]);
}

#[tokio::test]
async fn without_a_broker_searches_go_on_and_reports_are_refused() {
    let app = App::builder().behind_proxy(Engine::Kafka).start().await;
    kino(&app).await;
    let ada = app.listener("ada").await;
    app.proxy(Engine::Kafka).hang();
    let began = Instant::now();
    for _ in 0..20 {
        ada.http.get("/api/v1/artists/search/?q=kino").await.is(200);
    }
    // Publishing one takes two seconds to fail.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let report = json!({"query": "kino", "results_count": 1});
    let refused = ada.http.post("/api/v1/analytics/events/search", &report).await.is(503);
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    app.proxy(Engine::Kafka).pass();
    eventually("a search is recorded again", async || {
        ada.http.get("/api/v1/artists/search/?q=kino").await.is(200);
        (app.events_on(Topic::Searches).await > 0).then_some(())
    })
    .await;
}
