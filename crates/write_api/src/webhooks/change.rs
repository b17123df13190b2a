//! `POST /api/v1/webhooks/`, `PUT` and `DELETE /api/v1/webhooks/{webhook_id}`, `POST /api/v1/webhooks/{webhook_id}/secret`.

use access::{Access, Principal, SignedIn};
use actix_web::{
    HttpRequest, HttpResponse, delete,
    http::header::{CACHE_CONTROL, ETAG},
    post, put,
    web::Data,
};
use domain::{NewWebhook, WebhookChanges, WebhookId};
use http_kit::{
    Body, ByIdProblems, CommandByIdProblems, CommandProblems, ConflictProblem, Error, Id, IfMatch, StaleProblem,
    TooManyProblem, Versioned,
};
use representations::{Webhook, WebhookWithSecret};
use store::{DeliverWebhook, WebhookView};

use super::{check_url, load, permit, shown};
use crate::{Commands, commands::Held};

/// Make a webhook
///
/// Events are sent from now on, as `docs/webhooks.md` says: signed, at least once, tried again for about two days. The secret is
/// shown this once. A person gets events of what is their own; a webhook of the platform those of the whole catalogue. 10 at most.
#[utoipa::path(tag = "webhooks", path = "/api/v1/webhooks/", request_body = NewWebhook, security(("bearer" = [])),
    responses(CommandProblems, ConflictProblem, TooManyProblem,
        (status = 201, description = "the webhook with its secret", body = WebhookWithSecret)))]
#[post("/api/v1/webhooks")]
pub(crate) async fn create_webhook(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let _permit = permit(&commands, &by, &request)?;
    let fields: NewWebhook = body.parse()?;
    let new = (commands.new_id(), (commands.ambient.random)());
    let context = commands.context(&request);
    // Its own faults before the look at its address, which asks a name server.
    domain::Webhook::create(new, fields.clone(), by.actor(), 0, context.now)?;
    check_url(&commands, &fields.url).await?;
    let created = commands.transact(&context, async |unit| {
        let owned = unit.count_webhooks(by.user_id, fields.platform).await?;
        let webhook = domain::Webhook::create(new, fields.clone(), by.actor(), owned, context.now)?;
        unit.create_webhook(&webhook).await?;
        shown(unit, webhook.id, &by).await
    });
    let created = created.await?;
    tracing::info!(webhook = %created.webhook.id.0, user_id = %by.user_id, "webhook made");
    Ok(with_secret(HttpResponse::Created(), created, &access))
}

/// Nobody on the way may keep it.
fn with_secret(mut answer: actix_web::HttpResponseBuilder, view: WebhookView, access: &Access) -> HttpResponse {
    let secret = access.keys.webhook_secret(view.webhook.id, &view.webhook.nonce);
    let webhook = Webhook::from(view);
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((ETAG, format!("\"{}\"", webhook.version)))
        .json(WebhookWithSecret { webhook, secret })
}

/// Before the transaction: whoever answers for the name may be slow. Whatever else is wrong with the body is said later.
async fn check_new_url(commands: &Commands, id: WebhookId, by: &Principal, body: &Body) -> Result<(), Error> {
    let seen = commands.reader.webhook(id, by.actor()).await?;
    seen.ok_or_else(|| Error::not_found("webhook"))?;
    match body.parse::<WebhookChanges>() {
        Ok(changes) => match changes.new_url() {
            Some(url) => check_url(commands, url).await,
            None => Ok(()),
        },
        Err(_) => Ok(()),
    }
}

/// Change a webhook
///
/// `is_paused: false` begins again what the service gave up; what waits is sent then.
#[utoipa::path(tag = "webhooks", request_body = WebhookChanges, security(("bearer" = [])),
    params(IfMatch, ("webhook_id" = Uuid, Path, description = "the webhook")),
    responses(CommandByIdProblems, StaleProblem, TooManyProblem, (status = 200, description = "the webhook", body = Webhook)))]
#[put("/api/v1/webhooks/{webhook_id}")]
pub(crate) async fn change_webhook(
    SignedIn(by): SignedIn,
    Id(id): Id<WebhookId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Webhook>, Error> {
    let _permit = permit(&commands, &by, &request)?;
    check_new_url(&commands, id, &by, &body).await?;
    let context = commands.context(&request);
    let changed = commands.transact(&context, async |unit| {
        let webhook = load(unit, id, &by).await?;
        let version = webhook.version;
        let change = async |webhook: domain::Webhook| Ok(webhook.change(body.parse()?, context.now)?);
        let changed = Held::new(webhook, version, &if_match).change(change).await?;
        unit.update_webhook(&changed).await?;
        unit.enqueue(&DeliverWebhook { webhook_id: id }, None).await?;
        shown(unit, id, &by).await
    });
    let changed = Webhook::from(changed.await?);
    Ok(Versioned::ok(changed.version, changed))
}

/// Delete a webhook
///
/// With its deliveries.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])),
    params(IfMatch, ("webhook_id" = Uuid, Path, description = "the webhook")),
    responses(ByIdProblems, StaleProblem, (status = 204, description = "deleted")))]
#[delete("/api/v1/webhooks/{webhook_id}")]
pub(crate) async fn delete_webhook(
    SignedIn(by): SignedIn,
    Id(id): Id<WebhookId>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .transact(&context, async |unit| {
            let webhook = load(unit, id, &by).await?;
            let version = webhook.version;
            let webhook = Held::new(webhook, version, &if_match).current()?;
            Ok(unit.delete_webhook(webhook.id).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give a webhook a new secret
///
/// For a day everything is signed with the one before too, so that receivers can change over. The secret is shown this once.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])),
    params(("webhook_id" = Uuid, Path, description = "the webhook")),
    responses(CommandByIdProblems, (status = 200, description = "the webhook with its new secret", body = WebhookWithSecret)))]
#[post("/api/v1/webhooks/{webhook_id}/secret")]
pub(crate) async fn rotate_webhook_secret(
    SignedIn(by): SignedIn,
    Id(id): Id<WebhookId>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let (context, nonce) = (commands.context(&request), (commands.ambient.random)());
    let rotated = commands.transact(&context, async |unit| {
        let webhook = load(unit, id, &by).await?.with_new_secret(nonce, context.now);
        unit.update_webhook(&webhook).await?;
        shown(unit, id, &by).await
    });
    Ok(with_secret(HttpResponse::Ok(), rotated.await?, &access))
}
