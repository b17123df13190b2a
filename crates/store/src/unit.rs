//! The unit of work: what one command changes, and its events, or nothing at all.

use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use events::{Event, Meta, Time, Trace};
use uuid::Uuid;

use crate::{
    Marks, Store, StoreError,
    outbox::{self, NewRow},
    pool::Connection,
};

/// When and within which trace a command runs, and where it draws ids from.
#[derive(Clone)]
pub struct CommandContext {
    pub now: Time,
    pub new_id: fn() -> Uuid,
    /// What its events carry.
    pub trace: Trace,
    /// Where the commit leaves its mark.
    pub marks: Marks,
}

/// A transaction. Dropped without [`Unit::commit`] or [`Unit::roll_back`], it leaves nothing behind: its connection is
/// closed, never pooled, since a statement may be in flight.
pub struct Unit {
    connection: Option<Connection>,
    pub(crate) context: CommandContext,
    pub(crate) max_fan_out: i64,
    pending: Vec<NewRow>,
}

impl Store {
    pub async fn begin(&self, context: CommandContext) -> Result<Unit, StoreError> {
        let connection = self.connection().await?;
        let mut unit = Unit {
            connection: Some(connection),
            context,
            max_fan_out: self.max_fan_out,
            pending: Vec::new(),
        };
        AnsiTransactionManager::begin_transaction(unit.connection()?).await?;
        Ok(unit)
    }
}

impl Unit {
    pub(crate) fn connection(&mut self) -> Result<&mut AsyncPgConnection, StoreError> {
        match self.connection.as_mut() {
            Some(connection) => Ok(connection),
            None => Err(StoreError::Defect("the unit of work is over".to_owned())),
        }
    }

    /// Records an event; its outbox row is written at the commit, when every lock is held.
    pub(crate) fn record_event(&mut self, event: &Event, sequence: i64) -> Result<(), StoreError> {
        self.record(event, Some(sequence))
    }

    /// Records an event of nothing that has versions.
    pub(crate) fn record_fact(&mut self, event: &Event) -> Result<(), StoreError> {
        self.record(event, None)
    }

    fn record(&mut self, event: &Event, sequence: Option<i64>) -> Result<(), StoreError> {
        let meta = Meta {
            id: (self.context.new_id)(),
            time: self.context.now,
            sequence,
            traceparent: self.context.trace.of(event.topic()).map(str::to_owned),
        };
        let encoded = event
            .encode(&meta)
            .map_err(|error| StoreError::Defect(error.to_string()))?;
        self.pending.push(NewRow::new(encoded, meta.traceparent.as_deref()));
        Ok(())
    }

    pub(crate) fn push(&mut self, row: NewRow) {
        self.pending.push(row);
    }

    /// Writes the outbox rows and commits. With [`StoreError::Unavailable`] it is unknown whether the commit took place.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.pending);
        let connection = self.connection()?;
        let transaction = outbox::insert(connection, &rows).await?;
        AnsiTransactionManager::commit_transaction(connection).await?;
        if let Some(transaction) = transaction {
            self.context.marks.committed(transaction);
        }
        // Only now may the connection be pooled again.
        drop(self.connection.take());
        Ok(())
    }

    /// Undoes everything and pools the connection again: a refusal costs no new one.
    pub async fn roll_back(mut self) -> Result<(), StoreError> {
        AnsiTransactionManager::rollback_transaction(self.connection()?).await?;
        drop(self.connection.take());
        Ok(())
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Taken out of the pool and closed: the server rolls back, and whatever was in flight is nobody's.
            drop(Connection::take(connection));
        }
    }
}
