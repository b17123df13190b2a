//! The writing side of the outbox.

use diesel::{dsl::sql, prelude::Insertable, sql_types::BigInt};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::{Encoded, Topic};
use serde_json::{Value, json};

use crate::{StoreError, schema::outbox};

/// Rows of one INSERT: five parameters each, of the 65,535 that the protocol allows.
const CHUNK: usize = 1_000;

#[derive(Insertable)]
#[diesel(table_name = outbox)]
pub(crate) struct NewRow {
    topic: &'static str,
    key: String,
    sequence: Option<i64>,
    payload: Vec<u8>,
    headers: Value,
}

impl NewRow {
    pub(crate) fn new(event: Encoded, traceparent: Option<&str>) -> Self {
        let headers = match traceparent {
            Some(traceparent) => json!({ "traceparent": traceparent }),
            None => json!({}),
        };
        Self {
            topic: event.topic.name(),
            // What has a row has a key.
            key: event.key.unwrap_or_default(),
            sequence: event.sequence,
            payload: event.payload,
            headers,
        }
    }

    /// An event on its way back to the projector that refused it; `headers` name its place.
    pub(crate) fn replay(projector: String, payload: Vec<u8>, headers: Value) -> Self {
        Self {
            topic: Topic::Replays.name(),
            key: projector,
            sequence: None,
            payload,
            headers,
        }
    }
}

/// The id of the transaction, as its rows have it; none without rows.
pub(crate) async fn insert(connection: &mut AsyncPgConnection, rows: &[NewRow]) -> Result<Option<i64>, StoreError> {
    let mut transaction = None;
    for chunk in rows.chunks(CHUNK) {
        let ids: Vec<i64> = diesel::insert_into(outbox::table)
            .values(chunk)
            .returning(sql::<BigInt>("tx::text::bigint"))
            .get_results(connection)
            .await?;
        transaction = ids.as_slice().first().copied();
    }
    Ok(transaction)
}
