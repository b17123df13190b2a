//! API keys. The secret is not stored, only its MAC under a key of the service.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{ApiKeyFields, ApiKeyId, MAX_API_KEYS, Scope, Scopes};
use events::{Time, UserId};
use uuid::Uuid;

use crate::{
    Reader, Store, StoreError, Unit, User,
    schema::{api_keys, users},
};

/// A use is written down this long after the one before.
const NOTED_EVERY: Duration = Duration::from_mins(1);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, check_for_backend(diesel::pg::Pg))]
struct ApiKeyRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    scopes: Vec<String>,
    mac: Vec<u8>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

/// A key as its owner sees it.
#[derive(Clone, Debug)]
pub struct ApiKeyView {
    pub id: ApiKeyId,
    pub name: String,
    pub scopes: Scopes,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    /// To about a minute.
    pub last_used_at: Option<Time>,
}

/// A key that somebody calls with.
pub struct KnownKey {
    pub user: User,
    pub scopes: Scopes,
    pub mac: Vec<u8>,
    pub expires_at: Option<Time>,
}

/// What is not known any more gives no scope.
fn scopes(names: &[String]) -> Scopes {
    names.iter().filter_map(|name| Scope::by_name(name)).collect()
}

impl From<ApiKeyRow> for ApiKeyView {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: ApiKeyId(row.id),
            scopes: scopes(&row.scopes),
            name: row.name,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.map(Time::from),
            last_used_at: row.last_used_at.map(Time::from),
        }
    }
}

impl Unit {
    /// None when the account has as many keys as it may have.
    pub async fn create_api_key(
        &mut self,
        id: ApiKeyId,
        user: UserId,
        (fields, scopes): (&ApiKeyFields, Scopes),
        mac: &[u8],
    ) -> Result<Option<ApiKeyView>, StoreError> {
        // Held, so that two at once do not both take the last place.
        let account = users::table.find(user.0).select(users::id).for_no_key_update();
        let held: Option<Uuid> = account.first(self.connection()?).await.optional()?;
        if held.is_none() {
            return Err(StoreError::Violated(crate::Constraint::ActorExists));
        }
        let of = api_keys::table.filter(api_keys::user_id.eq(user.0)).count();
        if of.get_result::<i64>(self.connection()?).await? >= MAX_API_KEYS {
            return Ok(None);
        }
        let row = ApiKeyRow {
            id: id.0,
            user_id: user.0,
            name: fields.name.clone(),
            scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            mac: mac.to_vec(),
            created_at: self.context.now.utc(),
            expires_at: fields.expires_at.map(Time::utc),
            last_used_at: None,
        };
        diesel::insert_into(api_keys::table)
            .values(&row)
            .execute(self.connection()?)
            .await?;
        Ok(Some(row.into()))
    }

    /// False when the account has no such key.
    pub async fn delete_api_key(&mut self, id: ApiKeyId, user: UserId) -> Result<bool, StoreError> {
        let key = api_keys::table.find(id.0).filter(api_keys::user_id.eq(user.0));
        Ok(diesel::delete(key).execute(self.connection()?).await? > 0)
    }
}

impl Reader {
    /// An account's keys, newest first.
    pub async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKeyView>, StoreError> {
        let of = api_keys::table.filter(api_keys::user_id.eq(user.0));
        let newest = of.order((api_keys::created_at.desc(), api_keys::id.desc()));
        let rows: Vec<ApiKeyRow> = newest
            .select(ApiKeyRow::as_select())
            .load(&mut self.connection().await?)
            .await?;
        Ok(rows.into_iter().map(ApiKeyView::from).collect())
    }

    /// The key of that id and its account.
    pub async fn known_key(&self, id: ApiKeyId) -> Result<Option<KnownKey>, StoreError> {
        let query = api_keys::table
            .inner_join(users::table)
            .filter(api_keys::id.eq(id.0))
            .select((ApiKeyRow::as_select(), User::as_select()));
        let found: Option<(ApiKeyRow, User)> = query.first(&mut self.connection().await?).await.optional()?;
        Ok(found.map(|(key, user)| KnownKey {
            user,
            scopes: scopes(&key.scopes),
            mac: key.mac,
            expires_at: key.expires_at.map(Time::from),
        }))
    }
}

impl Store {
    /// Writes down that a key is used, once a minute.
    pub async fn note_key_use(&self, id: ApiKeyId, now: Time) -> Result<(), StoreError> {
        let (now, connection) = (now.utc(), &mut *self.connection().await?);
        let key = api_keys::table.find(id.0);
        let is_due = api_keys::last_used_at
            .is_null()
            .or(api_keys::last_used_at.lt(now - NOTED_EVERY));
        // Most calls find it noted, and write nothing.
        diesel::update(key.filter(is_due))
            .set(api_keys::last_used_at.eq(now))
            .execute(connection)
            .await?;
        Ok(())
    }
}
