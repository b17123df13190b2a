//! From a valid play to acknowledged events.

use bus::{Message, NotPublished};
use domain::{Play, counts};
use events::{Encoded, Event, Listen, ListenerId, Meta};
use http_kit::Error;
use store::{CommandContext, ListenFacts};

use crate::Commands;

/// The event of a valid play. More than the track's length counts as its length. Without `ms_played` the whole track
/// was heard; of a track whose length is unknown, as much as counts.
pub(crate) fn listened(play: Play, facts: &ListenFacts, listener_id: ListenerId, context: &CommandContext) -> Listen {
    let heard = play.ms_played.unwrap_or_else(|| facts.duration_ms.unwrap_or(30_000));
    let ms_played = facts.duration_ms.map_or(heard, |duration| heard.min(duration));
    Listen {
        event_id: play.event_id.unwrap_or_else(|| (context.new_id)()),
        listener_id,
        track_id: facts.track_id(),
        artist_id: facts.artist_id(),
        artist_ids: vec![facts.artist_id()],
        album_id: facts.album_id(),
        genres: facts.genres.clone(),
        duration_ms: facts.duration_ms,
        listened_at: play.listened_at.unwrap_or(context.now),
        ms_played,
        counted: counts(facts.duration_ms, ms_played),
        source: play.source,
        device: play.device,
        context: play.context,
    }
}

/// Publishes listens and waits for the broker; whether each was acknowledged, in the same order.
pub(crate) async fn publish(
    commands: &Commands,
    listens: Vec<Listen>,
    context: &CommandContext,
) -> Result<Vec<Result<(), NotPublished>>, Error> {
    let encode = |listen: Listen| {
        // The envelope's id is the client's: whoever reads the topic sees the same play twice as the same event.
        let meta = Meta {
            id: listen.event_id,
            time: context.now,
            sequence: None,
            traceparent: context.traceparent.clone(),
        };
        Event::Listened(Box::new(listen)).encode(&meta)
    };
    let encoded: Result<Vec<Encoded>, _> = listens.into_iter().map(encode).collect();
    let encoded = encoded.map_err(|error| Error::Defect(error.to_string()))?;
    let messages = encoded.iter().map(|event| {
        Message::event(
            event.topic,
            &event.key,
            &event.payload,
            event.sequence,
            context.traceparent.as_deref(),
        )
    });
    Ok(commands
        .producer
        .publish(messages)
        .await
        .into_iter()
        .map(|outcome| outcome.map(drop))
        .collect())
}
