//! Objects of the object store: sent first, used by name later, never deleted while in use.

use domain::{Actor, ObjectKind, StoredObject, TrackFields};
use events::{Role as UserRole, TrackId};
use http_kit::Page;
use read_api::{SignedUrl, StorageStats};
use representations::{Album, Artist, StoredFile, Track};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{Answer, App, Engine, Person, Wav, eventually, new_id, now};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use write_api::CleanedUp;

pub(crate) const AUDIO: &str = "/api/v1/s3/tracks/upload";
pub(crate) const COVERS: &str = "/api/v1/s3/covers/upload";

pub(crate) async fn sends(by: &Person, path: &str, file: Vec<u8>) -> Answer {
    let form = Form::new().part("file", Part::bytes(file).file_name("file"));
    by.http.send(by.http.request(Method::POST, path).multipart(form)).await
}

fn wav(seed: u32) -> Vec<u8> {
    Wav::new(2_000, seed).bytes()
}

fn of(key: &str, rest: &str) -> String {
    format!("/api/v1/s3/tracks/{key}{rest}")
}

#[tokio::test]
async fn audio_is_sent_first_and_becomes_a_tracks_by_its_key() {
    let app = App::without_read_models().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let file = wav(1);
    let sent: StoredFile = sends(&label, AUDIO, file.clone()).await.is(201).parse();
    assert_eq!(
        (sent.size_bytes, sent.duration_ms),
        (i64::try_from(file.len()).unwrap(), Some(2_000))
    );
    assert_eq!((sent.content_type.as_str(), sent.in_use), ("audio/wav", false));
    let key = sent.s3_key.as_str();
    // Nobody uses it yet: it is its sender's alone.
    assert_eq!(label.http.get(&of(key, "/stream")).await.is(200).bytes, file);
    ada.http.get(&of(key, "/stream")).await.is(404);
    ada.http.get(&of(key, "/url")).await.is(404);
    ada.http.delete(&of(key, "")).await.is(404);

    let kino = label.creates_artist("Kino").await;
    let fields = json!({"title": "Igra", "artist_id": kino, "s3_key": key, "duration_ms": 7});
    let track: Track = label.http.post("/api/v1/tracks/", &fields).await.is(201).parse();
    assert_eq!(track.duration_ms, Some(2_000), "what was measured");
    assert_eq!(
        track.audio.as_ref().map(|audio| audio.sha256.clone()),
        Some(sent.sha256.clone())
    );
    let stream = ada.http.get(&format!("/api/v1/tracks/{}/stream", track.id)).await;
    assert_eq!(stream.is(200).bytes, file);
    assert_eq!(ada.http.get(&of(key, "/stream")).await.is(200).bytes, file);
    let encoded = of(&key.replace('/', "%2F"), "/stream");
    let part = ada.http.request(Method::GET, &encoded).header("Range", "bytes=10-19");
    assert_eq!(ada.http.send(part).await.is(206).bytes, file[10..20]);
    let head = ada.http.send(ada.http.request(Method::HEAD, &of(key, "/stream"))).await;
    let length = file.len().to_string();
    assert_eq!(head.is(200).header("content-length"), length);
    app.http().get(&of(key, "/stream")).await.is(401);

    only_once_and_not_while_in_use(&app, &label, &fields, &track).await;
}

