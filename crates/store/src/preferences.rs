//! What people said about recommendations.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use events::{ListenerId, UserId};
use uuid::Uuid;

use crate::{Reader, StoreError};

/// What somebody does not want to be recommended.
#[derive(Clone, Debug, Default, QueryableByName)]
pub struct Hidden {
    #[diesel(sql_type = Array<SqlUuid>, column_name = "hidden_track_ids")]
    pub track_ids: Vec<Uuid>,
    #[diesel(sql_type = Array<SqlUuid>, column_name = "hidden_artist_ids")]
    pub artist_ids: Vec<Uuid>,
}

/// Somebody who agreed to be found by people with a similar taste. The pseudonym is for a comparison, and is never shown.
#[derive(Clone, Debug)]
pub struct Findable {
    pub id: UserId,
    pub username: String,
    pub listener_id: ListenerId,
}

#[derive(QueryableByName)]
struct FindableRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = SqlUuid)]
    listener_id: Uuid,
}

impl Reader {
    /// What this person does not want to be recommended.
    pub async fn hidden(&self, of: UserId) -> Result<Hidden, StoreError> {
        let query = "SELECT hidden_track_ids, hidden_artist_ids FROM preferences WHERE user_id = $1";
        let found = diesel::sql_query(query)
            .bind::<SqlUuid, _>(of.0)
            .get_result(&mut self.connection().await?)
            .await
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// At most `limit` people who agreed to be found, but not this one; the newest first.
    pub async fn who_may_be_found(&self, but: UserId, limit: i64) -> Result<Vec<Findable>, StoreError> {
        let query = "SELECT users.id, username, listener_id FROM preferences JOIN users ON users.id = user_id \
            WHERE similar_users AND is_active AND users.id <> $1 ORDER BY users.id DESC LIMIT $2";
        let rows: Vec<FindableRow> = diesel::sql_query(query)
            .bind::<SqlUuid, _>(but.0)
            .bind::<BigInt, _>(limit)
            .load(&mut self.connection().await?)
            .await?;
        let findable = |row: FindableRow| Findable {
            id: UserId(row.id),
            username: row.username,
            listener_id: ListenerId(row.listener_id),
        };
        Ok(rows.into_iter().map(findable).collect())
    }
}
