//! How events become deliveries: who wants one, and whom it concerns, is asked when it is read. Deliveries and position are
//! written in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Bytea, Text, Timestamptz, Uuid as SqlUuid},
    upsert::excluded,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::WebhookId;
use events::{Time, Topic};
use uuid::Uuid;

use crate::{
    DeliverWebhook, Reader, Store, StoreError, Unit,
    schema::{webhook_positions, webhooks},
};

/// What an event is about, which says whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerned {
    Artist,
    Album,
    Track,
    Playlist,
    /// A person, by the pseudonym.
    Listener,
}

impl Concerned {
    fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Track => "track",
            Self::Playlist => "playlist",
            Self::Listener => "listener",
        }
    }
}

/// An event that webhooks may want.
#[derive(Clone, Debug)]
pub struct WebhookEvent {
    pub id: Uuid,
    pub type_name: &'static str,
    pub about: Concerned,
    pub subject: Uuid,
    pub time: Time,
    /// What is sent.
    pub body: Vec<u8>,
}

/// How far a partition is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookPosition {
    pub topic: Topic,
    pub partition: i32,
    pub next: i64,
}

/// `$1` to `$6` are the events. A row of the platform gets those of the catalogue; a person's those of what is, or was, theirs.
/// Events that are older than a delivery is kept are not taken: of what was swept, it is not known that it was delivered.
const DELIVER: &str = "WITH incoming AS (SELECT * FROM \
        unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::bytea[]) \
        AS event (id, type, about, subject, time, body)), \
    owned AS (SELECT incoming.id, concerned.user_id FROM incoming CROSS JOIN LATERAL ( \
        SELECT created_by AS user_id FROM artists WHERE about = 'artist' AND artists.id = subject \
        UNION SELECT user_id FROM artists WHERE about = 'artist' AND artists.id = subject \
        UNION SELECT created_by FROM albums WHERE about = 'album' AND albums.id = subject \
        UNION SELECT created_by FROM tracks WHERE about = 'track' AND tracks.id = subject \
        UNION SELECT owner_id FROM playlists WHERE about = 'playlist' AND playlists.id = subject \
        UNION SELECT users.id FROM users WHERE about = 'listener' AND listener_id = subject \
        UNION SELECT user_id FROM webhook_deletions WHERE webhook_deletions.id = subject) concerned) \
    INSERT INTO webhook_deliveries (webhook_id, event_id, event_type, body) \
    SELECT webhooks.id, incoming.id, type, body FROM incoming JOIN webhooks ON incoming.type = ANY(webhooks.types) \
        AND NOT webhooks.is_paused AND webhooks.created_at <= incoming.time \
    WHERE incoming.time > now() - interval '30 days' AND CASE WHEN webhooks.user_id IS NULL \
        THEN about IN ('artist', 'album', 'track') \
        ELSE EXISTS (SELECT FROM owned JOIN users ON users.id = owned.user_id \
            WHERE owned.id = incoming.id AND owned.user_id = webhooks.user_id AND users.is_active) END \
    ON CONFLICT (webhook_id, event_id) DO NOTHING RETURNING webhook_id";

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = SqlUuid)]
    webhook_id: Uuid,
}

impl Unit {
    /// Makes a delivery of each event for each webhook that wants it, and wakes whoever sends them.
    pub async fn deliver_to_webhooks(&mut self, events: &[WebhookEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
        let types: Vec<&str> = events.iter().map(|event| event.type_name).collect();
        let about: Vec<&str> = events.iter().map(|event| event.about.name()).collect();
        let subjects: Vec<Uuid> = events.iter().map(|event| event.subject).collect();
        let times: Vec<DateTime<Utc>> = events.iter().map(|event| event.time.utc()).collect();
        let bodies: Vec<&[u8]> = events.iter().map(|event| event.body.as_slice()).collect();
        let touched: Vec<Touched> = diesel::sql_query(DELIVER)
            .bind::<Array<SqlUuid>, _>(ids)
            .bind::<Array<Text>, _>(types)
            .bind::<Array<Text>, _>(about)
            .bind::<Array<SqlUuid>, _>(subjects)
            .bind::<Array<Timestamptz>, _>(times)
            .bind::<Array<Bytea>, _>(bodies)
            .load(self.connection()?)
            .await?;
        // In one order everywhere: each holds the row of its job until the commit.
        let touched: BTreeSet<Uuid> = touched.into_iter().map(|row| row.webhook_id).collect();
        for id in touched {
            let webhook_id = WebhookId(id);
            self.enqueue(&DeliverWebhook { webhook_id }, None).await?;
        }
        Ok(())
    }

    /// How far the topics are read. Held until the unit ends, so that of two readers one waits.
    pub async fn webhook_positions(&mut self) -> Result<Vec<WebhookPosition>, StoreError> {
        let rows = webhook_positions::table.order((webhook_positions::topic, webhook_positions::kafka_partition));
        let rows: Vec<(String, i32, i64)> = rows.for_update().load(self.connection()?).await?;
        Ok(rows.into_iter().filter_map(position).collect())
    }

    pub async fn set_webhook_positions(&mut self, positions: &[WebhookPosition]) -> Result<(), StoreError> {
        let row = |at: &WebhookPosition| {
            (
                webhook_positions::topic.eq(at.topic.name()),
                webhook_positions::kafka_partition.eq(at.partition),
                webhook_positions::next.eq(at.next),
            )
        };
        let rows: Vec<_> = positions.iter().map(row).collect();
        diesel::insert_into(webhook_positions::table)
            .values(rows)
            .on_conflict((webhook_positions::topic, webhook_positions::kafka_partition))
            .do_update()
            .set(webhook_positions::next.eq(excluded(webhook_positions::next)))
            .execute(self.connection()?)
            .await?;
        Ok(())
    }
}

/// None for a topic that this version does not know.
fn position((topic, partition, next): (String, i32, i64)) -> Option<WebhookPosition> {
    Some(WebhookPosition {
        topic: Topic::by_name(&topic)?,
        partition,
        next,
    })
}

impl Store {
    /// Whether anybody has a webhook: as long as nobody has, no event needs to be read.
    pub async fn has_webhooks(&self) -> Result<bool, StoreError> {
        Ok(is_any_webhook(&mut *self.connection().await?).await?)
    }
}

async fn is_any_webhook(connection: &mut AsyncPgConnection) -> QueryResult<bool> {
    let any = diesel::select(diesel::dsl::exists(webhooks::table.select(webhooks::id)));
    any.get_result(connection).await
}

impl Reader {
    /// How far the topics are read. None as long as nobody has a webhook: then nobody reads them.
    pub async fn webhook_positions(&self) -> Result<Option<Vec<WebhookPosition>>, StoreError> {
        let mut connection = self.connection().await?;
        if !is_any_webhook(&mut connection).await? {
            return Ok(None);
        }
        let rows: Vec<(String, i32, i64)> = webhook_positions::table.load(&mut *connection).await?;
        Ok(Some(rows.into_iter().filter_map(position).collect()))
    }
}
