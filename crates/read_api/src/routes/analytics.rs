//! Charts, histories and statistics under the names of the analytics; the same answers as elsewhere.

use actix_web::{get, web::Json};
use events::UserId;
use http_kit::{Artist, Error, FromQuery, History, Id, SignedIn, Track};
use uuid::Uuid;

use crate::{
    Viewer,
    charts::{Chart, ChartQuery, chart},
    listening::{HistoryQuery, Listen, UserStats, history, stats},
    problems::{OfLists, OfSelf},
    shape::{NamedArtist, NamedTrack},
};

/// The most played tracks, as `/tracks/popular/`
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])), params(ChartQuery),
    responses((status = 200, description = "the chart", body = Chart<NamedTrack>), OfLists))]
#[get("/api/v1/analytics/popular-tracks")]
pub(crate) async fn track_chart(
    viewer: Viewer,
    FromQuery(query): FromQuery<ChartQuery>,
) -> Result<Json<Chart<NamedTrack>>, Error> {
    chart::<Track>(&viewer, &query).await.map(Json)
}

/// The most played artists, as `/artists/popular/`
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])), params(ChartQuery),
    responses((status = 200, description = "the chart", body = Chart<NamedArtist>), OfLists))]
#[get("/api/v1/analytics/popular-artists")]
pub(crate) async fn artist_chart(
    viewer: Viewer,
    FromQuery(query): FromQuery<ChartQuery>,
) -> Result<Json<Chart<NamedArtist>>, Error> {
    chart::<Artist>(&viewer, &query).await.map(Json)
}

/// What a person heard, as `/users/{user_id}/listening-history`
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        HistoryQuery),
    responses((status = 200, description = "a part of the history", body = History<Listen>), OfSelf))]
#[get("/api/v1/analytics/user/{user_id}/listening-history")]
pub(crate) async fn history_of_user(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<Uuid>,
    FromQuery(query): FromQuery<HistoryQuery>,
) -> Result<Json<History<Listen>>, Error> {
    history(&viewer, &by, UserId(id), &query).await.map(Json)
}

/// Statistics of what a person heard, as `/users/{user_id}/stats`
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10")),
    responses((status = 200, description = "all time", body = UserStats), OfSelf))]
#[get("/api/v1/analytics/user/{user_id}/stats")]
pub(crate) async fn stats_of_user(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<Uuid>,
) -> Result<Json<UserStats>, Error> {
    stats(&viewer, &by, UserId(id)).await.map(Json)
}
