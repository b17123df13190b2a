//! What stands between a fault and a lie: rows that no broker takes, indexes that vanish, deletions that grow old.

use chrono::TimeDelta;
use events::Kind;
use reqwest::Method;
use serde_json::Value;
use tests::{App, Role, now};

#[tokio::test]
async fn a_row_that_no_broker_takes_moves_aside_and_the_rows_behind_it_go_on() {
    let mut app = App::builder().without(Role::Relay).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let insert = "INSERT INTO outbox (topic, key, sequence, payload, headers) VALUES ($1, $2, 2, $3, '{}')";
    let too_large = vec![b' '; 3 * 1024 * 1024];
    for (topic, payload) in [
        ("jonquil.artists.v1", too_large.as_slice()),
        ("jonquil.dances.v1", b"{}"),
    ] {
        let inserted = app.sql().execute(insert, &[&topic, &kino.to_string(), &payload]).await;
        assert_eq!(inserted.expect("a row"), 1);
    }
    label.renames(kino, "Gruppa krovi").await;
    app.starts(&[Role::Relay]).await;
    app.settle().await;
    assert_eq!(app.search("gruppa krovi").await.artists, [kino]);
    let refused = "SELECT topic, octet_length(payload), reason FROM outbox_refused ORDER BY id";
    let refused = app.sql().query(refused, &[]).await.expect("the refused rows");
    let topics: Vec<(String, i32)> = refused.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(
        topics,
        [
            ("jonquil.artists.v1".to_owned(), 3 * 1024 * 1024),
            ("jonquil.dances.v1".to_owned(), 2)
        ]
    );
    for row in refused {
        assert!(!row.get::<_, String>(2).is_empty(), "a reason");
    }
    assert_eq!(
        app.number("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            .await,
        0
    );
}

/// A call of Elasticsearch, past the service.
pub async fn elasticsearch(app: &App, method: Method, path: &str) -> Value {
    let url = format!(
        "{}/{}{path}",
        app.setting("JONQUIL_ELASTICSEARCH_URL"),
        app.setting("JONQUIL_INDEX_PREFIX")
    );
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let answer = client.request(method, url).send().await.expect("Elasticsearch answers");
    answer.error_for_status().expect("done").json().await.expect("JSON")
}

#[tokio::test]
async fn an_index_that_vanished_answers_503_until_it_is_made_and_filled_again() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    app.settle().await;
    elasticsearch(&app, Method::DELETE, "tracks-g1").await;
    app.http().get("/api/v1/tracks/search/?q=igra").await.is(503);
    assert!(
        !app.positions("search").await.is_empty(),
        "the positions speak of an index that is gone"
    );

    drop(app.runs(&["migrate"]));
    // The worker holds its position in memory; with the next event it sees that the store is behind.
    let later = label.creates_track(kino, "Igra vtoraya").await;
    app.settle().await;
    let mut found = app.search("igra").await.tracks;
    found.sort_unstable();
    assert_eq!(found, [track, later], "what was indexed before is read again");
}

#[tokio::test]
async fn a_deletion_is_kept_for_thirty_days_and_then_swept() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let (kept, gone) = (
        label.creates_track(kino, "Igra").await,
        label.creates_track(kino, "Noch").await,
    );
    label.http.delete(&format!("/api/v1/tracks/{gone}")).await.is(204);
    app.settle().await;
    let documents = async || elasticsearch(&app, Method::GET, "tracks-g1/_count").await["count"].as_u64();
    let swept = async |days: i64| app.index().sweep(now().plus(TimeDelta::days(days))).await;
    assert_eq!(documents().await, Some(2));
    assert_eq!(swept(29).await.expect("Elasticsearch answers"), 0);
    assert_eq!(documents().await, Some(2));
    assert_eq!(swept(31).await.expect("Elasticsearch answers"), 1);
    assert_eq!(documents().await, Some(1));
    assert_eq!(app.indexed(Kind::Track, "igra").await, [kept.0]);
}
