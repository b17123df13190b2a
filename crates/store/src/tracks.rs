//! Tracks: the row, and the commands on it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::TrackFields;
use events::{AlbumId, ArtistId, AudioState, Change, Credit, Deleted, Event, Named, TrackId, TrackState, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    artists::{external_ids, to_json},
    fan_out,
    schema::tracks,
};

/// A track's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tracks, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Track {
    pub(crate) id: Uuid,
    pub(crate) artist_id: Uuid,
    pub(crate) album_id: Option<Uuid>,
    pub(crate) title: String,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) track_number: Option<i16>,
    pub(crate) disc_number: Option<i16>,
    pub(crate) genres: Vec<String>,
    pub(crate) explicit: bool,
    pub(crate) external_ids: Value,
    pub(crate) audio_key: Option<String>,
    pub(crate) audio_sha256: Option<String>,
    pub(crate) audio: Option<Value>,
    pub(crate) cover_key: Option<String>,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Audio in the object store, with the cover that came in it.
#[derive(Clone, Debug)]
pub struct StoredAudio {
    /// The object's key.
    pub key: String,
    /// What it is.
    pub audio: AudioState,
    /// Key of the cover.
    pub cover_key: Option<String>,
}

impl Track {
    /// The track.
    #[must_use]
    pub fn id(&self) -> TrackId {
        TrackId(self.id)
    }

    /// The aggregate's version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Key of its audio in the object store.
    #[must_use]
    pub fn audio_key(&self) -> Option<&str> {
        self.audio_key.as_deref()
    }

    /// Whether this account created it.
    #[must_use]
    pub fn is_owned_by(&self, user: UserId) -> bool {
        self.created_by == Some(user.0)
    }

    /// What its owner decides.
    #[must_use]
    pub fn fields(&self) -> TrackFields {
        TrackFields {
            title: self.title.clone(),
            artist_id: ArtistId(self.artist_id),
            album_id: self.album_id.map(AlbumId),
            duration_ms: self.duration_ms,
            track_number: self.track_number,
            disc_number: self.disc_number,
            genres: self.genres.clone(),
            explicit: self.explicit,
            external_ids: external_ids(&self.external_ids),
        }
    }

    /// What the stored audio is.
    #[must_use]
    pub fn audio(&self) -> Option<AudioState> {
        self.audio
            .as_ref()
            .and_then(|audio| serde_json::from_value(audio.clone()).ok())
    }

    /// Its whole state, as events carry it.
    #[must_use]
    pub fn state(&self, artist_name: String, album: Option<(String, Option<NaiveDate>)>) -> TrackState {
        let (album_title, release_date) = album.map_or((None, None), |(title, date)| (Some(title), date));
        TrackState {
            id: TrackId(self.id),
            title: self.title.clone(),
            credits: vec![Credit::main(Named {
                id: ArtistId(self.artist_id),
                name: artist_name.clone(),
            })],
            artist: Named {
                id: ArtistId(self.artist_id),
                name: artist_name,
            },
            album: self
                .album_id
                .zip(album_title)
                .map(|(id, name)| Named { id: AlbumId(id), name }),
            duration_ms: self.duration_ms,
            track_number: self.track_number,
            disc_number: self.disc_number,
            genres: self.genres.clone(),
            explicit: self.explicit,
            external_ids: external_ids(&self.external_ids),
            audio: self.audio(),
            cover_key: self.cover_key.clone(),
            release_date,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        }
    }

    fn assign(&mut self, fields: TrackFields) {
        self.title = fields.title;
        self.artist_id = fields.artist_id.0;
        self.album_id = fields.album_id.map(|id| id.0);
        self.duration_ms = fields.duration_ms;
        self.track_number = fields.track_number;
        self.disc_number = fields.disc_number;
        self.genres = fields.genres;
        self.explicit = fields.explicit;
        self.external_ids = to_json(fields.external_ids);
    }

    fn attach(&mut self, stored: StoredAudio) -> Result<(), StoreError> {
        let audio = serde_json::to_value(&stored.audio).map_err(|error| StoreError::Defect(error.to_string()))?;
        self.audio_key = Some(stored.key);
        self.audio_sha256 = Some(stored.audio.sha256);
        self.audio = Some(audio);
        self.cover_key = stored.cover_key;
        Ok(())
    }
}

impl Unit {
    /// The track, as it is now.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn track(&mut self, id: TrackId) -> Result<Option<Track>, StoreError> {
        let query = tracks::table.find(id.0).select(Track::as_select());
        Ok(query.first(self.connection()?).await.optional()?)
    }

    /// Creates a track, with its audio when there is some.
    ///
    /// # Errors
    /// `Missing("artist_id" or "album_id")`; `Taken("tracks_by_audio")` when the same audio is there already.
    pub async fn create_track(
        &mut self,
        id: TrackId,
        fields: TrackFields,
        audio: Option<StoredAudio>,
        by: UserId,
    ) -> Result<Track, StoreError> {
        self.share_parents(&fields).await?;
        let now = self.context.now.utc();
        let mut track = Track {
            id: id.0,
            artist_id: fields.artist_id.0,
            album_id: None,
            title: String::new(),
            duration_ms: None,
            track_number: None,
            disc_number: None,
            genres: Vec::new(),
            explicit: false,
            external_ids: Value::Null,
            audio_key: None,
            audio_sha256: None,
            audio: None,
            cover_key: None,
            created_by: Some(by.0),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        track.assign(fields);
        if let Some(audio) = audio {
            track.attach(audio)?;
        }
        diesel::insert_into(tracks::table)
            .values(&track)
            .execute(self.connection()?)
            .await?;
        fan_out::tell_tracks(self, std::slice::from_ref(&track), Change::Created).await?;
        Ok(track)
    }

    /// Changes a track as it was read in this unit.
    ///
    /// # Errors
    /// `Conflict` when it was changed since it was read; `Missing("artist_id" or "album_id")`.
    pub async fn update_track(&mut self, track: Track, fields: TrackFields) -> Result<Track, StoreError> {
        self.share_parents(&fields).await?;
        let old_version = track.version;
        let mut track = track;
        track.assign(fields);
        track.version += 1;
        track.updated_at = self.context.now.utc();
        let row = tracks::table.find(track.id).filter(tracks::version.eq(old_version));
        if diesel::update(row).set(&track).execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        fan_out::tell_tracks(self, std::slice::from_ref(&track), Change::Updated).await?;
        Ok(track)
    }

    /// Deletes a track.
    ///
    /// # Errors
    /// `Conflict` when it was changed since it was read.
    pub async fn delete_track(&mut self, track: &Track) -> Result<(), StoreError> {
        let row = tracks::table.find(track.id).filter(tracks::version.eq(track.version));
        if diesel::delete(row).execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.tell(
            &Event::Track(Change::Deleted(Deleted { id: track.id })),
            track.version + 1,
        )
    }

    /// The track that has this audio.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn track_with_audio(&mut self, sha256: &str) -> Result<Option<TrackId>, StoreError> {
        let query = tracks::table.filter(tracks::audio_sha256.eq(sha256)).select(tracks::id);
        Ok(query.first(self.connection()?).await.optional()?.map(TrackId))
    }

    async fn share_parents(&mut self, fields: &TrackFields) -> Result<(), StoreError> {
        if !self.share_artist(fields.artist_id.0).await? {
            return Err(StoreError::Missing("artist_id".to_owned()));
        }
        if let Some(album) = fields.album_id
            && !self.share_album(album.0).await?
        {
            return Err(StoreError::Missing("album_id".to_owned()));
        }
        Ok(())
    }
}
