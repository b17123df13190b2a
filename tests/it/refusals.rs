//! A store that refuses every row stops the projector, also when they come a few at a time.

use events::Topic;
use serde_json::json;
use tests::{App, Role, eventually, new_id};

/// One more rejected event in a row than this stops a projector.
const LIMIT: i64 = 100;
const AT_A_TIME: i64 = 10;

#[tokio::test]
async fn refusals_of_the_store_in_small_batches_count_as_rejected_in_a_row() {
    let app = App::builder().without(Role::Analytics).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    let constraint = "ALTER TABLE listens ADD CONSTRAINT no_listen CHECK ms_played < 0";
    assert_eq!(app.analytics_sql(constraint).await, "");
    let mut analytics = app.spawns("analytics", "");
    for round in 1..=LIMIT / AT_A_TIME {
        let listen = |_| json!({"event_id": new_id(), "track_id": track, "ms_played": 30_000});
        label
            .posts(&(0..AT_A_TIME).map(listen).collect::<Vec<_>>())
            .await
            .is(202);
        eventually("the refused listens are dead letters", async || {
            (app.events_on(Topic::DeadLetters).await == round * AT_A_TIME).then_some(())
        })
        .await;
    }
    label.hears(track).await;
    eventually("the projector stops", async || analytics.failed()).await;
    let last = analytics.last_line();
    assert!(last.contains("too many rejected events (101 of the last"), "{last}");
    assert_eq!(
        app.events_on(Topic::DeadLetters).await,
        LIMIT,
        "the last one is not a dead letter"
    );
}
