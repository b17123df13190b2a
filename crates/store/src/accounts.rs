//! Accounts: the row, and the commands on it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use events::{Change, Event, ListenerId, Role, Time, UserId, UserState};
use uuid::Uuid;

use crate::{
    Reader, StoreError, Unit,
    schema::{login_failures, users},
};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    id: Uuid,
    listener_id: Uuid,
    pub username: String,
    pub display_name: String,
    /// Address; for its owner and admins only.
    pub email: String,
    /// Whether the address is proved.
    pub email_verified: bool,
    password_hash: String,
    role: String,
    pub is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// What a new account starts with.
#[derive(Clone)]
pub struct NewUser {
    pub id: UserId,
    /// Its pseudonym, random.
    pub listener_id: ListenerId,
    /// Name to sign in with, valid.
    pub username: String,
    pub email: String,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    pub role: Role,
}

impl User {
    #[must_use]
    pub fn id(&self) -> UserId {
        UserId(self.id)
    }

    /// Its pseudonym. Never shown.
    #[must_use]
    pub fn listener_id(&self) -> ListenerId {
        ListenerId(self.listener_id)
    }

    /// What it may do; the column's CHECK allows the known roles only.
    #[must_use]
    pub fn role(&self) -> Role {
        Role::by_name(&self.role).unwrap_or(Role::Listener)
    }

    /// Argon2id, in PHC form.
    #[must_use]
    pub fn password_hash(&self) -> &str {
        &self.password_hash
    }

    #[must_use]
    pub fn created_at(&self) -> Time {
        self.created_at.into()
    }
}

impl Unit {
    /// Violates [`crate::Constraint::UniqueUsername`] or [`crate::Constraint::UniqueEmail`].
    pub async fn create_user(&mut self, new: NewUser) -> Result<User, StoreError> {
        let now = self.context.now.utc();
        let user = User {
            id: new.id.0,
            listener_id: new.listener_id.0,
            display_name: new.username.clone(),
            username: new.username,
            email: new.email,
            email_verified: false,
            password_hash: new.password_hash,
            role: new.role.name().to_owned(),
            is_active: true,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        diesel::insert_into(users::table)
            .values(&user)
            .execute(self.connection()?)
            .await?;
        let state = UserState {
            user_id: user.id(),
            role: user.role(),
            created_at: user.created_at(),
        };
        self.record_event(&Event::User(Change::Created(state)), user.version)?;
        Ok(user)
    }

    /// Notes a sign-in that is being tried, before it is known how it ends, so that many at once are counted too;
    /// forgets those that no limit looks at any more.
    pub async fn note_login(&mut self, account: &str, address: &str, window: TimeDelta) -> Result<i64, StoreError> {
        let now = self.context.now.utc();
        let old = login_failures::table.filter(login_failures::failed_at.lt(now - window));
        diesel::delete(old).execute(self.connection()?).await?;
        let attempt = (
            login_failures::account.eq(account),
            login_failures::address.eq(address),
            login_failures::failed_at.eq(now),
        );
        let insert = diesel::insert_into(login_failures::table)
            .values(attempt)
            .returning(login_failures::id);
        Ok(insert.get_result(self.connection()?).await?)
    }

    /// Forgets a sign-in that succeeded, or that was refused without looking at it.
    pub async fn forget_login(&mut self, attempt: i64) -> Result<(), StoreError> {
        diesel::delete(login_failures::table.find(attempt))
            .execute(self.connection()?)
            .await?;
        Ok(())
    }
}

impl Reader {
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let query = users::table.find(id.0).select(User::as_select());
        Ok(query.first(&mut self.connection().await?).await.optional()?)
    }

    /// Accounts by id, in any order.
    pub async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let query = users::table.filter(users::id.eq_any(ids)).select(User::as_select());
        Ok(query.load(&mut self.connection().await?).await?)
    }

    /// The account of that name or address, both case folded.
    pub async fn user_by_login(&self, login: &str) -> Result<Option<User>, StoreError> {
        // A username holds no @ and an address does, so at most one matches.
        let matching = users::username.eq(login).or(users::email.eq(login));
        let query = users::table.filter(matching).select(User::as_select());
        Ok(query.first(&mut self.connection().await?).await.optional()?)
    }

    /// Sign-ins since then from this address that failed or are being tried: all, and those for this account.
    pub async fn login_failures(&self, account: &str, address: &str, since: Time) -> Result<(i64, i64), StoreError> {
        let recent = login_failures::table
            .filter(login_failures::address.eq(address))
            .filter(login_failures::failed_at.ge(since.utc()));
        let connection = &mut *self.connection().await?;
        let all = recent.count().get_result(connection).await?;
        let own = recent
            .filter(login_failures::account.eq(account))
            .count()
            .get_result(connection)
            .await?;
        Ok((all, own))
    }
}
