//! Reports and takedowns: for admins, and what of a person's own is taken down.

use access::{AdminOnly, SignedIn};
use actix_web::{get, web::Json};
use events::UserId;
use http_kit::{AdminListProblems, Error, FromQuery, Id, Limit, Page, PageQuery, SelfProblems, Whole};
use representations::{Report, Takedown};
use serde::Deserialize;
use store::TakedownView;
use utoipa::{IntoParams, ToSchema};

use crate::{Viewer, history::listener, pages};

/// Which reports.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportsQuery {
    /// `open` when absent.
    #[param(inline)]
    status: Option<ReportStatus>,
    /// Most items, 1 to 100.
    #[param(inline, example = 20)]
    limit: Option<Limit>,
    /// Items to skip, 0 to 10000; further in, go on with `cursor`.
    #[param(inline)]
    offset: Option<Whole<0, 10_000>>,
    /// `next_cursor` of the page before, in place of `offset`.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Whether somebody has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReportStatus {
    /// Nobody has looked yet.
    Open,
    /// It was answered.
    Resolved,
}

/// Reports, the oldest first
#[utoipa::path(tag = "moderation", security(("bearer" = [])), params(ReportsQuery),
    responses((status = 200, description = "a page", body = Page<Report>), AdminListProblems))]
#[get("/api/v1/admin/reports")]
pub(crate) async fn list_reports(
    _by: AdminOnly,
    viewer: Viewer,
    query: FromQuery<ReportsQuery>,
) -> Result<Json<Page<Report>>, Error> {
    let query = query.valid()?;
    let page = PageQuery {
        limit: query.limit,
        offset: query.offset,
        cursor: query.cursor.clone(),
    };
    let paging = page.checked()?;
    let start = pages::start(&paging)?;
    let are_open = query.status != Some(ReportStatus::Resolved);
    let reports = viewer
        .queries
        .reader
        .reports(are_open, paging.limit.into(), start.into());
    let (reports, total) = reports.await?;
    let reports = reports.into_iter().map(Report::from).collect();
    Ok(Json(pages::by_place(reports, total, start, &paging)))
}

/// What is taken down, the latest first
#[utoipa::path(tag = "moderation", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, description = "a page", body = Page<Takedown>), AdminListProblems))]
#[get("/api/v1/admin/takedowns")]
pub(crate) async fn list_takedowns(
    _by: AdminOnly,
    viewer: Viewer,
    page: FromQuery<PageQuery>,
) -> Result<Json<Page<Takedown>>, Error> {
    takedowns(&viewer, None, page).await
}

/// What of a person's own is taken down, the latest first
///
/// And why.
#[utoipa::path(tag = "moderation", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), PageQuery),
    responses((status = 200, description = "a page", body = Page<Takedown>), SelfProblems))]
#[get("/api/v1/users/{user_id}/takedowns")]
pub(crate) async fn list_own_takedowns(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(user): Id<UserId>,
    page: FromQuery<PageQuery>,
) -> Result<Json<Page<Takedown>>, Error> {
    listener(&viewer, &by, user).await?;
    takedowns(&viewer, Some(user), page).await
}

async fn takedowns(
    viewer: &Viewer,
    of: Option<UserId>,
    page: FromQuery<PageQuery>,
) -> Result<Json<Page<Takedown>>, Error> {
    let paging = page.valid()?.checked()?;
    let start = pages::start(&paging)?;
    let found = viewer.queries.reader.takedowns(of, paging.limit.into(), start.into());
    let (takedowns, total): (Vec<TakedownView>, i64) = found.await?;
    let takedowns = takedowns.into_iter().map(Takedown::from).collect();
    Ok(Json(pages::by_place(takedowns, total, start, &paging)))
}
