//! Playlists as shown: pages of them from Postgres, and their items with the tracks of the catalogue.

use events::{PlaylistId, PlaylistItemId};
use http_kit::{Error, Page, Paging};
use read_search::{Highlighter, Hits, Relevance};
use representations::{Playlist, PlaylistItem, Track, UserRef};
use store::{ItemStart, ItemView, PlaylistListing, PlaylistStart, PlaylistView};
use uuid::Uuid;

use crate::{pages::SearchHit, viewer::Viewer};

/// A page of playlists, newest first.
pub(crate) async fn page(viewer: &Viewer, listing: PlaylistListing, paging: &Paging) -> Result<Page<Playlist>, Error> {
    let start = match &paging.cursor {
        Some(cursor) => PlaylistStart::After(after(cursor).ok_or_else(bad_cursor)?),
        None => PlaylistStart::Offset(paging.offset.into()),
    };
    let queries = &viewer.queries;
    // One more shows whether there is a next page.
    let mut views = queries
        .reader
        .playlists(listing, start, i64::from(paging.limit) + 1)
        .await?;
    let is_more = views.len() > paging.limit as usize;
    views.truncate(paging.limit as usize);
    let last = views.last().filter(|_| is_more);
    let next_cursor = last.map(|view| format!("n{}", view.playlist.id.0.simple()));
    let upto = u64::from(paging.offset) + views.len() as u64;
    let is_whole = paging.cursor.is_none() && !is_more && (!views.is_empty() || paging.offset == 0);
    let total = if is_whole {
        upto
    } else {
        // What was counted may be a second old, and the page is from now.
        let counted = queries.totals.of(&queries.reader, listing).await?;
        counted.max(upto + u64::from(is_more))
    };
    Ok(Page {
        items: views.into_iter().map(Playlist::new).collect(),
        total,
        limit: paging.limit,
        offset: paging.offset,
        next_cursor,
    })
}

fn after(cursor: &str) -> Option<PlaylistId> {
    let id = cursor.strip_prefix('n')?;
    Uuid::try_parse(id).ok().map(PlaylistId)
}

/// Items with their tracks, and where to go on.
pub(crate) async fn items(
    viewer: &Viewer,
    playlist: &Playlist,
    cursor: Option<&str>,
    limit: u32,
) -> Result<(Vec<PlaylistItem>, Option<String>), Error> {
    let start = match cursor {
        Some(cursor) => item_start(cursor).ok_or_else(bad_cursor)?,
        None => ItemStart {
            after: None,
            position: 0,
        },
    };
    let reader = &viewer.queries.reader;
    let mut views = reader.playlist_items(playlist.id, start, i64::from(limit) + 1).await?;
    let is_more = views.len() > limit as usize;
    views.truncate(limit as usize);
    let last = views.last().filter(|_| is_more);
    let next_cursor = last.map(|item| format!("{}.{}", item.position + 1, item.id.0.simple()));
    Ok((shown(viewer, views, &playlist.owner).await?, next_cursor))
}

/// Every item, as far as `max`.
pub(crate) async fn all_items(viewer: &Viewer, view: &PlaylistView, max: usize) -> Result<Vec<PlaylistItem>, Error> {
    let start = ItemStart {
        after: None,
        position: 0,
    };
    let limit = i64::try_from(max).unwrap_or(i64::MAX);
    let views = viewer
        .queries
        .reader
        .playlist_items(view.playlist.id, start, limit)
        .await?;
    let owner = UserRef {
        id: view.playlist.owner,
        username: view.owner_name.clone(),
    };
    shown(viewer, views, &owner).await
}

async fn shown(viewer: &Viewer, items: Vec<ItemView>, owner: &UserRef) -> Result<Vec<PlaylistItem>, Error> {
    let ids: Vec<Uuid> = items.iter().map(|item| item.track_id.0).collect();
    let tracks = viewer.map_of::<Track>(&ids).await?;
    let shown = |item: ItemView| {
        let track = tracks.get(&item.track_id.0).cloned();
        PlaylistItem::new(item, track, owner)
    };
    Ok(items.into_iter().map(shown).collect())
}

/// The place where the next page begins, and the item before it.
fn item_start(cursor: &str) -> Option<ItemStart> {
    let (position, id) = cursor.split_once('.')?;
    let position: u32 = position.parse().ok()?;
    Some(ItemStart {
        after: Some(PlaylistItemId(Uuid::try_parse(id).ok()?)),
        position: position.into(),
    })
}

fn bad_cursor() -> Error {
    Error::invalid("cursor", "must be the next_cursor of the same list")
}

/// Hits as shown. One that became private since it was indexed is left out.
pub(crate) async fn found(
    viewer: &Viewer,
    hits: Hits,
    highlighter: &Highlighter,
    paging: &Paging,
) -> Result<Page<SearchHit<Playlist>>, Error> {
    let ids: Vec<Uuid> = hits.hits.iter().map(|hit| hit.id).collect();
    let views = if ids.is_empty() {
        Vec::new()
    } else {
        viewer.queries.reader.public_playlists(&ids).await?
    };
    let mut views = views.into_iter().peekable();
    // Both are in the same order; `views` lacks some.
    let shown = hits.hits.into_iter().filter_map(|hit| {
        let item = Playlist::new(views.next_if(|view| view.playlist.id.0 == hit.id)?);
        let relevance = Relevance {
            score: hit.score,
            highlight: highlighter.highlight(&item.title),
        };
        Some(SearchHit { item, relevance })
    });
    Ok(Page {
        items: shown.collect(),
        total: hits.total,
        limit: paging.limit,
        offset: paging.offset,
        next_cursor: hits.next_cursor,
    })
}
