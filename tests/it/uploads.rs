//! Audio comes in, is found, and is heard in pieces.

use std::fs;

use bytes::Bytes;
use events::{ArtistId, TrackId};
use http_kit::Page;
use representations::Track;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::json;
use tests::{Answer, App, Engine, Person, Wav, shared_data};

async fn uploads(by: &Person, name: &str, file: &[u8], fields: &[(&str, String)]) -> Answer {
    let mut form = Form::new();
    for (field, value) in fields {
        form = form.text((*field).to_owned(), value.clone());
    }
    let form = form.part("file", Part::bytes(file.to_vec()).file_name(name.to_owned()));
    by.http
        .send(
            by.http
                .request(Method::POST, "/api/v1/upload/uploadfile/")
                .multipart(form),
        )
        .await
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_wherever_it_is_sent_and_leaves_nothing() {
    let app = App::builder()
        .without_read_models()
        .setting("JONQUIL_MAX_UPLOAD_BYTES", "100000")
        .start()
        .await;
    let label = app.artist_account("label").await;
    let file = Wav::named(40_000, 1, "Igra", "Кино").bytes();
    assert!(file.len() > 100_000);
    for (path, field) in [
        ("upload/uploadfile/", "file"),
        ("upload/uploadalbum/", "files"),
        ("s3/tracks/upload", "file"),
    ] {
        let form = Form::new().part(field, Part::bytes(file.clone()).file_name("igra.wav"));
        let request = label.http.request(Method::POST, &format!("/api/v1/{path}"));
        label.http.send(request.multipart(form)).await.is(413);
    }
    for stored in ["objects", "tracks", "albums"] {
        assert_eq!(
            app.number(&format!("SELECT count(*) FROM {stored}")).await,
            0,
            "{stored}"
        );
    }
}

#[tokio::test]
async fn an_uploaded_file_becomes_a_track_that_is_found_and_heard() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let file = Wav::named(40_000, 1, "Igra", "Кино").bytes();
    let track = uploads(&label, "igra.wav", &file, &[]).await.is(201);
    assert_eq!(track.header("etag"), "\"1\"");
    let id = track.id();
    track.shows(
        json!({"title": "Igra", "artist": {"name": "Кино"}, "duration_ms": 40_000,
        "audio": {"format": "wav", "size_bytes": file.len()}}),
    );
    app.settle().await;
    let found = app.search("kino igra").await;
    assert_eq!(found.tracks, [TrackId(id)]);
    assert_eq!(app.search("kino").await.artists.len(), 1);

    let path = format!("/api/v1/tracks/{id}/stream");
    app.http().get(&path).await.is(401);
    let whole = label.http.get(&path).await.is(200);
    assert_eq!(whole.bytes, file);
    assert_eq!(
        (whole.header("accept-ranges"), whole.header("content-type")),
        ("bytes", "audio/wav")
    );
    let ranged = async |range: &str, condition: Option<&str>| {
        let request = label.http.request(Method::GET, &path).header("Range", range);
        let request = match condition {
            Some(tag) => request.header("If-Range", tag),
            None => request,
        };
        label.http.send(request).await
    };
    let part = ranged("bytes=1000-1999", None).await.is(206);
    assert_eq!(part.bytes, file[1000..2000]);
    assert_eq!(part.header("content-range"), format!("bytes 1000-1999/{}", file.len()));
    let last = ranged("bytes=-10", None).await.is(206);
    assert_eq!(last.bytes, file[file.len() - 10..]);
    let outside = ranged(&format!("bytes={}-", file.len()), None).await.is(416);
    assert_eq!(outside.header("content-range"), format!("bytes */{}", file.len()));
    let tag = whole.header("etag").to_owned();
    assert_eq!(ranged("bytes=0-0", Some(&tag)).await.is(206).bytes, file[..1]);
    assert_eq!(ranged("bytes=0-0", Some("\"another\"")).await.is(200).bytes, file);
    let head = label.http.send(label.http.request(Method::HEAD, &path)).await.is(200);
    assert_eq!(
        (head.header("content-length"), head.bytes.len()),
        (file.len().to_string().as_str(), 0)
    );
}

#[tokio::test]
async fn a_signed_address_is_good_for_its_track_alone() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let first = uploads(&label, "1.wav", &Wav::named(1000, 1, "One", "A").bytes(), &[])
        .await
        .is(201)
        .id();
    let other = uploads(&label, "2.wav", &Wav::named(1000, 2, "Two", "A").bytes(), &[])
        .await
        .is(201)
        .id();
    let shown = format!("/api/v1/tracks/{first}");
    let signed = async |by: &tests::Http| by.read_as::<Track>(&shown).await.stream_url;
    assert_eq!(signed(&app.http()).await, None);
    let url = signed(&label.http).await.expect("an address");
    let audio = app.http().get(&url).await.is(200);
    // A browser keeps it as long as the address is good.
    let until: i64 = url
        .split("exp=")
        .nth(1)
        .and_then(|rest| rest.split('&').next()?.parse().ok())
        .expect("a time");
    let kept = audio
        .header("cache-control")
        .strip_prefix("private, max-age=")
        .expect("a time");
    let ends = tests::now().millis() / 1_000 + kept.parse::<i64>().expect("seconds");
    assert!((until..until + 30).contains(&ends), "{until} {ends}");
    let elsewhere = url.replace(&first.to_string(), &other.to_string());
    app.http().get(&elsewhere).await.is(401);
    app.http().get(&url.replace("exp=1", "exp=2")).await.is(401);
}

