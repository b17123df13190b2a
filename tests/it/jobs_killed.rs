//! Jobs whose workers die between two lines, one after another: what there is in the end is the same.

use std::{collections::HashMap, fs, path::PathBuf};

use chrono::TimeDelta;
use events::JobId;
use recommend::Fit;
use representations::{Job, StoredFile};
use serde_json::{Value, json};
use store::RemoveObjects;
use tests::{App, Person, Role, Wav, eventually, new_id};

use crate::{
    job_kinds::{enqueue, quiet, store},
    jobs_sweep::sweeps,
    s3_objects::{AUDIO, sends},
    upload_from_url::{Server, file},
    waveforms::uploads,
};

/// A transaction is open, and its worker does nothing with it: it stands at its fail point.
pub const STANDS: &str = "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
    AND state = 'idle in transaction' AND now() - state_change > interval '200 milliseconds')";

/// A worker takes the job and dies at that fail point, once the condition shows that it stands there. False when it came
/// to the end of the job instead.
async fn a_worker_dies(app: &App, job: JobId, failpoint: &str, condition: &str) -> bool {
    dies_when(app, job, failpoint, condition, async || true).await
}

/// The same, where what shows it is not in Postgres alone.
pub async fn dies_when(app: &App, job: JobId, failpoint: &str, condition: &str, shows: impl AsyncFn() -> bool) -> bool {
    let name = new_id().to_string();
    let worker = app.spawns_as("jobs", &name, failpoint);
    let ended = format!("SELECT count(*) FROM jobs WHERE id = '{job}' AND status = 'done'");
    let stands = format!("SELECT count(*) FROM jobs WHERE id = '{job}' AND worker = '{name}' AND {condition}");
    let has_died = eventually(&format!("a worker stands at {failpoint}"), async || {
        match (app.number(&ended).await, app.number(&stands).await) {
            (1, _) => Some(false),
            (_, 1) if shows().await => Some(true),
            _ => None,
        }
    })
    .await;
    worker.kill();
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND state LIKE 'idle in transaction%'";
    eventually("its transaction is rolled back", async || {
        (app.number(connections).await == 0).then_some(())
    })
    .await;
    // Nobody needs to wait for its lease.
    let free = "UPDATE jobs SET run_at = now() WHERE id = $1 AND status = 'running'";
    app.sql().execute(free, &[&job.0]).await.unwrap();
    has_died
}

/// Another worker does what is left.
pub async fn is_done(app: &App, job: JobId) -> Job {
    let _worker = app.spawns_as("jobs", "last", "");
    let done = format!("SELECT count(*) FROM jobs WHERE id = '{job}' AND status = 'done'");
    eventually("the job is done", async || (app.number(&done).await == 1).then_some(())).await;
    let admin = app.admin("root").await;
    admin.http.read_as(&format!("/api/v1/jobs/{job}")).await
}

/// An object in the bucket that nothing has used for two days.
async fn unused(label: &Person, app: &App, seed: u32) -> String {
    let sent: StoredFile = sends(label, AUDIO, Wav::new(1_000, seed).bytes()).await.is(201).parse();
    let old = "UPDATE objects SET unused_since = now() - interval '2 days', created_at = now() - interval '2 days' \
        WHERE key = $1";
    app.sql().execute(old, &[&sent.s3_key]).await.unwrap();
    sent.s3_key
}

/// Some of everything that a sweep removes; the file among it.
async fn leftovers(app: &App, label: &Person) -> PathBuf {
    let rows = "INSERT INTO login_failures (account, address, failed_at) VALUES ('ada', '::1', now() - interval '2 days'); \
        INSERT INTO sessions SELECT gen_random_uuid(), id, now(), 0, now() - interval '99 days' FROM users; \
        INSERT INTO sign_in_addresses SELECT id, '::9', now() - interval '99 days' FROM users; \
        INSERT INTO jobs (id, kind, arguments, cancellable, status, finished_at, created_at) \
            VALUES (gen_random_uuid(), 'steps', '{}', true, 'done', now() - interval '99 days', now()); \
        INSERT INTO objects (key, kind, size_bytes, sha256, content_type, created_at, unused_since) \
            VALUES ('audio/never.wav', 'audio', 1, '', 'audio/wav', now() - interval '2 days', now())";
    app.sql().batch_execute(rows).await.unwrap();
    unused(label, app, 2).await;
    let left = PathBuf::from(app.setting("JONQUIL_SPOOL_DIR")).join("jonquil-upload-dead.part");
    fs::write(&left, b"left").expect("a leftover");
    left
}

