//! Waveforms: made once at the upload, or by a job for audio from before.

use media::PEAKS;
use read_api::Waveform;
use reqwest::{
    Method,
    multipart::{Form, Part},
};

use tests::{App, Container, Person, Role, Wav, eventually, shared_data};

pub async fn uploads(by: &Person, name: &str, file: Vec<u8>, fields: &[(&'static str, String)]) -> uuid::Uuid {
    let form = Form::new().part("file", Part::bytes(file).file_name(name.to_owned()));
    let form = fields
        .iter()
        .fold(form, |form, (name, text)| form.text(*name, text.clone()));
    let request = by
        .http
        .request(Method::POST, "/api/v1/upload/uploadfile/")
        .multipart(form);
    by.http.send(request).await.is(201).id()
}

/// Silence, then full scale: 16 bit, mono, 8,000 samples a second.
fn half_loud() -> Vec<u8> {
    let mut wav = Wav::named(4_000, 1, "Half", "Kino").bytes();
    let samples = wav.len() - 4_000 * 16;
    wav[samples..samples + 32_000].fill(0);
    for pair in wav[samples + 32_000..].chunks_exact_mut(2) {
        pair.copy_from_slice(&i16::MIN.to_le_bytes());
    }
    wav
}

#[tokio::test]
async fn a_waveform_shows_where_a_sound_is_loud() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let track = uploads(&label, "half.wav", half_loud(), &[]).await;
    let path = format!("/api/v1/tracks/{track}/waveform");
    let answer = app.http().get(&path).await.is(200);
    let waveform: Waveform = answer.parse();
    assert_eq!((waveform.version, waveform.duration_ms), (1, Some(4_000)));
    assert_eq!(waveform.peaks.len(), PEAKS);
    assert!(
        waveform.peaks[..399].iter().all(|peak| *peak == 0),
        "{:?}",
        waveform.peaks
    );
    assert!(
        waveform.peaks[401..].iter().all(|peak| *peak == 255),
        "{:?}",
        waveform.peaks
    );
    assert!(answer.header("cache-control").contains("max-age"));
    let again = app
        .http()
        .request(Method::GET, &path)
        .header("If-None-Match", answer.header("etag"));
    assert_eq!(app.http().send(again).await.is(304).bytes.len(), 0);

    let kino = label.creates_artist("Kino 2").await;
    let silent = label.creates_track(kino, "Without audio").await;
    app.http()
        .get(&format!("/api/v1/tracks/{silent}/waveform"))
        .await
        .is(404);
    app.http()
        .get("/api/v1/tracks/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13/waveform")
        .await
        .is(404);
    label.deletes_track(track.into()).await;
    app.http().get(&path).await.is(404);
    assert_eq!(app.number("SELECT count(*) FROM waveforms").await, 0);
}

#[tokio::test]
async fn audio_without_a_waveform_gets_one_from_a_job() {
    let mut app = App::builder().without_read_models().without(Role::Jobs).start().await;
    let label = app.artist_account("label").await;
    let mut tracks = Vec::new();
    for seed in 0..3 {
        let wav = Wav::named(2_000, seed, &format!("Song {seed}"), "Kino").bytes();
        tracks.push(uploads(&label, "song.wav", wav, &[]).await);
    }
    let read = async |track: uuid::Uuid| app.http().get(&format!("/api/v1/tracks/{track}/waveform")).await;
    let right: Waveform = read(tracks[0]).await.is(200).parse();
    // As if they had been uploaded before there were waveforms; one object is gone, and one is no sound any more.
    app.sql().batch_execute("DELETE FROM waveforms").await.unwrap();
    read(tracks[0]).await.is(204);
    let key = |track: &uuid::Uuid| media::audio_key(*track, media::AudioFormat::Wav);
    let objects = media::Objects::new(&crate::jobs_sweep::media(&app));
    objects.delete(&key(&tracks[1])).await.unwrap();
    let noise = bytes::Bytes::from_static(b"no sound at all");
    objects.put_bytes(&key(&tracks[2]), noise, "audio/wav").await.unwrap();
    app.starts(&[Role::Jobs]).await;
    eventually("the schedule is there", async || {
        let due = "UPDATE schedules SET next_at = now() WHERE kind = 'waveforms' AND next_at > now()";
        (app.sql().execute(due, &[]).await.unwrap() == 1).then_some(())
    })
    .await;
    let done = "SELECT count(*) FROM jobs WHERE kind = 'waveforms' AND status = 'done' \
                AND result = '{\"made\": 1, \"refused\": 1}'";
    eventually("the job is done", async || (app.number(done).await > 0).then_some(())).await;
    let made: Waveform = app
        .http()
        .read_as(&format!("/api/v1/tracks/{}/waveform", tracks[0]))
        .await;
    assert_eq!(made, right, "the same as at the upload");
    let refused = "SELECT count(*) FROM waveforms WHERE refused IS NOT NULL";
    assert_eq!(app.number(refused).await, 1, "it is not tried again");
    let none = format!("/api/v1/tracks/{}/waveform", tracks[2]);
    app.http().get(&none).await.is(204);
    app.stops(Role::Jobs).await;
}

#[tokio::test]
async fn what_comes_in_while_waveforms_are_made_gets_one_too() {
    let mut app = App::builder().without_read_models().without(Role::Jobs).start().await;
    let label = app.artist_account("label").await;
    let track = uploads(&label, "song.wav", Wav::named(2_000, 1, "Song", "Kino").bytes(), &[]).await;
    app.sql().batch_execute("DELETE FROM waveforms").await.unwrap();
    // The job has passed its key: keys are in no order of time.
    let job = "INSERT INTO jobs (id, kind, key, arguments, cursor, cancellable) \
               VALUES ($1, 'waveforms', 'all', '{}', '{\"after\": \"audio/zz\", \"made\": 0, \"refused\": 0}', true)";
    app.sql().execute(job, &[&tests::new_id()]).await.unwrap();
    app.starts(&[Role::Jobs]).await;
    let done = "SELECT count(*) FROM jobs WHERE kind = 'waveforms' AND status = 'done'";
    eventually("the job is done", async || (app.number(done).await > 0).then_some(())).await;
    let path = format!("/api/v1/tracks/{track}/waveform");
    app.http().get(&path).await.is(200);
    app.stops(Role::Jobs).await;
}

#[tokio::test]
async fn every_format_that_is_taken_is_decoded_or_known_not_to_be() {
    for container in Container::ALL {
        let file = container.bytes(&[("title", "Song")]);
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), &file).unwrap();
        // The sound of these files is silence or nothing: what counts is that none of them fails otherwise.
        match media::waveform(path.path(), std::time::Duration::from_secs(30)) {
            Ok(peaks) => assert_eq!(peaks.len(), PEAKS, "{container:?}"),
            Err(media::WaveformError::NotDecoded(_)) => {}
            Err(error) => panic!("{container:?}: {error}"),
        }
    }
}

#[tokio::test]
async fn real_music_has_a_waveform() {
    let Some(folder) = shared_data("audio") else { return };
    let mut decoded = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if media::read(&path).is_err() {
            continue;
        }
        let peaks = media::waveform(&path, std::time::Duration::from_mins(5));
        let peaks = peaks.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let loud = peaks.iter().filter(|peak| **peak > 2).count();
        assert!(loud > PEAKS / 4, "{}: {loud}", path.display());
        decoded += 1;
    }
    assert!(decoded >= 5);
}
