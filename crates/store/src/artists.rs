//! Artists: the row, and the commands on it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{ArtistFields, name_key};
use events::{ArtistId, ArtistState, Change, Deleted, Event, ExternalIds, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{StoreError, Unit, fan_out, schema::artists};

/// An artist's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = artists, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Artist {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) bio: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) genres: Vec<String>,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) external_ids: Value,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Which albums and tracks go with an artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Works {
    /// None.
    Stay,
    /// Those of this account; others' must not be there.
    OfAccount(UserId),
    /// All.
    All,
}

impl Artist {
    /// The aggregate's version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Whether this account owns it: who created it, or whose profile it is.
    #[must_use]
    pub fn is_owned_by(&self, user: UserId) -> bool {
        self.created_by == Some(user.0) || self.user_id == Some(user.0)
    }

    /// What its owner decides.
    #[must_use]
    pub fn fields(&self) -> ArtistFields {
        let ArtistState {
            name,
            bio,
            country,
            genres,
            user_id,
            external_ids,
            ..
        } = self.state();
        ArtistFields {
            name,
            bio,
            country,
            genres,
            user_id,
            external_ids,
        }
    }

    /// Its whole state, as events carry it.
    #[must_use]
    pub fn state(&self) -> ArtistState {
        ArtistState {
            id: ArtistId(self.id),
            name: self.name.clone(),
            bio: self.bio.clone(),
            country: self.country.clone(),
            genres: self.genres.clone(),
            user_id: self.user_id.map(UserId),
            external_ids: external_ids(&self.external_ids),
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        }
    }

    fn assign(&mut self, fields: ArtistFields) {
        self.name_key = name_key(&fields.name);
        self.name = fields.name;
        self.bio = fields.bio;
        self.country = fields.country;
        self.genres = fields.genres;
        self.user_id = fields.user_id.map(|id| id.0);
        self.external_ids = to_json(fields.external_ids);
    }
}

/// What the column holds; it is written by us only, from this very type.
pub(crate) fn external_ids(value: &Value) -> ExternalIds {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

pub(crate) fn to_json(ids: ExternalIds) -> Value {
    ids.into_iter()
        .map(|(scheme, id)| (scheme, Value::String(id)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

impl Unit {
    /// The artist, as it is now.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn artist(&mut self, id: ArtistId) -> Result<Option<Artist>, StoreError> {
        let query = artists::table.find(id.0).select(Artist::as_select());
        Ok(query.first(self.connection()?).await.optional()?)
    }

    /// Creates an artist.
    ///
    /// # Errors
    /// `Taken("artists_of_user")` when the account has a profile already, `Missing` when there is no such account.
    pub async fn create_artist(
        &mut self,
        id: ArtistId,
        fields: ArtistFields,
        by: UserId,
    ) -> Result<Artist, StoreError> {
        let now = self.context.now.utc();
        let mut artist = Artist {
            id: id.0,
            name: String::new(),
            name_key: String::new(),
            bio: None,
            country: None,
            genres: Vec::new(),
            user_id: None,
            external_ids: Value::Null,
            created_by: Some(by.0),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        artist.assign(fields);
        diesel::insert_into(artists::table)
            .values(&artist)
            .execute(self.connection()?)
            .await?;
        self.tell(&Event::Artist(Change::Created(artist.state())), artist.version)?;
        Ok(artist)
    }

    /// Changes an artist as it was read in this unit; a new name reaches its albums and tracks.
    ///
    /// # Errors
    /// `Conflict` when it was changed since it was read.
    pub async fn update_artist(&mut self, artist: Artist, fields: ArtistFields) -> Result<Artist, StoreError> {
        let (old_version, old_name) = (artist.version, artist.name.clone());
        let mut artist = artist;
        artist.assign(fields);
        artist.version += 1;
        artist.updated_at = self.context.now.utc();
        let row = artists::table.find(artist.id).filter(artists::version.eq(old_version));
        if diesel::update(row).set(&artist).execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.tell(&Event::Artist(Change::Updated(artist.state())), artist.version)?;
        if artist.name != old_name {
            fan_out::artist_renamed(self, artist.id).await?;
        }
        Ok(artist)
    }

    /// Deletes an artist; `Ok(false)` when it has albums or tracks that must not go with it.
    ///
    /// # Errors
    /// `Conflict` when it was changed since it was read.
    pub async fn delete_artist(&mut self, artist: &Artist, works: Works) -> Result<bool, StoreError> {
        self.lock_for_deletion(artist).await?;
        if fan_out::has_works(self, artist.id, works).await? {
            return Ok(false);
        }
        if works != Works::Stay {
            fan_out::delete_works_of(self, artist.id).await?;
        }
        diesel::delete(artists::table.find(artist.id))
            .execute(self.connection()?)
            .await?;
        self.tell(
            &Event::Artist(Change::Deleted(Deleted { id: artist.id })),
            artist.version + 1,
        )?;
        Ok(true)
    }

    async fn lock_for_deletion(&mut self, artist: &Artist) -> Result<(), StoreError> {
        let row = artists::table
            .find(artist.id)
            .filter(artists::version.eq(artist.version));
        let locked = diesel::update(row)
            .set(artists::version.eq(artist.version + 1))
            .execute(self.connection()?)
            .await?;
        if locked == 0 { Err(StoreError::Conflict) } else { Ok(()) }
    }

    /// Keeps an artist from being renamed or deleted until this unit ends; false when there is none.
    pub(crate) async fn share_artist(&mut self, id: Uuid) -> Result<bool, StoreError> {
        let query = artists::table.find(id).select(artists::id).for_share();
        Ok(query.first::<Uuid>(self.connection()?).await.optional()?.is_some())
    }
}
