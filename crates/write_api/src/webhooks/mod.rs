//! Commands on webhooks: making and changing them, and sending deliveries again.

pub(crate) mod change;
pub(crate) mod deliveries;

use access::Principal;
use actix_web::HttpRequest;
use domain::{Webhook, WebhookId};
use fetcher::Refused;
use http_kit::{Action, Error, Permit, Who};
use store::{Unit, WebhookView};

use crate::{Commands, commands::CommandError};

/// 429 when this person has too much sent: requests of ours must not become a flood at somebody's door.
fn permit(commands: &Commands, by: &Principal, request: &HttpRequest) -> Result<Permit, Error> {
    let who = Who::Person(by.user_id.0);
    commands.limiter.permit(Action::Webhook, who, request)
}

/// A webhook that this person sees, held until the unit ends.
async fn load(unit: &mut Unit, id: WebhookId, by: &Principal) -> Result<Webhook, CommandError> {
    let webhook = unit.webhook(id, by.actor()).await?;
    Ok(webhook.ok_or_else(|| Error::not_found("webhook"))?)
}

/// As it is shown now.
async fn shown(unit: &mut Unit, id: WebhookId, by: &Principal) -> Result<WebhookView, CommandError> {
    let view = unit.webhook_view(id, by.actor()).await?;
    Ok(view.ok_or_else(|| Error::defect("a webhook that was written a moment ago is not there"))?)
}

/// 422 for an address that events may not be sent to. Each delivery looks its name up again, so one that is not found now is
/// no fault.
async fn check_url(commands: &Commands, url: &str) -> Result<(), Error> {
    let urls = &commands.settings.webhook_urls;
    let checked = async { urls.target(&urls.parse_secure(url)?).await };
    match checked.await {
        Ok(_) | Err(Refused::Unresolved(_)) => Ok(()),
        Err(refused @ Refused::Address(_)) => Err(Error::invalid("url", refused.to_string())),
    }
}
