//! Artists.

use events::{ArtistId, ExternalIds, Time, UserId};

use super::rules::{MAX_NAME, country, external_ids, genres};
use crate::{
    Actor, Changed, Checks, GenreName, GivenExternalIds, Invalid, Owned, Refusal,
    patch::fields,
    text::{line, lines},
};

const MAX_BIO: usize = 10_000;

fields! {
    /// A new artist.
    ArtistFields,
    /// What to change of an artist. An absent field stays, null clears.
    ArtistChanges:
    required {
        /// 1 to 300 characters.
        #[schema(example = "Кино", min_length = 1, max_length = 300,
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
        name: String,
    }
    defaulted {}
    described {
        /// Up to 20.
        #[schema(max_items = 20)]
        genres: Vec<String> as Vec<GenreName>,
        /// Identifiers elsewhere, by scheme.
        external_ids: ExternalIds as GivenExternalIds,
    }
    optional {
        /// Up to 10,000 characters.
        #[schema(min_length = 1, max_length = 10_000,
            pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
        bio: String,
        /// ISO 3166-1 alpha-2.
        #[schema(example = "RU", min_length = 2, max_length = 2, pattern = "^[A-Za-z]{2}$")]
        country: String,
        /// A picture: the key that `POST /api/v1/s3/covers/upload` answered.
        #[schema(example = "covers/10/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10.jpg", min_length = 1, max_length = 200)]
        cover_key: String,
        /// Binds the profile to an account: one's own, or any by an admin.
        user_id: UserId,
    }
}

impl ArtistFields {
    /// Those of an artist of whom only the name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::new(name.into())
    }

    /// The same, normalised and valid, or every fault.
    pub fn checked(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let fields = Self {
            name: checks.value(line("name", &self.name, MAX_NAME)),
            bio: checks.optional(self.bio.as_deref().map(|text| lines("bio", text, MAX_BIO))),
            country: checks.optional(self.country.as_deref().map(country)),
            genres: checks.value(genres(&self.genres)),
            cover_key: self.cover_key,
            user_id: self.user_id,
            external_ids: checks.value(external_ids(&self.external_ids)),
        };
        checks.finish(fields)
    }
}

/// An artist of the catalogue; its fields are valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Artist {
    pub id: ArtistId,
    pub fields: ArtistFields,
    pub created_by: Option<UserId>,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// The albums and tracks that credit an artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditedWorks {
    /// There is one, in whatever role.
    pub any: bool,
    /// There is one whose first main artist this is and which another account created.
    pub led_of_others: bool,
}

impl Artist {
    pub fn create(id: ArtistId, fields: ArtistFields, by: Actor, now: Time) -> Result<Self, Refusal> {
        let fields = fields.checked()?;
        may_bind(fields.user_id, by)?;
        Ok(Self {
            id,
            fields,
            created_by: Some(by.user_id),
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// A new name fans out: albums and tracks show it.
    pub fn change(mut self, changes: ArtistChanges, by: Actor, now: Time) -> Result<Changed<Self>, Refusal> {
        self.may_be_changed_by(by)?;
        may_bind(changes.user_id.set().copied(), by)?;
        let name = self.fields.name.clone();
        changes.apply(&mut self.fields);
        self.fields = self.fields.checked()?;
        self.version += 1;
        self.updated_at = now;
        Ok(Changed {
            fans_out: self.fields.name != name,
            thing: self,
        })
    }

    /// The same artist with the id at `MusicBrainz` that a file has beside its name; `None` where one is known, and for
    /// another account's profile. Anybody may, as anybody may put works under it: the id only fills a gap.
    #[must_use]
    pub fn identify(mut self, mbid: String, by: Actor, now: Time) -> Option<Changed<Self>> {
        let is_others_profile = self.fields.user_id.is_some_and(|user| !by.is_self_or_admin(user));
        if is_others_profile || self.fields.external_ids.contains_key("mbid") {
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

    /// Whether it may be deleted, with the works that it leads when `cascade` is set. Whoever created "Queen" first must
    /// not be able to delete what everybody else uploaded; only an admin may.
    pub fn delete(&self, by: Actor, cascade: bool, works: CreditedWorks) -> Result<(), Refusal> {
        self.may_be_changed_by(by)?;
        match (works.any, cascade) {
            (true, false) => Err(Refusal::HasWorks),
            (true, true) if works.led_of_others && !by.is_admin() => Err(Refusal::HasWorksOfOthers),
            _ => Ok(()),
        }
    }
}

impl Owned for Artist {
    /// Who created it, or whose profile it is.
    fn is_owned_by(&self, user: UserId) -> bool {
        self.created_by == Some(user) || self.fields.user_id == Some(user)
    }

    fn version(&self) -> i64 {
        self.version
    }
}

fn may_bind(user: Option<UserId>, by: Actor) -> Result<(), Refusal> {
    if user.is_none_or(|user| by.is_self_or_admin(user)) {
        return Ok(());
    }
    Err(Refusal::NotOwnAccount)
}
