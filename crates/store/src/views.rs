//! What is shown of the catalogue by id: the row, its parents' names, and counts over its children in one grouped query.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    dsl::{count_star, sql},
    prelude::*,
    sql_types::BigInt,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::{AlbumId, AlbumState, ArtistId, ArtistState, TrackId, TrackState, UserId};
use uuid::Uuid;

use crate::{
    Album, Artist, Reader, StoreError, Track, Unit,
    schema::{albums, artists, tracks},
};

/// An artist as shown, without plays.
#[derive(Clone, Debug)]
pub struct ArtistView {
    /// Its state.
    pub state: ArtistState,
    /// Its version.
    pub version: i64,
    /// Tracks of this artist.
    pub tracks_count: i64,
    /// Albums of this artist.
    pub albums_count: i64,
}

/// An album as shown, without plays.
#[derive(Clone, Debug)]
pub struct AlbumView {
    /// Its state.
    pub state: AlbumState,
    /// Its version.
    pub version: i64,
    /// Tracks on it.
    pub tracks_count: i64,
    /// Their length together, in milliseconds.
    pub duration_ms: i64,
}

/// A track as shown, without plays.
#[derive(Clone, Debug)]
pub struct TrackView {
    /// Its state.
    pub state: TrackState,
    /// Its version.
    pub version: i64,
}

/// What a listen says of its track.
#[derive(Clone, Debug, Queryable)]
pub struct ListenFacts {
    id: Uuid,
    artist_id: Uuid,
    album_id: Option<Uuid>,
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// Length in milliseconds.
    pub duration_ms: Option<i64>,
}

impl ListenFacts {
    /// The track.
    #[must_use]
    pub fn track_id(&self) -> TrackId {
        TrackId(self.id)
    }

    /// Its artist.
    #[must_use]
    pub fn artist_id(&self) -> ArtistId {
        ArtistId(self.artist_id)
    }

    /// Its album.
    #[must_use]
    pub fn album_id(&self) -> Option<AlbumId> {
        self.album_id.map(AlbumId)
    }
}

/// Whose tracks or albums to list.
#[derive(Clone, Copy, Debug)]
pub enum ListedBy {
    /// An artist's, newest first.
    Artist(ArtistId),
    /// An album's, in disc and track order.
    Album(AlbumId),
}

/// An album's title and release, as a track shows them.
type AlbumPart = Option<(String, Option<NaiveDate>)>;

async fn artist_views(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<ArtistView>, StoreError> {
    let rows: Vec<Artist> = artists::table
        .filter(artists::id.eq_any(ids))
        .select(Artist::as_select())
        .load(connection)
        .await?;
    let query = tracks::table
        .filter(tracks::artist_id.eq_any(ids))
        .group_by(tracks::artist_id);
    let tracks_of: HashMap<Uuid, i64> = query
        .select((tracks::artist_id, count_star()))
        .load(connection)
        .await?
        .into_iter()
        .collect();
    let query = albums::table
        .filter(albums::artist_id.eq_any(ids))
        .group_by(albums::artist_id);
    let albums_of: HashMap<Uuid, i64> = query
        .select((albums::artist_id, count_star()))
        .load(connection)
        .await?
        .into_iter()
        .collect();
    let views = rows.into_iter().map(|row| {
        let view = ArtistView {
            version: row.version,
            tracks_count: tracks_of.get(&row.id).copied().unwrap_or(0),
            albums_count: albums_of.get(&row.id).copied().unwrap_or(0),
            state: row.state(),
        };
        (row.id, view)
    });
    Ok(in_order(ids, views.collect()))
}

async fn album_views(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<AlbumView>, StoreError> {
    let query = albums::table.inner_join(artists::table).filter(albums::id.eq_any(ids));
    let rows: Vec<(Album, String)> = query
        .select((Album::as_select(), artists::name))
        .load(connection)
        .await?;
    let query = tracks::table
        .filter(tracks::album_id.eq_any(ids))
        .group_by(tracks::album_id);
    let length = sql::<BigInt>("coalesce(sum(tracks.duration_ms), 0)::bigint");
    let sums: Vec<(Uuid, (i64, i64))> = query
        .select((tracks::album_id.assume_not_null(), (count_star(), length)))
        .load(connection)
        .await?;
    let sums: HashMap<Uuid, (i64, i64)> = sums.into_iter().collect();
    let views = rows.into_iter().map(|(row, artist)| {
        let (tracks_count, duration_ms) = sums.get(&row.id).copied().unwrap_or((0, 0));
        (
            row.id,
            AlbumView {
                version: row.version,
                tracks_count,
                duration_ms,
                state: row.state(artist),
            },
        )
    });
    Ok(in_order(ids, views.collect()))
}

async fn track_views(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<TrackView>, StoreError> {
    let query = tracks::table
        .inner_join(artists::table)
        .left_join(albums::table)
        .filter(tracks::id.eq_any(ids));
    let query = query.select((
        Track::as_select(),
        artists::name,
        (albums::title, albums::release_date).nullable(),
    ));
    let rows: Vec<(Track, String, AlbumPart)> = query.load(connection).await?;
    let views = rows.into_iter().map(|(row, artist, album)| {
        (
            row.id,
            TrackView {
                version: row.version,
                state: row.state(artist, album),
            },
        )
    });
    Ok(in_order(ids, views.collect()))
}

/// The views in the order asked for; what is not there is left out.
fn in_order<T>(ids: &[Uuid], mut views: HashMap<Uuid, T>) -> Vec<T> {
    ids.iter().filter_map(|id| views.remove(id)).collect()
}

impl Unit {
    /// The artist as it is shown now.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn artist_view(&mut self, id: ArtistId) -> Result<Option<ArtistView>, StoreError> {
        Ok(artist_views(self.connection()?, &[id.0]).await?.pop())
    }

    /// The album as it is shown now.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn album_view(&mut self, id: AlbumId) -> Result<Option<AlbumView>, StoreError> {
        Ok(album_views(self.connection()?, &[id.0]).await?.pop())
    }

    /// The track as it is shown now.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn track_view(&mut self, id: TrackId) -> Result<Option<TrackView>, StoreError> {
        Ok(track_views(self.connection()?, &[id.0]).await?.pop())
    }
}

