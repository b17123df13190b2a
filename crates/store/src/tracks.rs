//! Tracks: the row, how they are read, and the commands on them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Jsonb, Nullable},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Changed, Parents, StoredAudio, Track, TrackFields};
use events::{AlbumId, ArtistId, AudioState, Change, Credit, Deleted, Event, Named, TrackId, TrackState, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    credits::{self, credits_json, first_main},
    fixed::fixed,
    moderation::{TRACK_TAKEDOWN, TakenDown},
    rows::{external_ids, in_order, one, to_json},
    schema::{albums, artists, tracks},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
// `treat_none_as_null`: otherwise a column that becomes null would be left out of the update.
#[diesel(table_name = tracks, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub(crate) struct TrackRow {
    id: Uuid,
    artist_id: Uuid,
    album_id: Option<Uuid>,
    title: String,
    duration_ms: Option<i64>,
    track_number: Option<i16>,
    disc_number: Option<i16>,
    genres: Vec<String>,
    explicit: bool,
    external_ids: Value,
    audio_key: Option<String>,
    audio_sha256: Option<String>,
    audio: Option<Value>,
    cover_key: Option<String>,
    created_by: Option<Uuid>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A track as shown, without plays.
#[derive(Clone, Debug)]
pub struct TrackView {
    pub state: TrackState,
    pub version: i64,
    /// None: everybody sees it.
    pub taken_down: Option<TakenDown>,
}

/// Title and day of release, as a track shows them of its album.
type AlbumPart = Option<(String, Option<NaiveDate>)>;

/// A row with what other tables say of it.
struct LoadedTrack {
    row: TrackRow,
    artist: String,
    album: AlbumPart,
    credits: Vec<Credit>,
    taken_down: Option<TakenDown>,
}

impl TrackRow {
    fn new(track: &Track) -> Result<Self, StoreError> {
        let Track { id, fields, audio, .. } = track;
        let state = audio
            .as_ref()
            .map(|audio| serde_json::to_value(&audio.state))
            .transpose();
        Ok(Self {
            id: id.0,
            artist_id: first_main(fields.artist_id)?,
            album_id: fields.album_id.map(|id| id.0),
            title: fields.title.clone(),
            duration_ms: fields.duration_ms,
            track_number: fields.track_number,
            disc_number: fields.disc_number,
            genres: fields.genres.clone(),
            explicit: fields.explicit,
            external_ids: to_json(&fields.external_ids),
            audio_key: audio.as_ref().map(|audio| audio.key.clone()),
            audio_sha256: audio.as_ref().map(|audio| audio.state.sha256.clone()),
            audio: state.map_err(|error| StoreError::Defect(error.to_string()))?,
            cover_key: track.cover_key.clone(),
            created_by: track.created_by.map(|id| id.0),
            version: track.version,
            created_at: track.created_at.utc(),
            updated_at: track.updated_at.utc(),
        })
    }
}

/// What the column holds is written by us only, from this very type.
pub(crate) fn audio_state(audio: Option<Value>) -> Result<Option<AudioState>, StoreError> {
    let state = audio.map(serde_json::from_value).transpose();
    state.map_err(|error| StoreError::Defect(format!("audio of a track: {error}")))
}

impl LoadedTrack {
    fn track(self) -> Result<Track, StoreError> {
        let row = self.row;
        let audio = row.audio_key.zip(audio_state(row.audio)?);
        // An album that is deleted is none, though a job still has to say so in the row.
        let album_id = row.album_id.filter(|_| self.album.is_some());
        Ok(Track {
            id: TrackId(row.id),
            fields: TrackFields {
                title: row.title,
                credits: credits::fields(self.credits)?,
                genres: row.genres,
                explicit: row.explicit,
                external_ids: external_ids(row.external_ids)?,
                artist_id: Some(ArtistId(row.artist_id)),
                album_id: album_id.map(AlbumId),
                duration_ms: row.duration_ms,
                track_number: row.track_number,
                disc_number: row.disc_number,
                s3_key: audio.as_ref().map(|(key, _)| key.clone()),
            },
            audio: audio.map(|(key, state)| StoredAudio { key, state }),
            cover_key: row.cover_key,
            created_by: row.created_by.map(UserId),
            is_taken_down: self.taken_down.is_some(),
            is_album_taken_down: self.taken_down.as_ref().is_some_and(|it| it.with_album),
            version: row.version,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }

    fn state(self) -> Result<TrackState, StoreError> {
        let row = self.row;
        let (album_title, release_date) = self.album.map_or((None, None), |(title, date)| (Some(title), date));
        let album = row.album_id.map(AlbumId).zip(album_title);
        Ok(TrackState {
            id: TrackId(row.id),
            title: row.title,
            artist: Named {
                id: ArtistId(row.artist_id),
                name: self.artist,
            },
            credits: self.credits,
            album: album.map(|(id, name)| Named { id, name }),
            duration_ms: row.duration_ms,
            track_number: row.track_number,
            disc_number: row.disc_number,
            genres: row.genres,
            explicit: row.explicit,
            external_ids: external_ids(row.external_ids)?,
            audio: audio_state(row.audio)?,
            cover_key: row.cover_key,
            release_date,
            taken_down: self.taken_down.is_some(),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

/// Those that were taken down, too.
async fn load(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<LoadedTrack>, StoreError> {
    let query = tracks::table
        .inner_join(artists::table)
        .left_join(
            albums::table.on(tracks::album_id
                .eq(albums::id.nullable())
                .and(albums::deleted_at.is_null())),
        )
        .filter(tracks::id.eq_any(ids).and(artists::deleted_at.is_null()))
        .select((
            TrackRow::as_select(),
            artists::name,
            (albums::title, albums::release_date).nullable(),
            credits_json!("track_credits", "track_id", "tracks"),
            fixed::<Nullable<Jsonb>>(TRACK_TAKEDOWN),
        ));
    let rows: Vec<(TrackRow, String, AlbumPart, Value, Option<Value>)> = query.load(connection).await?;
    let loaded = |(row, artist, album, credits, takedown): (TrackRow, String, AlbumPart, Value, Option<Value>)| {
        let credits = credits::parse(credits, row.artist_id, &artist)?;
        let owner = row.created_by.map(UserId);
        Ok(LoadedTrack {
            row,
            artist,
            album,
            credits,
            taken_down: takedown.map(|takedown| TakenDown::parse(takedown, owner)).transpose()?,
        })
    };
    rows.into_iter().map(loaded).collect()
}

/// In the order asked for; what is not there is left out. Those that were taken down are there.
pub(crate) async fn views(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<TrackView>, StoreError> {
    let view = |loaded: LoadedTrack| {
        let (id, version, taken_down) = (loaded.row.id, loaded.row.version, loaded.taken_down.clone());
        let state = loaded.state()?;
        let view = TrackView {
            state,
            version,
            taken_down,
        };
        Ok((id, view))
    };
    let loaded = load(connection, ids).await?;
    let views: HashMap<_, _> = loaded.into_iter().map(view).collect::<Result<_, StoreError>>()?;
    Ok(in_order(ids, views))
}

impl Unit {
    /// The track as it is now, held as [`Unit::album`] holds an album.
    pub async fn track(&mut self, id: TrackId, named: &Parents) -> Result<Option<Track>, StoreError> {
        let Some(before) = self.read_track(id).await? else {
            return Ok(None);
        };
        let held = before.fields.parents().and(named);
        self.share_parents_that_exist(&held).await?;
        let row = tracks::table.find(id.0).select(tracks::id).for_no_key_update();
        row.first::<Uuid>(self.connection()?).await.optional()?;
        let track = self.read_track(id).await?;
        if track
            .as_ref()
            .is_some_and(|track| !held.contains(&track.fields.parents()))
        {
            return Err(StoreError::Conflict);
        }
        Ok(track)
    }

    async fn read_track(&mut self, id: TrackId) -> Result<Option<Track>, StoreError> {
        let loaded = load(self.connection()?, &[id.0]).await?.pop();
        loaded.map(LoadedTrack::track).transpose()
    }

    /// Violates [`Constraint::ArtistExists`] or [`Constraint::AlbumExists`] when a parent is not there, and
    /// [`Constraint::UniqueAudio`] when the same audio is.
    pub async fn create_track(&mut self, track: &Track) -> Result<TrackView, StoreError> {
        self.share_parents(&track.fields.parents()).await?;
        diesel::insert_into(tracks::table)
            .values(TrackRow::new(track)?)
            .execute(self.connection()?)
            .await?;
        self.insert_track_credits(track.id, &track.fields.credits).await?;
        one(self.record_tracks(&[track.id.0], Change::Created).await?)
    }

    /// [`StoreError::Conflict`] when it was changed since it was read.
    pub async fn update_track(&mut self, changed: &Changed<Track>) -> Result<TrackView, StoreError> {
        let track = &changed.thing;
        self.share_parents(&track.fields.parents()).await?;
        let row = tracks::table
            .find(track.id.0)
            .filter(tracks::version.eq(track.version - 1));
        let update = diesel::update(row).set(TrackRow::new(track)?);
        if update.execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.replace_track_credits(track.id, &track.fields.credits).await?;
        one(self.record_tracks(&[track.id.0], Change::Updated).await?)
    }

    /// [`StoreError::Conflict`] when it was changed since it was read.
    pub async fn delete_track(&mut self, track: &Track) -> Result<(), StoreError> {
        let row = tracks::table.find(track.id.0).filter(tracks::version.eq(track.version));
        if diesel::delete(row).execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.record_event(
            &Event::Track(Change::Deleted(Deleted { id: track.id.0 })),
            track.version + 1,
        )
    }

    /// The track that has this audio.
    pub async fn track_with_audio(&mut self, sha256: &str) -> Result<Option<TrackId>, StoreError> {
        let query = tracks::table
            .inner_join(artists::table)
            .filter(tracks::audio_sha256.eq(sha256).and(artists::deleted_at.is_null()))
            .select(tracks::id);
        Ok(query.first(self.connection()?).await.optional()?.map(TrackId))
    }

    /// The names in the events are read here, after the rows are held.
    pub(crate) async fn record_tracks(
        &mut self,
        ids: &[Uuid],
        change: fn(TrackState) -> Change<TrackState>,
    ) -> Result<Vec<TrackView>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let views = views(self.connection()?, ids).await?;
        for view in &views {
            self.record_event(&Event::Track(change(view.state.clone())), view.version)?;
        }
        Ok(views)
    }
}
