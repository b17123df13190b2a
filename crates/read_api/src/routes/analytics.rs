//! Charts, histories and statistics under the names of the analytics; the same answers as elsewhere.

use access::SignedIn;
use actix_web::{get, web::Json};
use events::UserId;
use http_kit::{Error, FromQuery, History, Id, ListProblems, NotModified, SelfProblems};
use representations::{Artist, Track};

use crate::{
    Viewer,
    catalogue_item::{NamedArtist, NamedTrack},
    charts::{Chart, ChartQuery, chart},
    for_many::{Question, Shared},
    history::{HistoryQuery, Listen, UserStats, history, stats},
    spans::SpanQuery,
};

/// The most played tracks, as `/tracks/popular/`
///
/// Counted plays that began in that time: `period` is rolling, from a whole UTC hour on until now; or it is `from` until `to`.
/// Equal plays are in the order of the ids; what is deleted is left out.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])), params(ChartQuery),
    responses((status = 200, description = "the chart", body = Chart<NamedTrack>), NotModified, ListProblems))]
#[get("/api/v1/analytics/popular-tracks")]
pub(crate) async fn get_track_chart(
    viewer: Viewer,
    asked: Question,
    query: FromQuery<ChartQuery>,
) -> Result<Shared<Chart<NamedTrack>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        chart::<Track>(viewer, query.valid()?).await
    })
    .await
}

/// The most played artists, as `/artists/popular/`
///
/// Counted plays that began in that time: `period` is rolling, from a whole UTC hour on until now; or it is `from` until `to`.
/// Equal plays are in the order of the ids; what is deleted is left out. A play counts for each main and featured artist of
/// its track, as they were then, also where the track is deleted.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])), params(ChartQuery),
    responses((status = 200, description = "the chart", body = Chart<NamedArtist>), NotModified, ListProblems))]
#[get("/api/v1/analytics/popular-artists")]
pub(crate) async fn get_artist_chart(
    viewer: Viewer,
    asked: Question,
    query: FromQuery<ChartQuery>,
) -> Result<Shared<Chart<NamedArtist>>, Error> {
    Shared::of(&viewer, asked, async |viewer| {
        chart::<Artist>(viewer, query.valid()?).await
    })
    .await
}

/// What a person heard, as `/users/{user_id}/listening-history`
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        HistoryQuery),
    responses((status = 200, description = "a part of the history", body = History<Listen>), SelfProblems))]
#[get("/api/v1/analytics/user/{user_id}/listening-history")]
pub(crate) async fn get_history_of_user(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    query: FromQuery<HistoryQuery>,
) -> Result<Json<History<Listen>>, Error> {
    history(&viewer, &by, id, query).await.map(Json)
}

/// Statistics of what a person heard, as `/users/{user_id}/stats`
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        SpanQuery),
    responses((status = 200, description = "the figures", body = UserStats), SelfProblems))]
#[get("/api/v1/analytics/user/{user_id}/stats")]
pub(crate) async fn get_stats_of_user(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    query: FromQuery<SpanQuery>,
) -> Result<Json<UserStats>, Error> {
    stats(&viewer, &by, id, query).await.map(Json)
}
