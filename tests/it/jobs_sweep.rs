//! The sweep: what nobody needs goes, what is in use or fresh stays.

use std::fs;

use chrono::TimeDelta;
use jobs::{Kinds, Sweep, Sweeper};
use media::{MediaConfig, Objects, Secret, Timeouts};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use tests::{App, Role, Wav, eventually};

use crate::job_kinds::{Worker, enqueue, quiet, store};

pub(crate) fn media(app: &App) -> MediaConfig {
    let setting = |name: &str| app.setting(name).to_owned();
    MediaConfig {
        url: setting("JONQUIL_S3_URL"),
        public_url: setting("JONQUIL_S3_URL"),
        region: setting("JONQUIL_S3_REGION"),
        access_key: setting("JONQUIL_S3_ACCESS_KEY"),
        secret_key: Secret::new(setting("JONQUIL_S3_SECRET_KEY")),
        bucket: setting("JONQUIL_S3_BUCKET"),
        authorities: None,
        spool_dir: setting("JONQUIL_SPOOL_DIR").into(),
        spool_max_bytes: 1,
        max_upload_bytes: 1,
        timeouts: Timeouts::default(),
    }
}

fn sweeper(app: &App, grace: TimeDelta) -> Sweeper {
    let media = media(app);
    Sweeper {
        objects: Objects::new(&media),
        spool_dir: media.spool_dir,
        grace,
    }
}

/// Runs a sweep to its end; what it removed.
pub(crate) async fn sweeps(app: &App, grace: TimeDelta) -> serde_json::Value {
    let id = enqueue(&store(app), &Sweep {}, None).await;
    let worker = Worker::start(app, "sweeper", Kinds::default().with(sweeper(app, grace)));
    let query = format!("SELECT result FROM jobs WHERE id = '{id}' AND status = 'done'");
    let result = eventually("the sweep ends", async || {
        let row = app.sql().query_opt(&query, &[]).await.unwrap();
        row.map(|row| row.get::<_, serde_json::Value>(0))
    })
    .await;
    drop(worker);
    result
}

#[tokio::test]
async fn objects_that_no_track_or_album_names_are_removed_once_they_are_old() {
    let app = quiet().await;
    let label = app.artist_account("label").await;
    let wav = Wav::named(1_000, 1, "Igra", "Kino").bytes();
    let form = Form::new().part("file", Part::bytes(wav).file_name("igra.wav"));
    let upload = label.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    let track = label.http.send(upload.multipart(form)).await.is(201);
    let objects = Objects::new(&media(&app));
    for key in ["audio/00/orphan.ogg", "covers/00/orphan.jpg", "zz/unknown"] {
        let bytes = bytes::Bytes::from_static(b"12345");
        objects.put_bytes(key, bytes, "audio/ogg").await.expect("stored");
    }
    let album = objects.put_bytes("covers/00/album.jpg", bytes::Bytes::from_static(b"1"), "image/jpeg");
    album.await.expect("stored");
    let kino = label.creates_artist("Kino 2").await;
    label.creates_album(kino, "Noch").await;
    app.sql()
        .batch_execute("UPDATE albums SET cover_key = 'covers/00/album.jpg'")
        .await
        .unwrap();

    app.begins_multipart("audio/00/broken.ogg").await;

    let fresh = sweeps(&app, TimeDelta::hours(1)).await;
    assert_eq!(
        (&fresh["objects"], app.object_keys().await.len()),
        (&0.into(), 5),
        "they are fresh"
    );
    assert_eq!((&fresh["uploads"], app.multiparts().await), (&0.into(), 1));
    let swept = sweeps(&app, TimeDelta::zero()).await;
    assert_eq!((&swept["objects"], &swept["freed_bytes"]), (&3.into(), &15.into()));
    assert_eq!((&swept["uploads"], app.multiparts().await), (&1.into(), 0));
    let kept = app.object_keys().await;
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.contains(&"covers/00/album.jpg".to_owned()));
    label
        .http
        .get(&format!("/api/v1/tracks/{}/stream", track.id()))
        .await
        .is(200);
}

#[tokio::test]
async fn rows_and_files_that_nobody_needs_are_removed_and_others_stay() {
    let app = quiet().await;
    let attempts = "INSERT INTO login_failures (account, address, failed_at) \
        SELECT 'ada', '::1', now() - make_interval(mins => n) FROM generate_series(1, 12000) AS n";
    app.sql().batch_execute(attempts).await.unwrap();
    // One account, of whose 40 sessions and addresses 30 days' are in use.
    app.listener("ada").await;
    let signed_in = "DELETE FROM sessions; DELETE FROM sign_in_addresses; \
        INSERT INTO sessions SELECT gen_random_uuid(), id, now(), 0, now() - make_interval(days => n, hours => -1) \
        FROM users, generate_series(1, 40) AS n; \
        INSERT INTO sign_in_addresses SELECT id, n::text, now() - make_interval(days => n, hours => -1) \
        FROM users, generate_series(1, 40) AS n";
    app.sql().batch_execute(signed_in).await.unwrap();
    let jobs = "INSERT INTO jobs (id, kind, arguments, cancellable, status, finished_at, created_at) \
        SELECT gen_random_uuid(), 'steps', '{}', true, 'done', now() - make_interval(days => n), now() \
        FROM generate_series(1, 9) AS n";
    app.sql().batch_execute(jobs).await.unwrap();
    let links = "INSERT INTO one_time_links SELECT purpose::bytea, id, email, purpose, now() + until * interval '1 second' \
        FROM users, (VALUES ('password_reset', -1), ('email_confirmation', 3600)) AS links (purpose, until)";
    app.sql().batch_execute(links).await.unwrap();
    let spool = std::path::PathBuf::from(app.setting("JONQUIL_SPOOL_DIR"));
    fs::write(spool.join("jonquil-upload-dead.part"), b"left").expect("a leftover");
    fs::write(spool.join("notes.txt"), b"not ours").expect("a file");

    let swept = sweeps(&app, TimeDelta::hours(1)).await;
    assert_eq!(
        (&swept["rows"], &swept["files"]),
        (&(12_000 - 59 + 10 + 10 + 3 + 1).into(), &1.into()),
        "{swept}"
    );
    assert_eq!(app.number("SELECT count(*) FROM login_failures").await, 59);
    assert_eq!(app.number("SELECT count(*) FROM sessions").await, 30);
    assert_eq!(app.number("SELECT count(*) FROM sign_in_addresses").await, 30);
    assert_eq!(app.number("SELECT count(*) FROM jobs WHERE kind = 'steps'").await, 6);
    let links = "SELECT count(*) FROM one_time_links WHERE purpose = 'email_confirmation'";
    assert_eq!(app.number(links).await, 1);
    assert!(!spool.join("jonquil-upload-dead.part").exists());
    assert!(spool.join("notes.txt").exists());
}

#[tokio::test]
async fn the_sweep_is_scheduled_and_runs_in_the_role_jobs() {
    let mut app = quiet().await;
    app.starts(&[Role::Jobs]).await;
    eventually("the schedule is there", async || {
        let due = "UPDATE schedules SET next_at = now() WHERE kind = 'sweep' AND next_at > now()";
        (app.sql().execute(due, &[]).await.unwrap() == 1).then_some(())
    })
    .await;
    let done = "SELECT count(*) FROM jobs WHERE kind = 'sweep' AND status = 'done'";
    eventually("a sweep is done", async || (app.number(done).await > 0).then_some(())).await;
    app.stops(Role::Jobs).await;
}
