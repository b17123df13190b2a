//! Albums: the row, and the commands on it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AlbumFields, name_key};
use events::{AlbumId, AlbumState, AlbumType, ArtistId, Change, Credit, Deleted, Event, Named, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    artists::{external_ids, to_json},
    fan_out,
    schema::albums,
};

/// An album's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = albums, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Album {
    pub(crate) id: Uuid,
    pub(crate) artist_id: Uuid,
    pub(crate) title: String,
    pub(crate) title_key: String,
    pub(crate) album_type: String,
    pub(crate) release_date: Option<NaiveDate>,
    pub(crate) genres: Vec<String>,
    pub(crate) cover_key: Option<String>,
    pub(crate) external_ids: Value,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Album {
    /// The aggregate's version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Whether this account created it.
    #[must_use]
    pub fn is_owned_by(&self, user: UserId) -> bool {
        self.created_by == Some(user.0)
    }

    /// What its owner decides.
    #[must_use]
    pub fn fields(&self) -> AlbumFields {
        AlbumFields {
            title: self.title.clone(),
            artist_id: ArtistId(self.artist_id),
            album_type: album_type(&self.album_type),
            release_date: self.release_date,
            genres: self.genres.clone(),
            external_ids: external_ids(&self.external_ids),
        }
    }

    /// Its whole state, as events carry it.
    #[must_use]
    pub fn state(&self, artist_name: String) -> AlbumState {
        AlbumState {
            id: AlbumId(self.id),
            title: self.title.clone(),
            credits: vec![Credit::main(Named {
                id: ArtistId(self.artist_id),
                name: artist_name.clone(),
            })],
            artist: Named {
                id: ArtistId(self.artist_id),
                name: artist_name,
            },
            album_type: album_type(&self.album_type),
            release_date: self.release_date,
            genres: self.genres.clone(),
            cover_key: self.cover_key.clone(),
            external_ids: external_ids(&self.external_ids),
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        }
    }

    fn assign(&mut self, fields: AlbumFields) {
        self.title_key = name_key(&fields.title);
        self.title = fields.title;
        self.artist_id = fields.artist_id.0;
        self.album_type = type_name(fields.album_type).into();
        self.release_date = fields.release_date;
        self.genres = fields.genres;
        self.external_ids = to_json(fields.external_ids);
    }
}

fn type_name(kind: AlbumType) -> &'static str {
    match kind {
        AlbumType::Album => "album",
        AlbumType::Single => "single",
        AlbumType::Ep => "ep",
        AlbumType::Compilation => "compilation",
    }
}

/// The column's CHECK allows these four only.
fn album_type(name: &str) -> AlbumType {
    match name {
        "single" => AlbumType::Single,
        "ep" => AlbumType::Ep,
        "compilation" => AlbumType::Compilation,
        _ => AlbumType::Album,
    }
}

impl Unit {
    /// The album, as it is now.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn album(&mut self, id: AlbumId) -> Result<Option<Album>, StoreError> {
        let query = albums::table.find(id.0).select(Album::as_select());
        Ok(query.first(self.connection()?).await.optional()?)
    }

    /// Creates an album.
    ///
    /// # Errors
    /// `Missing("artist_id")` when there is no such artist.
    pub async fn create_album(
        &mut self,
        id: AlbumId,
        fields: AlbumFields,
        cover_key: Option<String>,
        by: UserId,
    ) -> Result<Album, StoreError> {
        if !self.share_artist(fields.artist_id.0).await? {
            return Err(StoreError::Missing("artist_id".to_owned()));
        }
        let now = self.context.now.utc();
        let mut album = Album {
            id: id.0,
            artist_id: fields.artist_id.0,
            title: String::new(),
            title_key: String::new(),
            album_type: String::new(),
            release_date: None,
            genres: Vec::new(),
            cover_key,
            external_ids: Value::Null,
            created_by: Some(by.0),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        album.assign(fields);
        diesel::insert_into(albums::table)
            .values(&album)
            .execute(self.connection()?)
            .await?;
        fan_out::tell_albums(self, std::slice::from_ref(&album), Change::Created).await?;
        Ok(album)
    }

    /// Changes an album as it was read in this unit; what its tracks show of it reaches them.
    ///
    /// # Errors
    /// `Conflict` when it was changed since it was read, `Missing("artist_id")` when there is no such artist.
    pub async fn update_album(&mut self, album: Album, fields: AlbumFields) -> Result<Album, StoreError> {
        if !self.share_artist(fields.artist_id.0).await? {
            return Err(StoreError::Missing("artist_id".to_owned()));
        }
        let old = album.clone();
        let mut album = album;
        album.assign(fields);
        album.version += 1;
        album.updated_at = self.context.now.utc();
        let row = albums::table.find(album.id).filter(albums::version.eq(old.version));
        if diesel::update(row).set(&album).execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        fan_out::tell_albums(self, std::slice::from_ref(&album), Change::Updated).await?;
        if album.title != old.title || album.release_date != old.release_date {
            fan_out::album_changed(self, album.id).await?;
        }
        Ok(album)
    }

    /// Deletes an album; its tracks stay, without album.
    ///
    /// # Errors
    /// `Conflict` when it was changed since it was read.
    pub async fn delete_album(&mut self, album: &Album) -> Result<(), StoreError> {
        self.share_artist(album.artist_id).await?;
        let row = albums::table.find(album.id).filter(albums::version.eq(album.version));
        let lock = diesel::update(row).set(albums::version.eq(album.version + 1));
        if lock.execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        fan_out::leave_album(self, album.id).await?;
        diesel::delete(albums::table.find(album.id))
            .execute(self.connection()?)
            .await?;
        self.tell(
            &Event::Album(Change::Deleted(Deleted { id: album.id })),
            album.version + 1,
        )
    }

    /// Keeps an album from being renamed or deleted until this unit ends; false when there is none.
    pub(crate) async fn share_album(&mut self, id: Uuid) -> Result<bool, StoreError> {
        let query = albums::table.find(id).select(albums::id).for_share();
        Ok(query.first::<Uuid>(self.connection()?).await.optional()?.is_some())
    }
}
