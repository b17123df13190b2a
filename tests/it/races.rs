//! Two commands at once, with one of them held before its commit: the locks that keep names in events true.

use domain::{ArtistChanges, CreditFields, Patch, Track, TrackFields};
use events::{Change, Event, Topic, TrackId};
use serde_json::json;
use tests::{App, Person, eventually, new_id, now};
use tokio::task::JoinHandle;

/// Until the command waits for the other's lock, or has gone through without.
async fn is_held_or_done<T>(app: &App, command: &JoinHandle<T>) {
    eventually("the second command waits for the first", async || {
        (command.is_finished() || app.waiting().await > 0).then_some(())
    })
    .await;
}

/// The artist's name in the last event of this track.
async fn name_in_events(app: &App, track: TrackId) -> String {
    app.settle_outbox().await;
    let records = app.records(Topic::Tracks).await;
    let last = records
        .iter()
        .rfind(|record| record.key == track.to_string())
        .expect("an event");
    match last.event() {
        (_, Event::Track(Change::Created(state) | Change::Updated(state))) => state.artist.name,
        (_, other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_rename_waits_for_a_track_that_is_being_created() {
    let app = App::without_read_models().await;
    let label: Person = app.artist_account("label").await;
    let artist = label.creates_artist("Before").await;
    let track = TrackId(new_id());
    let mut creating = app.begins().await;
    let fields = TrackFields::titled("Song", vec![CreditFields::main(artist)]);
    let new = Track::create(track, fields, label.actor(), now()).expect("a track");
    creating.create_track(&new).await.expect("created");
    let by = label.clone();
    let renaming = tokio::spawn(async move { by.renames(artist, "After").await });
    is_held_or_done(&app, &renaming).await;
    creating.commit().await.expect("committed");
    renaming.await.expect("renamed");
    assert_eq!(name_in_events(&app, track).await, "After");
}

#[tokio::test]
async fn a_track_waits_for_its_artist_that_is_being_renamed() {
    let app = App::without_read_models().await;
    let label: Person = app.artist_account("label").await;
    let artist = label.creates_artist("Before").await;
    let mut renaming = app.begins().await;
    let found = renaming.artist(artist).await.expect("an answer").expect("the artist");
    let changes = ArtistChanges {
        name: Patch::Set("After".to_owned()),
        ..ArtistChanges::default()
    };
    let renamed = found.change(changes, label.actor(), now()).expect("a new name");
    renaming.update_artist(&renamed).await.expect("renamed");
    let by = label.clone();
    let creating = tokio::spawn(async move { by.creates_track(artist, "Song").await });
    is_held_or_done(&app, &creating).await;
    renaming.commit().await.expect("committed");
    let track = creating.await.expect("created");
    assert_eq!(name_in_events(&app, track).await, "After");
}

#[tokio::test]
async fn no_track_stays_behind_on_an_artist_that_is_being_deleted() {
    let app = App::without_read_models().await;
    let label: Person = app.artist_account("label").await;
    let artist = label.creates_artist("Kino").await;
    let mut deleting = app.begins().await;
    let found = deleting.artist(artist).await.expect("an answer").expect("the artist");
    let works = deleting.credited_works(artist, label.actor()).await.expect("an answer");
    found.delete(label.actor(), false, works).expect("nothing credits it");
    deleting.delete_artist(&found).await.expect("deleted");
    let by = label.clone();
    let creating = tokio::spawn(async move {
        by.http
            .post("/api/v1/tracks/", &json!({"title": "Song", "artist_id": artist}))
            .await
    });
    is_held_or_done(&app, &creating).await;
    deleting.commit().await.expect("committed");
    assert_eq!(creating.await.expect("answered").is(422).faults(), ["artist_id"]);
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 0);
}
