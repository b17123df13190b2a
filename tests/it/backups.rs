//! `jonquil backup` and `jonquil restore`: everything is lost but the backup, and afterwards everything is as before.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use events::{AlbumId, ArtistId, Topic, TrackId};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{App, Http, Person, Role, Wav, eventually, new_id};
use uuid::Uuid;

/// What the backup is to bring back.
struct World {
    label: Person,
    anna: Person,
    artist: ArtistId,
    album: AlbumId,
    track: TrackId,
    audio: Vec<u8>,
    playlist: Uuid,
}

async fn uploads(label: &Person, file: &[u8]) -> TrackId {
    let form = Form::new().part("file", Part::bytes(file.to_vec()).file_name("igra.wav"));
    let request = label.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    TrackId(label.http.send(request.multipart(form)).await.is(201).id())
}

impl World {
    /// People, works with audio, one that was deleted after people listened to it, a playlist, favourites, listens, a search.
    async fn of(app: &App) -> Self {
        let (label, anna) = (app.artist_account("label").await, app.listener("anna").await);
        let audio = Wav::named(40_000, 1, "Igra", "Кино").bytes();
        let track = uploads(&label, &audio).await;
        let shown = label.http.read(&format!("/api/v1/tracks/{track}")).await;
        let artist: ArtistId = serde_json::from_value(shown["artist"]["id"].clone()).unwrap();
        let album = label.creates_album(artist, "Noch").await;
        let other = json!({"title": "Zvezda", "artist_id": artist, "album_id": album, "duration_ms": 180_000});
        let other = label.creates_track_with(&other).await;
        let gone = label.creates_track(artist, "Forgotten").await;
        for listened in [track, track, other, gone, gone, gone] {
            anna.hears(listened).await;
        }
        label.hears(track).await;
        let old = json!({"event_id": new_id(), "track_id": other, "listened_at": "2026-01-30T10:00:00Z", "ms_played": 99_000});
        drop(anna.posts(&[old]).await.is(202));
        label.deletes_track(gone).await;
        label.renames(artist, "Kino (СССР)").await;
        let own = format!("/api/v1/users/{}", anna.id);
        for path in [
            format!("{own}/favourites/track/{track}"),
            format!("{own}/favourites/album/{album}"),
            format!("{own}/following/{artist}"),
        ] {
            anna.http.put(&path, &json!({})).await.is(200);
        }
        let playlist = json!({"title": "Road", "visibility": "public", "track_ids": [other, track]});
        let playlist = anna.http.post("/api/v1/playlists", &playlist).await.is(201).id();
        anna.http.get("/api/v1/tracks/search?q=igra").await.is(200);
        app.settle().await;
        Self {
            label,
            anna,
            artist,
            album,
            track,
            audio,
            playlist,
        }
    }

