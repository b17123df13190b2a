//! Searches, and lists that no index of Postgres can serve. Ids, their order and their number come from Elasticsearch;
//! what is shown of them comes from Postgres. A hit that is gone from Postgres meanwhile is left out.

use events::{AlbumId, ArtistId, Kind};
use http_kit::{Error, Page, Paging, Reads};
use read_search::{Highlighter, Hits, Query, Relevance, SearchError, Sort};
use serde::{Deserialize, Serialize};
use store::{Country, Listing};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{catalogue_item::CatalogueItem, lists, viewer::Viewer};

/// Deepest place that a cursor of a list read from Postgres may name.
const MAX_PLACE: u32 = 10_000_000;

/// Something that a search found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchHit<T> {
    #[serde(flatten)]
    pub item: T,
    #[serde(flatten)]
    pub relevance: Relevance,
}

/// 422 for a bad cursor, 503 without Elasticsearch.
pub(crate) fn not_searched(error: SearchError) -> Error {
    match error {
        SearchError::Unavailable(unavailable) => Error::unavailable("search", unavailable.reason),
        SearchError::BadCursor => Error::invalid("cursor", "must be the next_cursor of the same list"),
    }
}

/// A page of what fits the query.
pub(crate) async fn find<S: CatalogueItem>(
    viewer: &Viewer,
    query: Query,
    paging: &Paging,
) -> Result<Page<SearchHit<S>>, Error> {
    let query = paged(query, paging);
    let hits = viewer.queries.search.search(S::KIND, &query).await;
    let hits = hits.map_err(not_searched)?;
    page_of(viewer, hits, &Highlighter::new(&query), paging).await
}

/// A page of a list without words: from Postgres where an index has its order, else as [`find`], without scores.
pub(crate) async fn list<S: CatalogueItem>(viewer: &Viewer, query: Query, paging: &Paging) -> Result<Page<S>, Error> {
    if let Some(listing) = listing(S::KIND, &query) {
        return lists::page(viewer, listing, paging).await;
    }
    let found = find::<S>(viewer, query, paging).await?;
    Ok(Page {
        items: found.items.into_iter().map(|found| found.item).collect(),
        total: found.total,
        limit: found.limit,
        offset: found.offset,
        next_cursor: found.next_cursor,
    })
}

/// The listing that a query without words is; none where no index has its order and filters.
fn listing(kind: Kind, query: &Query) -> Option<Listing> {
    if let Some(listing) = filtered(kind, query) {
        return Some(listing);
    }
    let plain = Query {
        sort: query.sort,
        artist_id: query.artist_id,
        album_id: query.album_id,
        ..Query::default()
    };
    if *query != plain {
        return None;
    }
    match (kind, query.sort, query.artist_id, query.album_id) {
        (_, Sort::CreatedAt, None, None) => Some(Listing::Newest(kind)),
        (Kind::Album, Sort::ReleaseDate, None, None) => Some(Listing::AlbumsByRelease),
        (Kind::Track, Sort::Duration, None, None) => Some(Listing::TracksByDuration),
        (Kind::Album, Sort::CreatedAt, Some(artist), None) => Some(Listing::AlbumsOf(ArtistId(artist))),
        (Kind::Track, Sort::CreatedAt, Some(artist), None) => Some(Listing::TracksOf(ArtistId(artist))),
        (Kind::Track, Sort::CreatedAt, None, Some(album)) => Some(Listing::TracksOn(AlbumId(album))),
        _ => None,
    }
}

/// Which read model serves the list at this path with these parameters; none where Postgres does. Any other filter than those
/// that [`listing`] knows makes it a search.
pub(crate) fn reads(path: &str, query: &str) -> Option<Reads> {
    let (mut sort, mut owned, mut indexed, mut filtered) = (None, 0, 0, false);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "sort" => sort = Some(value),
            "limit" | "offset" | "cursor" => {}
            "artist_id" | "album_id" => owned += 1,
            "country" if path.contains("/artists") => indexed += 1,
            "type" | "year" if path.contains("/albums") => indexed += 1,
            _ => filtered = true,
        }
    }
    match sort.as_deref() {
        Some("plays") => Some(Reads::Counters),
        None | Some("created_at") if !filtered && owned + indexed <= 1 => None,
        Some("duration" | "release_date") if !filtered && owned + indexed == 0 => None,
        _ => Some(Reads::Search),
    }
}

