//! What happens right now.

use std::convert::Infallible;

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, get, http::header::CACHE_CONTROL};
use events::{ListenerId, Time};
use futures_util::stream;
use http_kit::{Action, Error, NotModified, ReadProblems, RequestContext, TooManyProblem, Who};
use read_counters::{PlatformCounts, PlatformStats as Counted};
use representations::{Track, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Viewer,
    catalogue_item::NamedTrack,
    for_many::{ForMany, Question, Shared, sign_all},
    history::{Played, played},
};

/// Who listened within it is active, in seconds.
const WINDOW: u32 = 300;
/// Accounts that an admin is shown.
const MAX_SHOWN: usize = 100;

/// What happens right now; plays are counted listens.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PlatformStats {
    #[serde(flatten)]
    pub counts: PlatformCounts,
    /// The ten most played tracks since the last full UTC hour began.
    pub top_now: Vec<Played<NamedTrack>>,
}

/// Who listens right now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActiveUsers {
    /// Who listened within so many seconds.
    #[schema(example = 300)]
    pub window_seconds: u32,
    /// How many.
    pub count: u64,
    /// Who, the latest first, 100 at most; for admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ActiveUser>>,
}

/// An account that listens right now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActiveUser {
    #[serde(flatten)]
    pub user: User,
    /// When its last listen began.
    pub last_listen_at: Time,
}

impl ForMany for PlatformStats {
    const IS_SIGNED: bool = true;

    fn sign(&mut self, viewer: &Viewer) {
        sign_all(&mut self.top_now, viewer);
    }
}

impl ForMany for ActiveUsers {
    const IS_SIGNED: bool = false;
}

/// What happens right now
///
/// Counted as events come in, by when they began; the windows end now and move in steps of ten seconds.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "the counts, fresh within a second", body = PlatformStats), NotModified, ReadProblems))]
#[get("/api/v1/analytics/realtime/platform-stats")]
pub(crate) async fn get_platform_stats(viewer: Viewer, asked: Question) -> Result<Shared<PlatformStats>, Error> {
    Shared::of(&viewer, asked, platform_stats).await
}

pub(crate) async fn platform_stats(viewer: &Viewer) -> Result<PlatformStats, Error> {
    let counted = counted(viewer).await?;
    Ok(PlatformStats {
        counts: counted.counts,
        top_now: played::<Track>(viewer, counted.top_now).await?,
    })
}

/// What happens right now, as it happens
///
/// Server-sent events: `stats` with the body of `/analytics/realtime/platform-stats`, at once and then within a second of each
/// change; a comment when nothing changes for 15 seconds. Whoever connects again gets the newest snapshot: there is nothing
/// to catch up with, so `Last-Event-ID` is not needed. Tracks have no `stream_url` here. It ends when the service shuts down.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "the events", body = String, content_type = "text/event-stream"),
        ReadProblems, TooManyProblem))]
#[get("/api/v1/analytics/realtime/stream")]
pub(crate) async fn stream_platform_stats(viewer: Viewer, request: HttpRequest) -> Result<HttpResponse, Error> {
    let client = request
        .extensions()
        .get::<RequestContext>()
        .map(|context| context.client);
    let client = client.ok_or_else(|| Error::defect("the edge gave no context"))?;
    let limiter = &viewer.queries.limiter;
    let permit = limiter.permit(Action::Follow, Who::Address(client), &request)?;
    let follower = viewer.queries.live.follow(permit).await?;
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // A proxy that gathers would hold events back.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events))
}

/// How many listen right now
///
/// Admins also see who.
#[utoipa::path(tag = "analytics", security((), ("bearer" = [])),
    responses((status = 200, description = "their number", body = ActiveUsers), NotModified, ReadProblems))]
#[get("/api/v1/analytics/realtime/active-users")]
pub(crate) async fn count_active_users(viewer: Viewer, asked: Question) -> Result<Shared<ActiveUsers>, Error> {
    let is_shown = viewer.sight().is_admin;
    let count = async |viewer: &Viewer| {
        Ok(ActiveUsers {
            window_seconds: WINDOW,
            count: counted(viewer).await?.counts.active_users,
            items: None,
        })
    };
    if !is_shown {
        return Shared::of(&viewer, asked, count).await;
    }
    let (count, items) = tokio::try_join!(count(&viewer), active(&viewer))?;
    Ok(Shared::own(ActiveUsers {
        items: Some(items),
        ..count
    }))
}

/// The accounts behind the pseudonyms that listen.
async fn active(viewer: &Viewer) -> Result<Vec<ActiveUser>, Error> {
    let now = (viewer.queries.ambient.now)();
    let active = viewer.queries.counters.active(now, MAX_SHOWN).await;
    let active = active.map_err(|unavailable| Error::unavailable("the realtime engine", unavailable))?;
    let ids: Vec<ListenerId> = active.iter().map(|(listener, _)| *listener).collect();
    let accounts = viewer.queries.reader.listening(&ids, viewer.sight()).await?;
    // Both are in the same order; accounts that are gone are left out.
    let mut active = active.into_iter();
    let items = accounts.into_iter().filter_map(|(listener, user)| {
        let (_, last_listen_at) = active.find(|(id, _)| *id == listener)?;
        Some(ActiveUser {
            user: user.into(),
            last_listen_at,
        })
    });
    Ok(items.collect())
}

async fn counted(viewer: &Viewer) -> Result<Counted, Error> {
    let now = (viewer.queries.ambient.now)();
    let counted = viewer.queries.counters.platform(now).await;
    counted.map_err(|unavailable| Error::unavailable("the realtime engine", unavailable))
}
