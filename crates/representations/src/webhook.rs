//! Webhooks and their deliveries as they are shown over HTTP.

use domain::{DeliveryStatus, WebhookTypeName};
use events::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{DeliveryView, WebhookView};
use utoipa::ToSchema;
use uuid::Uuid;

/// An address that events are sent to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// The webhook.
    pub id: Uuid,
    /// Where events are sent.
    #[schema(example = "https://example.org/hooks/jonquil")]
    pub url: String,
    /// Which events.
    #[schema(value_type = Vec<WebhookTypeName>, example = json!(["jonquil.track.created.v1"]))]
    pub types: Vec<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is of the platform: for the whole catalogue, and seen by every admin.
    pub platform: bool,
    /// While it is true, nothing is sent, and no event is kept for it.
    pub is_paused: bool,
    /// Why the service paused it; null where nobody or its owner did.
    pub paused_because: Option<String>,
    /// When a receiver last took something; null: never.
    pub succeeded_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Also its `ETag`.
    pub version: i64,
}

/// A webhook with a secret that is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookWithSecret {
    #[serde(flatten)]
    pub webhook: Webhook,
    /// What signatures are checked with. It is shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    pub secret: String,
}

/// One's own webhooks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Webhooks {
    /// The newest first; for admins with those of the platform.
    pub items: Vec<Webhook>,
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookDelivery {
    /// Its `webhook-id`: the same each time that it is sent.
    pub id: Uuid,
    /// Of the event.
    #[schema(example = "jonquil.track.created.v1")]
    pub r#type: String,
    pub status: DeliveryStatus,
    /// How often it was sent.
    pub tries: i32,
    /// When it is sent next; null when it is not.
    pub next_at: Option<Time>,
    /// When it was sent last.
    pub tried_at: Option<Time>,
    /// The status that was answered last; null where nothing was.
    pub answer_status: Option<i32>,
    /// The beginning of the last answer, or why there is none.
    pub answer: Option<String>,
    pub created_at: Time,
}

/// An event on its way to a webhook, with what is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookDeliveryBody {
    #[serde(flatten)]
    pub delivery: WebhookDelivery,
    /// The event.
    pub body: Value,
}

impl From<WebhookView> for Webhook {
    fn from(view: WebhookView) -> Self {
        let webhook = view.webhook;
        Self {
            id: webhook.id.0,
            platform: webhook.owner.is_none(),
            url: webhook.url,
            types: webhook.types,
            description: webhook.description,
            is_paused: webhook.is_paused,
            paused_because: webhook.paused_because,
            succeeded_at: view.succeeded_at,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
            version: webhook.version,
        }
    }
}

impl From<DeliveryView> for WebhookDelivery {
    fn from(view: DeliveryView) -> Self {
        Self {
            id: view.id,
            status: view.status(),
            tries: view.tries,
            next_at: view.next_at(),
            tried_at: view.tried_at(),
            answer_status: view.answer_status,
            created_at: view.created_at(),
            r#type: view.event_type,
            answer: view.answer,
        }
    }
}

impl WebhookDeliveryBody {
    #[must_use]
    pub fn new((view, body): (DeliveryView, Vec<u8>)) -> Self {
        Self {
            delivery: view.into(),
            // What is sent is what this service wrote as JSON.
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }
}
