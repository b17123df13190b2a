//! From a valid play to acknowledged events.

use bus::{Delivered, Message, NotPublished};
use domain::{Play, counts, heard_ms};
use events::{Encoded, Event, Listen, ListenerId, Meta, Topic};
use http_kit::Error;
use store::{CommandContext, EventPlace, ListenFacts};

use crate::Commands;

/// The event of a valid play: complete, so that every projection is a pure function of it.
pub(crate) fn listened(play: Play, facts: &ListenFacts, listener_id: ListenerId) -> Listen {
    let ms_played = heard_ms(facts.duration_ms, play.ms_played);
    Listen {
        event_id: play.event_id,
        listener_id,
        track_id: facts.track_id(),
        artist_id: facts.artist_id(),
        artist_ids: facts.artist_ids(),
        album_id: facts.album_id(),
        genres: facts.genres.clone(),
        duration_ms: facts.duration_ms,
        listened_at: play.listened_at,
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
    mut listens: Vec<Listen>,
    context: &CommandContext,
) -> Result<Vec<Result<(), NotPublished>>, Error> {
    commands.playlists.hide_private(&commands.reader, &mut listens).await?;
    let trace = context.trace.of(Topic::Listens);
    let encode = |listen: Listen| {
        // The envelope's id is the client's: whoever reads the topic sees the same play twice as the same event.
        let meta = Meta {
            id: listen.event_id,
            time: context.now,
            sequence: None,
            traceparent: trace.map(str::to_owned),
        };
        Event::Listened(Box::new(listen)).encode(&meta)
    };
    let encoded: Result<Vec<Encoded>, _> = listens.into_iter().map(encode).collect();
    let encoded = encoded.map_err(Error::defect)?;
    let messages = encoded
        .iter()
        .map(|event| Message::event(event.topic, event.key.as_deref(), &event.payload, event.sequence, trace));
    let outcomes = commands.producer.publish(messages).await;
    for Delivered { partition, offset } in outcomes.iter().flatten().copied() {
        context.marks.published(EventPlace {
            topic: Topic::Listens,
            partition,
            offset,
        });
    }
    Ok(outcomes.into_iter().map(|outcome| outcome.map(drop)).collect())
}
