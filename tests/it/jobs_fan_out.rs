//! A rename or a deletion that reaches many works: the command is answered at once, a job does the rest, and whoever dies
//! on the way, each work has changed once.

use events::{AlbumId, ArtistId, Topic};
use http_kit::Page;
use jobs::{FanOuter, Kinds};
use representations::{Album, Job, Track};
use serde_json::{Value, json};
use tests::{App, Person, Role, eventually, new_id};
use uuid::Uuid;

use crate::job_kinds::{Worker, alone};

/// Works of an artist: more than a command changes, and several batches of a job.
const MANY: i64 = 1_600;

async fn app() -> App {
    let app = alone().setting("JONQUIL_MAX_FAN_OUT", "3");
    app.setting("JONQUIL_JOB_LEASE_SECONDS", "1").start().await
}

/// Tracks of that artist, on that album, past the service.
pub async fn add_tracks(app: &App, by: &Person, artist: ArtistId, album: Option<AlbumId>, count: i64) {
    let insert = "WITH added AS (INSERT INTO tracks (id, artist_id, album_id, title, genres, explicit, external_ids, \
            created_by, version, created_at, updated_at) \
        SELECT gen_random_uuid(), $1, $2, 'Song ' || n, '{}', false, '{}', $3, 1, now(), now() \
        FROM generate_series(1::bigint, $4) AS n RETURNING id) \
        INSERT INTO track_credits (track_id, position, artist_id, role) SELECT id, 0, $1, 'main' FROM added";
    let album = album.map(|id| id.0);
    app.sql()
        .execute(insert, &[&artist.0, &album, &by.id.0, &count])
        .await
        .unwrap();
}

fn works(app: &App) -> Worker {
    Worker::start(app, "worker", Kinds::default().with(FanOuter))
}

async fn waits_for(app: &App, condition: &str) {
    let query = format!("SELECT count(*) FROM jobs WHERE kind = 'fan_out' AND {condition}");
    eventually(condition, async || (app.number(&query).await == 1).then_some(())).await;
}

/// Lets worker after worker do one step each and dies, until only the job's end is missing; then that, too.
async fn is_done_by_workers_that_die(app: &App) {
    // Each under a name of its own: the one before may still be dying.
    let spawns = |point: &str| {
        let name = format!("{point}-{}", new_id());
        app.spawns_as("jobs", &name, &format!("jobs::{point}=pause"))
    };
    let stands = async |query: &str| {
        eventually("the worker stands at its fail point", async || {
            (app.number(query).await == 1).then_some(())
        })
        .await;
    };
    let progress = async || {
        let query = "SELECT done || coalesce(cursor::text, '') FROM jobs WHERE kind = 'fan_out'";
        app.sql().query_one(query, &[]).await.unwrap().get::<_, String>(0)
    };
    // Before a step is committed: nothing of it is there.
    let before = progress().await;
    let child = spawns("committing");
    let is_open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND state = 'idle in transaction'";
    stands(is_open).await;
    child.kill();
    assert_eq!(progress().await, before);
    // After each step: it is there, once.
    while !progress().await.contains("end") {
        let before = progress().await;
        let child = spawns("committed");
        eventually("a step is done", async || (progress().await != before).then_some(())).await;
        child.kill();
    }
    // Before the end is recorded.
    let child = spawns("ending");
    stands("SELECT count(*) FROM jobs WHERE worker LIKE 'ending-%'").await;
    child.kill();
    let _last = app.spawns_as("jobs", "last", "");
    waits_for(app, "status = 'done'").await;
}

