//! `POST /api/v1/tracks/{track_id}/listen`: one play of one's own.

use access::{Principal, SignedIn};
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use domain::PlayFields;
use events::TrackId;
use http_kit::{Body, CommandByIdProblems, Error, Id};
use serde_json::json;

use super::{
    batch::ListenIdentity,
    publish::{listened, publish},
};
use crate::Commands;

/// Listen
///
/// Records that a track was played; in a private session it is accepted and not recorded. The body is optional: without it, the whole track was heard just now. When the broker
/// is unavailable, the 503 carries `event_id` and `listened_at`: sending the same again with both is safe.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/{track_id}/listen", request_body = Option<PlayFields>,
    security(("bearer" = [])), params(("track_id" = TrackId, Path, description = "the track")),
    responses(CommandByIdProblems, (status = 202, description = "acknowledged by the broker", body = ListenIdentity)))]
#[post("/api/v1/tracks/{track_id}/listen")]
pub(crate) async fn listen(
    SignedIn(by): SignedIn,
    Id(track): Id<TrackId>,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    accept(&by, track, &body, &request, &commands).await
}

/// Listen, under the path of the analytics
///
/// The same as `POST /api/v1/tracks/{track_id}/listen`.
#[utoipa::path(tag = "analytics", path = "/api/v1/analytics/clickhouse/track/{track_id}/play",
    request_body = Option<PlayFields>, security(("bearer" = [])),
    params(("track_id" = TrackId, Path, description = "the track")),
    responses(CommandByIdProblems, (status = 202, description = "acknowledged by the broker", body = ListenIdentity)))]
#[post("/api/v1/analytics/clickhouse/track/{track_id}/play")]
pub(crate) async fn record_play(
    SignedIn(by): SignedIn,
    Id(track): Id<TrackId>,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    accept(&by, track, &body, &request, &commands).await
}

async fn accept(
    by: &Principal,
    track: TrackId,
    body: &Body,
    request: &HttpRequest,
    commands: &Commands,
) -> Result<HttpResponse, Error> {
    let facts = commands.tracks.facts(&commands.reader, std::iter::once(track)).await?;
    let facts = facts.get(&track).ok_or_else(|| Error::not_found("track"))?;
    let context = commands.context(request);
    let play: PlayFields = body.parse_or_default()?;
    let play = play.checked(context.new_id, context.now)?;
    let event = listened(play, facts, by.listener_id);
    let identity = ListenIdentity::of(&event);
    if by.is_private(context.now) {
        return Ok(HttpResponse::Accepted().json(identity));
    }
    match publish(commands, vec![event], &context).await?.pop() {
        Some(Ok(())) => Ok(HttpResponse::Accepted().json(identity)),
        Some(Err(reason)) => {
            let more = [
                ("event_id", json!(identity.event_id)),
                ("listened_at", json!(identity.listened_at)),
            ];
            Err(Error::unavailable_with("the event broker", reason, more))
        }
        None => Err(Error::defect("the producer gave no outcome")),
    }
}
