//! The relay dies where it hurts most; what the topics hold stays whole, and counts once.

use std::collections::{HashMap, HashSet};

use events::Topic;
use serde_json::json;
use tests::{App, Engine, Role, eventually};

const UNPUBLISHED: &str = "SELECT count(*) FROM outbox WHERE published_at IS NULL";

#[tokio::test]
async fn a_relay_killed_between_publishing_and_marking_publishes_again_and_nothing_shows_twice() {
    let mut app = App::builder().without(Role::Relay).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let first = app.spawns("relay", "relay::published=pause");
    eventually("the relay has published and stands before marking", async || {
        (app.events_on(Topic::Artists).await == 1).then_some(())
    })
    .await;
    assert!(
        app.number(UNPUBLISHED).await > 0,
        "it was marked: the relay did not stop at the failpoint"
    );
    first.kill();

    app.starts(&[Role::Relay]).await;
    app.settle().await;
    let published = app.records(Topic::Artists).await;
    assert_eq!(published.len(), 2, "published again, since nobody knew");
    assert_eq!(published[0].payload, published[1].payload);
    assert_eq!(app.search("kino").await.artists, [kino]);
    let listed = app.http().get("/api/v1/artists/").await.is(200);
    listed.shows(json!({"total": 1}));
}

#[tokio::test]
async fn a_relay_that_loses_its_lock_is_followed_by_another_and_nothing_is_lost() {
    let app = App::builder().without(Role::Relay).start().await;
    let label = app.artist_account("label").await;
    let _one = app.spawns_as("relay", "one", "");
    let artist = label.creates_artist("Name 0").await;
    app.settle_outbox().await;
    let _two = app.spawns_as("relay", "two", "");

    let mut track_ids = Vec::new();
    for number in 1..=40 {
        label.renames(artist, &format!("Name {number}")).await;
        track_ids.push(label.creates_track(artist, &format!("Song {number}")).await);
        if number % 20 == 10 {
            let lost = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted \
                        AND objid = 7110010 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            eventually("somebody leads, and loses the lock", async || {
                (app.number(lost).await == 1).then_some(())
            })
            .await;
        }
    }
    app.settle().await;

    let rows = "SELECT id::text, version FROM artists UNION ALL SELECT id::text, version FROM tracks";
    let rows = app.sql().query(rows, &[]).await.expect("versions");
    let mut published: HashMap<String, Vec<i64>> = HashMap::new();
    for topic in [Topic::Artists, Topic::Tracks] {
        for record in app.records(topic).await {
            published
                .entry(record.key.clone())
                .or_default()
                .push(record.event().0.sequence.expect("a sequence"));
        }
    }
    for row in rows {
        let (key, version): (String, i64) = (row.get(0), row.get(1));
        let sequences = &published[&key];
        // A relay that lost its lead may repeat events, but never skips one or ends with an older one.
        let mut first = sequences.clone();
        let mut seen = HashSet::new();
        first.retain(|sequence| seen.insert(*sequence));
        assert_eq!(first, (1..=version).collect::<Vec<_>>(), "{key}: {sequences:?}");
        assert_eq!(sequences.last(), Some(&version), "{key}: {sequences:?}");
    }
    assert_eq!(app.search("name 40").await.artists, [artist]);
    let of_last_name = app.http().get("/api/v1/tracks/search/?q=name+40&limit=100").await;
    of_last_name.is(200).shows(json!({"total": track_ids.len()}));
}

/// These columns of the connection of the relay that leads.
fn of_leader(columns: &str) -> String {
    format!(
        "SELECT {columns} FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted \
         AND objid = 7110010 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
}

#[tokio::test]
async fn what_a_leader_still_had_in_hand_when_it_lost_its_lock_never_comes_after_newer_events() {
    let app = App::builder()
        .without(Role::Relay)
        .behind_proxy(Engine::Kafka)
        .start()
        .await;
    let label = app.artist_account("label").await;
    let one = app.spawns_as("relay", "one", "");
    let artist = label.creates_artist("Name 1").await;
    app.settle_outbox().await;
    app.proxy(Engine::Kafka).refuse();
    label.renames(artist, "Name 2").await;
    // Its statements end while it waits for the broker.
    let waits = of_leader("count(*)") + " AND now() - state_change > interval '300 milliseconds'";
    eventually("the leader has an event in hand", async || {
        (app.number(&waits).await == 1).then_some(())
    })
    .await;
    let past_the_proxy = [("JONQUIL_KAFKA_URL", app.bus().brokers.as_str())];
    let two = app.spawns_together(&["relay"], "two", "", &past_the_proxy);
    assert_eq!(app.number(&of_leader("count(pg_terminate_backend(pid))")).await, 1);
    eventually("another relay leads", async || {
        two.has_logged("relay leads").then_some(())
    })
    .await;
    app.settle_outbox().await;
    label.renames(artist, "Name 3").await;
    app.settle_outbox().await;

    app.proxy(Engine::Kafka).pass();
    eventually("the first one knows what became of its event", async || {
        one.has_logged("role stopped, restarting").then_some(())
    })
    .await;
    let records = app.records(Topic::Artists).await;
    let sequences: Vec<_> = records.iter().map(|record| record.event().0.sequence).collect();
    assert_eq!(sequences, [Some(1), Some(2), Some(3)]);
}

#[tokio::test]
async fn a_relay_waits_for_one_that_was_killed_and_not_for_one_that_stepped_down() {
    const WAITS: &str = "last leader did not step down";
    let mut app = App::builder().without_read_models().without(Role::Relay).start().await;
    app.artist_account("label").await.creates_artist("Kino").await;
    app.starts(&[Role::Relay]).await;
    app.settle_outbox().await;
    app.stops(Role::Relay).await;
    let two = app.spawns_as("relay", "two", "");
    eventually("it leads", async || two.has_logged("relay leads").then_some(())).await;
    assert!(!two.has_logged(WAITS));
    two.kill();
    let three = app.spawns_as("relay", "three", "");
    eventually("it leads", async || three.has_logged("relay leads").then_some(())).await;
    assert!(three.has_logged(WAITS));
}
