//! The events of one request on their way to the broker: a bad one fails alone, and each lookup is made once for all.

use std::collections::{HashMap, HashSet};

use access::{Access, Principal};
use actix_web::HttpResponse;
use domain::Play;
use events::{Listen, ListenerId, UserId};
use http_kit::Error;
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use store::CommandContext;
use uuid::Uuid;

use super::{
    batch::{BatchOutcome, ListeningEvent, RejectedListen},
    publish::{listened, publish},
};
use crate::Commands;

const MAX_EVENTS: usize = 1_000;
const MAX_EVENT_BYTES: usize = 64 * 1024;

#[derive(Deserialize)]
struct SeveralEvents<'a> {
    #[serde(borrow)]
    events: Option<Vec<&'a RawValue>>,
}

pub(super) struct Intake {
    plays: Vec<Result<(ListeningEvent, Play), String>>,
    /// What may be published, each with its place in the request.
    listens: Vec<(usize, Listen)>,
    ids: Vec<Option<Uuid>>,
    rejected: Vec<RejectedListen>,
    duplicates: usize,
}

impl Intake {
    pub(super) fn read(
        body: &[u8],
        by: &Principal,
        key: Option<&str>,
        context: &CommandContext,
    ) -> Result<Self, Error> {
        let invalid = |error: serde_json::Error| Error::invalid("body", error.to_string());
        let whole: &RawValue = serde_json::from_slice(body).map_err(invalid)?;
        let several: SeveralEvents<'_> = serde_json::from_str(whole.get()).map_err(invalid)?;
        let raw = several.events.unwrap_or_else(|| vec![whole]);
        if raw.is_empty() || raw.len() > MAX_EVENTS {
            return Err(Error::invalid("events", "must be 1 to 1000"));
        }
        if let Some(index) = raw.iter().position(|event| event.get().len() > MAX_EVENT_BYTES) {
            return Err(Error::too_large(format!("event {index} is larger than 64 KiB")));
        }
        let parse = |(index, event): (usize, &RawValue)| {
            let id = key.map(|key| derived_id(by, key, index));
            parse(event, id, context)
        };
        Ok(Self {
            plays: raw.into_iter().enumerate().map(parse).collect(),
            listens: Vec::new(),
            ids: Vec::new(),
            rejected: Vec::new(),
            duplicates: 0,
        })
    }

    /// Looks up listeners and tracks, each kind at once, and leaves only events that may be published.
    pub(super) async fn complete(&mut self, commands: &Commands, access: &Access, by: &Principal) -> Result<(), Error> {
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
                Ok(listened(play, facts, *listener))
            });
            self.ids.push(listen.as_ref().ok().map(|listen| listen.event_id));
            match listen {
                Err(error) => self.rejected.push(RejectedListen { index, error }),
                Ok(listen) if seen.insert((listen.listener_id, listen.event_id, listen.listened_at.day())) => {
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
        if let Some(reason) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
            let done = indexes.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
            let acknowledged: Vec<_> = done.filter_map(|(index, _)| self.ids[*index]).collect();
            let more = [("event_ids", json!(self.ids)), ("acknowledged", json!(acknowledged))];
            return Err(Error::unavailable_with("the event broker", reason, more));
        }
        Ok(HttpResponse::Accepted().json(BatchOutcome {
            accepted: outcomes.len(),
            duplicates: self.duplicates,
            rejected: self.rejected,
            event_ids: self.ids,
        }))
    }
}

fn parse(raw: &RawValue, id: Option<Uuid>, context: &CommandContext) -> Result<(ListeningEvent, Play), String> {
    if !raw.get().starts_with('{') {
        return Err("must be a JSON object".to_owned());
    }
    let mut event: ListeningEvent = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    let play = event.play(id).checked(context.new_id, context.now);
    Ok((event, play.map_err(|invalid| invalid.to_string())?))
}

/// Whose listens the caller may post: their own, and anybody's as an admin.
async fn listeners(
    access: &Access,
    by: &Principal,
    named: impl Iterator<Item = UserId>,
) -> Result<HashMap<UserId, ListenerId>, Error> {
    let mut listeners = HashMap::from([(by.user_id, by.listener_id)]);
    if !by.actor().is_admin() {
        return Ok(listeners);
    }
    let others: HashSet<UserId> = named.filter(|user| *user != by.user_id).collect();
    if !others.is_empty() {
        let others: Vec<UserId> = others.into_iter().collect();
        let others = access.reader.users(&others).await?;
        listeners.extend(others.iter().map(|user| (user.id(), user.listener_id())));
    }
    Ok(listeners)
}

/// The id of an event that has none, made from the request's key: the same request gives the same ids. Made from the
/// pseudonym: from the account's id, whoever guesses the key could find in the topic who listened.
fn derived_id(by: &Principal, key: &str, index: usize) -> Uuid {
    Uuid::new_v5(&by.listener_id.0, format!("{key}/{index}").as_bytes())
}
