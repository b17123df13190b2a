//! The job `webhook_deliver`: sends what is due for one webhook, a few at a time, and records what became of it.
//!
//! One job of a webhook runs at once, and after so many deliveries it goes to the end of the queue: a flood of events for one
//! holds nobody else up.

use std::time::Duration;

use access::Keys;
use domain::{AfterTry, WebhookAnswer, WebhookId, webhook_rest};
use events::Time;
use fetcher::{CheckedResolver, PostLimits, Poster};
use futures_util::future::join_all;
use jobs::{Claim, Handler, JobError};
use serde_json::{Value, json};
use store::{DeliverWebhook, DueDelivery, Tried, WebhookAtWork};

/// Deliveries of one webhook at the same time.
const AT_ONCE: i16 = 4;
/// Batches of one claim. Then it is the turn of others.
const BATCHES: usize = 10;
/// Bytes of an answer that are kept.
const MAX_ANSWER: usize = 1_024;
const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// A try, and what became of it.
struct Sent {
    tried: Tried,
    answer: WebhookAnswer,
    /// For how long a receiver that is away wants to be left alone.
    asked: Option<Duration>,
}

/// Sends what waits for webhooks.
pub struct Deliverer {
    poster: Poster,
    keys: Keys,
    pauses: Vec<Duration>,
}

impl Deliverer {
    /// `timeout` is for one try, `pauses` are those between two tries of one delivery.
    #[must_use]
    pub fn new(urls: CheckedResolver, timeout: Duration, pauses: Vec<Duration>, keys: Keys) -> Self {
        let limits = PostLimits {
            max_answer_bytes: MAX_ANSWER,
            connect: timeout,
            total: timeout,
        };
        Self {
            poster: Poster::new(urls, limits),
            keys,
            pauses,
        }
    }

    async fn send(&self, to: &WebhookAtWork, due: &DueDelivery, now: Time) -> Sent {
        let id = due.id.to_string();
        let nonces = to.webhook.good_nonces(now);
        let signed = (id.as_str(), now, due.body.as_slice());
        let signatures = self.keys.webhook_signatures(to.webhook.id, nonces, signed);
        let headers = [
            ("content-type", CONTENT_TYPE.to_owned()),
            ("webhook-timestamp", now.millis().div_euclid(1_000).to_string()),
            ("webhook-signature", signatures),
            ("webhook-id", id),
        ];
        let (answer, retry_after, text) = match self.poster.post(&to.webhook.url, &headers, due.body.clone()).await {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer.beginning).into_owned();
                (WebhookAnswer::Status(answer.status), answer.retry_after, text)
            }
            Err(error) => (WebhookAnswer::None, None, error.to_string()),
        };
        let status = match answer {
            WebhookAnswer::Status(status) => Some(status),
            WebhookAnswer::None => None,
        };
        let asked = retry_after.filter(|_| answer.is_away());
        let so_far = usize::try_from(due.tries).unwrap_or(0);
        let tried = Tried {
            delivery: due.id,
            after: answer.decide(so_far + 1, &self.pauses).not_before(asked),
            status,
            // Postgres takes no NUL in a text.
            answer: text.replace('\0', "\u{fffd}"),
        };
        Sent { tried, answer, asked }
    }

    /// Sends a batch and records it; false where there was nothing to send.
    async fn batch(&self, job: &mut Claim<DeliverWebhook>) -> Result<bool, JobError> {
        let id = job.arguments.webhook_id;
        let mut unit = job.begin().await?;
        let at_work = unit.webhook_at_work(id).await?;
        let due = match &at_work {
            Some(to) if to.rest.is_none() => unit.due_deliveries(id, AT_ONCE).await?,
            _ => Vec::new(),
        };
        let next = unit.next_delivery_in(id).await?;
        unit.roll_back().await?;
        let Some(to) = at_work else { return Ok(false) };
        if due.is_empty() {
            // An address that rests is asked again when something waits for it.
            return match next {
                Some(next) => Err(JobError::Wait(next.max(to.rest.unwrap_or_default()))),
                None => Ok(false),
            };
        }
        let now = job.now();
        let sent = join_all(due.iter().map(|due| self.send(&to, due, now))).await;
        fail::fail_point!("webhooks::sent");
        self.record(job, &to, &sent).await?;
        Ok(true)
    }

    async fn record(&self, job: &mut Claim<DeliverWebhook>, to: &WebhookAtWork, sent: &[Sent]) -> Result<(), JobError> {
        let id = to.webhook.id;
        let mut unit = job.begin().await?;
        let mut because = None;
        let has_succeeded = sent.iter().any(|one| one.tried.after == AfterTry::Delivered);
        if has_succeeded {
            unit.note_webhook_success(id).await?;
        } else if sent.iter().all(|one| one.answer.is_away()) {
            let asked = sent.iter().filter_map(|one| one.asked).max();
            let rest = webhook_rest(to.times_away + 1, &self.pauses, asked);
            unit.rest_webhook(id, rest).await?;
        }
        for Sent { tried, .. } in sent {
            count(tried.after);
            let is_hopeless = unit.record_try(tried).await?;
            if tried.after == AfterTry::Gone {
                because = Some("the receiver answered 410 Gone");
            } else if is_hopeless && because.is_none() {
                because = Some("nothing was delivered from the first try of an event to its last one");
            }
        }
        if let Some(because) = because {
            unit.give_up_webhook(id, because).await?;
        }
        let count = i64::try_from(sent.len()).unwrap_or(0);
        job.commit(unit, count, &Value::Null).await
    }
}

fn count(after: AfterTry) {
    let outcome = match after {
        AfterTry::Delivered => "delivered",
        AfterTry::Again(_) => "tried_again",
        AfterTry::Failed => "failed",
        AfterTry::Gone => "gone",
    };
    metrics::counter!("jonquil_webhook_tries_total", "outcome" => outcome).increment(1);
}

impl Handler for Deliverer {
    type Kind = DeliverWebhook;

    async fn run(&self, job: &mut Claim<DeliverWebhook>) -> Result<Value, JobError> {
        let WebhookId(id) = job.arguments.webhook_id;
        for _ in 0..BATCHES {
            if !self.batch(job).await? {
                return Ok(json!({"webhook_id": id}));
            }
        }
        Err(JobError::Wait(Duration::ZERO))
    }
}
