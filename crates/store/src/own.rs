//! What a person keeps: the play queue, preferences, and listens hidden from one's own history.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{MAX_HIDDEN_LISTENS, PlayQueue, Preferences, Repeat};
use events::{ArtistId, Time, TrackId, UserId};
use uuid::Uuid;

use crate::{
    Reader, StoreError, Unit,
    schema::{hidden_listens, play_queues, preferences, users},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = play_queues, check_for_backend(diesel::pg::Pg))]
struct QueueRow {
    user_id: Uuid,
    track_ids: Vec<Uuid>,
    place: i64,
    position_ms: i64,
    repeat: String,
    shuffle: bool,
    updated_at: DateTime<Utc>,
    version: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = preferences, check_for_backend(diesel::pg::Pg))]
struct PreferencesRow {
    user_id: Uuid,
    similar_users: bool,
    hidden_track_ids: Vec<Uuid>,
    hidden_artist_ids: Vec<Uuid>,
    version: i64,
}

impl From<QueueRow> for PlayQueue {
    fn from(row: QueueRow) -> Self {
        Self {
            track_ids: row.track_ids.into_iter().map(TrackId).collect(),
            index: row.place,
            position_ms: row.position_ms,
            // The column's CHECK allows the known ones only.
            repeat: Repeat::by_name(&row.repeat).unwrap_or_default(),
            shuffle: row.shuffle,
            updated_at: Some(row.updated_at.into()),
            version: row.version,
        }
    }
}

async fn queue(connection: &mut AsyncPgConnection, user: UserId) -> Result<PlayQueue, StoreError> {
    let row = play_queues::table.find(user.0).select(QueueRow::as_select());
    let row: Option<QueueRow> = row.first(connection).await.optional()?;
    Ok(row.map(PlayQueue::from).unwrap_or_default())
}

async fn preferences_of(connection: &mut AsyncPgConnection, user: UserId) -> Result<Preferences, StoreError> {
    let until = users::table.find(user.0).select(users::private_until);
    let until: Option<Option<DateTime<Utc>>> = until.first(connection).await.optional()?;
    let row = preferences::table.find(user.0).select(PreferencesRow::as_select());
    let row: Option<PreferencesRow> = row.first(connection).await.optional()?;
    let kept = row.map(|row| Preferences {
        private_session_until: None,
        similar_users: row.similar_users,
        hidden_track_ids: row.hidden_track_ids.into_iter().map(TrackId).collect(),
        hidden_artist_ids: row.hidden_artist_ids.into_iter().map(ArtistId).collect(),
        version: row.version,
    });
    Ok(Preferences {
        private_session_until: until.flatten().map(Time::from),
        ..kept.unwrap_or_default()
    })
}

impl Unit {
    /// The account is held until this unit ends: of two changes at once the second sees the first.
    pub async fn play_queue(&mut self, user: UserId) -> Result<PlayQueue, StoreError> {
        self.hold_account(user).await?;
        queue(self.connection()?, user).await
    }

    pub async fn store_play_queue(&mut self, user: UserId, queue: &PlayQueue) -> Result<(), StoreError> {
        let row = QueueRow {
            user_id: user.0,
            track_ids: queue.track_ids.iter().map(|id| id.0).collect(),
            place: queue.index,
            position_ms: queue.position_ms,
            repeat: queue.repeat.name().to_owned(),
            shuffle: queue.shuffle,
            updated_at: self.context.now.utc(),
            version: queue.version,
        };
        diesel::insert_into(play_queues::table)
            .values(&row)
            .on_conflict(play_queues::user_id)
            .do_update()
            .set(&row)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// As [`Unit::play_queue`].
    pub async fn preferences(&mut self, user: UserId) -> Result<Preferences, StoreError> {
        self.hold_account(user).await?;
        preferences_of(self.connection()?, user).await
    }

    pub async fn store_preferences(&mut self, user: UserId, changed: &Preferences) -> Result<(), StoreError> {
        let row = PreferencesRow {
            user_id: user.0,
            similar_users: changed.similar_users,
            hidden_track_ids: changed.hidden_track_ids.iter().map(|id| id.0).collect(),
            hidden_artist_ids: changed.hidden_artist_ids.iter().map(|id| id.0).collect(),
            version: changed.version,
        };
        diesel::insert_into(preferences::table)
            .values(&row)
            .on_conflict(preferences::user_id)
            .do_update()
            .set(&row)
            .execute(self.connection()?)
            .await?;
        // With the account, which every request looks up.
        diesel::update(users::table.find(user.0))
            .set(users::private_until.eq(changed.private_session_until.map(Time::utc)))
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// Hides a listen from one's own history. Doing it twice changes nothing; false when too many are hidden.
    pub async fn hide_listen(&mut self, user: UserId, event: Uuid) -> Result<bool, StoreError> {
        self.hold_account(user).await?;
        let hidden = hidden_listens::table.filter(hidden_listens::user_id.eq(user.0));
        let others = hidden.filter(hidden_listens::event_id.ne(event)).count();
        if others.get_result::<i64>(self.connection()?).await? >= MAX_HIDDEN_LISTENS {
            return Ok(false);
        }
        diesel::insert_into(hidden_listens::table)
            .values((hidden_listens::user_id.eq(user.0), hidden_listens::event_id.eq(event)))
            .on_conflict_do_nothing()
            .execute(self.connection()?)
            .await?;
        Ok(true)
    }
}

impl Reader {
    pub async fn play_queue(&self, user: UserId) -> Result<PlayQueue, StoreError> {
        queue(&mut *self.connection().await?, user).await
    }

    pub async fn preferences(&self, user: UserId) -> Result<Preferences, StoreError> {
        preferences_of(&mut *self.connection().await?, user).await
    }

    /// Which listens a person hides.
    pub async fn hidden_listens(&self, user: UserId) -> Result<Vec<Uuid>, StoreError> {
        let hidden = hidden_listens::table.filter(hidden_listens::user_id.eq(user.0));
        let hidden = hidden.order(hidden_listens::event_id).select(hidden_listens::event_id);
        Ok(hidden.load(&mut self.connection().await?).await?)
    }
}
