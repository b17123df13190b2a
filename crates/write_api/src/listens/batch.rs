//! `POST /api/v1/analytics/listening-events`: one play, or up to 1,000 at once.

use access::{Access, SignedIn};
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use domain::{PlayContext, PlayFields, time_inside};
use events::{Listen, Time, TrackId, UserId};
use http_kit::{Body, CommandProblems, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::intake;
use crate::{Commands, idempotency_key::IdempotencyKey};

const MAX_BODY: usize = 8 * 1024 * 1024;

/// One event, or several under `events`.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "the body is read event by event, so that a bad one fails alone; this documents it"
)]
pub(crate) enum ListeningEvents {
    /// Several.
    Many(SeveralEvents),
    /// One.
    One(ListeningEvent),
}

/// Several events at once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "as `ListeningEvents`")]
pub(crate) struct SeveralEvents {
    /// 1 to 1,000 events.
    #[schema(min_items = 1, max_items = 1000)]
    events: Vec<ListeningEvent>,
}

/// A play with its track, as one of many.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListeningEvent {
    /// The client's id of this play: sent again, it counts once.
    pub(super) event_id: Option<Uuid>,
    /// Who listened; oneself when absent. Others only by an admin.
    pub(super) user_id: Option<UserId>,
    /// What was heard.
    pub(super) track_id: TrackId,
    /// When it began; from 2002-10-01 to five minutes from now. Now, or the moment inside a `UUIDv7` `event_id`, when absent.
    pub(super) listened_at: Option<Time>,
    /// How much was heard, in milliseconds.
    #[schema(example = 240_000, minimum = 0, maximum = 86_400_000)]
    ms_played: i64,
    /// What played it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    source: Option<String>,
    /// What it was played on.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    device: Option<String>,
    /// What it was played from.
    context: Option<PlayContext>,
}

impl ListenIdentity {
    pub(super) fn of(listen: &Listen) -> Self {
        Self {
            event_id: listen.event_id,
            listened_at: listen.listened_at,
        }
    }
}

impl ListeningEvent {
    /// 422 unless the event is the same one when the request comes again. Neither an id made from the request's key nor a
    /// `UUIDv4` says anything of the time; after midnight (UTC) the same event without its time would be another listen.
    pub(super) fn repeatable(&self, field: &str) -> Result<(), Error> {
        if self.listened_at.is_some() || self.event_id.is_some_and(|id| time_inside(id).is_some()) {
            return Ok(());
        }
        Err(Error::invalid(
            field,
            "is missing: with Idempotency-Key an event must have its listened_at, or a UUIDv7 as event_id",
        ))
    }

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
    /// Not recorded: whoever listened has a private session.
    pub private: usize,
    /// Events that are not valid.
    pub rejected: Vec<RejectedListen>,
    /// What to send again after a lost answer, in the order sent: with the same id and the same time an event counts once.
    /// Null for a rejected one.
    pub events: Vec<Option<ListenIdentity>>,
    /// The id of each event, in the order sent; null for a rejected one.
    pub event_ids: Vec<Option<Uuid>>,
}

/// What makes a listen the same one when it is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListenIdentity {
    /// Its id.
    pub event_id: Uuid,
    /// When it began.
    pub listened_at: Time,
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
/// unavailable, the 503 carries `events`: sending the same again with these ids and times is safe.
#[utoipa::path(tag = "analytics", path = "/api/v1/analytics/listening-events", request_body = ListeningEvents,
    security(("bearer" = [])), params(IdempotencyKey),
    responses(CommandProblems, (status = 202, description = "acknowledged by the broker", body = BatchOutcome)))]
#[post("/api/v1/analytics/listening-events")]
pub(crate) async fn post_listening_events(
    SignedIn(by): SignedIn,
    body: Body<MAX_BODY>,
    key: IdempotencyKey,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let mut intake = intake::read(body.object()?.clone(), key.valid()?, by, &context).await?;
    intake.complete(&commands, &access, &by, context.now).await?;
    intake.publish(&commands, &context).await
}
