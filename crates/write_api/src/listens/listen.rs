//! `POST /api/v1/tracks/{track_id}/listen`: one play of one's own.

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path},
};
use events::TrackId;
use http_kit::{Error, OptionalBody, Principal, Problem, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Heard, publish};
use crate::{Commands, problems::OfSignedIn};

/// An accepted play.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Accepted {
    /// Its id: sent again with it, it counts once.
    event_id: Uuid,
}

/// Listen
///
/// Tells that a track was played. The body is optional: without it, the whole track was heard just now.
#[utoipa::path(tag = "tracks", path = "/api/v1/tracks/{track_id}/listen", request_body = Option<Heard>, security(("bearer" = [])),
    params(("track_id" = Uuid, Path, description = "the track")), responses(
    OfSignedIn,
    (status = 202, description = "acknowledged by the broker", body = Accepted),
    (status = 404, description = "no such track", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "the broker is unavailable; send it again with the event_id of the problem", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/tracks/{track_id}/listen")]
pub(crate) async fn listen(
    by: SignedIn,
    path: Path<String>,
    body: OptionalBody<Heard>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    accept(&by.0, &path, body.0, &request, &commands).await
}

/// Listen, as the warehouse's path
///
/// The same as `POST /api/v1/tracks/{track_id}/listen`.
#[utoipa::path(tag = "analytics", path = "/api/v1/analytics/clickhouse/track/{track_id}/play", request_body = Option<Heard>, security(("bearer" = [])),
    params(("track_id" = Uuid, Path, description = "the track")), responses(
    OfSignedIn,
    (status = 202, description = "acknowledged by the broker", body = Accepted),
    (status = 404, description = "no such track", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "the broker is unavailable; send it again with the event_id of the problem", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/analytics/clickhouse/track/{track_id}/play")]
pub(crate) async fn play(
    by: SignedIn,
    path: Path<String>,
    body: OptionalBody<Heard>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    accept(&by.0, &path, body.0, &request, &commands).await
}

async fn accept(
    by: &Principal,
    track: &str,
    heard: Heard,
    request: &HttpRequest,
    commands: &Commands,
) -> Result<HttpResponse, Error> {
    let track = Uuid::try_parse(track)
        .map(TrackId)
        .map_err(|_| Error::no_such("track"))?;
    let context = commands.context(request);
    let mut heard = heard.play();
    // Drawn before the time is settled: sent again with this id, the play began on the same day.
    heard.event_id.get_or_insert_with(context.new_id);
    let heard = heard.checked(context.now)?;
    let facts = commands.tracks.facts(&commands.reader, std::iter::once(track)).await?;
    let facts = facts.get(&track).ok_or_else(|| Error::no_such("track"))?;
    let event = publish::listened(heard, facts, by.listener_id, &context);
    let event_id = event.event_id;
    match publish::publish(commands, vec![event], &context).await?.pop() {
        Some(Ok(())) => Ok(HttpResponse::Accepted().json(Accepted { event_id })),
        Some(Err(reason)) => {
            let more = [("event_id".to_owned(), event_id.to_string().into())]
                .into_iter()
                .collect();
            Err(Error::Unavailable("the event broker", reason.to_string(), more))
        }
        None => Err(Error::Defect("the producer gave no outcome".to_owned())),
    }
}