/// The newest with one filter alone, where an index has it.
fn filtered(kind: Kind, query: &Query) -> Option<Listing> {
    let newest = Query {
        sort: Sort::CreatedAt,
        ..Query::default()
    };
    let listing = match (kind, query) {
        (
            Kind::Artist,
            Query {
                country: Some(code), ..
            },
        ) => Listing::ArtistsFrom(Country::new(code)?),
        (
            Kind::Album,
            Query {
                album_type: Some(of),
                year: None,
                ..
            },
        ) => Listing::AlbumsOfType(*of),
        (
            Kind::Album,
            Query {
                year: Some((first, last)),
                ..
            },
        ) if first == last => Listing::AlbumsOfYear(*first),
        _ => return None,
    };
    let alone = Query {
        country: query.country.clone().filter(|_| kind == Kind::Artist),
        album_type: query.album_type.filter(|_| matches!(listing, Listing::AlbumsOfType(_))),
        year: query.year.filter(|_| matches!(listing, Listing::AlbumsOfYear(_))),
        ..newest
    };
    (*query == alone).then_some(listing)
}

/// In the order of plays no other filter is possible: the counters know ids only.
pub(crate) fn no_filter_by_plays(is_filtered: bool) -> Result<(), Error> {
    if is_filtered {
        return Err(Error::invalid("sort", "plays must not be given together with a filter"));
    }
    Ok(())
}

/// The hits as shown.
pub(crate) async fn page_of<S: CatalogueItem>(
    viewer: &Viewer,
    hits: Hits,
    highlighter: &Highlighter,
    paging: &Paging,
) -> Result<Page<SearchHit<S>>, Error> {
    let ids: Vec<Uuid> = hits.hits.iter().map(|hit| hit.id).collect();
    let mut shown = viewer.by_ids::<S>(&ids).await?.into_iter().peekable();
    // Both are in the same order; `shown` lacks some.
    let found = hits.hits.into_iter().filter_map(|hit| {
        let item = shown.next_if(|item| item.id() == hit.id)?;
        let relevance = Relevance {
            score: hit.score,
            highlight: highlighter.highlight(item.label().title),
        };
        Some(SearchHit { item, relevance })
    });
    Ok(Page {
        items: found.collect(),
        total: hits.total,
        limit: paging.limit,
        offset: paging.offset,
        next_cursor: hits.next_cursor,
    })
}

fn paged(query: Query, paging: &Paging) -> Query {
    let page = match &paging.cursor {
        Some(cursor) => read_search::Page::Cursor(cursor.clone()),
        None => read_search::Page::Offset(paging.offset),
    };
    Query {
        limit: paging.limit,
        page,
        ..query
    }
}

/// Where a page of a list read from Postgres begins; its cursor is a place in it.
pub(crate) fn start(paging: &Paging) -> Result<u32, Error> {
    let Some(cursor) = &paging.cursor else {
        return Ok(paging.offset);
    };
    let place = cursor.strip_prefix('o').and_then(|place| place.parse().ok());
    place
        .filter(|place| *place <= MAX_PLACE)
        .ok_or_else(|| Error::invalid("cursor", "must be the next_cursor of the same list"))
}

/// A page of a list read from Postgres.
pub(crate) async fn page_from<S: CatalogueItem>(
    viewer: &Viewer,
    (ids, total): (Vec<Uuid>, i64),
    start: u32,
    paging: &Paging,
) -> Result<Page<S>, Error> {
    Ok(by_place(viewer.by_ids(&ids).await?, total, start, paging))
}

/// A page that begins at that place of its list.
pub(crate) fn by_place<T>(items: Vec<T>, total: i64, start: u32, paging: &Paging) -> Page<T> {
    let end = start.saturating_add(paging.limit);
    let more = i64::from(end) < total && end <= MAX_PLACE;
    Page {
        next_cursor: more.then(|| format!("o{end}")),
        ..Page::by_offset(items, total.try_into().unwrap_or(0), paging)
    }
}
