//! One name for one process: a lock that lives as long as its connection, so that a process that dies gives it back.

use std::time::Duration;

use diesel::sql_types::{Bool, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{StoreConfig, StoreError, pool};

/// The first half of the advisory locks' key; the name's hash is the second. A clash of two names would only refuse a start.
const CLASS: i32 = 7_110_011;

/// A connection outside the pool that holds names.
pub struct InstanceLock {
    connection: AsyncPgConnection,
}

#[derive(diesel::QueryableByName)]
struct Held {
    #[diesel(sql_type = Bool)]
    held: bool,
}

impl InstanceLock {
    /// Connects so that each side notices within seconds when the other is gone.
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let setup = format!(
            "SET statement_timeout = {}; {}",
            config.statement.as_millis(),
            pool::NOTICE_LOSS
        );
        let connect = pool::connect(&config.url, &setup);
        match tokio::time::timeout(config.acquire.max(Duration::from_secs(5)), connect).await {
            Ok(connection) => Ok(Self {
                connection: connection?,
            }),
            Err(_) => Err(StoreError::Unavailable("no connection in time".to_owned())),
        }
    }

    /// Whether this process has the name now. It then does as long as the connection lives.
    pub async fn try_hold(&mut self, name: &str) -> Result<bool, StoreError> {
        let query = diesel::sql_query("SELECT pg_try_advisory_lock($1, hashtext($2)) AS held")
            .bind::<Integer, _>(CLASS)
            .bind::<Text, _>(name);
        Ok(query.get_result::<Held>(&mut self.connection).await?.held)
    }

    /// An error when the connection is gone, and the names with it.
    pub async fn check(&mut self) -> Result<(), StoreError> {
        diesel::sql_query("SELECT").execute(&mut self.connection).await?;
        Ok(())
    }
}
