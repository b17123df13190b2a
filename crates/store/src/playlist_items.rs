//! The items of a playlist: adding, moving and removing them. The playlist's row is held by the unit.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{Added, ListedTrack, Moved, Playlist, RANK_GAP, ranks_between};
use events::{
    Event, ItemMoved, ItemRemoved, ItemsAdded, MAX_ITEMS_OF_EVENT, PlacedTrack, PlaylistId, PlaylistItemId, TrackId,
    UserId,
};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    fixed::fixed,
    moderation::TRACK_IS_SHOWN,
    schema::{artists, playlist_items, tracks},
};

/// Rows of one INSERT: eight parameters each, of the 65,535 that the protocol allows.
const CHUNK: usize = 1_000;

#[derive(Insertable)]
#[diesel(table_name = playlist_items)]
struct NewItemRow<'a> {
    id: Uuid,
    playlist_id: Uuid,
    rank: i64,
    track_id: Uuid,
    title: &'a str,
    duration_ms: Option<i64>,
    added_by: Option<Uuid>,
    added_at: DateTime<Utc>,
}

impl Unit {
    /// What a playlist keeps of these tracks; what is not there is left out.
    pub async fn listed_tracks(&mut self, ids: &[TrackId]) -> Result<HashMap<TrackId, ListedTrack>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let query = tracks::table.inner_join(artists::table).filter(tracks::id.eq_any(ids));
        let query = query
            .filter(artists::deleted_at.is_null().and(fixed::<Bool>(TRACK_IS_SHOWN)))
            .select((tracks::id, tracks::title, tracks::duration_ms));
        let rows: Vec<(Uuid, String, Option<i64>)> = query.load(self.connection()?).await?;
        let listed = |(id, title, duration_ms)| (TrackId(id), ListedTrack { title, duration_ms });
        Ok(rows.into_iter().map(listed).collect())
    }

    /// Those of the items that are in the playlist, in the order asked for, with their lengths.
    pub async fn items_there(
        &mut self,
        playlist: PlaylistId,
        ids: &[PlaylistItemId],
    ) -> Result<Vec<(PlaylistItemId, Option<i64>)>, StoreError> {
        let wanted: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let query = playlist_items::table.filter(playlist_items::id.eq_any(wanted));
        let query = query
            .filter(playlist_items::playlist_id.eq(playlist.0))
            .select((playlist_items::id, playlist_items::duration_ms));
        let rows: HashMap<Uuid, Option<i64>> = query.load(self.connection()?).await?.into_iter().collect();
        let there = |id: &PlaylistItemId| Some((*id, *rows.get(&id.0)?));
        Ok(ids.iter().filter_map(there).collect())
    }

    /// Records a playlist with what came into it.
    pub async fn add_items(&mut self, added: &Added, by: UserId) -> Result<(), StoreError> {
        let playlist = &added.playlist;
        self.update_playlist(playlist).await?;
        let count = added.items.len();
        let ranks = self.ranks_at(playlist, added.position, count, &[]).await?;
        let others = Some(by.0).filter(|_| by != playlist.owner);
        let rows: Vec<NewItemRow<'_>> = added
            .items
            .iter()
            .zip(ranks)
            .map(|(item, rank)| NewItemRow {
                id: item.id.0,
                playlist_id: playlist.id.0,
                rank,
                track_id: item.track_id.0,
                title: &item.listed.title,
                duration_ms: item.listed.duration_ms,
                added_by: others,
                added_at: playlist.updated_at.utc(),
            })
            .collect();
        for chunk in rows.chunks(CHUNK) {
            diesel::insert_into(playlist_items::table)
                .values(chunk)
                .execute(self.connection()?)
                .await?;
        }
        for (at, part) in (added.position..)
            .step_by(MAX_ITEMS_OF_EVENT)
            .zip(added.items.chunks(MAX_ITEMS_OF_EVENT))
        {
            let placed = part.iter().map(|item| PlacedTrack {
                item_id: item.id,
                track_id: item.track_id,
            });
            let event = Event::ItemsAdded(Box::new(ItemsAdded {
                playlist_id: playlist.id,
                position: at,
                items: placed.collect(),
            }));
            self.record_event(&event, playlist.version)?;
        }
        Ok(())
    }

    /// Records a playlist from which items went.
    pub async fn remove_items(&mut self, playlist: &Playlist, items: &[PlaylistItemId]) -> Result<(), StoreError> {
        self.update_playlist(playlist).await?;
        let ids: Vec<Uuid> = items.iter().map(|id| id.0).collect();
        diesel::delete(playlist_items::table.filter(playlist_items::id.eq_any(ids)))
            .execute(self.connection()?)
            .await?;
        for part in items.chunks(MAX_ITEMS_OF_EVENT) {
            let event = Event::ItemRemoved(Box::new(ItemRemoved {
                playlist_id: playlist.id,
                item_ids: part.to_vec(),
            }));
            self.record_event(&event, playlist.version)?;
        }
        Ok(())
    }

    /// Records a playlist of which items changed their place.
    pub async fn move_items(&mut self, moved: &Moved) -> Result<(), StoreError> {
        let playlist = &moved.playlist;
        self.update_playlist(playlist).await?;
        let ids: Vec<Uuid> = moved.items.iter().map(|id| id.0).collect();
        let ranks = self.ranks_at(playlist, moved.position, ids.len(), &ids).await?;
        let update =
            "UPDATE playlist_items SET rank = placed.at FROM unnest($1, $2) AS placed (item, at) WHERE id = item";
        diesel::sql_query(update)
            .bind::<Array<SqlUuid>, _>(ids)
            .bind::<Array<BigInt>, _>(ranks)
            .execute(self.connection()?)
            .await?;
        for (at, part) in (moved.position..)
            .step_by(MAX_ITEMS_OF_EVENT)
            .zip(moved.items.chunks(MAX_ITEMS_OF_EVENT))
        {
            let event = Event::ItemMoved(Box::new(ItemMoved {
                playlist_id: playlist.id,
                position: at,
                item_ids: part.to_vec(),
            }));
            self.record_event(&event, playlist.version)?;
        }
        Ok(())
    }

    /// Ranks for `count` items at a place among the others. Where there is no room, all items get new ranks.
    async fn ranks_at(
        &mut self,
        playlist: &Playlist,
        position: i64,
        count: usize,
        moving: &[Uuid],
    ) -> Result<Vec<i64>, StoreError> {
        // The playlist counts what is added or moved already.
        let others = playlist.tracks_count - i64::try_from(count).unwrap_or(0);
        let (before, after) = self.neighbours(playlist.id, position, others, moving).await?;
        if let Some(ranks) = ranks_between(before, after, count) {
            return Ok(ranks);
        }
        let renumber = "UPDATE playlist_items SET rank = placed.at * $2 FROM \
            (SELECT id AS item, row_number() OVER (ORDER BY rank, id) AS at FROM playlist_items WHERE playlist_id = $1) \
            AS placed WHERE id = item";
        diesel::sql_query(renumber)
            .bind::<SqlUuid, _>(playlist.id.0)
            .bind::<BigInt, _>(RANK_GAP)
            .execute(self.connection()?)
            .await?;
        let (before, after) = self.neighbours(playlist.id, position, others, moving).await?;
        let ranks = ranks_between(before, after, count);
        ranks.ok_or_else(|| StoreError::Defect(format!("no room for {count} items at {position}")))
    }

    /// The ranks before and after a place. The last place is found from the end.
    async fn neighbours(
        &mut self,
        playlist: PlaylistId,
        position: i64,
        count: i64,
        moving: &[Uuid],
    ) -> Result<(Option<i64>, Option<i64>), StoreError> {
        use playlist_items::{id, playlist_id, rank, table};
        let others = table.filter(playlist_id.eq(playlist.0).and(id.ne_all(moving)));
        if position >= count {
            let last = others.order((rank.desc(), id.desc())).select(rank);
            return Ok((last.first(self.connection()?).await.optional()?, None));
        }
        if position == 0 {
            let first = others.order((rank, id)).select(rank);
            return Ok((None, first.first(self.connection()?).await.optional()?));
        }
        let pair = others.order((rank, id)).select(rank).offset(position - 1).limit(2);
        let pair: Vec<i64> = pair.load(self.connection()?).await?;
        Ok(match pair[..] {
            [before, after, ..] => (Some(before), Some(after)),
            [before] => (Some(before), None),
            [] => (None, None),
        })
    }
}