/// The audio of a track is that track's alone, and goes with it.
async fn only_once_and_not_while_in_use(app: &App, label: &Person, fields: &Value, track: &Track) {
    let (key, file) = (fields["s3_key"].as_str().expect("a key"), wav(1));
    let ada = app.listener("eva").await;
    label.http.post("/api/v1/tracks/", fields).await.is(409);
    assert!(
        sends(label, AUDIO, file)
            .await
            .is(409)
            .json()
            .to_string()
            .contains(&track.id.to_string())
    );
    let mine: Page<StoredFile> = label
        .http
        .read_as(&format!("/api/v1/s3/tracks/user/{}", label.id))
        .await;
    let mine: Vec<_> = mine
        .items
        .iter()
        .map(|file| (file.s3_key.as_str(), file.track_id, file.in_use))
        .collect();
    assert_eq!(mine, [(key, Some(track.id), true)]);
    ada.http
        .get(&format!("/api/v1/s3/tracks/user/{}", label.id))
        .await
        .is(403);

    label.http.delete(&of(key, "")).await.is(409);
    label.deletes_track(track.id).await;
    label.http.get(&of(key, "/stream")).await.is(404);
    assert_eq!(app.object_keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_signed_address_needs_no_token_for_as_long_as_it_says() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let sent: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let path = of(&sent.s3_key, "/url");
    let signed: SignedUrl = label.http.read_as(&format!("{path}?expires_in=60")).await;
    assert!(signed.url.starts_with(app.setting("JONQUIL_S3_URL")), "{signed:?}");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let read = client.get(&signed.url).send().await.unwrap();
    assert_eq!(
        (read.status().as_u16(), read.bytes().await.unwrap().to_vec()),
        (200, wav(1))
    );
    let broken = signed.url.replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    assert_eq!(client.get(broken).send().await.unwrap().status(), 403);
    for wrong in ["59", "86401", "x"] {
        let answer = label.http.get(&format!("{path}?expires_in={wrong}")).await;
        assert_eq!(answer.is(422).faults(), ["expires_in"]);
    }
    label
        .http
        .get("/api/v1/s3/tracks/audio/00/nothing.ogg/url")
        .await
        .is(404);
}

#[tokio::test]
async fn an_address_is_signed_for_the_server_as_browsers_reach_it() {
    let app = App::builder().setting("JONQUIL_S3_PUBLIC_URL", "https://media.example.org");
    let app = app
        .without(tests::Role::Search)
        .without(tests::Role::Analytics)
        .start()
        .await;
    let label = app.artist_account("label").await;
    let sent: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let signed: SignedUrl = label.http.read_as(&of(&sent.s3_key, "/url")).await;
    let begins = format!("https://media.example.org/{}/{}?", sent.bucket, sent.s3_key);
    assert!(signed.url.starts_with(&begins), "{signed:?}");
}

#[tokio::test]
async fn only_ones_own_objects_of_the_right_kind_come_into_use() {
    let app = App::without_read_models().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let audio: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let cover: StoredFile = sends(&label, COVERS, picture(30, 20)).await.is(201).parse();
    let kino = other.creates_artist("Kino").await;
    let track = |key: &str| json!({"title": "Igra", "artist_id": kino, "s3_key": key});
    for key in [&audio.s3_key, &cover.s3_key, "audio/00/nothing.ogg", ""] {
        let refused = other.http.post("/api/v1/tracks/", &track(key)).await.is(422);
        assert_eq!(refused.faults(), ["s3_key"], "{key}");
    }
    let album = json!({"title": "Noch", "artist_id": kino, "cover_key": cover.s3_key});
    assert_eq!(
        other.http.post("/api/v1/albums/", &album).await.is(422).faults(),
        ["cover_key"]
    );
    label.http.post("/api/v1/tracks/", &track(&cover.s3_key)).await.is(422);
    let listener = app.listener("ada").await;
    sends(&listener, AUDIO, wav(2)).await.is(403);
    assert_eq!(
        sends(&label, AUDIO, b"no audio".to_vec()).await.is(422).faults(),
        ["file"]
    );
    assert_eq!(
        sends(&label, COVERS, b"no picture".to_vec()).await.is(422).faults(),
        ["file"]
    );
    // Small as a file, too many pixels as a picture.
    let wide = picture(10_001, 1);
    assert_eq!(sends(&label, COVERS, wide).await.is(422).faults(), ["file"]);
    let unknown = Form::new().text("titel", "x");
    let unknown = label.http.request(Method::POST, AUDIO).multipart(unknown);
    label.http.send(unknown).await.is(422);
}

#[tokio::test]
async fn a_track_gets_other_audio_and_lets_the_old_one_go() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let first: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let second: StoredFile = sends(&label, AUDIO, wav(2)).await.is(201).parse();
    let track = label
        .creates_track_with(&json!({"title": "Igra", "artist_id": kino, "s3_key": first.s3_key}))
        .await;
    let path = format!("/api/v1/tracks/{track}");
    label.http.put(&path, &json!({"title": "Noch"})).await.is(200);
    label.http.delete(&of(&first.s3_key, "")).await.is(409);
    let changed: Track = label
        .http
        .put(&path, &json!({"s3_key": second.s3_key}))
        .await
        .is(200)
        .parse();
    assert_eq!(changed.audio.map(|audio| audio.sha256), Some(second.sha256));
    label.http.delete(&of(&first.s3_key, "")).await.is(204);
    label.http.delete(&of(&second.s3_key, "")).await.is(409);
    let changed: Track = label.http.put(&path, &json!({"s3_key": null})).await.is(200).parse();
    assert_eq!(changed.audio, None);
    label.http.delete(&of(&second.s3_key, "")).await.is(204);
    assert_eq!(app.object_keys().await, Vec::<String>::new());
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 7])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

