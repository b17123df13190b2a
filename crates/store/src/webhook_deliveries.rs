//! Deliveries of webhooks: those that are due, what became of a try, and how their owner sees them and sends them again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    sql_types::{Bool, Bytea, Double, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{AfterTry, DeliveryStatus, Webhook, WebhookId};
use events::Time;
use uuid::Uuid;

use crate::{
    DeliverWebhook, MailWebhookPaused, Reader, StoreError, Unit,
    fixed::fixed,
    schema::{users, webhook_deliveries, webhooks},
    webhooks::WebhookRow,
};

/// A webhook, as whoever sends for it needs it.
pub struct WebhookAtWork {
    pub webhook: Webhook,
    /// How long its address is left alone, if it is.
    pub rest: Option<Duration>,
    pub times_away: usize,
}

/// A delivery that is due.
#[derive(Clone, Debug, QueryableByName)]
pub struct DueDelivery {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Bytea)]
    pub body: Vec<u8>,
    /// Before this one.
    #[diesel(sql_type = Integer)]
    pub tries: i32,
}

/// What became of one try.
#[derive(Clone, Debug)]
pub struct Tried {
    pub delivery: Uuid,
    pub after: AfterTry,
    pub status: Option<u16>,
    /// The beginning of the answer, or why there is none.
    pub answer: String,
}

/// A delivery as its owner sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries, check_for_backend(Pg))]
pub struct DeliveryView {
    pub id: Uuid,
    pub event_type: String,
    status: String,
    pub tries: i32,
    next_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
    pub answer_status: Option<i32>,
    pub answer: Option<String>,
    created_at: DateTime<Utc>,
}

impl DeliveryView {
    #[must_use]
    pub fn status(&self) -> DeliveryStatus {
        // The column's CHECK allows the known values only.
        DeliveryStatus::by_name(&self.status).unwrap_or(DeliveryStatus::Waiting)
    }

    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        self.next_at.map(Time::from)
    }

    #[must_use]
    pub fn tried_at(&self) -> Option<Time> {
        self.tried_at.map(Time::from)
    }

    #[must_use]
    pub fn created_at(&self) -> Time {
        self.created_at.into()
    }
}

#[derive(QueryableByName)]
struct Seconds {
    #[diesel(sql_type = Nullable<Double>)]
    seconds: Option<f64>,
}

#[derive(QueryableByName)]
struct Ended {
    /// It failed for good, and nothing succeeded since it was first tried.
    #[diesel(sql_type = Bool)]
    is_hopeless: bool,
}

impl Unit {
    /// None when it is gone, or paused, or the account is closed.
    pub async fn webhook_at_work(&mut self, id: WebhookId) -> Result<Option<WebhookAtWork>, StoreError> {
        let is_open = webhooks::user_id.is_null().or(users::is_active.nullable().eq(true));
        let query = webhooks::table
            .left_join(users::table.on(users::id.nullable().eq(webhooks::user_id)))
            .filter(webhooks::id.eq(id.0).and(is_open).and(webhooks::is_paused.eq(false)))
            .select((WebhookRow::as_select(), webhooks::times_away));
        let found: Option<(WebhookRow, i32)> = query.first(self.connection()?).await.optional()?;
        let Some((row, times_away)) = found else {
            return Ok(None);
        };
        let rest =
            "SELECT extract(epoch FROM rests_until - now())::double precision AS seconds FROM webhooks WHERE id = $1";
        Ok(Some(WebhookAtWork {
            webhook: row.webhook(),
            rest: self.seconds(rest, id).await?.filter(|rest| !rest.is_zero()),
            times_away: usize::try_from(times_away).unwrap_or(0),
        }))
    }

    /// Those that wait longest.
    pub async fn due_deliveries(&mut self, of: WebhookId, limit: i16) -> Result<Vec<DueDelivery>, StoreError> {
        let due = "SELECT id, body, tries FROM webhook_deliveries \
            WHERE webhook_id = $1 AND status = 'waiting' AND next_at <= now() ORDER BY next_at LIMIT $2";
        let due = diesel::sql_query(due)
            .bind::<SqlUuid, _>(of.0)
            .bind::<SmallInt, _>(limit);
        Ok(due.load(self.connection()?).await?)
    }

