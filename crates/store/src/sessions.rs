//! Sessions: one row from the sign-in to its end. A refresh updates it; no token is stored.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{SESSION_IDLE, Session, SessionId};
use events::UserId;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Unit, User,
    schema::{sessions, users},
};

/// Sessions of one account at once; the one that was refreshed longest ago makes room.
const MAX_SESSIONS: i64 = 200;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    created_at: DateTime<Utc>,
    generation: i64,
    turned_at: DateTime<Utc>,
    user_agent: Option<String>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId(row.id),
            user_id: UserId(row.user_id),
            generation: row.generation,
            began_at: row.created_at.into(),
            turned_at: row.turned_at.into(),
        }
    }
}

impl Unit {
    /// `user_agent` is for the owner to know it by.
    pub async fn open_session(&mut self, user: UserId, user_agent: Option<String>) -> Result<Session, StoreError> {
        let now = self.context.now.utc();
        let others = "DELETE FROM sessions WHERE user_id = $1 AND id NOT IN (SELECT id FROM sessions \
            WHERE user_id = $1 AND turned_at > $2 ORDER BY turned_at DESC LIMIT $3)";
        diesel::sql_query(others)
            .bind::<SqlUuid, _>(user.0)
            .bind::<Timestamptz, _>(now - SESSION_IDLE)
            .bind::<BigInt, _>(MAX_SESSIONS - 1)
            .execute(self.connection()?)
            .await?;
        let row = SessionRow {
            id: (self.context.new_id)(),
            user_id: user.0,
            created_at: now,
            generation: 0,
            turned_at: now,
            user_agent,
        };
        diesel::insert_into(sessions::table)
            .values(&row)
            .execute(self.connection()?)
            .await?;
        Ok(row.into())
    }

    /// The session, held until this unit ends, so that refreshes at the same time see each other. None when it has ended or
    /// its account may not sign in.
    pub async fn session(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        // A subquery, because a join would hold the account's row too.
        let account = users::table.filter(users::id.eq(sessions::user_id));
        let query = sessions::table
            .find(id.0)
            .select((SessionRow::as_select(), account.select(users::is_active).single_value()))
            .for_no_key_update();
        let found: Option<(SessionRow, Option<bool>)> = query.first(self.connection()?).await.optional()?;
        Ok(found
            .filter(|(_, active)| *active == Some(true))
            .map(|(row, _)| row.into()))
    }

    /// Stores the next generation of a session that is held.
    pub async fn turn_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let turned = (
            sessions::generation.eq(session.generation),
            sessions::turned_at.eq(session.turned_at.utc()),
        );
        diesel::update(sessions::table.find(session.id.0))
            .set(turned)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// False when the account has no such session.
    pub async fn end_own_session(&mut self, id: SessionId, user: UserId) -> Result<bool, StoreError> {
        let own = sessions::table.find(id.0).filter(sessions::user_id.eq(user.0));
        Ok(diesel::delete(own).execute(self.connection()?).await? > 0)
    }

    /// False when it had ended before.
    pub async fn end_session(&mut self, id: SessionId) -> Result<bool, StoreError> {
        let ended = diesel::delete(sessions::table.find(id.0));
        Ok(ended.execute(self.connection()?).await? > 0)
    }
}

impl Reader {
    /// An account's sessions with what they were begun with, the one used last first.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<(Session, Option<String>)>, StoreError> {
        let of = sessions::table.filter(sessions::user_id.eq(user.0));
        let query = of.order((sessions::turned_at.desc(), sessions::id.desc()));
        let query = query.select(SessionRow::as_select());
        let mut rows: Vec<SessionRow> = query.load(&mut self.connection().await?).await?;
        let agents: Vec<_> = rows.iter_mut().map(|row| row.user_agent.take()).collect();
        Ok(rows.into_iter().map(Session::from).zip(agents).collect())
    }

    /// The account that a session belongs to; none when the session has ended.
    pub async fn user_of_session(&self, id: SessionId) -> Result<Option<User>, StoreError> {
        let query = users::table
            .inner_join(sessions::table)
            .filter(sessions::id.eq(id.0))
            .select(User::as_select());
        Ok(query.first(&mut self.connection().await?).await.optional()?)
    }
}
