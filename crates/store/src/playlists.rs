//! Playlists: the row, how it is read, and the commands on it. Their items: `playlist_items.rs`.
//!
//! A command holds the playlist's row first, so changes of one playlist wait for each other.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Playlist, PlaylistFields};
use events::{Change, Deleted, Event, PlaylistId, PlaylistState, UserId, Visibility};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    fixed::fixed,
    rows::{in_order, one},
    schema::{playlists, users},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = playlists, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub(crate) struct PlaylistRow {
    id: Uuid,
    owner_id: Uuid,
    title: String,
    description: Option<String>,
    visibility: String,
    tracks_count: i64,
    duration_ms: i64,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A playlist as shown, without its items.
#[derive(Clone, Debug)]
pub struct PlaylistView {
    pub playlist: Playlist,
    /// The name its owner signs in with.
    pub owner_name: String,
    /// The first four covers of its tracks, each once.
    pub cover_keys: Vec<String>,
}

/// The first four covers among the first fifty tracks. An album's stands for all of its tracks: files of one album bring the
/// same picture each.
const COVERS: &str = "ARRAY(SELECT shown.cover FROM (SELECT coalesce(album.cover_key, track.cover_key) AS cover, first.rank \
    FROM (SELECT item.track_id, item.rank FROM playlist_items item \
    WHERE item.playlist_id = playlists.id ORDER BY item.rank, item.id LIMIT 50) AS first \
    JOIN tracks track ON track.id = first.track_id LEFT JOIN albums album ON album.id = track.album_id \
    WHERE NOT EXISTS (SELECT FROM takedowns WHERE takedowns.id IN (track.id, track.album_id))) AS shown \
    WHERE shown.cover IS NOT NULL GROUP BY shown.cover ORDER BY min(shown.rank) LIMIT 4)";

impl PlaylistRow {
    fn new(playlist: &Playlist) -> Self {
        let Playlist { id, fields, .. } = playlist;
        Self {
            id: id.0,
            owner_id: playlist.owner.0,
            title: fields.title.clone(),
            description: fields.description.clone(),
            visibility: fields.visibility.name().to_owned(),
            tracks_count: playlist.tracks_count,
            duration_ms: playlist.duration_ms,
            version: playlist.version,
            created_at: playlist.created_at.utc(),
            updated_at: playlist.updated_at.utc(),
        }
    }

    fn playlist(self) -> Playlist {
        Playlist {
            id: PlaylistId(self.id),
            owner: UserId(self.owner_id),
            fields: PlaylistFields {
                title: self.title,
                description: self.description,
                // The column's CHECK allows the known values only.
                visibility: Visibility::by_name(&self.visibility).unwrap_or_default(),
            },
            tracks_count: self.tracks_count,
            duration_ms: self.duration_ms,
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        }
    }
}

/// What topics see of it: a private one has neither title nor owner.
fn state(playlist: &Playlist) -> PlaylistState {
    let is_public = playlist.is_public();
    PlaylistState {
        id: playlist.id,
        visibility: playlist.fields.visibility.into(),
        title: is_public.then(|| playlist.fields.title.clone()),
        owner_id: is_public.then_some(playlist.owner),
        tracks_count: playlist.tracks_count,
        duration_ms: playlist.duration_ms,
        created_at: playlist.created_at,
        updated_at: playlist.updated_at,
    }
}

/// In the order asked for; what is not there is left out.
pub(crate) async fn views(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<PlaylistView>, StoreError> {
    let query = playlists::table
        .inner_join(users::table)
        .filter(playlists::id.eq_any(ids));
    let query = query.select((PlaylistRow::as_select(), users::username, fixed::<Array<Text>>(COVERS)));
    let rows: Vec<(PlaylistRow, String, Vec<String>)> = query.load(connection).await?;
    let view = |(row, owner_name, cover_keys): (PlaylistRow, String, Vec<String>)| {
        let playlist = row.playlist();
        let id = playlist.id.0;
        let view = PlaylistView {
            playlist,
            owner_name,
            cover_keys,
        };
        (id, view)
    };
    let views: HashMap<_, _> = rows.into_iter().map(view).collect();
    Ok(in_order(ids, views))
}

impl Unit {
    /// The playlist as it is now, held until this unit ends.
    pub async fn playlist(&mut self, id: PlaylistId) -> Result<Option<Playlist>, StoreError> {
        let query = playlists::table.find(id.0).select(PlaylistRow::as_select());
        let row = query.for_no_key_update().first(self.connection()?).await.optional()?;
        Ok(row.map(PlaylistRow::playlist))
    }

    /// How many an account has.
    pub async fn count_playlists_of(&mut self, owner: UserId) -> Result<i64, StoreError> {
        let of = playlists::table.filter(playlists::owner_id.eq(owner.0));
        Ok(of.count().get_result(self.connection()?).await?)
    }

    pub async fn create_playlist(&mut self, playlist: &Playlist) -> Result<(), StoreError> {
        diesel::insert_into(playlists::table)
            .values(PlaylistRow::new(playlist))
            .execute(self.connection()?)
            .await?;
        self.record_event(&Event::Playlist(Change::Created(state(playlist))), playlist.version)
    }

    /// [`StoreError::Conflict`] when it was changed since it was read.
    pub async fn update_playlist(&mut self, playlist: &Playlist) -> Result<(), StoreError> {
        let row = playlists::table
            .find(playlist.id.0)
            .filter(playlists::version.eq(playlist.version - 1));
        let update = diesel::update(row).set(PlaylistRow::new(playlist));
        if update.execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.record_event(&Event::Playlist(Change::Updated(state(playlist))), playlist.version)
    }

    /// Their present state, once more.
    pub(crate) async fn record_playlists(&mut self, ids: &[Uuid]) -> Result<(), StoreError> {
        let query = playlists::table.filter(playlists::id.eq_any(ids)).order(playlists::id);
        let rows: Vec<PlaylistRow> = query.select(PlaylistRow::as_select()).load(self.connection()?).await?;
        for playlist in rows.into_iter().map(PlaylistRow::playlist) {
            self.record_event(&Event::Playlist(Change::Updated(state(&playlist))), playlist.version)?;
        }
        Ok(())
    }

    /// As it is shown now.
    pub async fn playlist_view(&mut self, id: PlaylistId) -> Result<PlaylistView, StoreError> {
        one(views(self.connection()?, &[id.0]).await?)
    }

    /// Deletes a playlist that was loaded by this unit, with its items.
    pub async fn delete_playlist(&mut self, playlist: &Playlist) -> Result<(), StoreError> {
        diesel::delete(playlists::table.find(playlist.id.0))
            .execute(self.connection()?)
            .await?;
        self.record_deleted_playlist(playlist.id.0, playlist.version)
    }

    /// Deletes every playlist of an account, each with its event; how many. The account's row cannot go before.
    pub async fn delete_playlists_of(&mut self, owner: UserId) -> Result<usize, StoreError> {
        let held = playlists::table
            .filter(playlists::owner_id.eq(owner.0))
            .order(playlists::id)
            .select(playlists::id)
            .for_update();
        let held: Vec<Uuid> = held.load(self.connection()?).await?;
        let gone = diesel::delete(playlists::table.filter(playlists::id.eq_any(&held)));
        let gone = gone.returning((playlists::id, playlists::version));
        let gone: Vec<(Uuid, i64)> = gone.load(self.connection()?).await?;
        for (id, version) in &gone {
            self.record_deleted_playlist(*id, *version)?;
        }
        Ok(gone.len())
    }

    fn record_deleted_playlist(&mut self, id: Uuid, version: i64) -> Result<(), StoreError> {
        self.record_event(&Event::Playlist(Change::Deleted(Deleted { id })), version + 1)
    }
}
