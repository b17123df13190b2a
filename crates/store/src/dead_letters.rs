//! Dead letters: those of the topic, indexed for the operator; handing one back to its projector; forgetting it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Nullable},
    upsert::excluded,
};
use diesel_async::RunQueryDsl;
use events::{Event, Time};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Unit,
    outbox::NewRow,
    schema::{dead_letter_positions, dead_letters},
};

/// Letters that one unit of work hands back: their bytes are in memory until it ends.
const REPLAYED_AT_ONCE: i64 = 20;
/// Letters that one call forgets.
pub const MAX_PURGED: u32 = 5_000;

/// The position before anything was read; the topic's oldest message may have a later offset.
pub const FROM_THE_BEGINNING: i64 = -1;

/// A letter as the topic has it.
#[derive(Clone, Debug)]
pub struct NewDeadLetter {
    pub projector: String,
    /// Where the event was first read.
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub event_type: Option<String>,
    pub reason: String,
    pub error: String,
    pub key: Option<Vec<u8>>,
    pub payload: Option<Vec<u8>>,
    pub failed_at: Time,
    /// The place of the letter itself.
    pub letter_offset: i64,
}

/// A letter as it is listed.
#[derive(Clone, Debug, Queryable)]
pub struct DeadLetterView {
    pub id: Uuid,
    pub projector: String,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub event_type: Option<String>,
    pub reason: String,
    pub error: String,
    pub key: Option<Vec<u8>>,
    /// Of the event; none for a tombstone.
    pub size_bytes: Option<i64>,
    failed_at: DateTime<Utc>,
    pub times: i32,
    replayed_at: Option<DateTime<Utc>>,
}

/// Which letters; those that fit everything given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    pub ids: Option<Vec<Uuid>>,
    pub projector: Option<String>,
    pub topic: Option<String>,
    pub event_type: Option<String>,
    pub reason: Option<String>,
    /// Whether it was handed back and not refused since.
    pub replayed: Option<bool>,
}

macro_rules! columns {
    () => {
        (
            dead_letters::id,
            dead_letters::projector,
            dead_letters::topic,
            dead_letters::kafka_partition,
            dead_letters::kafka_offset,
            dead_letters::event_type,
            dead_letters::reason,
            dead_letters::error,
            dead_letters::key,
            sql::<Nullable<BigInt>>("octet_length(payload)::bigint"),
            dead_letters::failed_at,
            dead_letters::times,
            dead_letters::replayed_at,
        )
    };
}

#[derive(Insertable)]
#[diesel(table_name = dead_letters)]
struct NewLetterRow {
    id: Uuid,
    projector: String,
    topic: String,
    kafka_partition: i32,
    kafka_offset: i64,
    event_type: Option<String>,
    reason: String,
    error: String,
    key: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
    failed_at: DateTime<Utc>,
    times: i32,
    letter_offset: i64,
}

/// A row for each event: one statement writes no row twice.
fn rows(letters: Vec<NewDeadLetter>) -> Vec<NewLetterRow> {
    let mut rows = BTreeMap::new();
    for letter in letters {
        let id = letter.id();
        let times = rows.get(&id).map_or(1, |row: &NewLetterRow| row.times + 1);
        let row = NewLetterRow {
            id,
            projector: letter.projector,
            topic: letter.topic,
            kafka_partition: letter.partition,
            kafka_offset: letter.offset,
            event_type: letter.event_type,
            reason: letter.reason,
            error: letter.error,
            key: letter.key,
            payload: letter.payload,
            failed_at: letter.failed_at.utc(),
            times,
            letter_offset: letter.letter_offset,
        };
        rows.insert(id, row);
    }
    rows.into_values().collect()
}

/// The trace of the request that made the event, in which it becomes visible at last; none of what is no event.
fn traceparent(payload: &[u8]) -> Option<String> {
    let (meta, _) = Event::decode(Some(payload)).ok()?;
    meta.traceparent
}

impl NewDeadLetter {
    /// The same for the same event at the same projector.
    fn id(&self) -> Uuid {
        let name = format!("{}/{}/{}/{}", self.projector, self.topic, self.partition, self.offset);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
    }
}

impl DeadLetterView {
    #[must_use]
    pub fn failed_at(&self) -> Time {
        self.failed_at.into()
    }

    #[must_use]
    pub fn replayed_at(&self) -> Option<Time> {
        self.replayed_at.map(Time::from)
    }
}

impl DeadLetterFilter {
    fn fitting(&self) -> dead_letters::BoxedQuery<'_, Pg> {
        let mut query = dead_letters::table.into_boxed::<Pg>();
        if let Some(ids) = &self.ids {
            query = query.filter(dead_letters::id.eq_any(ids));
        }
        if let Some(projector) = &self.projector {
            query = query.filter(dead_letters::projector.eq(projector));
        }
        if let Some(topic) = &self.topic {
            query = query.filter(dead_letters::topic.eq(topic));
        }
        if let Some(event_type) = &self.event_type {
            query = query.filter(dead_letters::event_type.eq(event_type));
        }
        if let Some(reason) = &self.reason {
            query = query.filter(dead_letters::reason.eq(reason));
        }
        match self.replayed {
            Some(true) => query.filter(dead_letters::replayed_at.is_not_null()),
            Some(false) => query.filter(dead_letters::replayed_at.is_null()),
            None => query,
        }
    }
}

