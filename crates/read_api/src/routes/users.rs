//! People: profiles, and what they heard.

use access::{AdminOnly, SignedIn};
use actix_web::{
    get,
    web::{Data, Json},
};
use events::{Role, UserId};
use http_kit::{AdminListProblems, ByIdProblems, Error, FromQuery, History, Id, Page, PageQuery, SelfProblems};
use representations::User;
use serde::Deserialize;
use store::PeopleFilter;
use utoipa::IntoParams;

use crate::{
    Queries, Viewer,
    history::{HistoryQuery, Listen, UserStats, history, stats},
    input::words,
    pages,
    spans::SpanQuery,
};

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// What a username, a name as shown or an e-mail address begins with; case does not matter.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    q: Option<String>,
    /// Of this role only.
    #[param(inline)]
    role: Option<Role>,
}

/// Accounts, newest first
#[utoipa::path(tag = "users", path = "/api/v1/users/", security(("bearer" = [])), params(UsersQuery, PageQuery),
    responses((status = 200, description = "a page", body = Page<User>), AdminListProblems))]
#[get("/api/v1/users")]
pub(crate) async fn list_users(
    AdminOnly(by): AdminOnly,
    query: FromQuery<UsersQuery>,
    page: FromQuery<PageQuery>,
    queries: Data<Queries>,
) -> Result<Json<Page<User>>, Error> {
    let (query, paging) = (query.valid()?, page.valid()?.checked()?);
    let start = pages::start(&paging)?;
    let beginning = query.q.as_deref().map(words).transpose()?;
    let filter = PeopleFilter {
        beginning: beginning.map(|text| text.to_lowercase()),
        role: query.role,
    };
    let (limit, offset) = (paging.limit.into(), start.into());
    let (views, total) = queries.reader.people(&filter, by.sight(), limit, offset).await?;
    let users = views.into_iter().map(User::from).collect();
    Ok(Json(pages::by_place(users, total, start, &paging)))
}

/// A person's profile
///
/// The person and admins also see the address and its state.
#[utoipa::path(tag = "users", security((), ("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10")),
    responses((status = 200, description = "the profile", body = User), ByIdProblems))]
#[get("/api/v1/users/{user_id}")]
pub(crate) async fn get_user(viewer: Viewer, Id(id): Id<UserId>) -> Result<Json<User>, Error> {
    let profile = viewer.queries.reader.profile(id, viewer.sight()).await?;
    let profile = profile.ok_or_else(|| Error::not_found("user"))?;
    Ok(Json(profile.into()))
}

/// What a person heard, newest first
///
/// A track that was deleted since is shown as `{id}`.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        HistoryQuery),
    responses((status = 200, description = "a part of the history", body = History<Listen>), SelfProblems))]
#[get("/api/v1/users/{user_id}/listening-history")]
pub(crate) async fn get_listening_history(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    query: FromQuery<HistoryQuery>,
) -> Result<Json<History<Listen>>, Error> {
    history(&viewer, &by, id, query).await.map(Json)
}

/// Statistics of what a person heard
///
/// Of all time when neither `period` nor `from` is given. Plays are listens that counted; `listened_ms` is what was heard of
/// all listens. A listen belongs to the time in which it began. `by_hour`, `by_weekday`, `by_day` and `streak` are in `tz`.
/// `previous` is of the time before, as long. Deleted tracks and artists are left out of the tops, their plays count.
/// Listens that the person hid are in no figure here; charts and figures of works count them.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        SpanQuery),
    responses((status = 200, description = "the figures", body = UserStats), SelfProblems))]
#[get("/api/v1/users/{user_id}/stats")]
pub(crate) async fn get_user_stats(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    query: FromQuery<SpanQuery>,
) -> Result<Json<UserStats>, Error> {
    stats(&viewer, &by, id, query).await.map(Json)
}
