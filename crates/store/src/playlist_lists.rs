//! Playlists as queries read them. Whoever looks sees public ones and their own; admins see all.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::Sight;
use events::{PlaylistId, PlaylistItemId, Time, TrackId, UserId, Visibility};
use uuid::Uuid;

use crate::{
    PlaylistView, Reader, StoreError,
    playlists::views,
    schema::{playlist_items, playlists, users},
};

/// Which playlists, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaylistListing {
    /// All of an account.
    Of(UserId),
    /// The public ones of an account.
    PublicOf(UserId),
    /// All public ones.
    Public,
}

/// Where a page of playlists begins.
#[derive(Clone, Copy, Debug)]
pub enum PlaylistStart {
    /// After so many.
    Offset(i64),
    After(PlaylistId),
}

/// Where a page of items begins.
#[derive(Clone, Copy, Debug)]
pub struct ItemStart {
    /// After this item; where it is gone, at `position`.
    pub after: Option<PlaylistItemId>,
    pub position: i64,
}

/// A place in a playlist.
#[derive(Clone, Debug)]
pub struct ItemView {
    pub id: PlaylistItemId,
    /// From 0.
    pub position: i64,
    pub track_id: TrackId,
    /// The track's title when it was added.
    pub title: String,
    /// When it was added.
    pub added_at: Time,
    /// Who added it, where it was not the owner.
    pub added_by: Option<(UserId, String)>,
}

type ItemRow = (Uuid, Uuid, String, DateTime<Utc>, Option<(Uuid, String)>);

/// The conditions of a listing.
macro_rules! listed {
    ($listing:expr) => {{
        let all = playlists::table.into_boxed();
        let public = playlists::visibility.eq(Visibility::Public.name());
        match $listing {
            PlaylistListing::Of(owner) => all.filter(playlists::owner_id.eq(owner.0)),
            PlaylistListing::PublicOf(owner) => all.filter(playlists::owner_id.eq(owner.0).and(public)),
            PlaylistListing::Public => all.filter(public),
        }
    }};
}

impl Reader {
    /// The playlist, if there is one that this person sees.
    pub async fn playlist(&self, id: PlaylistId, sight: Sight) -> Result<Option<PlaylistView>, StoreError> {
        let found = views(&mut *self.connection().await?, &[id.0]).await?.pop();
        Ok(found.filter(|view| view.playlist.is_seen_by(sight)))
    }

    /// Those that are public, in the order asked for.
    pub async fn public_playlists(&self, ids: &[Uuid]) -> Result<Vec<PlaylistView>, StoreError> {
        let mut views = views(&mut *self.connection().await?, ids).await?;
        views.retain(|view| view.playlist.is_public());
        Ok(views)
    }

    /// Those that this person sees, in the order asked for.
    pub async fn seen_playlists(&self, ids: &[Uuid], sight: Sight) -> Result<Vec<PlaylistView>, StoreError> {
        let mut views = views(&mut *self.connection().await?, ids).await?;
        views.retain(|view| view.playlist.is_seen_by(sight));
        Ok(views)
    }

    /// Which of these are public.
    pub async fn which_are_public(&self, ids: &[PlaylistId]) -> Result<HashSet<PlaylistId>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let query = playlists::table.filter(playlists::id.eq_any(ids));
        let query = query.filter(playlists::visibility.eq(Visibility::Public.name()));
        let public: Vec<Uuid> = query.select(playlists::id).load(&mut self.connection().await?).await?;
        Ok(public.into_iter().map(PlaylistId).collect())
    }

    /// A page of a listing.
    pub async fn playlists(
        &self,
        listing: PlaylistListing,
        start: PlaylistStart,
        limit: i64,
    ) -> Result<Vec<PlaylistView>, StoreError> {
        let connection = &mut *self.connection().await?;
        let query = listed!(listing).order(playlists::id.desc()).limit(limit);
        let query = match start {
            PlaylistStart::Offset(offset) => query.offset(offset),
            PlaylistStart::After(id) => query.filter(playlists::id.lt(id.0)),
        };
        let ids: Vec<Uuid> = query.select(playlists::id).load(connection).await?;
        views(connection, &ids).await
    }

    /// How many a listing has.
    pub async fn count_playlists(&self, listing: PlaylistListing) -> Result<i64, StoreError> {
        let query = listed!(listing).count();
        Ok(query.get_result(&mut self.connection().await?).await?)
    }

    /// Items in their order.
    pub async fn playlist_items(
        &self,
        playlist: PlaylistId,
        start: ItemStart,
        limit: i64,
    ) -> Result<Vec<ItemView>, StoreError> {
        let connection = &mut *self.connection().await?;
        let first = first_of(connection, playlist, start).await?;
        let rows: Vec<ItemRow> = playlist_items::table
            .left_join(users::table.on(playlist_items::added_by.eq(users::id.nullable())))
            .filter(playlist_items::playlist_id.eq(playlist.0))
            .order((playlist_items::rank, playlist_items::id))
            .offset(first)
            .limit(limit)
            .select((
                playlist_items::id,
                playlist_items::track_id,
                playlist_items::title,
                playlist_items::added_at,
                (users::id, users::username).nullable(),
            ))
            .load(connection)
            .await?;
        let view = |(position, (id, track_id, title, added_at, added_by)): (i64, ItemRow)| ItemView {
            id: PlaylistItemId(id),
            position,
            track_id: TrackId(track_id),
            title,
            added_at: added_at.into(),
            added_by: added_by.map(|(id, name)| (UserId(id), name)),
        };
        Ok((first..).zip(rows).map(view).collect())
    }
}

/// The place at which a page begins. An item that was moved meanwhile takes the page with it; so nothing is shown twice
/// because something before it was removed.
async fn first_of(
    connection: &mut AsyncPgConnection,
    playlist: PlaylistId,
    start: ItemStart,
) -> Result<i64, StoreError> {
    let Some(after) = start.after else {
        return Ok(start.position);
    };
    let of = playlist_items::table.filter(playlist_items::playlist_id.eq(playlist.0));
    let rank = of.filter(playlist_items::id.eq(after.0)).select(playlist_items::rank);
    let rank: Option<i64> = rank.first(connection).await.optional()?;
    match rank {
        Some(rank) => Ok(of
            .filter(playlist_items::rank.le(rank))
            .count()
            .get_result(connection)
            .await?),
        None => Ok(start.position),
    }
}
