//! What turns files into objects and tracks, for commands and for jobs.

use std::time::Duration;

use domain::{Actor, ObjectKind, Sound};
use events::AudioState;
use http_kit::Error;
use media::{
    AudioFormat, Cover, ObjectError, ObjectInfo, Objects, Parsed, Parser, Received, Spool, WaveformError, audio_key,
    cover_key,
};
use store::{CommandContext, NewObject, Store, Waveform};
use uuid::Uuid;

/// How long an upload waits for its waveform.
const WAVEFORM: Duration = Duration::from_secs(5);

/// Handles on what an upload needs; clones share them.
#[derive(Clone)]
pub struct Ingest {
    pub store: Store,
    pub objects: Objects,
    pub spool: Spool,
    pub parser: Parser,
    /// Largest audio file.
    pub max_upload_bytes: u64,
}

impl Ingest {
    /// Stores audio: its row is there before, so that the sweep knows it, but it is not in use yet. Meanwhile its waveform is
    /// made; none where that takes long.
    pub(crate) async fn put_audio(
        &self,
        new: &NewObject,
        file: &Received,
    ) -> Result<(ObjectInfo, Option<Waveform>), Error> {
        let put = self.objects.put_file(&new.key, file.path(), &new.content_type);
        let (put, made) = tokio::join!(put, self.parser.waveform(file, WAVEFORM));
        let info = put.map_err(|error| unavailable(&error))?;
        let waveform = match made {
            Ok(peaks) => Some(Waveform::Peaks(peaks)),
            Err(WaveformError::NotDecoded(reason)) => {
                tracing::info!(key = new.key, reason, "audio has no waveform");
                Some(Waveform::Refused(reason))
            }
            Err(later @ (WaveformError::TooSlow(_) | WaveformError::Unreadable(_))) => {
                tracing::debug!(key = new.key, %later, "a waveform is left to a job");
                None
            }
        };
        Ok((info, waveform))
    }

    pub(crate) async fn put_cover(&self, new: &NewObject, cover: &Cover) -> Result<ObjectInfo, Error> {
        let put = self.objects.put_cover(&new.key, cover).await;
        put.map_err(|error| unavailable(&error))
    }

    /// Removes what a refused command stored. What cannot be removed now is left to the sweep.
    pub(crate) async fn remove(&self, context: &CommandContext, keys: &[&str]) {
        let gone = async {
            let mut unit = self.store.begin(context.clone()).await?;
            let gone = unit.delete_unused_objects(keys).await?;
            unit.commit().await.map(|()| gone)
        };
        match gone.await {
            Ok(gone) => self.delete(gone).await,
            Err(error) => tracing::warn!(?keys, %error, "the objects of a refused command stay behind"),
        }
    }

    /// Deletes objects whose rows are deleted.
    pub(crate) async fn delete(&self, keys: impl IntoIterator<Item = String>) {
        for key in keys {
            if let Err(error) = self.objects.delete_whole(&key).await {
                tracing::warn!(key, %error, "an object that nothing uses stays behind for the sweep");
            }
        }
    }
}

/// A parsed file, about to become an object.
pub(crate) fn new_audio(id: Uuid, file: &Received, parsed: &Parsed, by: Actor) -> NewObject {
    let properties = &parsed.properties;
    let format: AudioFormat = properties.format;
    let size_bytes = i64::try_from(file.size_bytes()).unwrap_or(i64::MAX);
    let state = AudioState {
        format: format.as_str().to_owned(),
        codec: properties.codec.to_owned(),
        bitrate_kbps: positive(properties.bitrate_kbps),
        sample_rate_hz: positive(properties.sample_rate_hz),
        channels: Some(i16::from(properties.channels)).filter(|n| *n > 0),
        size_bytes,
        sha256: file.sha256_hex(),
    };
    NewObject {
        key: audio_key(id, format),
        kind: ObjectKind::Audio,
        owner: by.user_id,
        size_bytes,
        sha256: state.sha256.clone(),
        content_type: format.content_type().to_owned(),
        sound: Some(Sound {
            state,
            duration_ms: duration_ms(parsed),
        }),
    }
}

/// A cover, about to become an object.
pub(crate) fn new_cover(id: Uuid, cover: &Cover, by: Actor) -> NewObject {
    NewObject {
        key: cover_key(id),
        kind: ObjectKind::Cover,
        owner: by.user_id,
        size_bytes: i64::try_from(cover.jpeg.len()).unwrap_or(i64::MAX),
        sha256: cover.sha256_hex(),
        content_type: "image/jpeg".to_owned(),
        sound: None,
    }
}

pub(crate) fn duration_ms(parsed: &Parsed) -> Option<i64> {
    let length = parsed.properties.duration_ms?;
    i64::try_from(length).ok().filter(|ms| *ms > 0)
}

fn positive(n: u32) -> Option<i32> {
    i32::try_from(n).ok().filter(|n| *n > 0)
}

pub(crate) fn unavailable(error: &ObjectError) -> Error {
    match error {
        ObjectError::File(error) => Error::unavailable("the upload folder", error),
        error => Error::unavailable("the object store", error),
    }
}
