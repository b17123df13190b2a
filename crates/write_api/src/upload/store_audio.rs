//! From a parsed file to a track: first the objects, announced in Postgres, then, in one transaction, artist, album and track.

use domain::{Actor, StoredAudio, Track, TrackFields};
use events::TrackId;
use http_kit::{Error, ProblemType};
use jobs::Waveforms;
use media::{ObjectInfo, Parsed, Received};
use store::{CommandContext, Constraint, NewObject, StoreError, TrackView, Unit, Waveform};

use super::{
    ingest::{Ingest, new_audio, new_cover},
    plan::Plan,
};
use crate::commands::{CommandError, transact};

/// Everything that the last part of an upload needs.
pub(super) struct Upload {
    file: Received,
    parsed: Parsed,
    plan: Plan,
    by: Actor,
    context: CommandContext,
}

/// An object that is in the bucket and not in use yet.
struct Stored {
    new: NewObject,
    info: ObjectInfo,
    /// Of audio; none where it takes long, and a job makes it.
    waveform: Option<Waveform>,
}

/// The objects of one upload.
pub(super) struct StoredUpload {
    audio: Stored,
    cover: Option<Stored>,
}

impl StoredUpload {
    fn keys(&self) -> Vec<&str> {
        let cover = self.cover.as_ref();
        [Some(&self.audio), cover]
            .into_iter()
            .flatten()
            .map(|stored| stored.new.key.as_str())
            .collect()
    }
}

impl Upload {
    pub(super) fn new((file, parsed): (Received, Parsed), plan: Plan, by: Actor, context: CommandContext) -> Self {
        Self {
            file,
            parsed,
            plan,
            by,
            context,
        }
    }

    /// Stores the audio and records the track; when the track was certainly not recorded, the objects go again.
    pub(super) async fn store_upload(mut self, ingest: &Ingest) -> Result<TrackView, Error> {
        let id = TrackId((self.context.new_id)());
        let stored = self.put(ingest, id).await?;
        let recorded = transact(&ingest.store, &self.context, async |unit: &mut Unit| {
            self.record(unit, id, &stored).await
        });
        let recorded = recorded.await;
        self.settle(ingest, &stored, &recorded).await;
        recorded
    }

    /// Removes the objects of a track that was refused.
    pub(super) async fn settle<T>(&self, ingest: &Ingest, stored: &StoredUpload, recorded: &Result<T, Error>) {
        match recorded {
            Ok(_) => {}
            // The commit may have taken place: an object too many is an orphan, a track without its audio would be a lie.
            Err(error) if error.is_unavailable() => {
                let keys = stored.keys();
                tracing::warn!(?keys, "it is not known whether a track was recorded; its objects stay");
            }
            Err(_) => self.remove(ingest, stored).await,
        }
    }

    /// Removes those of its objects that nothing uses.
    pub(super) async fn remove(&self, ingest: &Ingest, stored: &StoredUpload) {
        ingest.remove(&self.context, &stored.keys()).await;
    }

    /// Brings the objects into the bucket, unless the same audio is a track already.
    pub(super) async fn put(&mut self, ingest: &Ingest, id: TrackId) -> Result<StoredUpload, Error> {
        let audio = new_audio(id.0, &self.file, &self.parsed, self.by);
        let cover = self.parsed.cover.as_ref();
        let new_cover = cover.map(|cover| new_cover(id.0, cover, self.by));
        let announced: Vec<NewObject> = [Some(&audio), new_cover.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        self.announce(ingest, &announced).await?;
        let put = async {
            let (info, waveform) = ingest.put_audio(&audio, &self.file).await?;
            let cover = match new_cover.zip(cover) {
                Some((new, cover)) => {
                    let info = ingest.put_cover(&new, cover).await?;
                    let waveform = None;
                    Some(Stored { new, info, waveform })
                }
                None => None,
            };
            let audio = Stored {
                new: audio.clone(),
                info,
                waveform,
            };
            Ok(StoredUpload { audio, cover })
        };
        let put: Result<StoredUpload, Error> = put.await;
        if let Ok(stored) = &put {
            self.plan.parents.cover_key = stored.cover.as_ref().map(|cover| cover.new.key.clone());
        } else {
            let keys: Vec<&str> = announced.iter().map(|new| new.key.as_str()).collect();
            ingest.remove(&self.context, &keys).await;
        }
        put
    }

    /// Refuses audio that is a track already.
    async fn announce(&self, ingest: &Ingest, new: &[NewObject]) -> Result<(), Error> {
        // Looked at before any byte is sent to the bucket; `record` looks again, under the lock.
        let sha256 = self.file.sha256_hex();
        let mut unit = ingest.store.begin(self.context.clone()).await?;
        if let Some(track) = unit.track_with_audio(&sha256).await? {
            unit.roll_back().await?;
            return Err(already(track));
        }
        unit.announce_objects(new).await?;
        Ok(unit.commit().await?)
    }

    pub(super) async fn record(
        &self,
        unit: &mut Unit,
        id: TrackId,
        stored: &StoredUpload,
    ) -> Result<TrackView, CommandError> {
        let parents = unit.resolve(self.plan.parents.clone(), self.by).await?;
        let audio = &stored.audio.new;
        // Asked again under the lock of uploads: the same audio may have come in meanwhile.
        if let Some(track) = unit.track_with_audio(&audio.sha256).await? {
            return Err(already(track).into());
        }
        let fields = TrackFields {
            credits: parents.credits,
            album_id: parents.album_id,
            s3_key: Some(audio.key.clone()),
            ..self.plan.fields.clone()
        };
        let state = audio.sound.as_ref().map(|sound| sound.state.clone());
        let track = Track {
            audio: state.map(|state| StoredAudio {
                key: audio.key.clone(),
                state,
            }),
            cover_key: stored.cover.as_ref().map(|cover| cover.new.key.clone()),
            ..Track::create(id, fields, self.by, self.context.now)?
        };
        let created = match unit.create_track(&track).await {
            // The other one's commit came between the look and the insert: look again.
            Err(StoreError::Violated(Constraint::UniqueAudio)) => return Err(StoreError::Conflict.into()),
            created => created?,
        };
        for stored in [Some(&stored.audio), stored.cover.as_ref()].into_iter().flatten() {
            unit.object_is_stored(&stored.new.key, stored.info.etag.as_deref())
                .await?;
        }
        keep_waveform(unit, &audio.key, stored.audio.waveform.as_ref()).await?;
        Ok(created)
    }
}

/// Keeps a waveform, or asks the job that makes those that take long.
pub(crate) async fn keep_waveform(unit: &mut Unit, key: &str, made: Option<&Waveform>) -> Result<(), StoreError> {
    match made {
        Some(waveform) => unit.keep_waveform(key, waveform).await,
        None => unit.enqueue(&Waveforms {}, None).await.map(drop),
    }
}

pub(crate) fn already(track: TrackId) -> Error {
    Error::of(
        ProblemType::AudioExists,
        format!("the same audio is there already, as track {track}"),
    )
}