#[tokio::test]
async fn a_rename_that_reaches_many_works_is_done_by_a_job_and_no_request_fails() {
    let app = app().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    add_tracks(&app, &label, kino, None, MANY).await;
    let album = label.creates_album(kino, "Noch").await;
    let track = label.creates_track(kino, "Igra").await;
    label.renames(kino, "Группа крови").await;
    assert_eq!(app.number("SELECT max(version) FROM tracks").await, 1, "a job does it");
    let shown: Track = app.http().read_as(&format!("/api/v1/tracks/{track}")).await;
    assert_eq!(
        shown.artist.name, "Группа крови",
        "what is read by id has the name at once"
    );

    let worker = works(&app);
    let mut number = 0;
    while app.number("SELECT count(*) FROM jobs WHERE status = 'done'").await == 0 {
        label.retitles(track, &format!("Igra {number}")).await;
        app.http().get(&format!("/api/v1/artists/{kino}/tracks")).await.is(200);
        number += 1;
    }
    drop(worker);
    waits_for(&app, &format!("done = {0} AND total = {0}", MANY + 2)).await;
    assert_eq!(app.number("SELECT count(*) FROM tracks WHERE version = 2").await, MANY);
    let album: Album = app.http().read_as(&format!("/api/v1/albums/{album}")).await;
    assert_eq!(album.version, 2);
    let events = "SELECT count(DISTINCT key) FROM outbox WHERE topic = 'jonquil.tracks.v1' \
        AND convert_from(payload, 'UTF8')::jsonb #>> '{data,artist,name}' = 'Группа крови'";
    assert_eq!(app.number(events).await, MANY + 1);
}

#[tokio::test]
async fn a_rename_whose_workers_die_at_each_step_changes_each_work_once() {
    let app = app().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    add_tracks(&app, &label, kino, None, MANY).await;
    label.renames(kino, "Alisa").await;
    is_done_by_workers_that_die(&app).await;
    assert_eq!(app.number("SELECT count(*) FROM tracks WHERE version = 2").await, MANY);
    let events = "SELECT count(*) FROM outbox WHERE topic = 'jonquil.tracks.v1'";
    assert_eq!(app.number(events).await, MANY);
    waits_for(&app, &format!("done = {MANY}")).await;
}

#[tokio::test]
async fn a_second_rename_starts_the_unfinished_job_again_and_its_worker_changes_nothing_more() {
    let app = app().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    add_tracks(&app, &label, kino, None, MANY).await;
    label.renames(kino, "First").await;
    // It sleeps after its second step, the first batch of tracks, and then wants to go on.
    let slow = app.spawns_as("jobs", "slow", "jobs::committed=1*off->1*sleep(2500)->off");
    waits_for(&app, "done = 500").await;
    label.renames(kino, "Second").await;
    waits_for(&app, "status = 'queued' AND cursor IS NULL AND done = 0 AND fence = 2").await;
    let _quick = works(&app);
    waits_for(&app, &format!("status = 'done' AND done = {MANY}")).await;
    eventually("the slow worker finds out", async || {
        slow.has_logged("lost the lease of a job").then_some(())
    })
    .await;
    assert_eq!(app.number("SELECT count(*) FROM tracks WHERE version = 3").await, 500);
    assert_eq!(
        app.number("SELECT count(*) FROM tracks WHERE version = 2").await,
        MANY - 500
    );
    let last = "SELECT count(*) FROM (SELECT DISTINCT ON (key) payload FROM outbox \
        WHERE topic = 'jonquil.tracks.v1' ORDER BY key, id DESC) AS last \
        WHERE convert_from(payload, 'UTF8')::jsonb #>> '{data,artist,name}' = 'Second'";
    assert_eq!(app.number(last).await, MANY);
}

/// An artist that leads an album and many tracks, one of them found by its id; a track of somebody else's artist on that
/// album, and one that features it.
struct Catalogue {
    kino: ArtistId,
    album: AlbumId,
    led: Uuid,
    on_album: Uuid,
    featuring: Uuid,
}

