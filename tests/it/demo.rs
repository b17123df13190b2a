//! The demo: a first screen that is not empty.

use http_kit::Page;
use representations::{Artist, Track};
use reqwest::Method;
use tests::{App, PASSWORD};

#[tokio::test]
async fn the_demo_fills_an_empty_catalogue_and_adds_nothing_the_second_time() {
    // No programs, so no apt: it makes its own tones and needs no network.
    let app = App::builder()
        .setting("PATH", "/nowhere")
        .setting("JONQUIL_DEMO_PASSWORD", PASSWORD)
        .start()
        .await;
    drop(app.artist_account("label").await);
    let root = app.http().request(Method::GET, "").build().expect("an address");
    let url = root.url().as_str();
    let demo = ["demo", "--url", url, "--username", "label", "--days", "3"];

    drop(app.runs(&demo));
    app.settle().await;
    let tracks: Page<Track> = app.http().read_as("/api/v1/tracks/").await;
    assert_eq!(tracks.total, 8);
    let artist = tracks.items[0].artist.id;
    let artist: Artist = app.http().read_as(&format!("/api/v1/artists/{artist}")).await;
    let bio = artist.bio.unwrap_or_default();
    assert!(bio.contains("CC0"), "the licence is told: {bio}");
    let listens: u64 = app
        .analytics_sql("SELECT count() FROM listens FINAL")
        .await
        .parse()
        .expect("a number");
    assert!(listens > 100, "only {listens} listens");
    let labelled = app
        .analytics_sql("SELECT count() FROM listens FINAL WHERE source = 'demo-generator'")
        .await;
    assert_eq!(labelled, listens.to_string(), "made-up listens say so");
    let counted = app.analytics_sql("SELECT countIf(counted) FROM listens FINAL").await;
    assert_eq!(artist.plays.map(|plays| plays.to_string()), Some(counted));

    drop(app.runs(&demo));
    app.settle().await;
    let tracks: Page<Track> = app.http().read_as("/api/v1/tracks/").await;
    assert_eq!(tracks.total, 8);
    assert_eq!(
        app.analytics_sql("SELECT count() FROM listens FINAL").await,
        listens.to_string()
    );
}

#[tokio::test]
async fn a_demo_that_was_killed_is_completed_by_the_next_one() {
    let app = App::builder()
        .setting("PATH", "/nowhere")
        .setting("JONQUIL_DEMO_PASSWORD", PASSWORD)
        .start()
        .await;
    drop(app.artist_account("label").await);
    let root = app.http().request(Method::GET, "").build().expect("an address");
    let url = root.url().as_str();
    let demo = ["demo", "--url", url, "--username", "label", "--days", "3"];

    // Dies when the fifth listener has an account and no listens.
    app.dies(&demo, "demo::listener=4*off->panic(killed here)");
    drop(app.runs(&demo));
    app.settle().await;

    let sql = "SELECT count(), uniqExact(listener_id) FROM listens FINAL";
    let completed = app.analytics_sql(sql).await;
    let listeners: u32 = completed
        .split('\t')
        .nth(1)
        .and_then(|count| count.parse().ok())
        .expect("a number");
    assert!(listeners > 15, "{listeners} of 20 listeners have heard something");
    drop(app.runs(&demo));
    app.settle().await;
    assert_eq!(app.analytics_sql(sql).await, completed);
}
