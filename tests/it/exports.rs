//! `jonquil export`: data sets as Parquet. What was exported is read back; the same range gives the same bytes.

use std::{collections::BTreeMap, fs, path::Path};

use events::TrackId;
use serde_json::{Value, json};
use tests::{App, Person, new_id};

/// The columns of `listens` that a reader of the file counts on.
const LISTENS: &str = "event_id String, listener String, listened_at DateTime64(3, 'UTC'), track_id String, counted Bool, \
                       ms_played Int64, artist_ids Array(String)";
const INTERACTIONS: &str =
    "listener String, session UInt64, track_id String, listened_at DateTime64(3, 'UTC'), counted Bool";

fn manifest(folder: &Path) -> Value {
    let text = fs::read(folder.join("manifest.json")).expect("a manifest");
    serde_json::from_slice(&text).expect("JSON")
}

/// Name to hash of each file.
fn hashes(folder: &Path) -> BTreeMap<String, String> {
    let manifest = manifest(folder);
    let files = manifest["files"].as_array().expect("files");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    files
        .iter()
        .map(|file| (text(&file["name"]), text(&file["sha256"])))
        .collect()
}

/// Loads a file into a table and asks it.
async fn read_back(app: &App, file: &Path, columns: &str, sql: &str) -> String {
    drop(app.analytics_sql("DROP TABLE IF EXISTS back SYNC").await);
    drop(
        app.analytics_sql(&format!(
            "CREATE TABLE back ({columns}) ENGINE = MergeTree ORDER BY tuple()"
        ))
        .await,
    );
    app.analytics_load("back", "Parquet", fs::read(file).expect("a file"))
        .await;
    app.analytics_sql(sql).await
}

/// An artist's track, four listens of it by one person in two months, each sent twice.
async fn a_track_with_listens() -> (App, Person, TrackId) {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let anna = app.listener("anna").await;
    let artist = label.creates_artist("Kino").await;
    let track = label
        .creates_track_with(&json!({"artist_id": artist, "title": "Gruppa krovi", "duration_ms": 200_000}))
        .await;
    let times = [
        "2026-01-30T10:00:00Z",
        "2026-01-30T10:05:00Z",
        "2026-01-31T23:59:59.999Z",
        "2026-02-01T00:00:00Z",
    ];
    let listen = |at: &&str| json!({"event_id": new_id(), "track_id": track, "listened_at": at, "ms_played": 200_000});
    let events: Vec<Value> = times.iter().map(listen).collect();
    for _ in 0..2 {
        drop(anna.posts(&events).await.is(202));
    }
    app.settle().await;
    (app, label, track)
}

fn export(app: &App, what: &str, to: &Path, more: &[&str]) {
    let to = to.to_str().expect("a path");
    let mut arguments = vec![
        "export",
        what,
        "--from",
        "2026-01-01",
        "--until",
        "2026-02-02",
        "--to",
        to,
    ];
    arguments.extend(more);
    drop(app.runs(&arguments));
}

#[tokio::test]
async fn listens_are_read_back_and_the_same_range_gives_the_same_bytes() {
    let (app, _, track) = a_track_with_listens().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    export(&app, "listens", &first, &[]);
    drop(app.analytics_sql("OPTIMIZE TABLE listens FINAL").await);
    export(&app, "listens", &second, &[]);
    assert_eq!(hashes(&first), hashes(&second), "after a merge the files are the same");
    let names: Vec<_> = hashes(&first).into_keys().collect();
    assert_eq!(names, ["listens-2026-01.parquet", "listens-2026-02.parquet"]);

    let sums = "SELECT count(), uniqExact(listener), sum(ms_played), countIf(counted), toString(min(listened_at)), \
                any(track_id) FROM back";
    let january = read_back(&app, &first.join(&names[0]), LISTENS, sums).await;
    assert_eq!(january, format!("3\t1\t600000\t3\t2026-01-30 10:00:00.000\t{track}"));
    let february = read_back(&app, &first.join(&names[1]), LISTENS, "SELECT count() FROM back").await;
    assert_eq!(february, "1");
    let written = manifest(&first);
    assert_eq!(written["files"][0]["rows"], 3);
    assert!(written["offsets"].as_array().is_some_and(|offsets| !offsets.is_empty()));
}

#[tokio::test]
async fn interactions_are_cut_in_time_and_say_what_is_not_to_be_recommended() {
    let (app, label, track) = a_track_with_listens().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    export(&app, "interactions", data, &["--split", "2026-01-31"]);
    let sessions = "SELECT groupArray((session, toString(listened_at))) FROM back";
    let train = read_back(&app, &data.join("train.parquet"), INTERACTIONS, sessions).await;
    assert_eq!(train, "[(1,'2026-01-30 10:00:00.000'),(1,'2026-01-30 10:05:00.000')]");
    let test = read_back(&app, &data.join("test.parquet"), INTERACTIONS, sessions).await;
    assert_eq!(test, "[(1,'2026-01-31 23:59:59.999'),(1,'2026-02-01 00:00:00.000')]");

    label.deletes_track(track).await;
    app.settle().await;
    export(&app, "interactions", data, &[]);
    let gone = read_back(
        &app,
        &data.join("do-not-recommend.parquet"),
        "id String",
        "SELECT id FROM back",
    )
    .await;
    assert_eq!(gone, track.to_string());
}
