//! One's own webhooks, and what became of their deliveries.

use access::{Principal, SignedIn};
use actix_web::{
    get,
    web::{Data, Json},
};
use domain::{DeliveryStatus, WebhookId};
use http_kit::{ByIdProblems, ChildrenProblems, Error, FromQuery, Id, Ids, Page, PageQuery, ReadProblems, Versioned};
use representations::{Webhook, WebhookDelivery, WebhookDeliveryBody, Webhooks};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{Queries, pages};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveriesQuery {
    /// How they stand.
    #[param(inline)]
    status: Option<DeliveryStatus>,
}

async fn seen(queries: &Queries, id: WebhookId, by: &Principal) -> Result<Webhook, Error> {
    let view = queries.reader.webhook(id, by.actor()).await?;
    view.map(Webhook::from).ok_or_else(|| Error::not_found("webhook"))
}

/// One's own webhooks, newest first
///
/// For admins with those of the platform.
#[utoipa::path(tag = "webhooks", path = "/api/v1/webhooks/", security(("bearer" = [])),
    responses(ReadProblems, (status = 200, description = "the webhooks, without their secrets", body = Webhooks)))]
#[get("/api/v1/webhooks")]
pub(crate) async fn list_webhooks(SignedIn(by): SignedIn, queries: Data<Queries>) -> Result<Json<Webhooks>, Error> {
    let views = queries.reader.webhooks(by.actor()).await?;
    let items = views.into_iter().map(Webhook::from).collect();
    Ok(Json(Webhooks { items }))
}

/// One webhook
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("webhook_id" = Uuid, Path, description = "the webhook")),
    responses(ByIdProblems, (status = 200, description = "the webhook, without its secret", body = Webhook)))]
#[get("/api/v1/webhooks/{webhook_id}")]
pub(crate) async fn get_webhook(
    SignedIn(by): SignedIn,
    Id(id): Id<WebhookId>,
    queries: Data<Queries>,
) -> Result<Versioned<Webhook>, Error> {
    let webhook = seen(&queries, id, &by).await?;
    Ok(Versioned::ok(webhook.version, webhook))
}

/// Deliveries of a webhook, newest first
///
/// They are kept for 30 days.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])),
    params(("webhook_id" = Uuid, Path, description = "the webhook"), DeliveriesQuery, PageQuery),
    responses(ChildrenProblems, (status = 200, description = "a page", body = Page<WebhookDelivery>)))]
#[get("/api/v1/webhooks/{webhook_id}/deliveries")]
pub(crate) async fn list_deliveries(
    SignedIn(by): SignedIn,
    Id(id): Id<WebhookId>,
    query: FromQuery<DeliveriesQuery>,
    page: FromQuery<PageQuery>,
    queries: Data<Queries>,
) -> Result<Json<Page<WebhookDelivery>>, Error> {
    seen(&queries, id, &by).await?;
    let status = query.valid()?.status;
    let paging = page.valid()?.checked()?;
    let start = pages::start(&paging)?;
    let place = (paging.limit.into(), start.into());
    let (views, total) = queries.reader.deliveries(id, status, place).await?;
    let items = views.into_iter().map(WebhookDelivery::from).collect();
    Ok(Json(pages::by_place(items, total, start, &paging)))
}

/// One delivery
///
/// With what is sent.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])),
    params(("webhook_id" = Uuid, Path, description = "the webhook"), ("delivery_id" = Uuid, Path, description = "the delivery")),
    responses(ByIdProblems, (status = 200, description = "how it stands", body = WebhookDeliveryBody)))]
#[get("/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}")]
pub(crate) async fn get_delivery(
    SignedIn(by): SignedIn,
    Ids(id, delivery): Ids<WebhookId, Uuid>,
    queries: Data<Queries>,
) -> Result<Json<WebhookDeliveryBody>, Error> {
    seen(&queries, id, &by).await?;
    let found = queries.reader.delivery(id, delivery).await?;
    let found = found.ok_or_else(|| Error::not_found("delivery"))?;
    Ok(Json(WebhookDeliveryBody::new(found)))
}