#[tokio::test]
async fn a_cover_is_made_in_three_sizes_and_kept_by_browsers() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let sent: StoredFile = sends(&label, COVERS, picture(1_600, 800)).await.is(201).parse();
    assert_eq!(app.object_keys().await.len(), 3);
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let key = json!({"cover_key": sent.s3_key});
    let album: Album = label
        .http
        .put(&format!("/api/v1/albums/{album}"), &key)
        .await
        .is(200)
        .parse();
    let artist: Artist = label
        .http
        .put(&format!("/api/v1/artists/{kino}"), &key)
        .await
        .is(200)
        .parse();
    let url = album.cover_url.clone().expect("a cover");
    assert_eq!((Some(&url), &url), (artist.image_url.as_ref(), &sent.url));
    for (query, sides) in [
        ("", (1_000, 500)),
        ("?size=1000", (1_000, 500)),
        ("?size=300", (300, 150)),
        ("?size=64", (64, 32)),
    ] {
        let answer = app.http().get(&format!("{url}{query}")).await.is(200);
        assert!(answer.header("cache-control").contains("immutable"));
        let shown = image::load_from_memory(&answer.bytes).expect("a picture");
        assert_eq!((shown.width(), shown.height()), sides, "{query}");
        let again = app.http().request(Method::GET, &format!("{url}{query}"));
        let again = app
            .http()
            .send(again.header("If-None-Match", answer.header("etag")))
            .await;
        assert_eq!(again.is(304).bytes.len(), 0);
    }
    assert_eq!(
        app.http().get(&format!("{url}?size=65")).await.is(422).faults(),
        ["size"]
    );
    app.http().get("/api/v1/covers/covers/00/../secret.jpg").await.is(404);

    smaller_sizes_are_made_when_they_are_missing(&app, &sent, &url).await;
    a_cover_stays_while_something_uses_it(&app, &label, &album, &artist).await;
    app.http().get(&format!("{url}?size=300")).await.is(404);
}

async fn smaller_sizes_are_made_when_they_are_missing(app: &App, sent: &StoredFile, url: &str) {
    // As covers from before sizes.
    let smaller = [
        sent.s3_key.replace(".jpg", "-64.jpg"),
        sent.s3_key.replace(".jpg", "-300.jpg"),
    ];
    let objects = media::Objects::new(&crate::jobs_sweep::media(app));
    for key in &smaller {
        objects.delete(key).await.unwrap();
    }
    for size in [64, 300] {
        let made = app.http().get(&format!("{url}?size={size}")).await.is(200);
        assert_eq!(image::load_from_memory(&made.bytes).expect("a picture").width(), size);
    }
    assert_eq!(app.object_keys().await.len(), 3);
}

async fn a_cover_stays_while_something_uses_it(app: &App, label: &Person, album: &Album, artist: &Artist) {
    label
        .http
        .put(&format!("/api/v1/albums/{}", album.id), &json!({"cover_key": null}))
        .await
        .is(200);
    let old = "UPDATE objects SET unused_since = now() - interval '2 days'";
    app.sql().execute(old, &[]).await.unwrap();
    let admin = app.admin("root").await;
    let cleaned: CleanedUp = admin.http.post(CLEANUP, &json!({})).await.is(200).parse();
    assert_eq!(cleaned.deleted, 0);
    label
        .http
        .put(&format!("/api/v1/artists/{}", artist.id), &json!({"cover_key": null}))
        .await
        .is(200);
    app.sql().execute(old, &[]).await.unwrap();
    let cleaned: CleanedUp = admin.http.post(CLEANUP, &json!({})).await.is(200).parse();
    assert_eq!(cleaned.deleted, 3);
}

