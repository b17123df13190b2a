//! Which tables there are, as Postgres describes them, so that a new one cannot be forgotten.

use tokio_postgres::Client;

use super::{ColumnNumbers, CopiedTable};
use crate::StoreError;

/// Not copied: who leads now, and dead letters, which projectors refuse again when they read the topics from the start, at
/// other offsets; for the same reason no positions of webhooks, whose deliveries are known by their events.
pub(super) const LEFT_OUT: [&str; 5] = [
    "__diesel_schema_migrations",
    "relay_leader",
    "dead_letters",
    "dead_letter_positions",
    "webhook_positions",
];

const TABLES: &str = "SELECT c.relname::text AS name, \
        array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 \
            AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns, \
        array(SELECT a.attname::text FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place) \
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum \
            WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY k.place) AS primary_key, \
        array(SELECT DISTINCT p.relname::text FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid \
            WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS parents \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind = 'r' AND n.nspname = current_schema() AND c.relname <> ALL ($1) ORDER BY 1";

const NUMBERS: &str = "SELECT c.relname::text, a.attname::text, \
        coalesce(pg_sequence_last_value(pg_get_serial_sequence(quote_ident(c.relname), a.attname)::regclass), 0) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> '' \
    WHERE c.relkind = 'r' AND n.nspname = current_schema() ORDER BY 1, 2";

/// Every table that is copied, after the tables that its rows refer to.
pub(super) async fn tables(client: &Client) -> Result<Vec<CopiedTable>, StoreError> {
    let rows = client.query(TABLES, &[&LEFT_OUT.as_slice()]).await?;
    let table = |row: &tokio_postgres::Row| {
        let parents: Vec<String> = row.try_get("parents")?;
        let table = CopiedTable {
            name: row.try_get("name")?,
            columns: row.try_get("columns")?,
            primary_key: row.try_get("primary_key")?,
        };
        Ok((table, parents))
    };
    let found: Result<Vec<_>, tokio_postgres::Error> = rows.iter().map(table).collect();
    parents_first(found?)
}

fn parents_first(mut waiting: Vec<(CopiedTable, Vec<String>)>) -> Result<Vec<CopiedTable>, StoreError> {
    let mut ordered: Vec<CopiedTable> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_ready = |parents: &[String]| {
            let mut parents = parents.iter();
            parents.all(|parent| ordered.iter().any(|table| table.name == *parent))
        };
        let Some(place) = waiting.iter().position(|(_, parents)| is_ready(parents)) else {
            return Err(StoreError::Defect("tables refer to each other in a circle".to_owned()));
        };
        ordered.push(waiting.remove(place).0);
    }
    Ok(ordered)
}

/// How far every column of numbers is.
pub(super) async fn numbers(client: &Client) -> Result<Vec<ColumnNumbers>, StoreError> {
    let rows = client.query(NUMBERS, &[]).await?;
    let numbers = |row: &tokio_postgres::Row| {
        Ok(ColumnNumbers {
            table: row.try_get(0)?,
            column: row.try_get(1)?,
            last: row.try_get(2)?,
        })
    };
    let found: Result<Vec<_>, tokio_postgres::Error> = rows.iter().map(numbers).collect();
    found.map_err(StoreError::from)
}

/// Versions of the migrations that the database has, oldest first; none in an empty one.
pub(super) async fn migrations(client: &Client) -> Result<Vec<String>, StoreError> {
    let known = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL";
    let known: bool = client.query_one(known, &[]).await?.get(0);
    if !known {
        return Ok(Vec::new());
    }
    let versions = "SELECT version::text FROM __diesel_schema_migrations ORDER BY version";
    let rows = client.query(versions, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::{CopiedTable, parents_first};

    fn table(name: &str, parents: &[&str]) -> (CopiedTable, Vec<String>) {
        let table = CopiedTable {
            name: name.to_owned(),
            columns: Vec::new(),
            primary_key: Vec::new(),
        };
        (table, parents.iter().map(|&parent| parent.to_owned()).collect())
    }

    #[test]
    fn a_table_comes_after_those_that_its_rows_refer_to() {
        let tables = vec![
            table("albums", &["artists"]),
            table("artists", &["users"]),
            table("tracks", &["albums", "artists"]),
            table("users", &[]),
        ];
        let ordered = parents_first(tables).unwrap();
        let names: Vec<_> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["users", "artists", "albums", "tracks"]);
        assert!(parents_first(vec![table("a", &["b"]), table("b", &["a"])]).is_err());
    }
}
