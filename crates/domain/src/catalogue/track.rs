//! Tracks.

use events::{AlbumId, ArtistId, AudioState, ExternalIds, Time, TrackId, UserId};

use super::{
    credits::{CreditFields, forget_replaced, settle},
    rules::{MAX_NAME, external_ids, genres},
};
use crate::{
    Actor, Changed, Checks, GenreName, GivenExternalIds, Invalid, Owned, Refusal, StoredObject, patch::fields,
    text::line,
};

const DAY_MS: i64 = 86_400_000;
/// Highest place on a disc.
pub const MAX_TRACK_NUMBER: i16 = 9999;
/// Highest disc of an album.
pub const MAX_DISC_NUMBER: i16 = 999;

fields! {
    /// A new track, without audio.
    TrackFields,
    /// What to change of a track. An absent field stays, null clears.
    TrackChanges:
    required {
        /// 1 to 300 characters.
        #[schema(example = "Спокойная ночь", min_length = 1, max_length = 300,
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
        title: String,
    }
    defaulted {
        /// Everybody who has a part in it, in order; up to 50.
        #[schema(max_items = 50)]
        credits: Vec<CreditFields>,
        /// Whether the words are explicit.
        explicit: bool,
    }
    described {
        /// Up to 20.
        #[schema(max_items = 20)]
        genres: Vec<String> as Vec<GenreName>,
        /// Identifiers elsewhere, by scheme.
        external_ids: ExternalIds as GivenExternalIds,
    }
    optional {
        /// Who made it: short for `credits` with one main artist.
        artist_id: ArtistId,
        /// The album it is on.
        album_id: AlbumId,
        /// Length in milliseconds.
        #[schema(example = 367_000, minimum = 1, maximum = 86_400_000)]
        duration_ms: i64,
        /// Place on its disc, from 1.
        #[schema(minimum = 1, maximum = 9999)]
        track_number: i16,
        /// Disc of its album, from 1.
        #[schema(minimum = 1, maximum = 999)]
        disc_number: i16,
        /// Its audio: the key that `POST /api/v1/s3/tracks/upload` answered.
        #[schema(example = "audio/13/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13.ogg", min_length = 1, max_length = 200)]
        s3_key: String,
    }
}

impl TrackFields {
    /// Those of a track of which only title and credits are known; without credits it is not valid yet.
    #[must_use]
    pub fn titled(title: impl Into<String>, credits: Vec<CreditFields>) -> Self {
        Self {
            credits,
            ..Self::new(title.into())
        }
    }

    /// The same, normalised and valid, or every fault.
    pub fn checked(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let mut fields = self.details_checked(&mut checks);
        settle(&mut fields.artist_id, &mut fields.credits, &mut checks);
        checks.finish(fields)
    }

    /// As [`Self::checked`], while its artists are not known yet.
    pub fn checked_without_credits(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let fields = self.details_checked(&mut checks);
        checks.finish(fields)
    }

    fn details_checked(self, checks: &mut Checks) -> Self {
        checks.that(
            self.duration_ms.is_none_or(|ms| (1..=DAY_MS).contains(&ms)),
            "duration_ms",
            "must be a whole number from 1 to 86400000 (24 hours in milliseconds)",
        );
        checks.that(
            self.track_number.is_none_or(|n| (1..=MAX_TRACK_NUMBER).contains(&n)),
            "track_number",
            format!("must be a whole number from 1 to {MAX_TRACK_NUMBER}"),
        );
        checks.that(
            self.disc_number.is_none_or(|n| (1..=MAX_DISC_NUMBER).contains(&n)),
            "disc_number",
            format!("must be a whole number from 1 to {MAX_DISC_NUMBER}"),
        );
        Self {
            title: checks.value(line("title", &self.title, MAX_NAME)),
            genres: checks.value(genres(&self.genres)),
            external_ids: checks.value(external_ids(&self.external_ids)),
            ..self
        }
    }
}

/// Audio in the object store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAudio {
    pub key: String,
    pub state: AudioState,
}

/// A track of the catalogue; its fields are valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    pub id: TrackId,
    pub fields: TrackFields,
    pub audio: Option<StoredAudio>,
    /// Key of the cover in the object store.
    pub cover_key: Option<String>,
    pub created_by: Option<UserId>,
    /// By itself, or with its album.
    pub is_taken_down: bool,
    /// Then it stays on it: else whoever owns it could bring it back.
    pub is_album_taken_down: bool,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Track {
    pub fn create(id: TrackId, fields: TrackFields, by: Actor, now: Time) -> Result<Self, Refusal> {
        Ok(Self {
            id,
            fields: fields.checked()?,
            audio: None,
            cover_key: None,
            created_by: Some(by.user_id),
            is_taken_down: false,
            is_album_taken_down: false,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// With the audio that its `s3_key` names; a key that stays the same stays.
    #[must_use]
    pub fn with_audio(mut self, object: Option<StoredObject>) -> Self {
        match (&self.fields.s3_key, object) {
            (Some(key), Some(object)) if *key == object.key => {
                if let Some(sound) = object.sound {
                    // What people say of the length does not count where it was measured.
                    self.fields.duration_ms = sound.duration_ms.or(self.fields.duration_ms);
                    self.audio = Some(StoredAudio {
                        key: object.key,
                        state: sound.state,
                    });
                }
            }
            (Some(_), _) => {}
            (None, _) => self.audio = None,
        }
        self
    }

    /// Nothing shows a track inside of another thing's events, so no change fans out.
    pub fn change(mut self, changes: TrackChanges, by: Actor, now: Time) -> Result<Changed<Self>, Refusal> {
        self.may_be_changed_by(by)?;
        let fields = &mut self.fields;
        forget_replaced(
            (&changes.artist_id, &changes.credits),
            &mut fields.artist_id,
            &mut fields.credits,
        );
        let album = fields.album_id;
        changes.apply(fields);
        if fields.album_id != album && self.is_album_taken_down && !by.is_admin() {
            return Err(Refusal::AlbumIsTakenDown);
        }
        self.fields = self.fields.checked()?;
        self.version += 1;
        self.updated_at = now;
        Ok(Changed {
            thing: self,
            fans_out: false,
        })
    }

    pub fn delete(&self, by: Actor) -> Result<(), Refusal> {
        self.may_be_changed_by(by)
    }
}

impl Owned for Track {
    fn is_owned_by(&self, user: UserId) -> bool {
        self.created_by == Some(user)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn is_taken_down(&self) -> bool {
        self.is_taken_down
    }
}
