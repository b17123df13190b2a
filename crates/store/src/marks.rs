//! Where what a request changed can be found: by the transaction in the outbox, or in the topics.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use diesel_async::RunQueryDsl;
use events::Topic;

use crate::{Reader, StoreError, fixed::PreparedOnce};

/// An event's place in the topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPlace {
    pub topic: Topic,
    pub partition: i32,
    pub offset: i64,
}

/// What a request has changed so far. Clones share it, so that whoever answers sees it.
#[derive(Clone, Debug, Default)]
pub struct Marks(Arc<Mutex<Marked>>);

/// The latest of what a request has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// The transaction that was committed, if it has events.
    pub transaction: Option<i64>,
    /// The last event of each partition that was published without a transaction.
    pub published: Vec<EventPlace>,
}

impl Marks {
    pub(crate) fn committed(&self, transaction: i64) {
        let mut marked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marked.transaction = marked.transaction.max(Some(transaction));
    }

    pub fn published(&self, event: EventPlace) {
        let mut marked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |other: &&mut EventPlace| other.topic == event.topic && other.partition == event.partition;
        match marked.published.iter_mut().find(same) {
            Some(other) => other.offset = other.offset.max(event.offset),
            None => marked.published.push(event),
        }
    }

    #[must_use]
    pub fn marked(&self) -> Marked {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Where the events of a transaction are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionEvents {
    /// The relay has not published all of them yet.
    Unpublished,
    /// The last one of each partition; none for a transaction without events, or one that was swept long ago.
    Published(Vec<EventPlace>),
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = Nullable<Integer>)]
    kafka_partition: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    kafka_offset: Option<i64>,
}

impl Reader {
    /// Where the events of a transaction are; by an index of its rows.
    pub async fn events_of(&self, transaction: i64) -> Result<TransactionEvents, StoreError> {
        let query = "SELECT topic, kafka_partition, max(kafka_offset) AS kafka_offset FROM outbox \
            WHERE tx = $1::text::xid8 GROUP BY topic, kafka_partition";
        let query = PreparedOnce(diesel::sql_query(query).bind::<Text, _>(transaction.to_string()));
        let rows: Vec<Row> = query.load(&mut self.connection().await?).await?;
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let (Some(partition), Some(offset)) = (row.kafka_partition, row.kafka_offset) else {
                return Ok(TransactionEvents::Unpublished);
            };
            // A topic of a later version: nobody here reads it.
            if let Some(topic) = Topic::by_name(&row.topic) {
                places.push(EventPlace {
                    topic,
                    partition,
                    offset,
                });
            }
        }
        Ok(TransactionEvents::Published(places))
    }
}
