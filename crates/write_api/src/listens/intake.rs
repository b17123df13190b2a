//! The events of one request on their way to the broker: a bad one fails alone, and each lookup is made once for all.

use std::collections::{HashMap, HashSet};

use access::{Access, Principal};
use actix_web::{HttpResponse, web::Bytes};
use domain::Play;
use events::{Listen, ListenerId, Time, UserId};
use http_kit::{Error, from_json};
use serde_json::{json, value::RawValue};
use store::CommandContext;
use uuid::Uuid;

use super::{
    batch::{BatchOutcome, ListenIdentity, ListeningEvent, RejectedListen},
    parts::{Parts, parts},
    publish::{listened, publish},
};
use crate::Commands;

const MAX_EVENT_BYTES: usize = 64 * 1024;
/// A body up to this size, in bytes, is parsed in less time than it takes to hand it to another thread and back.
const MAX_PARSED_HERE: usize = 64 * 1024;

pub(super) struct Intake {
    plays: Vec<Result<(ListeningEvent, Play), String>>,
    /// What may be published, each with its place in the request.
    listens: Vec<(usize, Listen)>,
    /// Of each event in the order sent; none for a rejected one.
    identities: Vec<Option<ListenIdentity>>,
    rejected: Vec<RejectedListen>,
    duplicates: usize,
    private: usize,
}

/// Takes a body apart into plays. A large one is parsed on the blocking pool: other requests of this worker go on meanwhile.
pub(super) async fn read(
    body: Bytes,
    key: Option<String>,
    by: Principal,
    context: &CommandContext,
) -> Result<Intake, Error> {
    if body.len() <= MAX_PARSED_HERE {
        return Intake::parse(&body, key.as_deref(), &by, context);
    }
    let context = context.clone();
    let parsed = tokio::task::spawn_blocking(move || Intake::parse(&body, key.as_deref(), &by, &context));
    parsed.await.map_err(Error::defect)?
}

impl Intake {
    fn parse(body: &[u8], key: Option<&str>, by: &Principal, context: &CommandContext) -> Result<Self, Error> {
        let parts = parts(body)?;
        let place = |index: usize, field: &str| match &parts {
            Parts::One(_) => field.to_owned(),
            Parts::Many(_) => format!("events[{index}].{field}"),
        };
        let raw = match &parts {
            Parts::One(event) => std::slice::from_ref(event),
            Parts::Many(events) => events,
        };
        if let Some(index) = raw.iter().position(|event| event.get().len() > MAX_EVENT_BYTES) {
            return Err(Error::too_large(format!("event {index} is larger than 64 KiB")));
        }
        let mut plays = Vec::with_capacity(raw.len());
        for (index, event) in raw.iter().enumerate() {
            let event = parse(event);
            if let (Some(_), Ok(event)) = (key, &event) {
                event.repeatable(&place(index, "listened_at"))?;
            }
            let id = key.map(|key| derived_id(by, key, index));
            plays.push(event.and_then(|event| play(event, id, context)));
        }
        Ok(Self {
            plays,
            listens: Vec::new(),
            identities: Vec::new(),
            rejected: Vec::new(),
            duplicates: 0,
            private: 0,
        })
    }

