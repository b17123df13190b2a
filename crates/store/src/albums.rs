//! Albums: the row, how they are read, and the commands on them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    dsl::{auto_type, count_star},
    prelude::*,
    sql_types::{BigInt, Bool, Jsonb, Nullable},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Album, AlbumFields, Changed, Parents, name_key};
use events::{AlbumId, AlbumState, AlbumType, ArtistId, Change, Credit, Deleted, Event, Named, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    FanOut, StoreError, Unit,
    credits::{self, credits_json, first_main},
    fan_out,
    fixed::fixed,
    moderation::{ALBUM_TAKEDOWN, TRACK_IS_ITSELF_SHOWN, TakenDown},
    rows::{external_ids, in_order, one, to_json},
    schema::{albums, artists, tracks},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = albums, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub(crate) struct AlbumRow {
    id: Uuid,
    artist_id: Uuid,
    title: String,
    title_key: String,
    album_type: String,
    release_date: Option<NaiveDate>,
    genres: Vec<String>,
    cover_key: Option<String>,
    external_ids: Value,
    created_by: Option<Uuid>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An album as shown, without plays.
#[derive(Clone, Debug)]
pub struct AlbumView {
    pub state: AlbumState,
    pub version: i64,
    pub tracks_count: i64,
    /// The length of its tracks together, in milliseconds.
    pub duration_ms: i64,
    /// None: everybody sees it.
    pub taken_down: Option<TakenDown>,
}

/// A row with what other tables say of it.
struct LoadedAlbum {
    row: AlbumRow,
    artist: String,
    credits: Vec<Credit>,
    taken_down: Option<TakenDown>,
}

impl AlbumRow {
    fn new(album: &Album) -> Result<Self, StoreError> {
        let Album { id, fields, .. } = album;
        Ok(Self {
            id: id.0,
            artist_id: first_main(fields.artist_id)?,
            title: fields.title.clone(),
            title_key: name_key(&fields.title),
            album_type: fields.album_type.name().to_owned(),
            release_date: fields.release_date,
            genres: fields.genres.clone(),
            cover_key: fields.cover_key.clone(),
            external_ids: to_json(&fields.external_ids),
            created_by: album.created_by.map(|id| id.0),
            version: album.version,
            created_at: album.created_at.utc(),
            updated_at: album.updated_at.utc(),
        })
    }

    /// The column's CHECK allows the known ones only.
    fn album_type(&self) -> AlbumType {
        AlbumType::by_name(&self.album_type).unwrap_or_default()
    }
}

impl LoadedAlbum {
    fn album(self) -> Result<Album, StoreError> {
        let row = self.row;
        Ok(Album {
            id: AlbumId(row.id),
            fields: AlbumFields {
                credits: credits::fields(self.credits)?,
                album_type: row.album_type(),
                title: row.title,
                genres: row.genres,
                external_ids: external_ids(row.external_ids)?,
                artist_id: Some(ArtistId(row.artist_id)),
                release_date: row.release_date,
                cover_key: row.cover_key,
            },
            created_by: row.created_by.map(UserId),
            is_taken_down: self.taken_down.is_some(),
            version: row.version,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }

    fn state(self) -> Result<AlbumState, StoreError> {
        let row = self.row;
        Ok(AlbumState {
            id: AlbumId(row.id),
            album_type: row.album_type().into(),
            title: row.title,
            artist: Named {
                id: ArtistId(row.artist_id),
                name: self.artist,
            },
            credits: self.credits,
            release_date: row.release_date,
            genres: row.genres,
            cover_key: row.cover_key,
            external_ids: external_ids(row.external_ids)?,
            taken_down: self.taken_down.is_some(),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

/// The first main artist of an album, unless it is deleted: then the album is, too.
#[auto_type]
pub(crate) fn seen_leader() -> _ {
    artists::table
        .filter(artists::id.eq(albums::artist_id))
        .filter(artists::deleted_at.is_null())
}

/// Those that were taken down, too.
async fn load(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<LoadedAlbum>, StoreError> {
    let query = albums::table.inner_join(artists::table).filter(albums::id.eq_any(ids));
    let query = query.filter(albums::deleted_at.is_null().and(artists::deleted_at.is_null()));
    let query = query.select((
        AlbumRow::as_select(),
        artists::name,
        credits_json!("album_credits", "album_id", "albums"),
        fixed::<Nullable<Jsonb>>(ALBUM_TAKEDOWN),
    ));
    let rows: Vec<(AlbumRow, String, Value, Option<Value>)> = query.load(connection).await?;
    let loaded = |(row, artist, credits, takedown): (AlbumRow, String, Value, Option<Value>)| {
        let credits = credits::parse(credits, row.artist_id, &artist)?;
        let owner = row.created_by.map(UserId);
        Ok(LoadedAlbum {
            row,
            artist,
            credits,
            taken_down: takedown.map(|takedown| TakenDown::parse(takedown, owner)).transpose()?,
        })
    };
    rows.into_iter().map(loaded).collect()
}

/// In the order asked for; what is not there is left out. Those that were taken down are there.
pub(crate) async fn views(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<AlbumView>, StoreError> {
    let loaded = load(connection, ids).await?;
    let length = fixed::<BigInt>("coalesce(sum(tracks.duration_ms), 0)::bigint");
    let sums = tracks::table
        .filter(tracks::album_id.eq_any(ids).and(fixed::<Bool>(TRACK_IS_ITSELF_SHOWN)))
        .group_by(tracks::album_id)
        .select((tracks::album_id.assume_not_null(), (count_star(), length)));
    let sums: HashMap<Uuid, (i64, i64)> = sums.load(connection).await?.into_iter().collect();
    let view = |loaded: LoadedAlbum| {
        let (id, version) = (loaded.row.id, loaded.row.version);
        let (tracks_count, duration_ms) = sums.get(&id).copied().unwrap_or((0, 0));
        let taken_down = loaded.taken_down.clone();
        let view = AlbumView {
            state: loaded.state()?,
            version,
            tracks_count,
            duration_ms,
            taken_down,
        };
        Ok((id, view))
    };
    let views: HashMap<_, _> = loaded.into_iter().map(view).collect::<Result<_, StoreError>>()?;
    Ok(in_order(ids, views))
}

impl Unit {
    /// The album as it is now, held until this unit ends, so that commands on one album wait for each other. Its parents,
    /// and those that the command is about to name, are held before it. [`StoreError::Conflict`] when it got another parent
    /// meanwhile: to hold that one now would break the order of locks.
    pub async fn album(&mut self, id: AlbumId, named: &Parents) -> Result<Option<Album>, StoreError> {
        let Some(before) = self.read_album(id).await? else {
            return Ok(None);
        };
        let held = before.fields.parents().and(named);
        self.share_parents_that_exist(&held).await?;
        let row = albums::table.find(id.0).select(albums::id).for_no_key_update();
        row.first::<Uuid>(self.connection()?).await.optional()?;
        let album = self.read_album(id).await?;
        if album
            .as_ref()
            .is_some_and(|album| !held.contains(&album.fields.parents()))
        {
            return Err(StoreError::Conflict);
        }
        Ok(album)
    }

    async fn read_album(&mut self, id: AlbumId) -> Result<Option<Album>, StoreError> {
        let loaded = load(self.connection()?, &[id.0]).await?.pop();
        loaded.map(LoadedAlbum::album).transpose()
    }

    /// The albums as they are now, in this order; what is not there is left out.
    pub(crate) async fn albums(&mut self, ids: &[Uuid]) -> Result<Vec<Album>, StoreError> {
        let loaded = load(self.connection()?, ids).await?.into_iter();
        let albums: HashMap<_, _> = loaded
            .map(|loaded| Ok((loaded.row.id, loaded.album()?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(in_order(ids, albums))
    }

    /// Violates [`crate::Constraint::ArtistExists`] when a credited artist is not there.
    pub async fn create_album(&mut self, album: &Album) -> Result<AlbumView, StoreError> {
        self.share_parents(&album.fields.parents()).await?;
        diesel::insert_into(albums::table)
            .values(AlbumRow::new(album)?)
            .execute(self.connection()?)
            .await?;
        self.insert_album_credits(album.id, &album.fields.credits).await?;
        one(self.record_albums(&[album.id.0], Change::Created).await?)
    }

    /// [`StoreError::Conflict`] when it was changed since it was read.
    pub async fn update_album(&mut self, changed: &Changed<Album>) -> Result<AlbumView, StoreError> {
        let album = &changed.thing;
        self.share_parents(&album.fields.parents()).await?;
        let row = albums::table
            .find(album.id.0)
            .filter(albums::version.eq(album.version - 1));
        let update = diesel::update(row).set(AlbumRow::new(album)?);
        if update.execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.replace_album_credits(album.id, &album.fields.credits).await?;
        let view = one(self.record_albums(&[album.id.0], Change::Updated).await?)?;
        if changed.fans_out {
            fan_out::reach_dependants(self, FanOut::AlbumChanged(album.id)).await?;
        }
        Ok(view)
    }

    /// Deletes an album; its tracks stay, without album. Where these are many, the row is marked and a job does it.
    /// [`StoreError::Conflict`] when it was changed since it was read.
    pub async fn delete_album(&mut self, album: &Album) -> Result<(), StoreError> {
        let row = albums::table.find(album.id.0).filter(albums::version.eq(album.version));
        // Held by an update, and deleted last: its tracks name the row until they are taken off.
        let hold = diesel::update(row).set(albums::version.eq(album.version + 1));
        if hold.execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        if !fan_out::reach_dependants(self, FanOut::AlbumDeleted(album.id)).await? {
            diesel::update(albums::table.find(album.id.0))
                .set(albums::deleted_at.eq(self.context.now.utc()))
                .execute(self.connection()?)
                .await?;
        }
        self.record_event(
            &Event::Album(Change::Deleted(Deleted { id: album.id.0 })),
            album.version + 1,
        )
    }

    /// The names in the events are read here, after the rows are held.
    pub(crate) async fn record_albums(
        &mut self,
        ids: &[Uuid],
        change: fn(AlbumState) -> Change<AlbumState>,
    ) -> Result<Vec<AlbumView>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let views = views(self.connection()?, ids).await?;
        for view in &views {
            self.record_event(&Event::Album(change(view.state.clone())), view.version)?;
        }
        Ok(views)
    }
}
