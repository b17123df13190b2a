//! Accounts: the row, and the commands on it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::Person;
use events::{Change, Event, ListenerId, Role, Time, UserId, UserState};
use uuid::Uuid;

use crate::{Reader, StoreError, Unit, schema::users};

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
    private_until: Option<DateTime<Utc>>,
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

    /// Until then neither listens nor searches are recorded.
    #[must_use]
    pub fn private_until(&self) -> Option<Time> {
        self.private_until.map(Time::from)
    }

    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// As the domain knows it.
    #[must_use]
    pub fn person(&self) -> Person {
        Person {
            id: self.id(),
            username: self.username.clone(),
            display_name: self.display_name.clone(),
            email: self.email.clone(),
            email_verified: self.email_verified,
            role: self.role(),
            is_active: self.is_active,
            created_at: self.created_at(),
            version: self.version,
        }
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
            private_until: None,
        };
        diesel::insert_into(users::table)
            .values(&user)
            .execute(self.connection()?)
            .await?;
        let state = UserState {
            user_id: user.id(),
            role: user.role().into(),
            created_at: user.created_at(),
        };
        self.record_event(&Event::User(Change::Created(state)), user.version)?;
        Ok(user)
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
}
