//! What one person searched for.

use access::SignedIn;
use actix_web::{get, web::Json};
use http_kit::{Error, FromQuery, History, Limit, ListProblems};
use read_analytics::{Cursor, PastSearch};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Viewer;

/// Which part of the searches.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchHistoryQuery {
    /// Most items, 1 to 100.
    #[param(inline, example = 20)]
    pub limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    pub cursor: Option<String>,
}

/// What one searched for, newest first
///
/// The searches of the last 90 days: those of this API, which are recorded by themselves (the first page of each), and those
/// that clients reported. A search is here about a second after it was made.
#[utoipa::path(tag = "analytics", security(("bearer" = [])), params(SearchHistoryQuery),
    responses((status = 200, description = "a part of the history", body = History<PastSearch>), ListProblems))]
#[get("/api/v1/analytics/user/search-history")]
pub(crate) async fn get_search_history(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    query: FromQuery<SearchHistoryQuery>,
) -> Result<Json<History<PastSearch>>, Error> {
    let query = query.valid()?;
    let limit = http_kit::limit(query.limit) as usize;
    let bad = |_| Error::invalid("cursor", "must be the next_cursor of the same history");
    let before: Option<Cursor> = query.cursor.as_deref().map(str::parse).transpose().map_err(bad)?;
    let page = viewer
        .queries
        .analytics
        .search_history(by.listener_id, before, limit)
        .await;
    let page = page.map_err(|unavailable| Error::unavailable("the search history", unavailable))?;
    Ok(Json(History {
        items: page.items,
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    }))
}
