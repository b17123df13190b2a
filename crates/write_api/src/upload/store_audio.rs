//! From a parsed file to a track: first the objects, then, in one transaction, artist, album and track.

use std::fmt::Write as _;

use access::Principal;
use domain::{StoredAudio, Track, TrackFields};
use events::{AudioState, TrackId};
use http_kit::Error;
use media::{ObjectError, Parsed, Received, audio_key, cover_key};
use store::{CommandContext, Constraint, StoreError, TrackView, Unit};

use super::plan::Plan;
use crate::{Commands, commands::CommandError};

/// Everything that the last part of an upload needs.
pub(super) struct Upload {
    file: Received,
    parsed: Parsed,
    plan: Plan,
    by: Principal,
    context: CommandContext,
}

/// The objects of one upload.
struct StoredObjects {
    audio: StoredAudio,
    cover_key: Option<String>,
}

impl Upload {
    pub(super) fn new((file, parsed): (Received, Parsed), plan: Plan, by: Principal, context: CommandContext) -> Self {
        Self {
            file,
            parsed,
            plan,
            by,
            context,
        }
    }

    /// Stores the audio and records the track; when the track was certainly not recorded, the objects go again.
    pub(super) async fn store_upload(mut self, commands: &Commands) -> Result<TrackView, Error> {
        let sha256 = hex(self.file.sha256());
        let double = commands
            .transact(&self.context, async |unit| Ok(unit.track_with_audio(&sha256).await?))
            .await?;
        if let Some(track) = double {
            return Err(already(track));
        }
        let id: TrackId = commands.new_id();
        let stored = self.put(commands, id, sha256).await?;
        self.plan.parents.cover_key.clone_from(&stored.cover_key);
        let recorded = commands
            .transact(&self.context, async |unit| self.record(unit, id, &stored).await)
            .await;
        match &recorded {
            Ok(_) => {}
            // The commit may have taken place: an object too many is an orphan, a track without its audio would be a lie.
            Err(error) if error.is_unavailable() => {
                tracing::warn!(
                    key = stored.audio.key,
                    "it is not known whether a track was recorded; its objects stay"
                );
            }
            Err(_) => clean_up(commands, &stored).await,
        }
        recorded
    }

    async fn put(&self, commands: &Commands, id: TrackId, sha256: String) -> Result<StoredObjects, Error> {
        let properties = &self.parsed.properties;
        let key = audio_key(id.0, properties.format);
        let put = commands
            .objects
            .put_file(&key, self.file.path(), properties.format.content_type());
        put.await.map_err(|error| unavailable(&error))?;
        let state = AudioState {
            format: properties.format.as_str().to_owned(),
            codec: properties.codec.to_owned(),
            bitrate_kbps: positive(properties.bitrate_kbps),
            sample_rate_hz: positive(properties.sample_rate_hz),
            channels: Some(i16::from(properties.channels)).filter(|n| *n > 0),
            size_bytes: i64::try_from(self.file.size_bytes()).unwrap_or(i64::MAX),
            sha256,
        };
        let mut stored = StoredObjects {
            audio: StoredAudio { key, state },
            cover_key: None,
        };
        if let Some(cover) = &self.parsed.cover {
            let key = cover_key(id.0);
            if let Err(error) = commands.objects.put_bytes(&key, cover.jpeg.clone(), "image/jpeg").await {
                clean_up(commands, &stored).await;
                return Err(unavailable(&error));
            }
            stored.cover_key = Some(key);
        }
        Ok(stored)
    }

    async fn record(&self, unit: &mut Unit, id: TrackId, stored: &StoredObjects) -> Result<TrackView, CommandError> {
        let by = self.by.actor();
        let parents = unit.resolve(self.plan.parents.clone(), by).await?;
        // Asked again under the lock of uploads: the same audio may have come in meanwhile.
        if let Some(track) = unit.track_with_audio(&stored.audio.state.sha256).await? {
            return Err(already(track).into());
        }
        let fields = TrackFields {
            credits: parents.credits,
            album_id: parents.album_id,
            ..self.plan.fields.clone()
        };
        let track = Track {
            audio: Some(stored.audio.clone()),
            cover_key: stored.cover_key.clone(),
            ..Track::create(id, fields, by, self.context.now)?
        };
        match unit.create_track(&track).await {
            // The other one's commit came between the look and the insert: look again.
            Err(StoreError::Violated(Constraint::UniqueAudio)) => Err(StoreError::Conflict.into()),
            created => Ok(created?),
        }
    }
}

async fn clean_up(commands: &Commands, stored: &StoredObjects) {
    for key in [Some(&stored.audio.key), stored.cover_key.as_ref()]
        .into_iter()
        .flatten()
    {
        if let Err(error) = commands.objects.delete(key).await {
            tracing::warn!(key, %error, "an object of a refused upload stays behind");
        }
    }
}

fn already(track: TrackId) -> Error {
    Error::conflict(format!("the same audio is there already, as track {track}"))
}

fn unavailable(error: &ObjectError) -> Error {
    match error {
        ObjectError::File(error) => Error::unavailable("the upload folder", error),
        error => Error::unavailable("the object store", error),
    }
}

fn positive(n: u32) -> Option<i32> {
    i32::try_from(n).ok().filter(|n| *n > 0)
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
