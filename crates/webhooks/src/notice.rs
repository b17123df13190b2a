//! The job `mail_webhook_paused`: writes to whoever made a webhook that is given up.

use jobs::{Claim, Handler, JobError};
use mail::{Letter, Mailer, NotSent};
use serde_json::{Value, json};
use store::MailWebhookPaused;

/// Writes to people whose webhooks are paused.
pub struct PauseMailer {
    /// None: this service sends no mail.
    pub mailer: Option<Mailer>,
}

impl Handler for PauseMailer {
    type Kind = MailWebhookPaused;

    async fn run(&self, job: &mut Claim<MailWebhookPaused>) -> Result<Value, JobError> {
        let nothing = Ok(json!({"sent": false}));
        // It is seen in the API all the same.
        let Some(mailer) = &self.mailer else { return nothing };
        let mut unit = job.begin().await?;
        let paused = unit.paused_webhook(job.arguments.webhook_id).await?;
        unit.roll_back().await?;
        let Some((to, webhook)) = paused else { return nothing };
        let because = webhook.paused_because.unwrap_or_default();
        // Without its address, whose path may be a secret.
        let named = webhook.description.unwrap_or_else(|| webhook.id.0.to_string());
        let text = format!(
            "Hello,\n\nyour webhook \"{named}\" is paused: {because}.\n\nNo event is kept for it until you begin it again, \
             with is_paused: false. What it was sent before can be sent once more.\n"
        );
        let letter = Letter {
            to: &to,
            subject: "Your webhook is paused",
            text: &text,
            id: &job.id().to_string(),
        };
        match mailer.send(letter).await {
            Ok(()) => Ok(json!({"sent": true})),
            Err(NotSent::Refused(reason)) => Err(JobError::Refused(reason)),
            Err(NotSent::Unavailable(reason)) => Err(JobError::Failed(reason)),
        }
    }
}
