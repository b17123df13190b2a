//! The relay's side of the outbox: which relay leads, and which rows are published.

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::Time;
use serde_json::Value;

use crate::{
    StoreConfig, StoreError,
    fixed::PreparedOnce,
    pool,
    schema::{outbox, outbox_refused, relay_leader},
};

/// Advisory lock: its holder is the one relay that publishes.
const LEADER_LOCK: i64 = 7_110_010;
/// What one statement deletes: all that piled up while no relay ran would take longer than a statement may.
const SWEEP_ROWS: i64 = 5_000;

/// A connection outside the pool: the lock is held as long as it lives.
pub struct Leader {
    connection: AsyncPgConnection,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg))]
pub struct OutboxRow {
    /// Ascending in the order in which rows are published.
    pub id: i64,
    /// Without prefix.
    pub topic: String,
    pub key: String,
    pub sequence: Option<i64>,
    /// A `CloudEvents` envelope as JSON.
    pub payload: Vec<u8>,
    /// A JSON object of texts.
    pub headers: Value,
}

#[derive(Clone, Copy, Debug)]
pub struct Published {
    pub id: i64,
    pub partition: i32,
    pub offset: i64,
}

#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Lag {
    /// Not yet published. Counted up to 100,000, since counting more would take longer than a statement may.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
}

impl Leader {
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let connection = pool::connect_beside(config).await?;
        Ok(Self { connection })
    }

    /// Whether this relay leads now. It then does as long as the connection lives.
    pub async fn try_lead(&mut self) -> Result<bool, StoreError> {
        let lock = sql::<Bool>("pg_try_advisory_lock(")
            .bind::<BigInt, _>(LEADER_LOCK)
            .sql(")");
        Ok(diesel::select(lock).get_result(&mut self.connection).await?)
    }

    /// Takes over the leader's row. False when the last leader did not step down: its messages may still arrive.
    pub async fn take_over(&mut self, instance: &str) -> Result<bool, StoreError> {
        let left: Option<Option<chrono::DateTime<chrono::Utc>>> = relay_leader::table
            .select(relay_leader::left_at)
            .first(&mut self.connection)
            .await
            .optional()?;
        let row = (
            relay_leader::instance.eq(instance),
            relay_leader::left_at.eq(None::<chrono::DateTime<chrono::Utc>>),
        );
        diesel::insert_into(relay_leader::table)
            .values(row)
            .on_conflict(relay_leader::only_one)
            .do_update()
            .set(row)
            .execute(&mut self.connection)
            .await?;
        // No row: there was no leader before.
        Ok(left.is_none_or(|left| left.is_some()))
    }

    /// Records that this leader publishes nothing any more, so that the next one need not wait.
    pub async fn step_down(&mut self, now: Time) -> Result<(), StoreError> {
        let left = relay_leader::left_at.eq(now.utc());
        diesel::update(relay_leader::table)
            .set(left)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    pub async fn unpublished(&mut self, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
        let query = outbox::table
            .filter(outbox::published_at.is_null())
            .order(outbox::id)
            .limit(limit);
        Ok(query.select(OutboxRow::as_select()).load(&mut self.connection).await?)
    }

    /// Marks rows as published. After an error they are published again.
    pub async fn mark(&mut self, published: &[Published], now: Time) -> Result<(), StoreError> {
        let ids: Vec<i64> = published.iter().map(|row| row.id).collect();
        let partitions: Vec<i32> = published.iter().map(|row| row.partition).collect();
        let offsets: Vec<i64> = published.iter().map(|row| row.offset).collect();
        let mark = "UPDATE outbox SET published_at = $1, kafka_partition = done.p, kafka_offset = done.o \
             FROM unnest($2, $3, $4) AS done(id, p, o) WHERE outbox.id = done.id";
        let mark = diesel::sql_query(mark)
            .bind::<Timestamptz, _>(now.utc())
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<Integer>, _>(partitions)
            .bind::<Array<BigInt>, _>(offsets);
        PreparedOnce(mark).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Moves a row that Kafka refuses for good to `outbox_refused`, so that those behind it can be published.
    pub async fn refuse(&mut self, id: i64, reason: &str, now: Time) -> Result<(), StoreError> {
        // One statement, so that the row is in one of the two tables whenever this dies.
        diesel::sql_query(
            "WITH gone AS (DELETE FROM outbox WHERE id = $1 RETURNING *) \
             INSERT INTO outbox_refused (id, topic, key, sequence, payload, headers, reason, refused_at) \
             SELECT id, topic, key, sequence, payload, headers, $2, $3 FROM gone",
        )
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(reason)
        .bind::<Timestamptz, _>(now.utc())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Deletes some of the rows published before `before`. True when there may be more.
    pub async fn sweep(&mut self, before: Time) -> Result<bool, StoreError> {
        let swept = diesel::sql_query(
            "DELETE FROM outbox WHERE id = ANY(ARRAY( \
             SELECT id FROM outbox WHERE published_at < $1 ORDER BY published_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(before.utc())
        .bind::<BigInt, _>(SWEEP_ROWS)
        .execute(&mut self.connection)
        .await?;
        Ok(i64::try_from(swept).is_ok_and(|swept| swept == SWEEP_ROWS))
    }

    pub async fn lag(&mut self) -> Result<Lag, StoreError> {
        let query = diesel::sql_query(
            "SELECT count(*) AS rows FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT 100000) AS waiting",
        );
        Ok(query.get_result(&mut self.connection).await?)
    }

    pub async fn refused(&mut self) -> Result<i64, StoreError> {
        Ok(outbox_refused::table.count().get_result(&mut self.connection).await?)
    }
}
