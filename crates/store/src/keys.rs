//! Making keys of names anew after they were folded in another way: a migration empties those that may be others now, and
//! SQL cannot fold them.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::name_key;
use uuid::Uuid;

use crate::{
    StoreError,
    schema::{albums, artists},
};

/// Rows of one statement.
const STEP: i64 = 1000;

/// Makes every empty key. A kill in between leaves the rest to the next run.
pub(crate) async fn make_missing(connection: &mut AsyncPgConnection) -> Result<(), StoreError> {
    let mut after = Uuid::nil();
    loop {
        let query = artists::table.filter(artists::name_key.eq("").and(artists::id.gt(after)));
        let query = query
            .order(artists::id)
            .limit(STEP)
            .select((artists::id, artists::name));
        let names: Vec<(Uuid, String)> = query.load(connection).await?;
        let Some((last, _)) = names.last() else { break };
        after = *last;
        set(connection, "UPDATE artists SET name_key = key", names).await?;
    }
    let mut after = Uuid::nil();
    loop {
        let query = albums::table.filter(albums::title_key.eq("").and(albums::id.gt(after)));
        let query = query.order(albums::id).limit(STEP).select((albums::id, albums::title));
        let titles: Vec<(Uuid, String)> = query.load(connection).await?;
        let Some((last, _)) = titles.last() else { break };
        after = *last;
        set(connection, "UPDATE albums SET title_key = key", titles).await?;
    }
    Ok(())
}

async fn set(connection: &mut AsyncPgConnection, update: &str, names: Vec<(Uuid, String)>) -> Result<(), StoreError> {
    let (ids, keys): (Vec<Uuid>, Vec<String>) = names.into_iter().map(|(id, name)| (id, name_key(&name))).unzip();
    sql_query(format!(
        "{update} FROM unnest($1, $2) AS made (made_id, key) WHERE id = made_id"
    ))
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(keys)
    .execute(connection)
    .await?;
    Ok(())
}
