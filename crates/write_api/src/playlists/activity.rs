//! `POST /api/v1/analytics/events/playlist`: what somebody did with a playlist.

use access::SignedIn;
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use bus::Message;
use events::{Event, Meta, PlaylistAction, PlaylistActivity, PlaylistId, Topic, TrackId};
use http_kit::{Body, CommandByIdProblems, Error};
use serde::{Deserialize, Serialize};
use store::CommandContext;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;

/// What was done with a playlist.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaylistEvent {
    /// One that the caller sees.
    playlist_id: PlaylistId,
    /// What was done.
    action: PlaylistAction,
    /// Which track of it was played.
    track_id: Option<TrackId>,
}

/// An event that the broker has.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct RecordedEvent {
    /// Its id.
    pub event_id: Uuid,
}

/// Record what was done with a playlist
///
/// Played, shared, followed or unfollowed. The event names the playlist and nobody.
#[utoipa::path(tag = "analytics", request_body = PlaylistEvent, security(("bearer" = [])),
    responses(CommandByIdProblems, (status = 202, description = "acknowledged by the broker", body = RecordedEvent)))]
#[post("/api/v1/analytics/events/playlist")]
pub(crate) async fn post_playlist_event(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let sent: PlaylistEvent = body.parse()?;
    let seen = commands.reader.playlist(sent.playlist_id, by.sight()).await?;
    seen.ok_or_else(|| Error::not_found("playlist"))?;
    if let Some(track) = sent.track_id {
        names_a_track(&commands, track).await?;
    }
    let context = commands.context(&request);
    let activity = PlaylistActivity {
        event_id: (context.new_id)(),
        playlist_id: sent.playlist_id,
        action: sent.action.into(),
        track_id: sent.track_id,
        occurred_at: context.now,
    };
    let event_id = activity.event_id;
    publish(&commands, activity, &context).await?;
    Ok(HttpResponse::Accepted().json(RecordedEvent { event_id }))
}

async fn names_a_track(commands: &Commands, id: TrackId) -> Result<(), Error> {
    let facts = commands.tracks.facts(&commands.reader, std::iter::once(id)).await?;
    let track = facts.get(&id).map(drop);
    track.ok_or_else(|| Error::invalid("track_id", "names no track"))
}

async fn publish(commands: &Commands, activity: PlaylistActivity, context: &CommandContext) -> Result<(), Error> {
    let trace = context.trace.of(Topic::PlaylistActivity);
    let meta = Meta {
        id: activity.event_id,
        time: context.now,
        sequence: None,
        traceparent: trace.map(str::to_owned),
    };
    let event = Event::PlaylistActivity(Box::new(activity))
        .encode(&meta)
        .map_err(Error::defect)?;
    let message = Message::event(event.topic, event.key.as_deref(), &event.payload, None, trace);
    match commands.producer.publish(std::iter::once(message)).await.pop() {
        Some(Ok(_)) => Ok(()),
        Some(Err(reason)) => Err(Error::unavailable("the event broker", reason)),
        None => Err(Error::defect("the producer gave no outcome")),
    }
}
