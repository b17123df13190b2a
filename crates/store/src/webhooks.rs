//! Webhooks: the row, how it is read, and the commands on it.

use chrono::{DateTime, Utc};
use diesel::{pg::Pg, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Actor, Webhook, WebhookId};
use events::{Time, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Again, Constraint, JobKind, Reader, StoreError, Unit,
    schema::{users, webhooks},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub(crate) struct WebhookRow {
    id: Uuid,
    user_id: Option<Uuid>,
    created_by: Option<Uuid>,
    url: String,
    description: Option<String>,
    types: Vec<String>,
    nonce: Vec<u8>,
    old_nonces: Vec<Vec<u8>>,
    old_until: Vec<DateTime<Utc>>,
    is_paused: bool,
    paused_because: Option<String>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A webhook as shown.
#[derive(Clone, Debug)]
pub struct WebhookView {
    pub webhook: Webhook,
    /// When a receiver last took something.
    pub succeeded_at: Option<Time>,
}

/// Asks for what waits for a webhook to be sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverWebhook {
    pub webhook_id: WebhookId,
}

impl JobKind for DeliverWebhook {
    const NAME: &'static str = "webhook_deliver";
    /// Each delivery has its own.
    const MAX_TRIES: Option<i32> = None;
    const CANCELLABLE: bool = false;
    const AGAIN: Again = Again::Wake;

    fn key(&self) -> Option<String> {
        Some(self.webhook_id.0.to_string())
    }
}

/// Asks for a mail to whoever made a webhook that the service paused.
#[derive(Debug, Serialize, Deserialize)]
pub struct MailWebhookPaused {
    pub webhook_id: WebhookId,
}

impl JobKind for MailWebhookPaused {
    const NAME: &'static str = "mail_webhook_paused";
    const CANCELLABLE: bool = false;

    fn key(&self) -> Option<String> {
        Some(self.webhook_id.0.to_string())
    }
}

impl WebhookRow {
    fn new(webhook: &Webhook) -> Self {
        let old = webhook.old_nonces.iter().cloned();
        let (old_nonces, old_until) = old.map(|(nonce, until)| (nonce, until.utc())).unzip();
        Self {
            id: webhook.id.0,
            user_id: webhook.owner.map(|id| id.0),
            created_by: webhook.created_by.map(|id| id.0),
            url: webhook.url.clone(),
            description: webhook.description.clone(),
            types: webhook.types.clone(),
            nonce: webhook.nonce.clone(),
            old_nonces,
            old_until,
            is_paused: webhook.is_paused,
            paused_because: webhook.paused_because.clone(),
            version: webhook.version,
            created_at: webhook.created_at.utc(),
            updated_at: webhook.updated_at.utc(),
        }
    }

    pub(crate) fn webhook(self) -> Webhook {
        let until = self.old_until.into_iter().map(Time::from);
        Webhook {
            id: WebhookId(self.id),
            owner: self.user_id.map(UserId),
            created_by: self.created_by.map(UserId),
            url: self.url,
            types: self.types,
            description: self.description,
            is_paused: self.is_paused,
            paused_because: self.paused_because,
            nonce: self.nonce,
            old_nonces: self.old_nonces.into_iter().zip(until).collect(),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        }
    }
}

/// Those that a person sees: their own, and for admins those of the platform.
fn seen_by(by: Actor) -> webhooks::BoxedQuery<'static, Pg> {
    let query = webhooks::table.into_boxed::<Pg>();
    let own = webhooks::user_id.eq(by.user_id.0);
    if by.is_admin() {
        return query.filter(own.or(webhooks::user_id.is_null()));
    }
    query.filter(own)
}

