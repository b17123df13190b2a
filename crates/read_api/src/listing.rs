//! Lists and searches. Elasticsearch tells which ids, in which order and how many; what is shown of them comes from
//! Postgres. A hit that is gone from Postgres meanwhile is left out.

use http_kit::{Error, Page, Paging};
use read_search::{Hits, Query, SearchError};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{shape::Shape, viewer::Viewer};

/// Deepest place that a cursor of a list read from Postgres may name.
const DEEPEST: u32 = 10_000_000;

/// Something found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Found<T> {
    /// What was found.
    #[serde(flatten)]
    pub item: T,
    /// How well it matches; comparable within one answer.
    #[schema(example = 110.5)]
    pub score: Option<f32>,
    /// Its name as HTML, escaped, with the words that matched in `<em>`; null when its name did not match.
    #[schema(example = "<em>Кино</em>")]
    pub highlight: Option<String>,
}

/// 422 for a bad cursor, 503 without Elasticsearch.
pub(crate) fn not_searched(error: SearchError) -> Error {
    match error {
        SearchError::Unavailable(unavailable) => Error::unavailable("search", unavailable.reason),
        SearchError::BadCursor => Error::invalid("cursor", "must be the next_cursor of the same list"),
    }
}

/// A page of what fits the query.
pub(crate) async fn find<S: Shape>(viewer: &Viewer, query: Query, paging: &Paging) -> Result<Page<Found<S>>, Error> {
    let query = paged(query, paging);
    let hits = viewer.queries.search.search(S::KIND, &query).await;
    page_of(viewer, hits.map_err(not_searched)?, paging).await
}

/// As [`find`], without scores.
pub(crate) async fn list<S: Shape>(viewer: &Viewer, query: Query, paging: &Paging) -> Result<Page<S>, Error> {
    let found = find::<S>(viewer, query, paging).await?;
    Ok(Page {
        items: found.items.into_iter().map(|found| found.item).collect(),
        total: found.total,
        limit: found.limit,
        offset: found.offset,
        next_cursor: found.next_cursor,
    })
}

/// The hits as shown.
pub(crate) async fn page_of<S: Shape>(viewer: &Viewer, hits: Hits, paging: &Paging) -> Result<Page<Found<S>>, Error> {
    let ids: Vec<Uuid> = hits.hits.iter().map(|hit| hit.id).collect();
    let mut shown = viewer.by_ids::<S>(&ids).await?.into_iter().peekable();
    // Both are in the same order; `shown` lacks some.
    let found = hits.hits.into_iter().filter_map(|hit| {
        let item = shown.next_if(|item| item.id() == hit.id)?;
        Some(Found {
            item,
            score: hit.score,
            highlight: hit.highlight,
        })
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
        .filter(|place| *place <= DEEPEST)
        .ok_or_else(|| Error::invalid("cursor", "must be the next_cursor of the same list"))
}

/// A page of a list read from Postgres.
pub(crate) async fn page_from<S: Shape>(
    viewer: &Viewer,
    (views, total): (Vec<S::View>, i64),
    start: u32,
    paging: &Paging,
) -> Page<S> {
    let end = start.saturating_add(paging.limit);
    let more = i64::from(end) < total && end <= DEEPEST;
    Page {
        next_cursor: more.then(|| format!("o{end}")),
        ..Page::by_offset(viewer.show(views).await, total.try_into().unwrap_or(0), paging)
    }
}
