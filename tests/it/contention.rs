//! Many commands on one thing at once: they wait for each other, in an order in which nobody waits for ever.

use domain::{ArtistChanges, Parents, Patch, TrackChanges};
use events::{Change, Event, Topic};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{App, Person, eventually, now, patient};

const AT_ONCE: usize = 30;

async fn changes_at_once(by: &Person, path: &str, body: impl Fn(usize) -> Value) -> Vec<u16> {
    let changes = (0..AT_ONCE).map(|number| {
        let (http, body) = (by.http.clone(), body(number));
        async move { http.put(path, &body).await.status }
    });
    join_all(changes).await
}

async fn is_waiting(app: &App) {
    eventually("a command waits for a lock", async || {
        (app.waiting().await > 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn thirty_changes_of_one_thing_at_once_are_all_made() {
    let app = patient().without_read_models().start().await;
    let label = app.artist_account("label").await;
    let (kino, other) = (label.creates_artist("Kino").await, label.creates_artist("Other").await);
    let album = label.creates_album(kino, "Noch").await;
    let track = json!({"title": "Igra", "artist_id": kino, "album_id": album});
    let track = label.creates_track_with(&track).await;
    let playlist = label
        .http
        .post("/api/v1/playlists/", &json!({"title": "Road"}))
        .await
        .is(201)
        .id();
    for (path, name) in [
        (format!("/api/v1/artists/{kino}"), "name"),
        (format!("/api/v1/albums/{album}"), "title"),
        (format!("/api/v1/tracks/{track}"), "title"),
        (format!("/api/v1/playlists/{playlist}"), "title"),
        (format!("/api/v1/users/{}", label.id), "display_name"),
    ] {
        // The version after one change more.
        let version = async || {
            let changed = label.http.put(&path, &json!({name: "One more"})).await.is(200);
            let version = changed.header("etag").trim_matches('"').parse::<i64>();
            version.expect("a version")
        };
        let before = version().await;
        let statuses = changes_at_once(&label, &path, |number| json!({name: format!("Name {number}")})).await;
        assert_eq!(statuses, [200; AT_ONCE], "{path}");
        assert_eq!(version().await - before, 31, "{path}");
    }
    // While its artists change too, and are renamed.
    let path = format!("/api/v1/tracks/{track}");
    let artists = [kino, other];
    let moved = changes_at_once(&label, &path, |number| json!({"artist_id": artists[number % 2]}));
    let renamed = format!("/api/v1/artists/{other}");
    let renamed = changes_at_once(&label, &renamed, |number| json!({"name": format!("Other {number}")}));
    let (moved, renamed) = tokio::join!(moved, renamed);
    assert_eq!(renamed, [200; AT_ONCE]);
    // Three tries of each: another artist may come in between more often.
    assert!(moved.iter().all(|status| [200, 503].contains(status)), "{moved:?}");
}

#[tokio::test]
async fn a_change_that_credits_an_artist_waits_for_its_new_name_before_it_holds_the_work() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let (kino, other) = (label.creates_artist("Kino").await, label.creates_artist("Before").await);
    let track = label.creates_track(kino, "Igra").await;
    let mut renaming = app.begins().await;
    let found = renaming.artist(other).await.unwrap().expect("the artist");
    let changes = ArtistChanges {
        name: Patch::Set("After".to_owned()),
        ..ArtistChanges::default()
    };
    let renamed = found.change(changes, label.actor(), now()).expect("a new name");
    renaming.update_artist(&renamed).await.unwrap();
    let by = label.clone();
    let path = format!("/api/v1/tracks/{track}");
    let crediting = tokio::spawn(async move { by.http.put(&path, &json!({"artist_id": other})).await });
    is_waiting(&app).await;
    // It holds nothing that comes later in the order of locks: others still change the track.
    label.retitles(track, "Meanwhile").await;
    renaming.commit().await.unwrap();
    let shown = crediting.await.unwrap().is(200);
    shown.shows(json!({"title": "Meanwhile", "artist": {"name": "After"}}));
    app.settle_outbox().await;
    let records = app.records(Topic::Tracks).await;
    let Some((_, Event::Track(Change::Updated(state)))) = records.last().map(tests::Record::event) else {
        panic!("{records:?}")
    };
    assert_eq!(state.artist.name, "After");
}

#[tokio::test]
async fn a_change_is_tried_again_when_the_work_got_another_artist_meanwhile() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let (kino, other) = (label.creates_artist("Kino").await, label.creates_artist("Other").await);
    let track = label.creates_track(kino, "Igra").await;
    let mut moving = app.begins().await;
    let changes = TrackChanges {
        artist_id: Patch::Set(other),
        ..TrackChanges::default()
    };
    let found = moving
        .track(track, &changes.parents())
        .await
        .unwrap()
        .expect("the track");
    let moved = found.change(changes, label.actor(), now()).expect("another artist");
    moving.update_track(&moved).await.unwrap();
    let by = label.clone();
    let path = format!("/api/v1/tracks/{track}");
    let retitling = tokio::spawn(async move { by.http.put(&path, &json!({"title": "New"})).await });
    is_waiting(&app).await;
    moving.commit().await.unwrap();
    let shown = retitling.await.unwrap().is(200);
    shown.shows(json!({"version": 3, "artist": {"name": "Other"}}));
}

#[tokio::test]
async fn a_work_that_was_deleted_while_it_was_waited_for_is_not_there() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let (album, track) = (
        label.creates_album(kino, "Noch").await,
        label.creates_track(kino, "Igra").await,
    );
    let mut deleting = app.begins().await;
    let found = deleting
        .album(album, &Parents::default())
        .await
        .unwrap()
        .expect("the album");
    deleting.delete_album(&found).await.unwrap();
    let found = deleting
        .track(track, &Parents::default())
        .await
        .unwrap()
        .expect("the track");
    deleting.delete_track(&found).await.unwrap();
    let paths = [format!("/api/v1/albums/{album}"), format!("/api/v1/tracks/{track}")];
    let changing = paths.map(|path| {
        let by = label.clone();
        tokio::spawn(async move { by.http.put(&path, &json!({"title": "New"})).await })
    });
    eventually("both wait", async || (app.waiting().await > 1).then_some(())).await;
    deleting.commit().await.unwrap();
    for changing in changing {
        changing.await.unwrap().is(404);
    }
}