    /// Looks up listeners and tracks, each kind at once, and leaves only events that may be published.
    pub(super) async fn complete(
        &mut self,
        commands: &Commands,
        access: &Access,
        by: &Principal,
        now: Time,
    ) -> Result<(), Error> {
        let plays = std::mem::take(&mut self.plays);
        let valid = || plays.iter().filter_map(|play| play.as_ref().ok());
        let tracks = valid().map(|(event, _)| event.track_id);
        let facts = commands.tracks.facts(&commands.reader, tracks).await?;
        let listeners = listeners(access, by, valid().filter_map(|(event, _)| event.user_id)).await?;
        let mut seen = HashSet::new();
        for (index, play) in plays.into_iter().enumerate() {
            let listen = play.and_then(|(event, play)| {
                let listener = listeners.get(&event.user_id.unwrap_or(by.user_id));
                let listener = listener.ok_or("user_id: must be your own; only an admin may post for others")?;
                let facts = facts.get(&event.track_id).ok_or("track_id: there is no such track")?;
                let is_private = listener.private_until.is_some_and(|until| now < until);
                Ok((listened(play, facts, listener.id), is_private))
            });
            let identity = listen.as_ref().ok().map(|(listen, _)| ListenIdentity::of(listen));
            self.identities.push(identity);
            match listen {
                Err(error) => self.rejected.push(RejectedListen { index, error }),
                Ok((_, true)) => self.private += 1,
                // The identity of a listen: of its copies the first one counts, as in every store.
                Ok((listen, _)) if seen.insert((listen.listener_id, listen.event_id, listen.listened_at.day())) => {
                    self.listens.push((index, listen));
                }
                Ok(_) => self.duplicates += 1,
            }
        }
        Ok(())
    }

    pub(super) async fn publish(self, commands: &Commands, context: &CommandContext) -> Result<HttpResponse, Error> {
        let (indexes, listens): (Vec<usize>, Vec<Listen>) = self.listens.into_iter().unzip();
        let outcomes = publish(commands, listens, context).await?;
        let id = |identity: &Option<ListenIdentity>| identity.map(|identity| identity.event_id);
        let event_ids: Vec<Option<Uuid>> = self.identities.iter().map(id).collect();
        if let Some(reason) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
            let done = indexes.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
            let acknowledged: Vec<_> = done.filter_map(|(index, _)| event_ids[*index]).collect();
            let more = [
                ("events", json!(self.identities)),
                ("event_ids", json!(event_ids)),
                ("acknowledged", json!(acknowledged)),
            ];
            return Err(Error::unavailable_with("the event broker", reason, more));
        }
        Ok(HttpResponse::Accepted().json(BatchOutcome {
            accepted: outcomes.len(),
            duplicates: self.duplicates,
            private: self.private,
            rejected: self.rejected,
            events: self.identities,
            event_ids,
        }))
    }
}

fn parse(raw: &RawValue) -> Result<ListeningEvent, String> {
    if !raw.get().starts_with('{') {
        return Err("must be a JSON object".to_owned());
    }
    from_json(raw.get().as_bytes()).map_err(|fault| format!("{}: {}", fault.field, fault.message))
}

fn play(
    mut event: ListeningEvent,
    id: Option<Uuid>,
    context: &CommandContext,
) -> Result<(ListeningEvent, Play), String> {
    let play = event.play(id).checked(context.new_id, context.now);
    Ok((event, play.map_err(|invalid| invalid.to_string())?))
}

/// Somebody whose listens are posted.
struct Listener {
    id: ListenerId,
    private_until: Option<Time>,
}

/// Whose listens the caller may post: their own, and anybody's as an admin.
async fn listeners(
    access: &Access,
    by: &Principal,
    named: impl Iterator<Item = UserId>,
) -> Result<HashMap<UserId, Listener>, Error> {
    let own = Listener {
        id: by.listener_id,
        private_until: by.private_until,
    };
    let mut listeners = HashMap::from([(by.user_id, own)]);
    if !by.actor().is_admin() {
        return Ok(listeners);
    }
    let others: HashSet<UserId> = named.filter(|user| *user != by.user_id).collect();
    if !others.is_empty() {
        let others: Vec<UserId> = others.into_iter().collect();
        let others = access.reader.users(&others).await?;
        listeners.extend(others.iter().map(|user| {
            let listener = Listener {
                id: user.listener_id(),
                private_until: user.private_until(),
            };
            (user.id(), listener)
        }));
    }
    Ok(listeners)
}

/// The id of an event that has none, made from the request's key: the same request gives the same ids. Made from the
/// pseudonym: from the account's id, whoever guesses the key could find in the topic who listened.
fn derived_id(by: &Principal, key: &str, index: usize) -> Uuid {
    Uuid::new_v5(&by.listener_id.0, format!("{key}/{index}").as_bytes())
}
