//! `POST /api/v1/analytics/listening-events`: one play, or up to 1,000 at once.

use access::{Access, SignedIn};
use actix_web::{HttpRequest, HttpResponse, http::header::HeaderName, post, web::Data};
use domain::{PlayContext, PlayFields};
use events::{Time, TrackId, UserId};
use http_kit::{Body, CommandProblems, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::intake::Intake;
use crate::Commands;

const MAX_BODY: usize = 8 * 1024 * 1024;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// One event, or several under `events`.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "the body is read event by event, so that a bad one fails alone; this documents it"
)]
pub(crate) enum ListeningEvents {
    /// Several.
    Many {
        /// 1 to 1,000 events.
        events: Vec<ListeningEvent>,
    },
    /// One.
    One(ListeningEvent),
}

/// A play with its track, as one of many.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListeningEvent {
    /// The client's id of this play: sent again, it counts once.
    event_id: Option<Uuid>,
    /// Who listened; oneself when absent. Others only by an admin.
    pub(super) user_id: Option<UserId>,
    /// What was heard.
    pub(super) track_id: TrackId,
    /// When it began.
    listened_at: Option<Time>,
    /// How much was heard, in milliseconds.
    #[schema(example = 240_000, minimum = 0, maximum = 86_400_000)]
    ms_played: i64,
    /// What played it.
    source: Option<String>,
    /// What it was played on.
    device: Option<String>,
    /// What it was played from.
    context: Option<PlayContext>,
}

impl ListeningEvent {
    /// The play in it; an event without an id gets this one.
    pub(super) fn play(&mut self, id: Option<Uuid>) -> PlayFields {
        PlayFields {
            event_id: self.event_id.or(id),
            listened_at: self.listened_at,
            ms_played: Some(self.ms_played),
            source: self.source.take(),
            device: self.device.take(),
            context: self.context.take(),
        }
    }
}

/// What came of the events.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct BatchOutcome {
    /// Acknowledged by the broker.
    pub accepted: usize,
    /// Repeats within this request; each counts once.
    pub duplicates: usize,
    /// Events that are not valid.
    pub rejected: Vec<RejectedListen>,
    /// The id of each event, in the order sent; null for a rejected one.
    pub event_ids: Vec<Option<Uuid>>,
}

/// An event that is not valid.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct RejectedListen {
    /// Its place in the request, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub error: String,
}

/// Post listens
///
/// One event or `{"events": [1..1000]}`; 64 KiB at most for each, 8 MiB in all. A bad event fails alone. When the broker is
/// unavailable, the 503 carries `event_ids`: sending the same again with these ids is safe.
#[utoipa::path(tag = "analytics", path = "/api/v1/analytics/listening-events", request_body = ListeningEvents,
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header,
        description = "events without an id get one made from this key and their place")),
    responses(CommandProblems, (status = 202, description = "acknowledged by the broker", body = BatchOutcome)))]
#[post("/api/v1/analytics/listening-events")]
pub(crate) async fn post_listening_events(
    SignedIn(by): SignedIn,
    body: Body<MAX_BODY>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let key = request.headers().get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    let mut intake = Intake::read(body.object()?, &by, key, &context)?;
    intake.complete(&commands, &access, &by).await?;
    intake.publish(&commands, &context).await
}
