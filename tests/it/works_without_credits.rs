//! Works that a process of the version before created while it was being replaced: they have no rows of credits. They
//! follow their artist all the same.

use events::{ArtistId, TrackId};
use http_kit::Page;
use jobs::{FanOuter, Kinds};
use representations::{Album, Track};
use serde_json::json;
use tests::{App, Person, eventually};

use crate::job_kinds::{Worker, alone};

/// An artist that leads so many tracks and an album, none of them with rows of credits.
async fn artist_of_before(app: &App, label: &Person, tracks: usize) -> (ArtistId, TrackId) {
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let track = json!({"title": "Igra", "artist_id": kino, "album_id": album});
    let track = label.creates_track_with(&track).await;
    for number in 1..tracks {
        label.creates_track(kino, &format!("Song {number}")).await;
    }
    let forget = "DELETE FROM track_credits; DELETE FROM album_credits";
    app.sql().batch_execute(forget).await.unwrap();
    (kino, track)
}

async fn rows(app: &App) -> [i64; 3] {
    let mut counted = [0; 3];
    for (at, table) in ["artists", "albums", "tracks"].into_iter().enumerate() {
        counted[at] = app.number(&format!("SELECT count(*) FROM {table}")).await;
    }
    counted
}

/// The job that the command enqueued ends well, with its first try.
async fn is_done_by_a_job(app: &App, works: i64) {
    assert_eq!(app.number("SELECT count(*) FROM jobs WHERE status = 'queued'").await, 1);
    let worker = Worker::start(app, "worker", Kinds::default().with(FanOuter));
    eventually("the job ends", async || {
        let ended = "SELECT count(*) FROM jobs WHERE status = 'done' OR last_error IS NOT NULL";
        (app.number(ended).await == 1).then_some(())
    })
    .await;
    worker.stop().await;
    let job = app
        .sql()
        .query_one("SELECT status, tries, done, last_error FROM jobs", &[]);
    let job = job.await.unwrap();
    let found: (String, i32, i64, Option<String>) = (job.get(0), job.get(1), job.get(2), job.get(3));
    assert_eq!(found, ("done".to_owned(), 0, works, None));
    app.sql().batch_execute("DELETE FROM jobs").await.unwrap();
}

async fn is_deleted(app: &App, label: &Person, artist: ArtistId, by_a_job_of: Option<i64>) {
    let path = format!("/api/v1/artists/{artist}");
    label.http.delete(&path).await.is(409);
    label.http.delete(&format!("{path}?cascade=true")).await.is(204);
    app.http().get(&path).await.is(404);
    if let Some(works) = by_a_job_of {
        is_done_by_a_job(app, works).await;
    }
    assert_eq!(rows(app).await, [0, 0, 0]);
    let unsaid = "SELECT count(*) FROM (SELECT key FROM outbox GROUP BY key HAVING NOT bool_or(\
        convert_from(payload, 'UTF8')::jsonb ->> 'type' LIKE '%deleted%')) AS without";
    assert_eq!(app.number(unsaid).await, 0, "every deletion is an event");
}

#[tokio::test]
async fn works_without_rows_of_credits_go_with_their_artist() {
    let app = alone().setting("JONQUIL_MAX_FAN_OUT", "4").start().await;
    let label = app.artist_account("label").await;
    app.sql().batch_execute("DELETE FROM outbox").await.unwrap();
    let (few, _) = artist_of_before(&app, &label, 2).await;
    is_deleted(&app, &label, few, None).await;
    let (many, _) = artist_of_before(&app, &label, 5).await;
    is_deleted(&app, &label, many, Some(6)).await;
}

#[tokio::test]
async fn works_without_rows_of_credits_show_their_artists_new_name() {
    let app = alone().setting("JONQUIL_MAX_FAN_OUT", "4").start().await;
    let label = app.artist_account("label").await;
    for (tracks, by_a_job_of) in [(2, None), (5, Some(6))] {
        let (kino, track) = artist_of_before(&app, &label, tracks).await;
        label.renames(kino, "Alisa").await;
        if let Some(works) = by_a_job_of {
            is_done_by_a_job(&app, works).await;
        }
        let track: Track = app.http().read_as(&format!("/api/v1/tracks/{track}")).await;
        assert_eq!((track.artist_line.as_str(), track.version), ("Alisa", 2));
        let album: Page<Album> = app.http().read_as("/api/v1/albums/?sort=created_at&limit=1").await;
        assert_eq!(
            (album.items[0].artist_line.as_str(), album.items[0].version),
            ("Alisa", 2)
        );
        let renamed = "SELECT count(DISTINCT key) FROM outbox WHERE sequence = 2 AND topic <> 'jonquil.artists.v1' \
            AND convert_from(payload, 'UTF8')::jsonb #>> '{data,artist,name}' = 'Alisa'";
        assert_eq!(app.number(renamed).await, i64::try_from(tracks).unwrap() + 1);
        let path = format!("/api/v1/artists/{kino}?cascade=true");
        label.http.delete(&path).await.is(204);
        app.sql()
            .batch_execute("DELETE FROM jobs; DELETE FROM outbox")
            .await
            .unwrap();
    }
}
