//! Everything that Postgres holds at one moment.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio_postgres::{Client, CopyOutStream};

use super::{ColumnNumbers, CopiedTable, catalog, connect, quoted, quoted_list};
use crate::{StoreConfig, StoreError};

/// One repeatable read: every table as it was when this was opened, until it is dropped.
pub struct Snapshot {
    client: Client,
    /// Parents before their children.
    pub tables: Vec<CopiedTable>,
    pub numbers: Vec<ColumnNumbers>,
    /// Versions, oldest first.
    pub migrations: Vec<String>,
}

/// The rows of a table, as `COPY` writes them: a line each.
pub struct TableRows(Pin<Box<CopyOutStream>>);

impl Snapshot {
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let client = connect(config).await?;
        let begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        client.batch_execute(begin).await?;
        // The first query takes the snapshot.
        let migrations = catalog::migrations(&client).await?;
        Ok(Self {
            tables: catalog::tables(&client).await?,
            numbers: catalog::numbers(&client).await?,
            migrations,
            client,
        })
    }

    /// The table's rows in the order of its primary key.
    pub async fn rows(&self, table: &CopiedTable) -> Result<TableRows, StoreError> {
        let order = match table.primary_key.as_slice() {
            [] => String::new(),
            key => format!(" ORDER BY {}", quoted_list(key)),
        };
        let (columns, name) = (quoted_list(&table.columns), quoted(&table.name));
        let copy = format!("COPY (SELECT {columns} FROM {name}{order}) TO STDOUT");
        Ok(TableRows(Box::pin(self.client.copy_out(&copy).await?)))
    }
}

impl TableRows {
    /// The next line, which is one row (PostgreSQL's manual, section 55.2.6); none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        self.0.next().await.transpose().map_err(StoreError::from)
    }
}
