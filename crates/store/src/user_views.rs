//! Accounts as they are shown: what is private only to the account itself and to admins.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::Sight;
use events::{ListenerId, Role, Time, UserId};
use uuid::Uuid;

use crate::{Reader, StoreError, User, rows::in_order};

#[derive(Clone, Debug)]
pub struct UserView {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub role: Role,
    pub created_at: Time,
    /// None for others.
    pub private: Option<PrivateDetails>,
}

#[derive(Clone, Debug)]
pub struct PrivateDetails {
    pub email: String,
    /// Whether the address is proved.
    pub email_verified: bool,
    /// Whether it may sign in.
    pub is_active: bool,
}

/// `$1` are ids, `$2` and `$3` who looks.
const PROFILE: &str = "SELECT id, listener_id, username, display_name, role, created_at, \
    CASE WHEN id = $2 OR $3 THEN email END AS email, \
    CASE WHEN id = $2 OR $3 THEN email_verified END AS email_verified, \
    CASE WHEN id = $2 OR $3 THEN is_active END AS is_active FROM users WHERE ";

#[derive(QueryableByName)]
struct Profile {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    listener_id: Uuid,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Text)]
    display_name: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    email_verified: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_active: Option<bool>,
}

#[derive(QueryableByName)]
struct Pseudonym {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    listener_id: Option<Uuid>,
}

impl From<Profile> for UserView {
    fn from(row: Profile) -> Self {
        let private = row.email.zip(row.email_verified).zip(row.is_active);
        Self {
            id: UserId(row.id),
            username: row.username,
            display_name: row.display_name,
            role: Role::by_name(&row.role).unwrap_or(Role::Listener),
            created_at: row.created_at.into(),
            private: private.map(|((email, email_verified), is_active)| PrivateDetails {
                email,
                email_verified,
                is_active,
            }),
        }
    }
}

impl From<User> for UserView {
    /// As its owner sees it.
    fn from(user: User) -> Self {
        Self {
            id: user.id(),
            role: user.role(),
            created_at: user.created_at(),
            username: user.username,
            display_name: user.display_name,
            private: Some(PrivateDetails {
                email: user.email,
                email_verified: user.email_verified,
                is_active: user.is_active,
            }),
        }
    }
}

impl Reader {
    pub async fn profile(&self, id: UserId, sight: Sight) -> Result<Option<UserView>, StoreError> {
        let found = self.profiles("id = ANY($1)", vec![id.0], sight).await?.pop();
        Ok(found.map(UserView::from))
    }

    /// The accounts of these pseudonyms, in this order; for admins only, others see none.
    pub async fn listening(&self, ids: &[ListenerId], sight: Sight) -> Result<Vec<(ListenerId, UserView)>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = self
            .profiles("listener_id = ANY($1) AND $3", ids.clone(), sight)
            .await?;
        let rows = rows.into_iter().map(|row| (row.listener_id, row)).collect();
        let shown = in_order(&ids, rows).into_iter();
        Ok(shown.map(|row| (ListenerId(row.listener_id), row.into())).collect())
    }

    /// An account's pseudonym. `None`: there is no such account; `Some(None)`: what it listens to is not for this person.
    pub async fn pseudonym(&self, id: UserId, sight: Sight) -> Result<Option<Option<ListenerId>>, StoreError> {
        let query = "SELECT CASE WHEN id = $2 OR $3 THEN listener_id END AS listener_id FROM users WHERE id = $1";
        let found: Option<Pseudonym> = diesel::sql_query(query)
            .bind::<SqlUuid, _>(id.0)
            .bind::<Nullable<SqlUuid>, _>(sight.user_id.map(|user| user.0))
            .bind::<Bool, _>(sight.is_admin)
            .get_result(&mut self.connection().await?)
            .await
            .optional()?;
        Ok(found.map(|row| row.listener_id.map(ListenerId)))
    }

    async fn profiles(&self, which: &str, ids: Vec<Uuid>, sight: Sight) -> Result<Vec<Profile>, StoreError> {
        load(&mut *self.connection().await?, which, ids, sight).await
    }
}

async fn load(
    connection: &mut AsyncPgConnection,
    which: &str,
    ids: Vec<Uuid>,
    sight: Sight,
) -> Result<Vec<Profile>, StoreError> {
    let query = diesel::sql_query(format!("{PROFILE}{which}"))
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Nullable<SqlUuid>, _>(sight.user_id.map(|user| user.0))
        .bind::<Bool, _>(sight.is_admin);
    Ok(query.load(connection).await?)
}

/// The accounts of these ids, in this order.
pub(crate) async fn profiles(
    connection: &mut AsyncPgConnection,
    ids: Vec<Uuid>,
    sight: Sight,
) -> Result<Vec<UserView>, StoreError> {
    let rows = load(connection, "id = ANY($1)", ids.clone(), sight).await?;
    let rows = rows.into_iter().map(|row| (row.id, row.into())).collect();
    Ok(in_order(&ids, rows))
}
