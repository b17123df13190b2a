//! `POST /api/v1/analytics/listening-events`: one play, or up to 1,000 at once.

use std::collections::{HashMap, HashSet};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::HeaderName},
    web::Data,
};
use domain::Play;
use events::{Listen, ListenerId, Role, UserId};
use http_kit::{Access, Error, JsonObject, Principal, Problem, SignedIn};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use store::CommandContext;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ListeningEvent, publish};
use crate::{Commands, problems::OfSignedIn};

/// Largest body, in bytes.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;
const MAX_EVENTS: usize = 1_000;
const MAX_EVENT_BYTES: usize = 64 * 1024;
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

/// What came of the events.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Outcome {
    /// Acknowledged by the broker.
    accepted: usize,
    /// Repeats within this request; each counts once.
    duplicates: usize,
    /// Events that are not valid.
    rejected: Vec<Rejected>,
    /// The id of each event, in the order sent; null for a rejected one.
    event_ids: Vec<Option<Uuid>>,
}

/// An event that is not valid.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Rejected {
    /// Its place in the request, from 0.
    index: usize,
    /// What is wrong with it.
    error: String,
}

#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow)]
    events: Option<Vec<&'a RawValue>>,
}

/// Post listens
///
/// One event or `{"events": [1..1000]}`. A bad event fails alone. When the broker is unavailable, the 503 carries `event_ids`:
/// sending the same again with these ids is safe.
#[utoipa::path(post, tag = "analytics", path = "/api/v1/analytics/listening-events", request_body = ListeningEvents,
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "events without an id get one made from this key and their place")), responses(
    OfSignedIn,
    (status = 202, description = "acknowledged by the broker", body = Outcome),
    (status = 413, description = "an event is over 64 KiB, or the body over 8 MiB", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "the body is not one event or 1 to 1,000 of them", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "the broker is unavailable; the same again, with event_ids, is safe", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn listening_events(
    by: SignedIn,
    body: JsonObject,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let key = request.headers().get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    let mut intake = Intake::read(&body.0, &by.0, key, &context)?;
    intake.settle(&commands, &access, &by.0, &context).await?;
    intake.publish(&commands, &context).await
}

/// The events of one request on their way: each with its id and its fate.
struct Intake {
    plays: Vec<Result<(ListeningEvent, Play), String>>,
    listens: Vec<(usize, Listen)>,
    ids: Vec<Option<Uuid>>,
    duplicates: usize,
}

impl Intake {
    fn read(body: &[u8], by: &Principal, key: Option<&str>, context: &CommandContext) -> Result<Self, Error> {
        let invalid = |error: serde_json::Error| Error::invalid("body", error.to_string());
        let whole: &RawValue = serde_json::from_slice(body).map_err(invalid)?;
        let shape: Shape<'_> = serde_json::from_str(whole.get()).map_err(invalid)?;
        let raw = shape.events.unwrap_or_else(|| vec![whole]);
        if raw.is_empty() || raw.len() > MAX_EVENTS {
            return Err(Error::invalid("events", "must be 1 to 1000"));
        }
        if let Some(index) = raw.iter().position(|event| event.get().len() > MAX_EVENT_BYTES) {
            let detail = format!("event {index} is larger than 64 KiB");
            return Err(Error::Refused(StatusCode::PAYLOAD_TOO_LARGE, detail.into()));
        }
        let mut intake = Self {
            plays: Vec::new(),
            listens: Vec::new(),
            ids: Vec::new(),
            duplicates: 0,
        };
        for (index, event) in raw.into_iter().enumerate() {
            let id = key.map(|key| derived_id(by, key, index));
            intake.plays.push(parse(event, id, context));
        }
        Ok(intake)
    }

    /// Looks up listeners and tracks, each kind at once, and leaves only events that may be published.
    async fn settle(
        &mut self,
        commands: &Commands,
        access: &Access,
        by: &Principal,
        context: &CommandContext,
    ) -> Result<(), Error> {
        let valid = || self.plays.iter().filter_map(|play| play.as_ref().ok());
        let facts = commands
            .tracks
            .facts(&commands.reader, valid().map(|(event, _)| event.track_id))
            .await?;
        let listeners = listeners(access, by, valid().filter_map(|(event, _)| event.user_id)).await?;
        let mut seen = HashSet::new();
        for (index, play) in self.plays.iter_mut().enumerate() {
            let Ok((event, heard)) = play else {
                self.ids.push(None);
                continue;
            };
            let listener = listeners.get(&event.user_id.unwrap_or(by.user_id));
            let (listener, facts) = match (listener, facts.get(&event.track_id)) {
                (Some(listener), Some(facts)) => (*listener, facts),
                (None, _) => {
                    *play = Err("user_id: must be your own; only an admin may post for others".to_owned());
                    self.ids.push(None);
                    continue;
                }
                (_, None) => {
                    *play = Err("track_id: there is no such track".to_owned());
                    self.ids.push(None);
                    continue;
                }
            };
            let listen = publish::listened(std::mem::take(heard), facts, listener, context);
            self.ids.push(Some(listen.event_id));
            if seen.insert((listener, listen.event_id, listen.listened_at.day())) {
                self.listens.push((index, listen));
            } else {
                self.duplicates += 1;
            }
        }
        Ok(())
    }

    async fn publish(self, commands: &Commands, context: &CommandContext) -> Result<HttpResponse, Error> {
        let (indexes, listens): (Vec<usize>, Vec<Listen>) = self.listens.into_iter().unzip();
        let outcomes = publish::publish(commands, listens, context).await?;
        if let Some(reason) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
            let done = indexes.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
            let acknowledged: Vec<_> = done.filter_map(|(index, _)| self.ids[*index]).collect();
            let mut more = Map::new();
            more.insert("event_ids".to_owned(), to_value(&self.ids));
            more.insert("acknowledged".to_owned(), to_value(&acknowledged));
            return Err(Error::Unavailable("the event broker", reason.to_string(), more));
        }
        let rejected = self.plays.into_iter().enumerate();
        let rejected = rejected.filter_map(|(index, play)| play.err().map(|error| Rejected { index, error }));
        Ok(HttpResponse::Accepted().json(Outcome {
            accepted: outcomes.len(),
            duplicates: self.duplicates,
            rejected: rejected.collect(),
            event_ids: self.ids,
        }))
    }
}

fn parse(raw: &RawValue, id: Option<Uuid>, context: &CommandContext) -> Result<(ListeningEvent, Play), String> {
    if !raw.get().starts_with('{') {
        return Err("must be a JSON object".to_owned());
    }
    let mut event: ListeningEvent = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    let play = Play {
        // Drawn before the time is settled: sent again with this id, the play began on the same day.
        event_id: Some(event.event_id.or(id).unwrap_or_else(context.new_id)),
        listened_at: event.listened_at,
        ms_played: Some(event.ms_played),
        source: event.source.take(),
        device: event.device.take(),
        context: event.context.take(),
    };
    let play = play.checked(context.now).map_err(|invalid| invalid.to_string())?;
    Ok((event, play))
}

/// Whose listens the caller may post: their own, and anybody's as an admin.
async fn listeners(
    access: &Access,
    by: &Principal,
    named: impl Iterator<Item = UserId>,
) -> Result<HashMap<UserId, ListenerId>, Error> {
    let mut listeners = HashMap::from([(by.user_id, by.listener_id)]);
    if by.role != Role::Admin {
        return Ok(listeners);
    }
    let others: HashSet<UserId> = named.filter(|user| *user != by.user_id).collect();
    if !others.is_empty() {
        let others: Vec<UserId> = others.into_iter().collect();
        listeners.extend(
            access
                .reader
                .users(&others)
                .await?
                .iter()
                .map(|user| (user.id(), user.listener_id())),
        );
    }
    Ok(listeners)
}

/// The id of an event that has none, made from the request's key: the same request gives the same ids. Made from the
/// pseudonym: from the account's id, whoever guesses the key could tell from the topic who listened.
fn derived_id(by: &Principal, key: &str, index: usize) -> Uuid {
    Uuid::new_v5(&by.listener_id.0, format!("{key}/{index}").as_bytes())
}

fn to_value<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