const CLEANUP: &str = "/api/v1/s3/maintenance/cleanup-temp";

/// Before the object store: says of each broken upload that it was begun a hundred years ago.
async fn store_of_old_uploads() -> String {
    const BEGUN: &[u8] = b"<Initiated>20";
    let store = std::env::var("JONQUIL_S3_URL").expect("the object store");
    let store = store.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let talk = async move |client: TcpStream, store: String| {
        let server = TcpStream::connect(store).await?;
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let answers = async move {
            let mut piece = vec![0; 64 * 1024];
            loop {
                let length = from_server.read(&mut piece).await?;
                for at in 0..length {
                    if piece[at..length].starts_with(BEGUN) {
                        piece[at + BEGUN.len() - 2..at + BEGUN.len()].copy_from_slice(b"19");
                    }
                }
                to_client.write_all(&piece[..length]).await?;
                if length == 0 {
                    return std::io::Result::Ok(());
                }
            }
        };
        tokio::select! {
            copied = tokio::io::copy(&mut from_client, &mut to_server) => copied.map(|_| ()),
            answered = answers => answered,
        }
    };
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(talk(client, store.clone()));
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn broken_uploads_are_counted_and_then_ended() {
    let builder = App::builder().without_read_models().without(tests::Role::Jobs);
    let builder = builder.setting("JONQUIL_S3_URL", &store_of_old_uploads().await);
    let app = builder.start().await;
    let root = app.admin("root").await;
    app.begins_multipart("audio/00/broken.wav").await;
    for (dry_run, counted, left) in [(true, 1, 1), (false, 1, 0), (false, 0, 0)] {
        let body = json!({"older_than_hours": 8_760, "dry_run": dry_run});
        let cleaned: CleanedUp = root.http.post(CLEANUP, &body).await.is(200).parse();
        let uploads = (cleaned.aborted_uploads, app.multiparts().await);
        assert_eq!(uploads, (counted, left), "dry run: {dry_run}");
    }
}

#[tokio::test]
async fn storage_is_counted_by_kind_and_by_person_those_who_have_most_first() {
    let app = App::without_read_models().await;
    let (label, other, root) = (
        app.artist_account("label").await,
        app.artist_account("other").await,
        app.admin("root").await,
    );
    let stats = async || root.http.read_as::<StorageStats>("/api/v1/s3/storage/stats").await;
    let empty = stats().await;
    assert_eq!((empty.objects, empty.bytes, empty.by_kind.len()), (0, 0, 0));
    let small: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let large: StoredFile = sends(&other, AUDIO, Wav::new(4_000, 2).bytes()).await.is(201).parse();
    let cover: StoredFile = sends(&label, COVERS, picture(30, 20)).await.is(201).parse();
    let stored = stats().await;
    let audio = small.size_bytes + large.size_bytes;
    let by_kind: Vec<_> = stored
        .by_kind
        .iter()
        .map(|of| (of.kind.as_str(), of.objects, of.bytes))
        .collect();
    assert_eq!(by_kind, [("audio", 2, audio), ("cover", 1, cover.size_bytes)]);
    assert_eq!((stored.objects, stored.bytes), (3, audio + cover.size_bytes));
    let by_user = |stats: &StorageStats| -> Vec<_> {
        stats
            .by_user
            .iter()
            .map(|of| (of.username.clone(), of.objects, of.bytes))
            .collect()
    };
    let of_label = small.size_bytes + cover.size_bytes;
    let of = |name: &str| Some(name.to_owned());
    assert_eq!(
        by_user(&stored),
        [(of("other"), 1, large.size_bytes), (of("label"), 2, of_label)]
    );
    assert_eq!((stored.orphans.objects, stored.orphans.bytes), (3, stored.bytes));
    // Whoever is gone has no name any more.
    other.http.delete(&format!("/api/v1/users/{}", other.id)).await.is(204);
    assert_eq!(
        by_user(&stats().await),
        [(None, 1, large.size_bytes), (of("label"), 2, of_label)]
    );
    let page = |person: &Person| format!("/api/v1/s3/tracks/user/{}", person.id);
    let of_label: Page<StoredFile> = root.http.read_as(&page(&label)).await;
    let keys: Vec<&str> = of_label.items.iter().map(|file| file.s3_key.as_str()).collect();
    assert_eq!(keys, [small.s3_key.as_str()]);
}

#[tokio::test]
async fn what_nothing_uses_is_counted_and_removed() {
    let app = App::without_read_models().await;
    let (label, admin) = (app.artist_account("label").await, app.admin("root").await);
    let used: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let unused: StoredFile = sends(&label, AUDIO, wav(2)).await.is(201).parse();
    let kino = label.creates_artist("Kino").await;
    let track = label
        .creates_track_with(&json!({"title": "Igra", "artist_id": kino, "s3_key": used.s3_key}))
        .await;
    let stats: StorageStats = admin.http.read_as("/api/v1/s3/storage/stats").await;
    let both = used.size_bytes + unused.size_bytes;
    assert_eq!((stats.objects, stats.bytes, stats.orphans.objects), (2, both, 1));
    assert_eq!(stats.orphans.bytes, unused.size_bytes);
    label.http.get("/api/v1/s3/storage/stats").await.is(403);

    let cleans = async |body: Value| -> CleanedUp { admin.http.post(CLEANUP, &body).await.is(200).parse() };
    app.begins_multipart("audio/00/running.wav").await;
    let fresh = cleans(json!({"older_than_hours": 1})).await;
    assert_eq!((fresh.deleted, fresh.is_complete), (0, true));
    assert_eq!((fresh.aborted_uploads, app.multiparts().await), (0, 1));
    app.sql()
        .execute("UPDATE objects SET unused_since = now() - interval '2 hours'", &[])
        .await
        .unwrap();
    assert_eq!(cleans(json!({})).await.deleted, 0, "a day when it is not said");
    let counted = cleans(json!({"older_than_hours": 1, "dry_run": true})).await;
    assert_eq!(
        (counted.deleted, counted.freed_bytes),
        (1, unused.size_bytes.unsigned_abs())
    );
    assert_eq!(app.object_keys().await.len(), 2, "it only counted");
    let cleaned = cleans(json!({"older_than_hours": 1})).await;
    assert_eq!(
        (cleaned.deleted, cleaned.freed_bytes),
        (1, unused.size_bytes.unsigned_abs())
    );
    assert_eq!(app.object_keys().await, [used.s3_key]);
    label.http.get(&format!("/api/v1/tracks/{track}/stream")).await.is(200);
    for wrong in [0, 8_761] {
        let refused = admin
            .http
            .post(CLEANUP, &json!({"older_than_hours": wrong}))
            .await
            .is(422);
        assert_eq!(refused.faults(), ["older_than_hours"]);
    }
}

#[tokio::test]
async fn who_deletes_waits_for_who_is_about_to_use() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let sent: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let by = Actor {
        user_id: label.id,
        role: UserRole::Artist,
    };
    // Another process is about to make a track of it.
    let mut unit = app.begins().await;
    let held = unit.hold_object(&sent.s3_key).await.unwrap();
    let held = StoredObject::usable(held, ObjectKind::Audio, by).unwrap();
    let (deleter, path) = (label.clone(), of(&sent.s3_key, ""));
    let deletion = tokio::spawn(async move { deleter.http.delete(&path).await });
    eventually("the deletion waits", async || (app.waiting().await == 1).then_some(())).await;
    // The sweep does not wait: it passes it over.
    let swept = {
        let mut sweep = app.begins().await;
        let swept = sweep.delete_unused_objects(&[&sent.s3_key]).await.unwrap();
        sweep.commit().await.unwrap();
        swept
    };
    assert!(swept.is_empty());
    let fields = TrackFields {
        artist_id: Some(kino),
        s3_key: Some(sent.s3_key.clone()),
        ..TrackFields::titled("Igra", Vec::new())
    };
    let track = domain::Track::create(TrackId(new_id()), fields, by, now()).unwrap();
    unit.create_track(&track.with_audio(Some(held))).await.unwrap();
    unit.commit().await.unwrap();
    deletion.await.unwrap().is(409);
    assert_eq!(app.object_keys().await, [sent.s3_key]);
}

