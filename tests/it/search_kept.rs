//! What others have searched for is found without a search, until the catalogue changes.

use reqwest::Method;
use tests::{App, eventually};

use crate::guards::elasticsearch;

/// Queries that an index of Elasticsearch has answered.
async fn queries(app: &App, index: &str) -> u64 {
    let stats = elasticsearch(app, Method::GET, &format!("{index}-g1/_stats/search")).await;
    let queries = &stats["_all"]["total"]["search"]["query_total"];
    queries
        .as_u64()
        .unwrap_or_else(|| panic!("no number of queries: {stats}"))
}

#[tokio::test]
async fn the_same_words_are_searched_for_once_until_something_changes() {
    let app = App::builder().setting("JONQUIL_ANSWERS_KEPT_MS", "250").start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let noch = label.creates_track(kino, "Noch").await;
    app.settle().await;
    eventually("it is found", async || {
        (app.search("noch").await.tracks == [noch]).then_some(())
    })
    .await;
    let (searched, looked) = (queries(&app, "tracks").await, queries(&app, "positions").await);
    // Answers are kept for a quarter of a second; each new one looks whether anything has changed.
    eventually("it was looked at four times", async || {
        assert_eq!(app.search("noch").await.tracks, [noch]);
        (queries(&app, "positions").await >= looked + 4).then_some(())
    })
    .await;
    assert_eq!(queries(&app, "tracks").await, searched);

    let second = label.creates_track(kino, "Noch 2").await;
    eventually("both are found", async || {
        (app.search("noch").await.tracks == [noch, second]).then_some(())
    })
    .await;
    label.deletes_track(noch).await;
    eventually("one is found", async || {
        (app.search("noch").await.tracks == [second]).then_some(())
    })
    .await;
}