async fn views(
    query: webhooks::BoxedQuery<'static, Pg>,
    connection: &mut AsyncPgConnection,
) -> Result<Vec<WebhookView>, StoreError> {
    let newest = query.order((webhooks::created_at.desc(), webhooks::id.desc()));
    let columns = (WebhookRow::as_select(), webhooks::succeeded_at);
    let rows: Vec<(WebhookRow, Option<DateTime<Utc>>)> = newest.select(columns).load(connection).await?;
    let view = |(row, succeeded_at): (WebhookRow, Option<DateTime<Utc>>)| WebhookView {
        webhook: row.webhook(),
        succeeded_at: succeeded_at.map(Time::from),
    };
    Ok(rows.into_iter().map(view).collect())
}

impl Unit {
    /// How many a person, or the platform, has. The account is held, so that two commands at once keep to the limit.
    pub async fn count_webhooks(&mut self, by: UserId, of_platform: bool) -> Result<i64, StoreError> {
        let account = users::table.find(by.0).select(users::id).for_no_key_update();
        let held: Option<Uuid> = account.first(self.connection()?).await.optional()?;
        if held.is_none() {
            return Err(StoreError::Violated(Constraint::ActorExists));
        }
        let query = webhooks::table.into_boxed::<Pg>();
        let query = if of_platform {
            query.filter(webhooks::user_id.is_null())
        } else {
            query.filter(webhooks::user_id.eq(by.0))
        };
        Ok(query.count().get_result(self.connection()?).await?)
    }

    pub async fn create_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        diesel::insert_into(webhooks::table)
            .values(WebhookRow::new(webhook))
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// A webhook that this person sees, held until the unit ends.
    pub async fn webhook(&mut self, id: WebhookId, by: Actor) -> Result<Option<Webhook>, StoreError> {
        // A query that was boxed takes no lock.
        let held = webhooks::table.find(id.0).select(WebhookRow::as_select());
        let row: Option<WebhookRow> = held.for_no_key_update().first(self.connection()?).await.optional()?;
        let found = row.map(WebhookRow::webhook);
        Ok(found.filter(|webhook| webhook.is_seen_by(by)))
    }

    /// One that was loaded by this unit. Its address is not left alone any longer.
    pub async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let begun_anew = (
            webhooks::times_away.eq(0),
            webhooks::rests_until.eq(None::<DateTime<Utc>>),
        );
        diesel::update(webhooks::table.find(webhook.id.0))
            .set((WebhookRow::new(webhook), begun_anew))
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// As it is shown now.
    pub async fn webhook_view(&mut self, id: WebhookId, by: Actor) -> Result<Option<WebhookView>, StoreError> {
        let query = seen_by(by).filter(webhooks::id.eq(id.0));
        Ok(views(query, self.connection()?).await?.pop())
    }

    /// With its deliveries.
    pub async fn delete_webhook(&mut self, id: WebhookId) -> Result<(), StoreError> {
        diesel::delete(webhooks::table.find(id.0))
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// What a mail about a paused webhook needs: the address of whoever made it, and the webhook. None where there is nobody
    /// to write to, or it is not paused by the service any more.
    pub async fn paused_webhook(&mut self, id: WebhookId) -> Result<Option<(String, Webhook)>, StoreError> {
        let query = webhooks::table
            .inner_join(users::table.on(users::id.nullable().eq(webhooks::created_by)))
            .filter(webhooks::id.eq(id.0).and(webhooks::paused_because.is_not_null()))
            .filter(users::is_active)
            .select((users::email, WebhookRow::as_select()));
        let found: Option<(String, WebhookRow)> = query.first(self.connection()?).await.optional()?;
        Ok(found.map(|(email, row)| (email, row.webhook())))
    }
}

impl Reader {
    /// Those that this person sees, newest first.
    pub async fn webhooks(&self, by: Actor) -> Result<Vec<WebhookView>, StoreError> {
        views(seen_by(by), &mut *self.connection().await?).await
    }

    /// One that this person sees.
    pub async fn webhook(&self, id: WebhookId, by: Actor) -> Result<Option<WebhookView>, StoreError> {
        let query = seen_by(by).filter(webhooks::id.eq(id.0));
        Ok(views(query, &mut *self.connection().await?).await?.pop())
    }
}
