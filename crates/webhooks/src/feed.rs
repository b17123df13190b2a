//! From events to deliveries. The projector's loop reads the topics; deliveries and positions are in Postgres, in one
//! transaction.

use events::{Event, Incoming, Meta, Topic};
use projector::{Batch, Position, Projection, Stored, Unavailable, Unprojectable};
use serde_json::{Map, Value};
use store::{CommandContext, Concerned, Store, StoreError, WebhookEvent, WebhookPosition};
use uuid::Uuid;

/// Makes deliveries of events.
pub struct Feed {
    pub store: Store,
    pub context: fn() -> CommandContext,
}

/// An event, and what is sent of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FedEvent {
    meta: Meta,
    type_name: &'static str,
    about: Concerned,
    subject: Uuid,
    envelope: Map<String, Value>,
}

impl Projection for Feed {
    type Row = FedEvent;
    const NAME: &'static str = "webhooks";
    const TOPICS: &'static [Topic] = &[
        Topic::Artists,
        Topic::Albums,
        Topic::Tracks,
        Topic::Playlists,
        Topic::PlaylistItems,
        Topic::Favourites,
        Topic::Replays,
    ];

    fn rows(&self, event: &Incoming) -> Result<Vec<FedEvent>, Unprojectable> {
        fed(&event.meta, &event.event).map(|fed| fed.into_iter().collect())
    }

    async fn store(&self, batch: &Batch<FedEvent>) -> Result<Stored, Unavailable> {
        self.store_batch(batch).await.map_err(unavailable)
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        let held = async {
            let mut unit = self.store.begin((self.context)()).await?;
            let held = unit.webhook_positions().await?;
            unit.roll_back().await?;
            Ok(held)
        };
        let held: Vec<WebhookPosition> = held.await.map_err(unavailable)?;
        Ok(held.into_iter().map(position).collect())
    }
}

/// As every projection counts.
#[must_use]
pub fn position(at: WebhookPosition) -> Position {
    Position {
        topic: at.topic,
        partition: at.partition,
        next: at.next,
    }
}

/// No row is refused for good: nothing of an event but its bytes is written.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: StoreError) -> Unavailable {
    Unavailable {
        engine: "postgres",
        reason: error.to_string(),
    }
}

/// None for what is for nobody.
fn fed(meta: &Meta, event: &Event) -> Result<Option<FedEvent>, Unprojectable> {
    let (about, subject) = match event {
        Event::Artist(_) => (Concerned::Artist, event.key()),
        Event::Album(_) => (Concerned::Album, event.key()),
        Event::Track(_) => (Concerned::Track, event.key()),
        Event::Playlist(_) | Event::ItemsAdded(_) | Event::ItemRemoved(_) | Event::ItemMoved(_) => {
            (Concerned::Playlist, event.key())
        }
        Event::FavouriteAdded(_) | Event::FavouriteRemoved(_) => (Concerned::Listener, event.key()),
        Event::User(_) | Event::Listened(_) | Event::PlaylistActivity(_) | Event::Searched(_) | Event::Served(_) => {
            return Ok(None);
        }
    };
    let Some(subject) = subject else { return Ok(None) };
    let meta = Meta {
        // Of the request inside of this service: nobody else's business.
        traceparent: None,
        ..meta.clone()
    };
    let encoded = event
        .encode(&meta)
        .and_then(|encoded| serde_json::from_slice(&encoded.payload));
    let mut envelope: Map<String, Value> = encoded.map_err(|error| Unprojectable(error.to_string()))?;
    if about == Concerned::Listener {
        hide_listener(&mut envelope);
    }
    Ok(Some(FedEvent {
        meta,
        type_name: event.type_name(),
        about,
        subject,
        envelope,
    }))
}

/// The pseudonym stays here, and so does what could be looked up under it in the topic: the event's own id.
fn hide_listener(envelope: &mut Map<String, Value>) {
    envelope.remove("subject");
    envelope.remove("id");
    // The data is not what that schema says any more.
    envelope.remove("dataschema");
    if let Some(data) = envelope.get_mut("data").and_then(Value::as_object_mut) {
        data.remove("listener_id");
    }
}