    /// How long until the next one is due; none where none waits.
    pub async fn next_delivery_in(&mut self, of: WebhookId) -> Result<Option<Duration>, StoreError> {
        let next = "SELECT extract(epoch FROM min(next_at) - now())::double precision AS seconds \
            FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'waiting'";
        self.seconds(next, of).await
    }

    /// Not below zero.
    async fn seconds(&mut self, query: &str, of: WebhookId) -> Result<Option<Duration>, StoreError> {
        let query = diesel::sql_query(query).bind::<SqlUuid, _>(of.0);
        let row: Option<Seconds> = query.get_result(self.connection()?).await.optional()?;
        let seconds = row.and_then(|row| row.seconds);
        Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()))
    }

    /// Records what became of a try. Whether nothing has succeeded since the first try of one that failed for good.
    pub async fn record_try(&mut self, tried: &Tried) -> Result<bool, StoreError> {
        let (status, pause) = match tried.after {
            AfterTry::Delivered => (DeliveryStatus::Delivered, None),
            AfterTry::Again(pause) => (DeliveryStatus::Waiting, Some(pause.as_secs_f64())),
            AfterTry::Failed | AfterTry::Gone => (DeliveryStatus::Failed, None),
        };
        let update = "UPDATE webhook_deliveries AS tried SET status = $2, tries = tries + 1, tried_at = now(), \
            next_at = now() + make_interval(secs => $3), first_tried_at = coalesce(first_tried_at, now()), \
            answer_status = $4, answer = $5 WHERE id = $1 \
            RETURNING $2 = 'failed' AND NOT EXISTS (SELECT FROM webhooks WHERE webhooks.id = tried.webhook_id \
                AND webhooks.succeeded_at >= tried.first_tried_at) AS is_hopeless";
        let ended: Option<Ended> = diesel::sql_query(update)
            .bind::<SqlUuid, _>(tried.delivery)
            .bind::<Text, _>(status.name())
            .bind::<Nullable<Double>, _>(pause)
            .bind::<Nullable<Integer>, _>(tried.status.map(i32::from))
            .bind::<Text, _>(&tried.answer)
            .get_result(self.connection()?)
            .await
            .optional()?;
        Ok(ended.is_some_and(|ended| ended.is_hopeless))
    }

    /// A receiver took something: its address is there.
    pub async fn note_webhook_success(&mut self, id: WebhookId) -> Result<(), StoreError> {
        let update = "UPDATE webhooks SET succeeded_at = now(), times_away = 0, rests_until = NULL WHERE id = $1";
        let update = diesel::sql_query(update).bind::<SqlUuid, _>(id.0);
        update.execute(self.connection()?).await?;
        Ok(())
    }

    /// An address is away: it is left alone for this time.
    pub async fn rest_webhook(&mut self, id: WebhookId, rest: Duration) -> Result<(), StoreError> {
        let update = "UPDATE webhooks SET times_away = times_away + 1, \
            rests_until = now() + make_interval(secs => $2) WHERE id = $1";
        let update = diesel::sql_query(update)
            .bind::<SqlUuid, _>(id.0)
            .bind::<Double, _>(rest.as_secs_f64());
        update.execute(self.connection()?).await?;
        Ok(())
    }

    /// Pauses a webhook that is given up, and asks for a mail about it.
    pub async fn give_up_webhook(&mut self, id: WebhookId, because: &str) -> Result<(), StoreError> {
        let row = webhooks::table.find(id.0).filter(webhooks::is_paused.eq(false));
        let paused = (
            webhooks::is_paused.eq(true),
            webhooks::paused_because.eq(because),
            webhooks::version.eq(webhooks::version + 1),
            webhooks::updated_at.eq(self.context.now.utc()),
        );
        if diesel::update(row).set(paused).execute(self.connection()?).await? > 0 {
            self.enqueue(&MailWebhookPaused { webhook_id: id }, None).await?;
        }
        Ok(())
    }

    /// A delivery of something that is no event of a topic.
    pub async fn deliver_alone(
        &mut self,
        to: WebhookId,
        (delivery, event_type): (Uuid, &str),
        body: Vec<u8>,
    ) -> Result<(), StoreError> {
        let row = (
            webhook_deliveries::id.eq(delivery),
            webhook_deliveries::webhook_id.eq(to.0),
            webhook_deliveries::event_id.eq(delivery),
            webhook_deliveries::event_type.eq(event_type),
            webhook_deliveries::body.eq(body),
        );
        diesel::insert_into(webhook_deliveries::table)
            .values(row)
            .execute(self.connection()?)
            .await?;
        self.enqueue(&DeliverWebhook { webhook_id: to }, None).await?;
        Ok(())
    }

    /// Sends deliveries of a webhook once more, under the same id: one, or all since a time, or of these only those that failed.
    /// How many; what still waits for its first try is not among them.
    pub async fn redeliver(&mut self, of: WebhookId, which: &Redelivered) -> Result<usize, StoreError> {
        let mut query = diesel::update(webhook_deliveries::table)
            .filter(
                webhook_deliveries::webhook_id
                    .eq(of.0)
                    .and(webhook_deliveries::tries.gt(0)),
            )
            .into_boxed();
        query = match which {
            Redelivered::One(id) => query.filter(webhook_deliveries::id.eq(*id)),
            Redelivered::Since { time, only_failed } => {
                let since = query.filter(webhook_deliveries::created_at.ge(time.utc()));
                if *only_failed {
                    since.filter(webhook_deliveries::status.eq(DeliveryStatus::Failed.name()))
                } else {
                    since
                }
            }
        };
        let anew = (
            webhook_deliveries::status.eq(DeliveryStatus::Waiting.name()),
            webhook_deliveries::next_at.eq(fixed::<Nullable<Timestamptz>>("now()")),
            webhook_deliveries::tries.eq(0),
            webhook_deliveries::first_tried_at.eq(None::<DateTime<Utc>>),
        );
        let count = query.set(anew).execute(self.connection()?).await?;
        self.enqueue(&DeliverWebhook { webhook_id: of }, None).await?;
        Ok(count)
    }

    /// Whether a webhook has a delivery.
    pub async fn has_delivery(&mut self, of: WebhookId, id: Uuid) -> Result<bool, StoreError> {
        let found = webhook_deliveries::table
            .find(id)
            .filter(webhook_deliveries::webhook_id.eq(of.0));
        let found = diesel::select(diesel::dsl::exists(found));
        Ok(found.get_result(self.connection()?).await?)
    }
}