    /// What the service answers, by path, without what is made anew for every answer.
    async fn answers(&self, at: &Http) -> BTreeMap<String, Value> {
        let Self {
            artist,
            album,
            track,
            playlist,
            ..
        } = self;
        let anna = self.anna.at(at);
        let own = anna.id;
        let mut answers = BTreeMap::new();
        for path in [
            "artists?limit=50".to_owned(),
            "albums?limit=50".to_owned(),
            "tracks?limit=50".to_owned(),
            "tracks?limit=50&sort=plays".to_owned(),
            format!("artists/{artist}"),
            format!("artists/{artist}/albums"),
            format!("albums/{album}"),
            format!("albums/{album}/tracks"),
            format!("tracks/{track}"),
            format!("tracks/{track}/waveform"),
            "search/multi?q=kino".to_owned(),
            "search/multi?q=forgotten".to_owned(),
            format!("playlists/{playlist}"),
            format!("playlists/{playlist}/items"),
            format!("playlists/user/{own}"),
            format!("users/{own}"),
            format!("users/{own}/favourites"),
            format!("users/{own}/following"),
            format!("users/{own}/listening-history"),
            format!("users/{own}/stats"),
            "tracks/popular?period=day".to_owned(),
            "artists/popular?period=week".to_owned(),
            "albums/popular?period=all".to_owned(),
            "tracks/popular?period=all".to_owned(),
            format!("analytics/clickhouse/track/{track}/stats"),
        ] {
            // On a busy machine a chart comes without what ClickHouse did not give in time.
            let mut answer = eventually("an answer that lacks nothing", async || {
                let answer = anna.http.read(&format!("/api/v1/{path}")).await;
                let lacks = answer.to_string().contains("\"listened_ms\":null");
                (!lacks).then_some(answer)
            })
            .await;
            remove_volatile(&mut answer);
            answers.insert(path, answer);
        }
        // Only the first one: those that are made here are events too.
        let searches = anna.http.read("/api/v1/analytics/user/search-history?limit=100").await;
        let first = searches["items"].as_array().unwrap().last().cloned();
        answers.insert("the first search".to_owned(), first.expect("a search"));
        let audio = anna.http.get(&format!("/api/v1/tracks/{track}/stream")).await.is(200);
        assert!(audio.bytes == self.audio, "the audio is not that of before");
        answers
    }
}

fn remove_volatile(answer: &mut Value) {
    match answer {
        Value::Object(fields) => {
            // A score depends on what Lucene has not merged away yet; the order is compared.
            for name in ["stream_url", "generated_at", "from", "to", "took_ms", "score"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(remove_volatile);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_volatile),
        _ => {}
    }
}

/// One by one, so that a difference can be read.
fn assert_same(after: &BTreeMap<String, Value>, before: &BTreeMap<String, Value>) {
    for (path, answer) in before {
        assert_eq!(&after[path], answer, "{path}");
    }
}

/// `--bump` raises versions.
fn remove_versions(answer: &mut Value) {
    match answer {
        Value::Object(fields) => {
            fields.remove("version");
            fields.values_mut().for_each(remove_versions);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_versions),
        _ => {}
    }
}

fn manifest(backup: &Path) -> Value {
    serde_json::from_slice(&fs::read(backup.join("manifest.json")).unwrap()).unwrap()
}

/// Hash of each table's rows, but for the outbox.
fn tables(backup: &Path) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let manifest = manifest(backup);
    let tables = manifest["tables"].as_array().unwrap().iter();
    let hashes = tables.map(|table| (text(&table["table"]["name"]), text(&table["file"]["sha256"])));
    hashes.filter(|(name, _)| name != "outbox").collect()
}

fn folder() -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let argument = backup.to_str().unwrap().to_owned();
    (folder, backup, argument)
}

