//! What a projector writes to is gone or behind: nothing is lost, and nothing counts twice.

use bus::Message;
use events::{Kind, Topic, TrackId};
use tests::{App, Person, Record, Role, eventually};

async fn one_track(app: &App) -> (Person, TrackId) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    (label, track)
}

/// The sum of a read model's positions in the topic of tracks.
async fn position(app: &App) -> i64 {
    let held = app.positions("search").await;
    let of_tracks = held.iter().filter(|at| at.topic == Topic::Tracks);
    of_tracks.map(|at| at.next).sum()
}

/// The dead letters of the search projector; others read the topic too.
async fn letters_of_search(app: &App) -> Vec<Record> {
    let mut letters = app.records(Topic::DeadLetters).await;
    letters.retain(|letter| letter.header("projector") == "search");
    letters
}

async fn publishes_no_event(app: &App, track: TrackId) {
    let key = track.to_string();
    let message = Message {
        topic: Topic::Tracks,
        key: Some(key.as_bytes()),
        payload: Some(b"no event"),
        headers: Vec::new(),
    };
    app.publishes_messages(vec![message]).await;
}

#[tokio::test]
async fn a_dead_letter_without_its_topic_is_retried_and_the_position_waits_for_it() {
    let app = App::builder().without(Role::Search).start().await;
    let search = app.spawns("search", "");
    let (label, track) = one_track(&app).await;
    app.settle().await;
    let before = position(&app).await;

    app.deletes_topic(Topic::DeadLetters).await;
    publishes_no_event(&app, track).await;
    label.retitles(track, "Noch").await;
    eventually("the first attempt has failed", async || {
        search.has_logged("engine unavailable, retrying").then_some(())
    })
    .await;
    assert_eq!(position(&app).await, before, "the position passed a lost dead letter");
    assert!(app.indexed(Kind::Track, "noch").await.is_empty());

    let _ = app.runs(&["migrate"]);
    app.settle().await;
    let letters = letters_of_search(&app).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].payload, b"no event");
    assert_eq!(app.search("noch").await.tracks, [track]);
}

#[tokio::test]
async fn a_projector_killed_between_the_dead_letter_and_the_position_writes_the_letter_again() {
    let app = App::builder().without(Role::Search).start().await;
    let (label, track) = one_track(&app).await;
    let first = app.spawns("search", "");
    app.settle().await;
    first.kill();
    let before = position(&app).await;
    publishes_no_event(&app, track).await;
    let second = app.spawns("search", "projector::store=pause");
    eventually("the dead letter is published", async || {
        (letters_of_search(&app).await.len() == 1).then_some(())
    })
    .await;
    second.kill();
    assert_eq!(position(&app).await, before);

    label.retitles(track, "Noch").await;
    let _third = app.spawns("search", "");
    app.settle().await;
    let letters = letters_of_search(&app).await;
    assert_eq!(letters.len(), 2, "again, since the position did not know of the first");
    let place = |at: usize| [letters[at].header("partition"), letters[at].header("offset")];
    assert_eq!(place(0), place(1));
    assert_eq!(app.search("noch").await.tracks, [track]);
}

#[tokio::test]
async fn counters_restored_from_an_older_copy_read_again_from_there_and_count_no_listen_twice() {
    let app = App::builder().without(Role::Counters).start().await;
    let counters = app.spawns("counters", "");
    let (label, track) = one_track(&app).await;
    let plays = async || app.counters().plays(Kind::Track, &[track.0]).await.unwrap()[0];
    for _ in 0..3 {
        label.hears(track).await;
    }
    app.settle().await;
    let copy = app.copies_counters().await;
    for _ in 0..2 {
        label.hears(track).await;
    }
    app.settle().await;
    assert_eq!(plays().await, 5);

    app.restores_counters(&copy).await;
    assert_eq!(plays().await, 3);
    // The projector holds its position in memory, and sees with the next event that the store is behind it.
    label.hears(track).await;
    app.settle().await;
    assert!(counters.has_logged("store is behind the batch"), "it did not notice");
    assert_eq!(plays().await, 6);
}
