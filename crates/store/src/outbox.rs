//! The writing side of the outbox.

use diesel::prelude::Insertable;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::Encoded;
use serde_json::{Value, json};

use crate::{StoreError, schema::outbox};

/// Rows of one INSERT: six parameters each, of the 65,535 that the protocol allows.
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
}

pub(crate) async fn insert(connection: &mut AsyncPgConnection, rows: &[NewRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(outbox::table)
            .values(chunk)
            .execute(connection)
            .await?;
    }
    Ok(())
}
