//! Commands that are sent again: what the first one was answered, kept in its own transaction.

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool, Text},
};
use diesel_async::RunQueryDsl;
use events::UserId;

use crate::{StoreError, Unit, schema::idempotency_keys};

/// A command by the key that its client gave it.
#[derive(Clone, Debug)]
pub struct OnceKey {
    pub user_id: UserId,
    /// Method and path.
    pub route: String,
    pub key: String,
    /// A hash of everything else that was sent.
    pub request: Vec<u8>,
}

/// What a command was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    pub status: u16,
    pub etag: Option<String>,
    pub body: Vec<u8>,
}

/// What is known of a command that a client gave a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnceState {
    /// It was not done yet, and nobody else does it before this unit ends.
    New,
    /// Another transaction is doing it.
    Running,
    /// It was done, and answered this.
    Done(KeptAnswer),
    /// The key was given to another request.
    OfAnother,
}

/// How long an answer is kept.
pub const ANSWERS_KEPT: chrono::TimeDelta = chrono::TimeDelta::hours(24);

#[derive(Queryable)]
struct Row {
    request: Vec<u8>,
    status: i16,
    etag: Option<String>,
    body: Vec<u8>,
    tx: i64,
}

impl Unit {
    /// Claims the key until the unit ends. Tried and not waited for: a connection that waits serves nobody.
    pub async fn once(&mut self, once: &OnceKey) -> Result<OnceState, StoreError> {
        let name = format!("{} {} {}", once.user_id, once.route, once.key);
        // Two names with one hash do no harm: the second command is answered as one that is being done, and comes again.
        let lock = sql::<Bool>("pg_try_advisory_xact_lock(hashtextextended(").bind::<Text, _>(name);
        let is_ours: bool = diesel::select(lock.sql(", 0))")).get_result(self.connection()?).await?;
        if !is_ours {
            return Ok(OnceState::Running);
        }
        // A statement of its own: it sees what was committed before the lock was free.
        let kept_since = self.context.now.plus(-ANSWERS_KEPT).utc();
        let row: Option<Row> = idempotency_keys::table
            .find((once.user_id.0, &once.route, &once.key))
            .filter(idempotency_keys::created_at.gt(kept_since))
            .select((
                idempotency_keys::request,
                idempotency_keys::status,
                idempotency_keys::etag,
                idempotency_keys::body,
                sql::<BigInt>("tx::text::bigint"),
            ))
            .first(self.connection()?)
            .await
            .optional()?;
        let Some(row) = row else { return Ok(OnceState::New) };
        if row.request != once.request {
            return Ok(OnceState::OfAnother);
        }
        // Whoever asks again gets the consistency token of the first answer too.
        self.context.marks.committed(row.tx);
        Ok(OnceState::Done(KeptAnswer {
            status: u16::try_from(row.status).map_err(|error| StoreError::Defect(error.to_string()))?,
            etag: row.etag,
            body: row.body,
        }))
    }

    /// Keeps the answer, if the unit commits. An answer that is too old, and not swept yet, is replaced.
    pub async fn keep_answer(&mut self, once: &OnceKey, answer: &KeptAnswer) -> Result<(), StoreError> {
        let status = i16::try_from(answer.status).map_err(|error| StoreError::Defect(error.to_string()))?;
        let row = (
            idempotency_keys::user_id.eq(once.user_id.0),
            idempotency_keys::route.eq(&once.route),
            idempotency_keys::key.eq(&once.key),
            idempotency_keys::request.eq(&once.request),
            idempotency_keys::status.eq(status),
            idempotency_keys::etag.eq(answer.etag.as_deref()),
            idempotency_keys::body.eq(&answer.body),
            idempotency_keys::created_at.eq(self.context.now.utc()),
        );
        let connection = self.connection()?;
        let old = idempotency_keys::table.find((once.user_id.0, &once.route, &once.key));
        diesel::delete(old).execute(connection).await?;
        diesel::insert_into(idempotency_keys::table)
            .values(row)
            .execute(connection)
            .await?;
        Ok(())
    }
}