/// Engines with nothing in them.
async fn empty() -> App {
    App::builder()
        .without_roles()
        .setting("JONQUIL_REBUILD_STEADY_SECONDS", "1")
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_with_every_engine_is_restored_and_answers_as_before() {
    let (_kept, backup, argument) = folder();
    let app = App::start().await;
    let world = World::of(&app).await;
    let before = world.answers(&app.http()).await;
    assert_eq!(before["search/multi?q=forgotten"]["tracks"]["items"], json!([]));
    drop(app.runs(&["backup", &argument]));
    let ids = app.number("SELECT max(id) FROM outbox").await;
    let listens = app.events_on(Topic::Listens).await;
    drop(app);

    let mut app = empty().await;
    drop(app.runs(&["restore", &argument]));
    let (_other, second, second_argument) = folder();
    drop(app.runs(&["backup", &second_argument]));
    assert_eq!(tables(&second), tables(&backup), "every row is as it was");
    assert_eq!(app.events_on(Topic::Listens).await, listens);
    app.starts(&Role::ALL).await;
    app.settle().await;
    assert_same(&world.answers(&app.http()).await, &before);

    for kind in ["artists", "albums", "tracks", "playlists"] {
        drop(app.runs(&["republish", kind, "--bump", "1000"]));
    }
    for model in ["search", "analytics", "counters"] {
        drop(app.runs(&["rebuild", model]));
    }
    app.settle().await;
    let (mut after, mut before) = (world.answers(&app.http()).await, before);
    after.values_mut().chain(before.values_mut()).for_each(remove_versions);
    assert_same(&after, &before);

    // It goes on: numbers are not given away twice, and what is heard counts.
    let label = world.label.at(&app.http());
    label.hears(world.track).await;
    let new = label.creates_track(world.artist, "Posle").await;
    assert!(app.number("SELECT min(id) FROM outbox").await > ids);
    app.settle().await;
    assert_eq!(app.search("posle").await.tracks, [new]);
    let plays = &app.http().read(&format!("/api/v1/tracks/{}", world.track)).await["plays"];
    assert_eq!(plays, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_and_a_restore_that_were_killed_are_run_again() {
    let (_kept, backup, argument) = folder();
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let track = uploads(&label, &Wav::named(2_000, 1, "Igra", "Kino").bytes()).await;
    for _ in 0..5 {
        label.hears(track).await;
    }
    app.settle_outbox().await;
    let command = ["backup", argument.as_str()];
    app.dies(&command, "backup::tables=panic");
    app.dies(&command, "backup::objects=panic");
    assert!(!backup.join("manifest.json").exists(), "a killed backup is none");
    let object = only_object(&backup);
    drop(app.runs(&command));
    assert_eq!(only_object(&backup), object, "an object is copied once");
    let first = manifest(&backup);
    label.hears(track).await;
    app.dies(&command, "backup::objects=panic");
    assert_eq!(
        manifest(&backup),
        first,
        "the backup before is whole until the new one is"
    );
    drop(app.runs(&command));
    assert_eq!(only_object(&backup), object);
    assert_eq!(runs(&backup), 1, "what no manifest names is removed");
    let (listens, keys) = (app.events_on(Topic::Listens).await, app.object_keys().await);
    assert_eq!((listens, keys.len()), (6, 1));
    drop(app);

    let app = empty().await;
    let command = ["restore", argument.as_str()];
    app.dies(&command, "restore::objects=panic");
    app.dies(&command, "restore::partition=3*off->panic");
    app.dies(&command, "restore::tables=panic");
    assert_eq!(app.number("SELECT count(*) FROM users").await, 0, "all rows or none");
    drop(app.runs(&command));
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 1);
    assert_eq!(
        (app.events_on(Topic::Listens).await, app.object_keys().await),
        (6, keys)
    );
    let users = app.records(Topic::Users).await;
    assert_eq!(
        users.len(),
        1,
        "what was published before the kill is not published again"
    );
    drop(app.fails(&command));
}

/// The database as a version had it that knew two migrations less. No process may run. (The third from the end puts a column
/// back at another place than where that version had it.)
async fn becomes_that_of_before(app: &App) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    let version = |name: &str| name.split('_').next().unwrap().replace('-', "");
    for name in names.iter().rev().take(2) {
        let down = fs::read_to_string(folder.join(name).join("down.sql")).unwrap();
        app.sql().batch_execute(&down).await.expect(name);
        let undo = "DELETE FROM __diesel_schema_migrations WHERE version = $1";
        assert_eq!(app.sql().execute(undo, &[&version(name)]).await.unwrap(), 1, "{name}");
    }
    version(&names[names.len() - 3])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_an_older_schema_is_restored_by_this_version_migrated_and_answers_as_before() {
    let (_kept, backup, argument) = folder();
    let mut app = App::start().await;
    let world = World::of(&app).await;
    let before = world.answers(&app.http()).await;
    for role in Role::ALL {
        app.stops(role).await;
    }
    let newest = becomes_that_of_before(&app).await;
    drop(app.runs(&["backup", &argument]));
    assert_eq!(
        manifest(&backup)["migrations"].as_array().unwrap().last(),
        Some(&json!(newest))
    );
    let tables_before = tables(&backup);
    assert!(!tables_before.contains_key("webhooks"), "a table of this version");
    drop(app);

    let mut app = empty().await;
    let command = ["restore", argument.as_str()];
    let refused = app.fails_saying(&command);
    for words in [newest.as_str(), "an empty database", "jonquil migrate"] {
        assert!(refused.contains(words), "{refused}");
    }
    let emptied = app
        .sql()
        .batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    emptied.await.unwrap();
    drop(app.runs(&command));
    let (_other, second, second_argument) = folder();
    drop(app.runs(&["backup", &second_argument]));
    assert_eq!(tables(&second), tables_before, "every row is as it was");

    drop(app.runs(&["migrate"]));
    app.starts(&Role::ALL).await;
    app.settle().await;
    assert_same(&world.answers(&app.http()).await, &before);
    let label = world.label.at(&app.http());
    let new = label.creates_track(world.artist, "Posle").await;
    app.settle().await;
    assert_eq!(app.search("posle").await.tracks, [new]);
}

/// Its path and its inode, which a new copy would not have.
fn only_object(backup: &Path) -> (PathBuf, u64) {
    let mut found = Vec::new();
    for shard in fs::read_dir(backup.join("objects")).unwrap() {
        found.extend(
            fs::read_dir(shard.unwrap().path())
                .unwrap()
                .map(|file| file.unwrap().path()),
        );
    }
    let [path] = found.as_slice() else { panic!("{found:?}") };
    (path.clone(), fs::metadata(path).unwrap().ino())
}

fn runs(backup: &Path) -> usize {
    let names = fs::read_dir(backup).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("run-")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_refuses_stores_with_something_in_them_and_a_backup_that_is_damaged_or_of_another_schema() {
    let (_kept, backup, argument) = folder();
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let track = uploads(&label, &Wav::named(2_000, 1, "Igra", "Kino").bytes()).await;
    label.hears(track).await;
    app.settle_outbox().await;
    let command = ["restore", argument.as_str()];
    drop(app.runs(&["backup", &argument]));
    uploads(&label, &Wav::named(2_000, 2, "Noch", "Kino").bytes()).await;
    drop(app.fails(&command));
    for only in ["postgres", "topics", "objects"] {
        drop(app.fails(&["restore", &argument, "--only", only]));
    }
    assert_eq!(app.events_on(Topic::Listens).await, 1);
    assert_eq!(app.number("SELECT count(*) FROM users").await, 1);

    let other = empty().await;
    let is_empty = async || {
        assert_eq!(other.number("SELECT count(*) FROM users").await, 0);
        assert_eq!(other.object_keys().await, [""; 0]);
        assert!(other.ends().await.iter().all(|end| end.offset == 0));
    };
    let whole = fs::read(backup.join("manifest.json")).unwrap();
    let mut later: Value = serde_json::from_slice(&whole).unwrap();
    later["migrations"]
        .as_array_mut()
        .unwrap()
        .push(json!("29990101000000"));
    fs::write(backup.join("manifest.json"), later.to_string()).unwrap();
    drop(other.fails(&command));
    fs::write(backup.join("manifest.json"), &whole).unwrap();

    let manifest: Value = serde_json::from_slice(&whole).unwrap();
    let tables = manifest["tables"].as_array().unwrap().iter();
    let mut names = tables.map(|table| table["file"]["name"].as_str().unwrap());
    let users = backup.join(names.find(|name| name.ends_with("/users.copy.gz")).unwrap());
    damage(&users);
    drop(other.fails(&command));
    damage(&users);
    let (audio, _) = only_object(&backup);
    damage(&audio);
    drop(other.fails(&command));
    is_empty().await;
    damage(&audio);
    drop(other.runs(&command));
    assert_eq!(other.number("SELECT count(*) FROM users").await, 1);
}

/// Another byte in the middle; twice is as before.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}
