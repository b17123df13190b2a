//! Sessions and their refresh tokens: rotation, a grace for lost answers, and what a stolen token leads to.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use events::{Time, UserId};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    schema::{refresh_tokens, sessions, users},
};

/// How long a used token answers again: for a lost answer, or a second tab.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// A refresh token about to be handed out.
#[derive(Clone, Copy, Debug)]
pub struct NewToken {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// How long it may lie unused.
    pub idle: TimeDelta,
    /// How long the session may last in all.
    pub session: TimeDelta,
}

/// What came of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was good; the new one is stored.
    Rotated(UserId),
    /// Unknown, expired, revoked, or the account may not sign in.
    Refused,
    /// Used again after the grace: somebody has a copy. The whole session is revoked.
    Reused,
}

#[derive(Queryable)]
struct Held {
    session: Uuid,
    user: Uuid,
    began: DateTime<Utc>,
    revoked: Option<DateTime<Utc>>,
    expires: DateTime<Utc>,
    used: Option<DateTime<Utc>>,
    active: bool,
}

impl Unit {
    /// Opens a session with its first refresh token.
    pub async fn open_session(&mut self, user: UserId, token: NewToken) -> Result<(), StoreError> {
        let (now, id) = (self.context.now.utc(), (self.context.new_id)());
        let session = (
            sessions::id.eq(id),
            sessions::user_id.eq(user.0),
            sessions::created_at.eq(now),
        );
        diesel::insert_into(sessions::table)
            .values(session)
            .execute(self.connection()?)
            .await?;
        // Sessions of this person that ended by themselves are of no use to anybody.
        let ended = sessions::table.filter(sessions::user_id.eq(user.0));
        let ended = ended.filter(sessions::created_at.lt(now - token.session));
        diesel::delete(ended).execute(self.connection()?).await?;
        self.hand_out(id, now, token).await
    }

    /// Takes a refresh token and stores its successor.
    pub async fn rotate(&mut self, old: &[u8; 32], new: NewToken) -> Result<Rotation, StoreError> {
        let now = self.context.now.utc();
        let query = refresh_tokens::table
            .inner_join(sessions::table.inner_join(users::table))
            .filter(refresh_tokens::hash.eq(&old[..]))
            .select((
                sessions::id,
                sessions::user_id,
                sessions::created_at,
                sessions::revoked_at,
                refresh_tokens::expires_at,
                refresh_tokens::used_at,
                users::is_active,
            ))
            // Enough to take turns, and the account's other writes need not wait for a refresh.
            .for_no_key_update();
        let Some(held) = query.first::<Held>(self.connection()?).await.optional()? else {
            return Ok(Rotation::Refused);
        };
        if held.revoked.is_some() || held.expires <= now || !held.active {
            return Ok(Rotation::Refused);
        }
        if held.used.is_some_and(|used| now - used > GRACE) {
            self.revoke(held.session).await?;
            return Ok(Rotation::Reused);
        }
        if held.used.is_none() {
            let row = refresh_tokens::table.find(&old[..]);
            diesel::update(row)
                .set(refresh_tokens::used_at.eq(now))
                .execute(self.connection()?)
                .await?;
        }
        self.hand_out(held.session, held.began, new).await?;
        Ok(Rotation::Rotated(UserId(held.user)))
    }

    /// Ends the session that a refresh token belongs to, if it is this person's.
    pub async fn close_session(&mut self, user: UserId, token: &[u8; 32]) -> Result<(), StoreError> {
        let query = refresh_tokens::table
            .inner_join(sessions::table)
            .filter(refresh_tokens::hash.eq(&token[..]).and(sessions::user_id.eq(user.0)))
            .select(sessions::id);
        match query.first::<Uuid>(self.connection()?).await.optional()? {
            Some(session) => self.revoke(session).await,
            None => Ok(()),
        }
    }

    async fn revoke(&mut self, session: Uuid) -> Result<(), StoreError> {
        let now = self.context.now.utc();
        let row = sessions::table.find(session);
        diesel::update(row)
            .set(sessions::revoked_at.eq(now))
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    async fn hand_out(&mut self, session: Uuid, began: DateTime<Utc>, token: NewToken) -> Result<(), StoreError> {
        let now = self.context.now.utc();
        let row = (
            refresh_tokens::hash.eq(&token.hash[..]),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::issued_at.eq(now),
            refresh_tokens::expires_at.eq((now + token.idle).min(began + token.session)),
        );
        diesel::insert_into(refresh_tokens::table)
            .values(row)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// The present moment of this unit.
    #[must_use]
    pub fn now(&self) -> Time {
        self.context.now
    }
}