impl Unit {
    /// Writes letters of one partition of the topic, read from `from` on, and where the next one begins; nothing when
    /// another process was faster. A further letter of the same event says that it was refused again.
    pub async fn index_dead_letters(
        &mut self,
        partition: i32,
        (from, next): (i64, i64),
        letters: Vec<NewDeadLetter>,
    ) -> Result<(), StoreError> {
        let connection = self.connection()?;
        let first = (
            dead_letter_positions::kafka_partition.eq(partition),
            dead_letter_positions::next.eq(FROM_THE_BEGINNING),
        );
        diesel::insert_into(dead_letter_positions::table)
            .values(first)
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        let here = dead_letter_positions::kafka_partition.eq(partition);
        let here = dead_letter_positions::table.filter(here.and(dead_letter_positions::next.eq(from)));
        let moved = diesel::update(here).set(dead_letter_positions::next.eq(next));
        if moved.execute(connection).await? == 0 {
            return Ok(());
        }
        diesel::insert_into(dead_letters::table)
            .values(rows(letters))
            .on_conflict(dead_letters::id)
            .do_update()
            .set((
                dead_letters::reason.eq(excluded(dead_letters::reason)),
                dead_letters::error.eq(excluded(dead_letters::error)),
                dead_letters::failed_at.eq(excluded(dead_letters::failed_at)),
                dead_letters::letter_offset.eq(excluded(dead_letters::letter_offset)),
                dead_letters::times.eq(dead_letters::times + excluded(dead_letters::times)),
                dead_letters::replayed_at.eq(None::<DateTime<Utc>>),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Where the index begins to read each partition of the topic.
    pub async fn dead_letter_positions(&mut self) -> Result<Vec<(i32, i64)>, StoreError> {
        Ok(dead_letter_positions::table.load(self.connection()?).await?)
    }

    /// A letter, held until the unit ends.
    pub async fn dead_letter(&mut self, id: Uuid) -> Result<Option<DeadLetterView>, StoreError> {
        let letter = dead_letters::table.find(id).select(columns!()).for_update();
        Ok(letter.first(self.connection()?).await.optional()?)
    }

    /// Hands some of these letters back, each to the projector that refused it; how many. Those without bytes stay.
    pub async fn replay_dead_letters(&mut self, filter: &DeadLetterFilter) -> Result<usize, StoreError> {
        type Row = (Uuid, String, String, i32, i64, Option<Vec<u8>>);
        let now = self.context.now;
        let some = filter.fitting().filter(dead_letters::payload.is_not_null());
        let some = some
            .order((dead_letters::kafka_offset, dead_letters::id))
            .limit(REPLAYED_AT_ONCE);
        let some: Vec<Uuid> = some.select(dead_letters::id).load(self.connection()?).await?;
        let chosen = dead_letters::table
            .filter(dead_letters::id.eq_any(&some))
            .order((dead_letters::kafka_offset, dead_letters::id))
            .select((
                dead_letters::id,
                dead_letters::projector,
                dead_letters::topic,
                dead_letters::kafka_partition,
                dead_letters::kafka_offset,
                dead_letters::payload,
            ))
            .for_update();
        // Two calls at once may hand the same letter back twice. Versions and sets of known ids make nothing of the
        // second.
        let rows: Vec<Row> = chosen.load(self.connection()?).await?;
        let ids: Vec<Uuid> = rows.iter().map(|(id, ..)| *id).collect();
        diesel::update(dead_letters::table.filter(dead_letters::id.eq_any(&ids)))
            .set(dead_letters::replayed_at.eq(now.utc()))
            .execute(self.connection()?)
            .await?;
        for (_, projector, topic, partition, offset, payload) in rows {
            let payload = payload.unwrap_or_default();
            let mut headers = json!({
                "projector": projector, "topic": topic,
                "partition": partition.to_string(), "offset": offset.to_string(),
            });
            if let Some(traceparent) = traceparent(&payload) {
                headers["traceparent"] = traceparent.into();
            }
            self.push(NewRow::replay(projector, payload, headers));
        }
        Ok(ids.len())
    }

    /// Forgets some of these letters; how many.
    pub async fn purge_dead_letters(&mut self, filter: &DeadLetterFilter) -> Result<usize, StoreError> {
        let connection = self.connection()?;
        let some: Vec<Uuid> = filter
            .fitting()
            .select(dead_letters::id)
            .limit(MAX_PURGED.into())
            .load(connection)
            .await?;
        let purged = diesel::delete(dead_letters::table.filter(dead_letters::id.eq_any(some)));
        Ok(purged.execute(connection).await?)
    }
}

impl Reader {
    /// A page of letters, newest first, and how many there are.
    pub async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<DeadLetterView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let total = filter.fitting().count().get_result(connection).await?;
        let page = filter
            .fitting()
            .order((dead_letters::failed_at.desc(), dead_letters::id.desc()));
        let views = page
            .select(columns!())
            .limit(limit)
            .offset(offset)
            .load(connection)
            .await?;
        Ok((views, total))
    }

    /// A letter with the bytes of its event.
    pub async fn dead_letter(&self, id: Uuid) -> Result<Option<(DeadLetterView, Option<Vec<u8>>)>, StoreError> {
        let letter = dead_letters::table.find(id).select((columns!(), dead_letters::payload));
        Ok(letter.first(&mut *self.connection().await?).await.optional()?)
    }
}
