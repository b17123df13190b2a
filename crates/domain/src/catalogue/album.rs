//! Albums.

use chrono::{Datelike as _, NaiveDate};
use events::{AlbumId, AlbumType, ArtistId, ExternalIds, Time, UserId};

use super::{
    credits::{CreditFields, forget_replaced, settle},
    rules::{MAX_NAME, external_ids, genres},
};
use crate::{
    Actor, Changed, Checks, GenreName, GivenExternalIds, Invalid, Owned, Refusal, name_key, patch::fields, text::line,
};

fields! {
    /// A new album.
    AlbumFields,
    /// What to change of an album. An absent field stays, null clears.
    AlbumChanges:
    required {
        /// 1 to 300 characters.
        #[schema(example = "Группа крови", min_length = 1, max_length = 300,
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
        title: String,
    }
    defaulted {
        /// Everybody who has a part in it, in order; up to 50.
        #[schema(max_items = 50)]
        credits: Vec<CreditFields>,
        /// `album` when absent.
        album_type: AlbumType,
    }
    described {
        /// Up to 20.
        #[schema(max_items = 20)]
        genres: Vec<String> as Vec<GenreName>,
        /// Identifiers elsewhere, by scheme.
        external_ids: ExternalIds as GivenExternalIds,
    }
    optional {
        /// Whose album it is: short for `credits` with one main artist.
        artist_id: ArtistId,
        /// Day of release, in the years 1000 to 9999.
        #[schema(pattern = r"^[1-9]\d{3}-")]
        release_date: NaiveDate,
        /// Its cover: the key that `POST /api/v1/s3/covers/upload` answered.
        #[schema(example = "covers/10/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10.jpg", min_length = 1, max_length = 200)]
        cover_key: String,
    }
}

impl AlbumFields {
    /// Those of an album of which only title and credits are known; without credits it is not valid yet.
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
        if let Some(date) = self.release_date {
            checks.that(
                (1000..=9999).contains(&date.year()),
                "release_date",
                "must be a day of the years 1000 to 9999",
            );
        }
        Self {
            title: checks.value(line("title", &self.title, MAX_NAME)),
            genres: checks.value(genres(&self.genres)),
            external_ids: checks.value(external_ids(&self.external_ids)),
            ..self
        }
    }
}

/// An album of the catalogue; its fields are valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Album {
    pub id: AlbumId,
    pub fields: AlbumFields,
    pub created_by: Option<UserId>,
    pub is_taken_down: bool,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Album {
    pub fn create(id: AlbumId, fields: AlbumFields, by: Actor, now: Time) -> Result<Self, Refusal> {
        Ok(Self {
            id,
            fields: fields.checked()?,
            created_by: Some(by.user_id),
            is_taken_down: false,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// A new title or day of release fans out: tracks show them.
    pub fn change(mut self, changes: AlbumChanges, by: Actor, now: Time) -> Result<Changed<Self>, Refusal> {
        self.may_be_changed_by(by)?;
        let shown = (self.fields.title.clone(), self.fields.release_date);
        let fields = &mut self.fields;
        forget_replaced(
            (&changes.artist_id, &changes.credits),
            &mut fields.artist_id,
            &mut fields.credits,
        );
        changes.apply(fields);
        self.fields = self.fields.checked()?;
        self.version += 1;
        self.updated_at = now;
        Ok(Changed {
            fans_out: (&self.fields.title, self.fields.release_date) != (&shown.0, shown.1),
            thing: self,
        })
    }

    /// Whether a file's album is this one, of the same title and first main artist. Where both have an id at `MusicBrainz`,
    /// it decides. Albums named as their artist are told apart by their years.
    #[must_use]
    pub fn is_same(&self, other: &Self, artist: &str) -> bool {
        let mbids = self
            .fields
            .external_ids
            .get("mbid")
            .zip(other.fields.external_ids.get("mbid"));
        let years = self.fields.release_date.zip(other.fields.release_date);
        let is_self_titled = name_key(&self.fields.title) == name_key(artist);
        match (mbids, years) {
            (Some((mbid, other)), _) => mbid == other,
            (None, Some((date, other))) if is_self_titled => date.year() == other.year(),
            _ => true,
        }
    }

    /// The same album with the id at `MusicBrainz` that a file has beside its title; `None` where one is known.
    #[must_use]
    pub fn identify(mut self, mbid: String, now: Time) -> Option<Changed<Self>> {
        if self.fields.external_ids.contains_key("mbid") {
            return None;
        }
        self.fields.external_ids.insert("mbid".to_owned(), mbid);
        self.version += 1;
        self.updated_at = now;
        Some(Changed {
            fans_out: false,
            thing: self,
        })
    }

    /// Its tracks stay, so one that was taken down is not for its owner to delete.
    pub fn delete(&self, by: Actor) -> Result<(), Refusal> {
        self.may_be_changed_by(by)?;
        if self.is_taken_down && !by.is_admin() {
            return Err(Refusal::AlbumIsTakenDown);
        }
        Ok(())
    }
}

impl Owned for Album {
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