/// Which deliveries are sent once more.
#[derive(Clone, Copy, Debug)]
pub enum Redelivered {
    One(Uuid),
    Since { time: Time, only_failed: bool },
}

fn listed(of: WebhookId, status: Option<DeliveryStatus>) -> webhook_deliveries::BoxedQuery<'static, Pg> {
    let query = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(of.0))
        .into_boxed::<Pg>();
    match status {
        Some(status) => query.filter(webhook_deliveries::status.eq(status.name())),
        None => query,
    }
}

impl Reader {
    /// A page of deliveries, newest first, and how many there are.
    pub async fn deliveries(
        &self,
        of: WebhookId,
        status: Option<DeliveryStatus>,
        (limit, offset): (i64, i64),
    ) -> Result<(Vec<DeliveryView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let total = listed(of, status).count().get_result(connection).await?;
        let newest = listed(of, status).order((webhook_deliveries::created_at.desc(), webhook_deliveries::id.desc()));
        let page = newest.select(DeliveryView::as_select()).limit(limit).offset(offset);
        Ok((page.load(connection).await?, total))
    }

    /// A delivery with what is sent.
    pub async fn delivery(&self, of: WebhookId, id: Uuid) -> Result<Option<(DeliveryView, Vec<u8>)>, StoreError> {
        let one = webhook_deliveries::table
            .find(id)
            .filter(webhook_deliveries::webhook_id.eq(of.0));
        let one = one.select((DeliveryView::as_select(), webhook_deliveries::body));
        Ok(one.first(&mut *self.connection().await?).await.optional()?)
    }
}