async fn catalogue(app: &App, label: &Person) -> Catalogue {
    let other = app.artist_account("other").await;
    let (kino, alisa) = (label.creates_artist("Kino").await, other.creates_artist("Alisa").await);
    let album = label.creates_album(kino, "Noch").await;
    add_tracks(app, label, kino, None, MANY).await;
    let led = label.creates_track(kino, "Igra").await;
    let on_album = json!({"title": "Guest", "artist_id": alisa, "album_id": album});
    let featuring =
        json!({"title": "Both", "credits": [{"artist_id": alisa}, {"artist_id": kino, "role": "featured"}]});
    Catalogue {
        kino,
        album,
        led: led.0,
        on_album: other.creates_track_with(&on_album).await.0,
        featuring: other.creates_track_with(&featuring).await.0,
    }
}

/// Nobody sees the artist or what it leads, nor can change it.
async fn is_gone(app: &App, label: &Person, there: &Catalogue) {
    let artist = format!("/api/v1/artists/{}", there.kino);
    for path in [
        artist.clone(),
        format!("{artist}/tracks"),
        format!("{artist}/albums"),
        format!("/api/v1/albums/{}", there.album),
        format!("/api/v1/albums/{}/tracks", there.album),
        format!("/api/v1/tracks/{}", there.led),
        format!("/api/v1/tracks/{}/stream", there.led),
    ] {
        label.http.get(&path).await.is(404);
    }
    let path = format!("/api/v1/tracks/{}", there.led);
    label.http.put(&path, &json!({"title": "Again"})).await.is(404);
    label.http.post(&format!("{path}/listen"), &json!({})).await.is(404);
    label.http.put(&artist, &json!({"name": "Again"})).await.is(404);
    label.http.delete(&format!("{artist}?cascade=true")).await.is(404);
    let new = json!({"title": "New", "artist_id": there.kino});
    assert_eq!(
        label.http.post("/api/v1/tracks/", &new).await.is(422).faults(),
        ["artist_id"]
    );
    let both: Track = app.http().read_as(&format!("/api/v1/tracks/{}", there.featuring)).await;
    assert_eq!(both.artist_line, "Alisa");
    assert_eq!(app.search("kino").await.artists, []);
    assert_eq!(app.search("igra").await.tracks, []);
    for (list, left) in [("tracks", 2), ("albums", 0), ("artists", 1)] {
        let page: Page<Value> = app
            .http()
            .read_as(&format!("/api/v1/{list}/?sort=created_at&limit=100"))
            .await;
        assert_eq!(page.total, left, "{list}");
    }
}

#[tokio::test]
async fn a_deleted_artist_is_gone_at_once_with_what_it_leads_and_a_job_removes_the_rest() {
    let mut app = app().await;
    app.starts(&[Role::Relay, Role::Search, Role::Counters]).await;
    let label = app.artist_account("label").await;
    let there = catalogue(&app, &label).await;
    app.settle_without(&["analytics"]).await;
    let artist = format!("/api/v1/artists/{}", there.kino);
    label.http.delete(&artist).await.is(409);
    label.http.delete(&format!("{artist}?cascade=true")).await.is(204);

    is_gone(&app, &label, &there).await;
    assert_eq!(
        app.number("SELECT count(*) FROM tracks").await,
        MANY + 3,
        "the rows wait for the job"
    );

    app.starts(&[Role::Jobs]).await;
    waits_for(&app, "status = 'done'").await;
    is_gone(&app, &label, &there).await;
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 2);
    assert_eq!(app.number("SELECT count(*) FROM albums").await, 0);
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 1);
    let guest: Track = app.http().read_as(&format!("/api/v1/tracks/{}", there.on_album)).await;
    assert!(guest.album.is_none());
    assert_eq!(guest.version, 2);
    app.settle_without(&["analytics"]).await;
    let deleted = app.records(Topic::Tracks).await;
    let deleted = deleted.iter().filter(|record| record.key == there.led.to_string());
    assert_eq!(deleted.count(), 2, "created and deleted");
    assert_eq!(app.indexed(events::Kind::Track, "song").await.len(), 0);
    assert_eq!(app.indexed(events::Kind::Album, "noch").await.len(), 0);
}