impl FedEvent {
    fn with_id(&self, new_id: fn() -> Uuid) -> Result<WebhookEvent, StoreError> {
        let mut envelope = self.envelope.clone();
        let id = envelope.entry("id");
        id.or_insert_with(|| new_id().to_string().into());
        let body = serde_json::to_vec(&envelope).map_err(|error| StoreError::Defect(error.to_string()))?;
        Ok(WebhookEvent {
            id: self.meta.id,
            type_name: self.type_name,
            about: self.about,
            subject: self.subject,
            time: self.meta.time,
            body,
        })
    }
}

impl Feed {
    async fn store_batch(&self, batch: &Batch<FedEvent>) -> Result<Stored, StoreError> {
        let context = (self.context)();
        let new_id = context.new_id;
        let events = batch.rows().map(|(_, _, row)| row.with_id(new_id));
        let events = events.collect::<Result<Vec<_>, _>>()?;
        let mut unit = self.store.begin(context).await?;
        let held = unit.webhook_positions().await?;
        let mut positions = Vec::with_capacity(batch.slices.len());
        for slice in &batch.slices {
            let at = WebhookPosition {
                topic: slice.topic,
                partition: slice.partition,
                next: 0,
            };
            let is_here = |held: &&WebhookPosition| held.topic == at.topic && held.partition == at.partition;
            let at = held.iter().find(is_here).copied().unwrap_or(at);
            if at.next < slice.from {
                unit.roll_back().await?;
                return Ok(Stored::StoreBehind(position(at)));
            }
            // Another worker may be further: a partition that changed hands.
            let next = at.next.max(slice.next);
            positions.push(WebhookPosition { next, ..at });
        }
        unit.deliver_to_webhooks(&events).await?;
        unit.set_webhook_positions(&positions).await?;
        unit.commit().await?;
        Ok(Stored::Done(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{NewWebhook, Webhook};
    use events::Time;

    use super::*;

    fn examples() -> Vec<(Meta, Event)> {
        let contracts = events::contracts().into_iter();
        let meta = |event: &Event| Meta {
            id: Uuid::from_u128(7),
            time: Time::from_millis(1_000),
            sequence: event.key().map(|_| 3),
            traceparent: Some("00-1-2-01".to_owned()),
        };
        contracts
            .map(|contract| (meta(&contract.example), contract.example))
            .collect()
    }

    #[test]
    fn nothing_that_is_sent_names_a_listener_or_a_request() {
        for (meta, event) in examples() {
            let Some(fed) = fed(&meta, &event).unwrap() else {
                continue;
            };
            let body = fed.with_id(|| Uuid::from_u128(9)).unwrap().body;
            let body = String::from_utf8(body).unwrap();
            assert!(!body.contains("listener"), "{body}");
            assert!(!body.contains("traceparent"), "{body}");
            let hides = fed.about == Concerned::Listener;
            let id = if hides { 9 } else { 7 };
            assert!(body.contains(&Uuid::from_u128(id).to_string()), "{body}");
            assert!(!hides || !body.contains(&fed.subject.to_string()), "{body}");
        }
    }

    #[test]
    fn what_can_be_asked_for_is_what_is_fed() {
        let fed: BTreeSet<&str> = examples()
            .iter()
            .filter_map(|(meta, event)| fed(meta, event).unwrap().map(|fed| fed.type_name))
            .collect();
        let asked = NewWebhook {
            url: String::new(),
            types: fed.iter().map(|&name| name.to_owned()).collect(),
            description: None,
            platform: false,
        };
        let by = domain::Actor {
            user_id: events::UserId(Uuid::from_u128(1)),
            role: events::Role::Listener,
        };
        let id = domain::WebhookId(Uuid::from_u128(2));
        let made = Webhook::create((id, [0; 32]), asked, by, 0, Time::from_millis(0)).unwrap();
        assert_eq!(made.types.len(), fed.len());
        assert_eq!(fed.len(), 17);
    }
}
