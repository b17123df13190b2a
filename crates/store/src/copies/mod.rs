//! Whole tables, out of Postgres and into it again, for a backup.
//!
//! By the protocol's COPY: it streams, so memory stays flat, and its text is the same in every version of Postgres. `pg_dump`
//! would have to be on the machine, and be no older than the server.

mod catalog;
mod restoration;
mod snapshot;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

pub use restoration::{CopiedUntil, NotRestored, Restoration, TableFill};
pub use snapshot::{Snapshot, TableRows};

use crate::{StoreConfig, StoreError, tls};

/// A table and what of it is copied, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopiedTable {
    pub name: String,
    pub columns: Vec<String>,
    /// Rows are in its order, so that the same rows make the same bytes.
    pub primary_key: Vec<String>,
}

/// How far the numbers of a column are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnNumbers {
    pub table: String,
    pub column: String,
    /// The last one that was given away; 0 before the first.
    pub last: i64,
}

/// No limit of a statement: a table is as large as it is. And no `tcp_user_timeout`: whoever copies may pause for its disk.
const SETUP: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10s'; \
    SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'";

/// A connection outside of the pool.
async fn connect(config: &StoreConfig) -> Result<Client, StoreError> {
    let parsed: Result<tokio_postgres::Config, _> = config.url.parse();
    // Without the reason: it may repeat a part of the address, and with it the password.
    let mut settings = parsed.map_err(|_| StoreError::Defect("the address of postgres cannot be parsed".to_owned()))?;
    settings
        .connect_timeout(std::time::Duration::from_secs(5))
        .keepalives_idle(std::time::Duration::from_secs(5));
    let client = tls::client(&settings, config.tls.as_ref()).await?;
    client.batch_execute(SETUP).await?;
    Ok(client)
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refused) => Self::Defect(refused.to_string()),
            None => Self::Unavailable(tls::causes(&error)),
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn quoted_list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::quoted_list;

    #[test]
    fn names_are_quoted_and_quotes_in_them_are_doubled() {
        assert_eq!(quoted_list(&["id".to_owned(), "a\"b".to_owned()]), r#""id", "a""b""#);
    }
}