#[tokio::test]
async fn who_uses_waits_for_who_is_about_to_delete() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let sent: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let mut unit = app.begins().await;
    assert!(unit.lock_object(&sent.s3_key).await.unwrap().is_some());
    let user = label.clone();
    let fields = json!({"title": "Igra", "artist_id": kino, "s3_key": sent.s3_key});
    let use_of_it = tokio::spawn(async move { user.http.post("/api/v1/tracks/", &fields).await });
    eventually("the use waits", async || (app.waiting().await == 1).then_some(())).await;
    assert_eq!(unit.delete_unused_objects(&[&sent.s3_key]).await.unwrap().len(), 1);
    unit.commit().await.unwrap();
    assert_eq!(use_of_it.await.unwrap().is(422).faults(), ["s3_key"]);
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 0);
}

#[tokio::test]
async fn an_upload_whose_objects_were_swept_makes_no_track() {
    let app = App::without_read_models().await;
    let mut unit = app.begins().await;
    let gone = unit.object_is_stored("audio/00/gone.wav", None).await;
    assert!(matches!(gone, Err(store::StoreError::Conflict)), "{gone:?}");
}

#[tokio::test]
async fn health_says_whether_the_object_store_answers() {
    let app = App::builder().behind_proxy(Engine::S3).start().await;
    let label = app.artist_account("label").await;
    app.http()
        .get("/api/v1/s3/health")
        .await
        .is(200)
        .shows(json!({"status": "ok"}));
    app.proxy(Engine::S3).refuse();
    app.http()
        .get("/api/v1/s3/health")
        .await
        .is(503)
        .shows(json!({"status": "down"}));
    sends(&label, AUDIO, wav(1)).await.is(503);
    assert_eq!(
        app.number("SELECT count(*) FROM objects").await,
        0,
        "nothing was stored"
    );
    app.proxy(Engine::S3).pass();
    sends(&label, AUDIO, wav(1)).await.is(201);
}

