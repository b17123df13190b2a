//! One person's listening as a whole.

use access::{Principal, SignedIn};
use actix_web::{get, web::Json};
use events::{Time, UserId};
use http_kit::{Error, FromQuery, Id, ListProblems, SelfProblems};
use read_analytics::{Habits, OwnListens};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Viewer,
    charts::Period,
    history::{Listen, UserStats, own_listens, shown, stats_of, visible},
    queries::no_analytics,
    spans::{Asked, SpanQuery},
};

/// Listens of [`UserPicture::recent`].
const RECENT: usize = 10;

/// One person's listening as a whole.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserPicture {
    #[serde(flatten)]
    pub stats: UserStats,
    /// As `/analytics/advanced/user-analytics/{user_id}`.
    pub habits: Habits,
    /// The last ten listens, the newest first, whatever time is asked about.
    pub recent: Vec<Listen>,
}

/// How one person listens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserAnalytics {
    /// Who.
    pub user_id: UserId,
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    #[serde(flatten)]
    pub habits: Habits,
}

/// One's own listening as a whole
///
/// As `/analytics/user/{user_id}`, of oneself.
#[utoipa::path(tag = "analytics", security(("bearer" = [])), params(SpanQuery),
    responses((status = 200, description = "the figures", body = UserPicture), ListProblems))]
#[get("/api/v1/analytics/user/analytics")]
pub(crate) async fn get_own_analytics(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    query: FromQuery<SpanQuery>,
) -> Result<Json<UserPicture>, Error> {
    Box::pin(picture(&viewer, &by, by.user_id, query)).await.map(Json)
}

/// One person's listening as a whole
///
/// The statistics of `/users/{user_id}/stats`, the habits of `/analytics/advanced/user-analytics/{user_id}`, and the last ten
/// listens. Of all time when neither `period` nor `from` is given.
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        SpanQuery),
    responses((status = 200, description = "the figures", body = UserPicture), SelfProblems))]
#[get("/api/v1/analytics/user/{user_id}")]
pub(crate) async fn get_picture_of_user(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    query: FromQuery<SpanQuery>,
) -> Result<Json<UserPicture>, Error> {
    Box::pin(picture(&viewer, &by, id, query)).await.map(Json)
}

/// How one person listens
///
/// Of all time when neither `period` nor `from` is given; hours and days are those of `tz`. Hidden listens are left out, as in
/// the history.
///
/// - `diversity`: the chance that two plays drawn at random are of different tracks, artists or genres.
/// - `discovery_rate`: of the different tracks played in that time, the share without a play before it.
/// - `sessions`: listens, counted or not, with less than 30 minutes between the end of what was heard and the next one.
/// - `clock`: plays by day of the week, Monday first, and hour.
/// - `loyalty`: the part of the plays that went to the ten artists played most, and that played a track again.
/// - `streak`: days in a row with a play, of all time up to the end of that time.
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10"),
        SpanQuery),
    responses((status = 200, description = "the figures", body = UserAnalytics), SelfProblems))]
#[get("/api/v1/analytics/advanced/user-analytics/{user_id}")]
pub(crate) async fn get_user_analytics(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Id(id): Id<UserId>,
    query: FromQuery<SpanQuery>,
) -> Result<Json<UserAnalytics>, Error> {
    let own = own_listens(&viewer, &by, id).await?;
    let asked = query.valid()?.asked(&viewer, Period::All).await?;
    Ok(Json(UserAnalytics {
        user_id: id,
        from: asked.from,
        to: asked.to,
        habits: habits(&viewer, &own, &asked).await?,
    }))
}

async fn picture(
    viewer: &Viewer,
    by: &Principal,
    user: UserId,
    query: FromQuery<SpanQuery>,
) -> Result<UserPicture, Error> {
    let own = own_listens(viewer, by, user).await?;
    let asked = query.valid()?.asked(viewer, Period::All).await?;
    let recent = async {
        let page = visible(viewer, &own, None, (RECENT, None)).await?;
        shown(viewer, user, page).await
    };
    let (stats, habits, recent) = tokio::try_join!(
        stats_of(viewer, user, &own, &asked),
        habits(viewer, &own, &asked),
        recent
    )?;
    Ok(UserPicture {
        stats,
        habits,
        recent: recent.items,
    })
}

async fn habits(viewer: &Viewer, own: &OwnListens, asked: &Asked) -> Result<Habits, Error> {
    let habits = viewer.queries.analytics.habits(own, asked.span, &asked.zone, asked.now);
    let habits = habits.await;
    habits.map_err(no_analytics)
}
