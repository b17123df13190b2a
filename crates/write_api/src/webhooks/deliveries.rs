//! `POST /api/v1/webhooks/{webhook_id}/test`, `…/replay` and `…/deliveries/{delivery_id}/replay`.

use access::SignedIn;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post, web::Data};
use domain::{WEBHOOK_TEST, WebhookId};
use events::{SOURCE, Time};
use http_kit::{Body, ByIdProblems, CommandByIdProblems, ConflictProblem, Error, Id, Ids, TooManyProblem, Versioned};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Redelivered;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{load, permit};
use crate::{Commands, idempotency_key::OnceKey, once::Sent};

/// Which deliveries to send once more.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayedSince {
    /// Those that were made at this time or later.
    since: Time,
    /// Only those that failed.
    #[serde(default)]
    only_failed: bool,
}

/// What is on its way.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Redelivery {
    /// How many deliveries.
    pub deliveries: usize,
}

/// What was sent to oneself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TestDelivery {
    /// The delivery, which shows what was answered.
    pub delivery_id: Uuid,
}

fn test_event(id: Uuid, webhook: WebhookId, now: Time) -> Result<Vec<u8>, Error> {
    let event = json!({
        "specversion": "1.0",
        "id": id,
        "source": SOURCE,
        "type": WEBHOOK_TEST,
        "time": now,
        "datacontenttype": "application/json",
        "data": {"webhook_id": webhook},
    });
    serde_json::to_vec(&event).map_err(Error::defect)
}

/// Send a test event
///
/// Of the type `jonquil.webhook.test.v1`, whichever types the webhook has.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])),
    params(OnceKey, ("webhook_id" = Uuid, Path, description = "the webhook")),
    responses(ByIdProblems, ConflictProblem, TooManyProblem, (status = 202, description = "on its way", body = TestDelivery)))]
#[post("/api/v1/webhooks/{webhook_id}/test")]
pub(crate) async fn test_webhook(
    SignedIn(by): SignedIn,
    Id(id): Id<WebhookId>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let _permit = permit(&commands, &by, &request)?;
    let (context, delivery_id) = (commands.context(&request), commands.new_id());
    let event = test_event(delivery_id, id, context.now)?;
    commands
        .transact_once(Sent::of_parts(&request, &by, Vec::new()), &context, async |unit| {
            let webhook = load(unit, id, &by).await?;
            let named = (delivery_id, WEBHOOK_TEST);
            unit.deliver_alone(webhook.id, named, event.clone()).await?;
            Ok(Versioned::unversioned(
                StatusCode::ACCEPTED,
                TestDelivery { delivery_id },
            ))
        })
        .await
}

/// Send a delivery once more
///
/// Under the same `webhook-id`, as if it was new: with all of its tries.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])),
    params(("webhook_id" = Uuid, Path, description = "the webhook"), ("delivery_id" = Uuid, Path, description = "the delivery")),
    responses(ByIdProblems, TooManyProblem, (status = 202, description = "on its way", body = Redelivery)))]
#[post("/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay")]
pub(crate) async fn replay_delivery(
    SignedIn(by): SignedIn,
    Ids(id, delivery): Ids<WebhookId, Uuid>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let _permit = permit(&commands, &by, &request)?;
    let context = commands.context(&request);
    let sent = commands.transact(&context, async |unit| {
        let webhook = load(unit, id, &by).await?;
        if !unit.has_delivery(webhook.id, delivery).await? {
            return Err(Error::not_found("delivery").into());
        }
        Ok(unit.redeliver(webhook.id, &Redelivered::One(delivery)).await?)
    });
    let deliveries = sent.await?;
    Ok(HttpResponse::Accepted().json(Redelivery { deliveries }))
}

/// Send deliveries once more
///
/// All since a time, or of these only those that failed. Deliveries are kept for 30 days.
#[utoipa::path(tag = "webhooks", request_body = ReplayedSince, security(("bearer" = [])),
    params(("webhook_id" = Uuid, Path, description = "the webhook")),
    responses(CommandByIdProblems, TooManyProblem, (status = 202, description = "on their way", body = Redelivery)))]
#[post("/api/v1/webhooks/{webhook_id}/replay")]
pub(crate) async fn replay_deliveries(
    SignedIn(by): SignedIn,
    Id(id): Id<WebhookId>,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let _permit = permit(&commands, &by, &request)?;
    let context = commands.context(&request);
    let sent = commands.transact(&context, async |unit| {
        let webhook = load(unit, id, &by).await?;
        let ReplayedSince { since, only_failed } = body.parse()?;
        let which = Redelivered::Since {
            time: since,
            only_failed,
        };
        Ok(unit.redeliver(webhook.id, &which).await?)
    });
    let deliveries = sent.await?;
    Ok(HttpResponse::Accepted().json(Redelivery { deliveries }))
}