#[tokio::test]
async fn the_same_audio_is_there_once() {
    let app = App::start().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let file = Wav::named(2000, 7, "Igra", "Kino").bytes();
    let track = uploads(&label, "a.wav", &file, &[]).await.is(201).id();
    let again = uploads(&other, "b.wav", &file, &[("title", "Other".to_owned())])
        .await
        .is(409)
        .json();
    assert!(
        again.to_string().contains(&track.to_string()),
        "the problem names the track: {again}"
    );
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 1);
    assert_eq!(app.object_keys().await.len(), 1, "what was refused leaves no object");
}

#[tokio::test]
async fn what_is_no_audio_is_refused_and_leaves_nothing() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let ada = app.listener("ada").await;
    let wav = Wav::named(2000, 3, "Igra", "Kino").bytes();
    for garbage in [
        &b"no audio at all"[..],
        b"",
        b"RIFF\0\0\0\0WAVE",
        b"OggS\0\x02 and then nothing",
        &[0xff; 4096],
    ] {
        uploads(&label, "song.mp3", garbage, &[]).await.is(422);
    }
    uploads(&ada, "a.wav", &wav, &[]).await.is(403);
    assert_eq!(
        uploads(&label, "a.wav", &wav, &[("title", "x".repeat(301))])
            .await
            .is(422)
            .faults(),
        ["title"]
    );
    let untagged = Wav::new(2000, 4).bytes();
    assert_eq!(
        uploads(&label, "a.wav", &untagged, &[]).await.is(422).faults(),
        ["artist_id"]
    );
    assert_eq!(
        app.number("SELECT (SELECT count(*) FROM tracks) + (SELECT count(*) FROM artists)")
            .await,
        0
    );
    assert_eq!(app.object_keys().await, Vec::<String>::new());

    let artist: ArtistId = label.creates_artist("Kino").await;
    let named = uploads(
        &label,
        "Spokoynaya noch.wav",
        &untagged,
        &[("artist_id", artist.to_string())],
    )
    .await
    .is(201);
    named.shows(json!({"title": "Spokoynaya noch"}));
}

#[tokio::test]
async fn two_uploads_at_once_make_one_artist() {
    let app = App::builder().apis(2).start().await;
    let here = app.artist_account("label").await;
    let there = here.at(&app.api(1));
    let files: Vec<Bytes> = (0..8)
        .map(|n| Wav::named(1000, n, &format!("Song {n}"), "Кино").bytes().into())
        .collect();
    let mut running = Vec::new();
    for (number, file) in files.into_iter().enumerate() {
        let by = if number % 2 == 0 { here.clone() } else { there.clone() };
        running.push(tokio::spawn(async move { uploads(&by, "song.wav", &file, &[]).await }));
    }
    for upload in running {
        upload.await.unwrap().is(201);
    }
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 1);
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 8);
    app.settle().await;
    assert_eq!(app.search("kino").await.artists.len(), 1);
}

#[tokio::test]
async fn real_music_brings_its_tags_and_its_cover() {
    let Some(folder) = shared_data("audio") else { return };
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let mut known = Vec::new();
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "ogg"))
    {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = fs::read(path).unwrap();
        let fields = if name.contains("trumpet") {
            vec![("artist_id", label.creates_artist("Mihai Sorohan").await.to_string())]
        } else {
            Vec::new()
        };
        let track: Track = uploads(&label, &name, &file, &fields).await.is(201).parse();
        let codec = track.audio.as_ref().map(|audio| audio.codec.as_str());
        assert_eq!(codec, Some("vorbis"), "{name}");
        known.push((name, track));
    }
    let of = |part: &str| &known.iter().find(|(name, _)| name.contains(part)).expect(part).1;
    let vibe = of("Vibe_Ace");
    assert_eq!(
        (vibe.title.as_str(), vibe.artist.name.as_str()),
        ("Vibe Ace", "Kevin MacLeod")
    );
    let has_length = |ms| (61_000..62_000).contains(&ms);
    assert!(vibe.duration_ms.is_some_and(has_length), "{vibe:?}");
    let cover = vibe.cover_url.as_deref().expect("its cover");
    let cover = app.http().get(cover).await.is(200);
    assert_eq!(cover.header("content-type"), "image/jpeg");
    assert_eq!(of("Sugar_Plum").artist.id, vibe.artist.id, "one artist for both");
    app.settle().await;
    assert_eq!(app.search("hungarian dance").await.tracks.len(), 1);
    let listed: Page<Track> = app.http().read_as("/api/v1/tracks/").await;
    assert_eq!(listed.total, known.len() as u64);
}

#[tokio::test]
async fn without_the_object_store_only_audio_is_away() {
    let app = App::builder().behind_proxy(Engine::S3).start().await;
    let label = app.artist_account("label").await;
    let sound = |seed| Wav::named(1000, seed, "Igra", "Kino").bytes();
    let track = uploads(&label, "1.wav", &sound(1), &[]).await.is(201).id();
    let stream = format!("/api/v1/tracks/{track}/stream");

    app.proxy(Engine::S3).hang();
    label.http.get(&stream).await.is(503);
    app.proxy(Engine::S3).refuse();
    let refused = label.http.get(&stream).await.is(503);
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    uploads(&label, "2.wav", &sound(2), &[]).await.is(503);
    app.http().get(&format!("/api/v1/tracks/{track}")).await.is(200);
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 1);

    app.proxy(Engine::S3).pass();
    label.http.get(&stream).await.is(200);
    uploads(&label, "2.wav", &sound(2), &[]).await.is(201);
}