#[tokio::test]
async fn a_deletion_whose_workers_die_at_each_step_records_each_work_once() {
    let app = app().await;
    let label = app.artist_account("label").await;
    let there = catalogue(&app, &label).await;
    let path = format!("/api/v1/artists/{}?cascade=true", there.kino);
    label.http.delete(&path).await.is(204);
    is_done_by_workers_that_die(&app).await;
    assert_eq!(app.number("SELECT count(*) FROM tracks WHERE version = 2").await, 2);
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 1);
    let deleted = "SELECT count(*) FROM outbox WHERE convert_from(payload, 'UTF8')::jsonb ->> 'type' LIKE '%deleted%'";
    assert_eq!(app.number(deleted).await, MANY + 3, "the artist, its album, its tracks");
    let twice = "SELECT count(*) FROM (SELECT FROM outbox GROUP BY key, sequence HAVING count(*) > 1) AS twice";
    assert_eq!(app.number(twice).await, 0);
}

#[tokio::test]
async fn an_album_with_many_tracks_is_retitled_and_deleted_by_jobs() {
    let app = app().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    add_tracks(&app, &label, kino, Some(album), 700).await;
    let track = json!({"title": "Igra", "artist_id": kino, "album_id": album});
    let track = format!("/api/v1/tracks/{}", label.creates_track_with(&track).await);
    let path = format!("/api/v1/albums/{album}");
    label.http.put(&path, &json!({"title": "Den"})).await.is(200);
    let worker = works(&app);
    waits_for(&app, "status = 'done' AND done = 701").await;
    assert_eq!(app.number("SELECT count(*) FROM tracks WHERE version = 2").await, 701);
    drop(worker);

    label.http.delete(&path).await.is(204);
    app.http().get(&path).await.is(404);
    app.http().get(&format!("{path}/tracks")).await.is(404);
    let shown: Track = app.http().read_as(&track).await;
    assert!(shown.album.is_none());
    assert_eq!(shown.version, 2);
    label.http.put(&track, &json!({"title": "Igra 2"})).await.is(200);
    let _worker = works(&app);
    let done = "SELECT count(*) FROM jobs WHERE status = 'done'";
    eventually("the second job is done", async || {
        (app.number(done).await == 2).then_some(())
    })
    .await;
    assert_eq!(app.number("SELECT count(*) FROM albums").await, 0);
    assert_eq!(
        app.number("SELECT count(*) FROM tracks WHERE album_id IS NULL AND version = 3")
            .await,
        701
    );
}

#[tokio::test]
async fn what_a_command_began_cannot_be_cancelled() {
    let app = app().await;
    let label = app.artist_account("label").await;
    let admin = app.admin("admin").await;
    let kino = label.creates_artist("Kino").await;
    add_tracks(&app, &label, kino, None, 10).await;
    label.renames(kino, "Alisa").await;
    let jobs: Page<Job> = admin.http.read_as("/api/v1/jobs/").await;
    let path = format!("/api/v1/jobs/{}", jobs.items[0].id);
    label.http.get(&path).await.is(404);
    admin.http.delete(&path).await.is(409);
    let _worker = works(&app);
    waits_for(&app, "status = 'done'").await;
}

#[tokio::test]
async fn a_thousand_works_change_with_the_command_and_one_more_is_left_to_a_job() {
    let app = alone().start().await;
    let label = app.artist_account("label").await;
    for (name, tracks, changed) in [("Kino", 1_000, 1_000), ("Alisa", 1_001, 0)] {
        let artist = label.creates_artist(name).await;
        add_tracks(&app, &label, artist, None, tracks).await;
        label.renames(artist, &format!("{name} 2")).await;
        let done = format!("SELECT count(*) FROM tracks WHERE version = 2 AND artist_id = '{artist}'");
        assert_eq!(app.number(&done).await, changed, "{name}");
    }
    waits_for(&app, "status = 'queued'").await;
}