#[tokio::test]
async fn a_sweep_whose_workers_die_at_each_step_removes_the_same() {
    let app = quiet().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let used: StoredFile = sends(&label, AUDIO, Wav::new(1_000, 1).bytes()).await.is(201).parse();
    let track = json!({"title": "Igra", "artist_id": kino, "s3_key": used.s3_key});
    label.creates_track_with(&track).await;
    let left = leftovers(&app, &label).await;

    let sweep = enqueue(&store(&app), &jobs::Sweep {}, None).await;
    let cursor = format!("SELECT coalesce(cursor::text, '') FROM jobs WHERE id = '{sweep}'");
    let mut deaths = 0;
    loop {
        // Each commits the step that the one before had only begun, and dies before it commits the next.
        let before: String = app.sql().query_one(&cursor, &[]).await.unwrap().get(0);
        let further = format!("cursor::text IS DISTINCT FROM '{before}' AND {STANDS}");
        if !a_worker_dies(&app, sweep, "jobs::committing=1*off->pause", &further).await {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 9, "it has more steps than {deaths}");
    assert_eq!(app.object_keys().await, [used.s3_key]);
    for (table, rows) in [
        ("login_failures", 0),
        ("sessions", 1),
        ("sign_in_addresses", 1),
        ("objects", 1),
        ("jobs WHERE kind = 'steps'", 0),
    ] {
        assert_eq!(
            app.number(&format!("SELECT count(*) FROM {table}")).await,
            rows,
            "{table}"
        );
    }
    assert!(!left.exists());
}

#[tokio::test]
async fn an_object_whose_row_a_killed_sweep_deleted_goes_with_the_next_one() {
    let app = quiet().await;
    let label = app.artist_account("label").await;
    let key = unused(&label, &app, 1).await;
    let sweep = enqueue(&store(&app), &jobs::Sweep {}, None).await;
    let row_is_gone = "NOT EXISTS (SELECT FROM objects)";
    assert!(a_worker_dies(&app, sweep, "jobs::rows_deleted=pause", row_is_gone).await);
    assert_eq!(app.object_keys().await, [key]);
    // It has no row, as if it came from somewhere else: it has to grow old.
    is_done(&app, sweep).await;
    assert_eq!(app.object_keys().await.len(), 1);
    assert_eq!(sweeps(&app, TimeDelta::zero()).await["objects"], 1);
    assert_eq!(app.object_keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_upload_from_an_address_whose_workers_die_at_each_step_is_one_track() {
    let wav = Wav::named(2_000, 1, "Igra", "Kino").bytes();
    let server = Server::start(HashMap::from([("/igra.wav", file("audio/wav", &wav))])).await;
    let app = crate::job_kinds::alone().setting("JONQUIL_UPLOAD_URL_ALLOWED_HOSTS", &server.address.to_string());
    let app = app.start().await;
    let label = app.artist_account("label").await;
    let asked = json!({"url": server.url("/igra.wav")});
    let job: Job = label
        .http
        .post("/api/v1/tracks/upload-from-url/", &asked)
        .await
        .is(202)
        .parse();
    // Before anything is fetched, as how much came in is reported, and with the file stored and the track not committed.
    for (failpoint, objects) in [
        ("jobs::committing=pause", 0),
        ("jobs::committing=1*off->pause", 0),
        ("upload::recorded=pause", 1),
    ] {
        assert!(a_worker_dies(&app, job.id, failpoint, STANDS).await, "{failpoint}");
        assert_eq!(app.number("SELECT count(*) FROM tracks").await, 0);
        assert_eq!(app.object_keys().await.len(), objects, "{failpoint}");
    }
    // All bytes are reported by now, so that the second commit is the track's.
    let recorded = "cursor ->> 'track' IS NOT NULL";
    assert!(a_worker_dies(&app, job.id, "jobs::committed=1*off->pause", recorded).await);
    let done = is_done(&app, job.id).await;
    let size = i64::try_from(wav.len()).unwrap();
    assert_eq!((done.done, done.of), (size, Some(size)));
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 1);
    let track = done.result.expect("a result")["track_id"]
        .as_str()
        .expect("a track")
        .to_owned();
    let stream = label.http.get(&format!("/api/v1/tracks/{track}/stream")).await;
    assert_eq!(stream.is(200).bytes, wav);
    // What the dead ones stored is used by nothing.
    let unused = "UPDATE objects SET unused_since = now() - interval '2 days'";
    app.sql().execute(unused, &[]).await.unwrap();
    sweeps(&app, TimeDelta::hours(1)).await;
    assert_eq!(app.object_keys().await.len(), 1);
}

#[tokio::test]
async fn an_export_whose_workers_die_is_one_file_and_shows_each_listen_once() {
    let app = App::builder().without(Role::Jobs).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    for _ in 0..3 {
        label.hears(track).await;
    }
    app.settle().await;
    let path = format!("/api/v1/users/{}/export", label.id);
    let job: Job = label.http.post(&path, &json!({})).await.is(202).parse();
    assert!(a_worker_dies(&app, job.id, "jobs::committing=pause", STANDS).await);
    assert!(a_worker_dies(&app, job.id, "jobs::committed=pause", "done = 3").await);
    let done = is_done(&app, job.id).await;
    assert_eq!(done.done, 3, "no listen is shown twice");
    let result = done.result.expect("a result");
    assert_eq!(result["listens"], 3);
    let file = label
        .http
        .get(result["url"].as_str().expect("an address"))
        .await
        .is(200);
    assert_eq!(Value::from(file.bytes.len()), result["size_bytes"]);
    assert_eq!(app.object_keys().await.len(), 1);
}

#[tokio::test]
async fn waveforms_whose_workers_die_at_each_step_are_made_once() {
    let app = quiet().await;
    let label = app.artist_account("label").await;
    for seed in 1..=3 {
        let wav = Wav::named(1_000, seed, &format!("Song {seed}"), "Kino").bytes();
        uploads(&label, "song.wav", wav, &[]).await;
    }
    let kept = "SELECT string_agg(key || encode(peaks, 'hex'), ' ' ORDER BY key) FROM waveforms";
    let kept = async || -> Option<String> { app.sql().query_one(kept, &[]).await.unwrap().get(0) };
    let right = kept().await.expect("waveforms");
    app.sql().batch_execute("DELETE FROM waveforms").await.unwrap();
    let job = enqueue(&store(&app), &jobs::Waveforms {}, None).await;
    assert!(a_worker_dies(&app, job, "jobs::committing=pause", STANDS).await);
    assert_eq!(kept().await, None);
    // Each commits one, and dies with the next one made and not kept.
    for made in 1..=2 {
        let further = format!("done = {made} AND {STANDS}");
        assert!(a_worker_dies(&app, job, "jobs::committing=1*off->pause", &further).await);
        assert_eq!(app.number("SELECT count(*) FROM waveforms").await, made);
    }
    let done = is_done(&app, job).await;
    assert_eq!(done.result, Some(json!({"made": 3, "refused": 0})));
    assert_eq!((done.done, done.of), (3, Some(3)));
    assert_eq!(kept().await.as_ref(), Some(&right));
}

#[tokio::test]
async fn objects_that_a_job_removes_are_gone_wherever_its_workers_die() {
    let app = quiet().await;
    let label = app.artist_account("label").await;
    let mut keys = Vec::new();
    for seed in 1..=3 {
        keys.push(unused(&label, &app, seed).await);
    }
    let stays = keys.pop().expect("a key");
    let job = enqueue(&store(&app), &RemoveObjects { keys: keys.clone() }, None).await;
    assert!(a_worker_dies(&app, job, "jobs::claimed=pause", "status = 'running'").await);
    assert_eq!(app.object_keys().await.len(), 3, "nothing is done before");
    let are_gone = async || app.object_keys().await == [stays.as_str()];
    assert!(dies_when(&app, job, "jobs::ending=pause", "status = 'running'", are_gone).await);
    assert_eq!(is_done(&app, job).await.result, Some(json!({"removed": 2})));
    assert!(are_gone().await);
}

#[tokio::test]
async fn recommendations_whose_workers_die_are_fitted_whole_and_switched_to_once() {
    let app = App::builder().without(Role::Jobs).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let igra = label.creates_track(kino, "Igra").await;
    let noch = label.creates_track(kino, "Noch").await;
    let hears = async |person: &Person| {
        person.hears(igra).await;
        person.hears(noch).await;
        app.settle().await;
    };
    for name in ["ada", "eve", "joe"] {
        hears(&app.listener(name).await).await;
    }
    let last = async || {
        app.analytics()
            .last_fit()
            .await
            .expect("a read")
            .map(|fit| fit.generation)
    };
    let job = enqueue(&store(&app), &Fit {}, None).await;
    // With the tastes written, then the neighbours of tracks, then those of artists.
    for steps in ["pause", "1*off->pause", "2*off->pause"] {
        assert!(
            a_worker_dies(&app, job, &format!("jobs::committing={steps}"), STANDS).await,
            "{steps}"
        );
        assert_eq!(last().await, None, "{steps}: what is half done is not read");
    }
    let result = is_done(&app, job).await.result.expect("a result");
    assert_eq!((&result["listeners"], &result["pairs"]), (&json!(3), &json!(6)));
    let first = last().await;
    assert_eq!(first, result["generation"].as_u64());

    // The second dies after the switch: who comes next finds that nothing is left to do.
    hears(&label).await;
    let job = enqueue(&store(&app), &Fit {}, None).await;
    let is_switched = async || last().await > first;
    assert!(dies_when(&app, job, "jobs::ending=pause", "status = 'running'", is_switched).await);
    let second = last().await;
    let _worker = app.spawns_as("jobs", "second", "");
    let done = format!("SELECT count(*) FROM jobs WHERE id = '{job}' AND result = '{{\"unchanged\": true}}'");
    eventually("the job is done", async || (app.number(&done).await == 1).then_some(())).await;
    assert_eq!(last().await, second);
}