impl Reader {
    /// Artists by id, in the order asked for; what is not there is left out.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<ArtistView>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        artist_views(&mut *self.connection().await?, &ids).await
    }

    /// Albums by id, in the order asked for; what is not there is left out.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn albums(&self, ids: &[AlbumId]) -> Result<Vec<AlbumView>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        album_views(&mut *self.connection().await?, &ids).await
    }

    /// Tracks by id, in the order asked for; what is not there is left out.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<TrackView>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        track_views(&mut *self.connection().await?, &ids).await
    }

    /// The key and the state of a track's audio; none where there is no such track.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn track_row(&self, id: TrackId) -> Result<Option<Track>, StoreError> {
        let query = tracks::table.find(id.0).select(Track::as_select());
        Ok(query.first(&mut self.connection().await?).await.optional()?)
    }

    /// What listens say of these tracks, in any order; what is not there is left out.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn listen_facts(&self, ids: &[TrackId]) -> Result<Vec<ListenFacts>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let query = tracks::table.filter(tracks::id.eq_any(ids));
        let columns = (
            tracks::id,
            tracks::artist_id,
            tracks::album_id,
            tracks::genres,
            tracks::duration_ms,
        );
        Ok(query.select(columns).load(&mut self.connection().await?).await?)
    }

    /// The artist profile of an account.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn artist_of_user(&self, user: UserId) -> Result<Option<ArtistId>, StoreError> {
        let query = artists::table.filter(artists::user_id.eq(user.0)).select(artists::id);
        Ok(query
            .first(&mut self.connection().await?)
            .await
            .optional()?
            .map(ArtistId))
    }

    /// A page of an artist's albums, newest first, and how many there are.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn albums_of(&self, id: ArtistId, limit: i64, offset: i64) -> Result<(Vec<AlbumView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let of = albums::table.filter(albums::artist_id.eq(id.0));
        let total = of.count().get_result(connection).await?;
        let query = of
            .order((albums::created_at.desc(), albums::id.desc()))
            .select(albums::id);
        let ids: Vec<Uuid> = query.limit(limit).offset(offset).load(connection).await?;
        Ok((album_views(connection, &ids).await?, total))
    }

    /// A page of an artist's or an album's tracks, and how many there are.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn tracks_of(&self, by: ListedBy, limit: i64, offset: i64) -> Result<(Vec<TrackView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let (ids, total): (Vec<Uuid>, i64) = match by {
            ListedBy::Artist(id) => {
                let of = tracks::table.filter(tracks::artist_id.eq(id.0));
                let total = of.count().get_result(connection).await?;
                let query = of
                    .order((tracks::created_at.desc(), tracks::id.desc()))
                    .select(tracks::id);
                (query.limit(limit).offset(offset).load(connection).await?, total)
            }
            ListedBy::Album(id) => {
                let of = tracks::table.filter(tracks::album_id.eq(id.0));
                let total = of.count().get_result(connection).await?;
                let order = (tracks::disc_number.asc(), tracks::track_number.asc(), tracks::id.asc());
                (
                    of.order(order)
                        .select(tracks::id)
                        .limit(limit)
                        .offset(offset)
                        .load(connection)
                        .await?,
                    total,
                )
            }
        };
        Ok((track_views(connection, &ids).await?, total))
    }
}