#[tokio::test]
async fn objects_of_works_that_go_with_their_artist_or_album_stay_for_the_grace_time() {
    let app = App::without_read_models().await;
    let (label, admin) = (app.artist_account("label").await, app.admin("root").await);
    let audio: StoredFile = sends(&label, AUDIO, wav(1)).await.is(201).parse();
    let mut covers = Vec::new();
    for width in [30, 31, 32, 33] {
        let sent: StoredFile = sends(&label, COVERS, picture(width, 20)).await.is(201).parse();
        covers.push(json!({"cover_key": sent.s3_key}));
    }
    let kino = label.creates_artist("Kino").await;
    let (one, other) = (
        label.creates_album(kino, "Noch").await,
        label.creates_album(kino, "Igra").await,
    );
    let track = json!({"title": "Igra", "artist_id": kino, "album_id": one, "s3_key": audio.s3_key});
    label.creates_track_with(&track).await;
    let artist = format!("/api/v1/artists/{kino}");
    let albums = [one, other].map(|album| format!("/api/v1/albums/{album}"));
    for (work, cover) in [&artist, &albums[0], &albums[1]].into_iter().zip(&covers) {
        label.http.put(work, cover).await.is(200);
    }
    // As of an upload.
    let key = covers[3]["cover_key"].as_str();
    app.sql()
        .execute("UPDATE tracks SET cover_key = $1", &[&key])
        .await
        .unwrap();
    // All of it was stored long ago.
    let old = "UPDATE objects SET unused_since = now() - interval '2 days'";
    app.sql().execute(old, &[]).await.unwrap();
    label.http.delete(&albums[1]).await.is(204);
    label.http.delete(&format!("{artist}?cascade=true")).await.is(204);

    let cleans = async || -> CleanedUp { admin.http.post(CLEANUP, &json!({})).await.is(200).parse() };
    assert_eq!(cleans().await.deleted, 0, "their works went a moment ago");
    let kept = app.object_keys().await.len() as u64;
    app.sql().execute(old, &[]).await.unwrap();
    assert_eq!(cleans().await.deleted, kept);
    assert_eq!(app.object_keys().await, Vec::<String>::new());
}
