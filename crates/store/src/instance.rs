//! One name for one process: a lock that lives as long as its connection, so that a process that dies gives it back.

use diesel::{
    dsl::sql,
    sql_types::{Bool, Integer, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{StoreConfig, StoreError, pool};

/// The first half of the advisory locks' key; the name's hash is the second. A clash of two names would only refuse a start.
// Locks of two numbers are apart from those of one, so this class may look like the number of the migrations' lock.
const CLASS: i32 = 7_110_011;

/// A connection outside the pool that holds names.
pub struct InstanceLock {
    connection: AsyncPgConnection,
}

impl InstanceLock {
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let connection = pool::connect_beside(config).await?;
        Ok(Self { connection })
    }

    /// Whether this process has the name now. It then does as long as the connection lives.
    pub async fn try_hold(&mut self, name: &str) -> Result<bool, StoreError> {
        let lock = sql::<Bool>("pg_try_advisory_lock(").bind::<Integer, _>(CLASS);
        let lock = lock.sql(", hashtext(").bind::<Text, _>(name).sql("))");
        Ok(diesel::select(lock).get_result(&mut self.connection).await?)
    }

    /// An error when the connection is gone, and the names with it.
    pub async fn check(&mut self) -> Result<(), StoreError> {
        diesel::sql_query("SELECT").execute(&mut self.connection).await?;
        Ok(())
    }
}
