//! Filling the tables of an empty database, all of them or none.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_postgres::{Client, CopyInSink, types::ToSql};

use super::{ColumnNumbers, CopiedTable, catalog, connect, quoted, quoted_list};
use crate::{StoreConfig, StoreError, pool};

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum NotRestored {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is something already.
    #[error("postgres is not empty: {0} has rows")]
    NotEmpty(String),
    #[error("the database has another schema than the backup: {0}")]
    OtherSchema(String),
}

/// Up to which offset a partition was copied.
#[derive(Clone, Debug)]
pub struct CopiedUntil {
    /// Without a deployment's prefix.
    pub topic: String,
    pub partition: i32,
    pub end: i64,
}

/// A transaction that holds every table. Dropped without [`Self::commit`] it leaves nothing behind.
pub struct Restoration {
    client: Client,
}

/// A table that is being filled.
pub struct TableFill(Pin<Box<CopyInSink<Bytes>>>);

impl Restoration {
    /// Makes the schema of these migrations where there is none, and holds its tables. Needs the multi-threaded runtime.
    ///
    /// # Errors
    /// [`NotRestored::NotEmpty`], or [`NotRestored::OtherSchema`] where migrations or tables are not those of the backup.
    pub async fn begin(
        config: &StoreConfig,
        tables: &[CopiedTable],
        migrations: &[String],
    ) -> Result<Self, NotRestored> {
        let client = connect(config).await?;
        // Before anything else: a database that is not empty keeps its schema, and nobody is told to empty it.
        refuse_rows(&client, &catalog::tables(&client).await?).await?;
        let applied = catalog::migrations(&client).await?;
        if !migrations.starts_with(&applied) {
            let newest = |versions: &[String]| versions.last().cloned().unwrap_or_default();
            let (has, wants) = (newest(&applied), newest(migrations));
            let reason = format!(
                "it is at migration {has}, and the backup at {wants}. Give it an empty database, or drop the tables of this \
                 one, which have no rows: the restore makes the backup's schema, and `jonquil migrate` after it this version's"
            );
            return Err(NotRestored::OtherSchema(reason));
        }
        if applied != migrations {
            pool::migrate_to(config, migrations).await?;
        }
        client.batch_execute("BEGIN").await.map_err(StoreError::from)?;
        if let Some(other) = different(&catalog::tables(&client).await?, tables) {
            return Err(NotRestored::OtherSchema(format!("table {other} is another")));
        }
        for table in tables {
            // Whoever writes waits until the end, and reads what was restored.
            let hold = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", quoted(&table.name));
            client.batch_execute(&hold).await.map_err(StoreError::from)?;
        }
        refuse_rows(&client, tables).await?;
        Ok(Self { client })
    }

    /// Begins to fill a table; parents come first.
    pub async fn fill(&self, table: &CopiedTable) -> Result<TableFill, StoreError> {
        let copy = format!(
            "COPY {} ({}) FROM STDIN",
            quoted(&table.name),
            quoted_list(&table.columns)
        );
        Ok(TableFill(Box::pin(self.client.copy_in(&copy).await?)))
    }

    /// Lets new numbers begin after those that were given away. Events of the outbox that are in the topics' copies go;
    /// any others are published, once more if need be.
    pub async fn commit(self, numbers: &[ColumnNumbers], copied: &[CopiedUntil]) -> Result<(), StoreError> {
        let next = "SELECT setval(pg_get_serial_sequence(quote_ident($1), $2)::regclass, $3)";
        for ColumnNumbers { table, column, last } in numbers {
            // A sequence cannot stand before its first number.
            if *last > 0 {
                let given: [&(dyn ToSql + Sync); 3] = [table, column, last];
                self.client.query_one(next, &given).await?;
            }
        }
        let topics: Vec<&str> = copied.iter().map(|until| until.topic.as_str()).collect();
        let partitions: Vec<i32> = copied.iter().map(|until| until.partition).collect();
        let ends: Vec<i64> = copied.iter().map(|until| until.end).collect();
        let there = "DELETE FROM outbox USING unnest($1::text[], $2::int[], $3::bigint[]) AS copied (name, number, until) \
            WHERE published_at IS NOT NULL AND topic = name AND kafka_partition = number AND kafka_offset < until";
        let places: [&(dyn ToSql + Sync); 3] = [&topics, &partitions, &ends];
        self.client.execute(there, &places).await?;
        let missing = "UPDATE outbox SET published_at = NULL, kafka_partition = NULL, kafka_offset = NULL \
            WHERE published_at IS NOT NULL";
        self.client.execute(missing, &[]).await?;
        self.client.batch_execute("COMMIT").await.map_err(StoreError::from)
    }
}

impl TableFill {
    pub async fn send(&mut self, lines: Bytes) -> Result<(), StoreError> {
        self.0.send(lines).await.map_err(StoreError::from)
    }

    /// How many rows it has now.
    pub async fn finish(mut self) -> Result<u64, StoreError> {
        self.0.as_mut().finish().await.map_err(StoreError::from)
    }
}

async fn refuse_rows(client: &Client, tables: &[CopiedTable]) -> Result<(), NotRestored> {
    for table in tables {
        let filled = format!("SELECT EXISTS (SELECT FROM {})", quoted(&table.name));
        if client.query_one(&filled, &[]).await.map_err(StoreError::from)?.get(0) {
            return Err(NotRestored::NotEmpty(table.name.clone()));
        }
    }
    Ok(())
}

/// The first table that only one side has, or that has other columns.
fn different(found: &[CopiedTable], wanted: &[CopiedTable]) -> Option<String> {
    let missing = |of: &[CopiedTable], from: &[CopiedTable]| {
        let table = of.iter().find(|table| !from.contains(table))?;
        Some(table.name.clone())
    };
    missing(wanted, found).or_else(|| missing(found, wanted))
}
