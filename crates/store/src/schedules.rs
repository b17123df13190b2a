//! Kinds of jobs that run by themselves. The next run is drawn in the transaction that enqueues the present one, so it is
//! enqueued once, however many processes look.

use std::time::Duration;

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::RunQueryDsl;

use crate::{JobKind, Store, StoreError, Unit};

/// When a kind runs: every so often, shifted against midnight UTC. `every(24 h).at(3 h)` is each night at three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    every: Duration,
    offset: Duration,
}

impl Schedule {
    #[must_use]
    pub const fn every(every: Duration) -> Self {
        Self {
            every,
            offset: Duration::ZERO,
        }
    }

    #[must_use]
    pub const fn at(self, offset: Duration) -> Self {
        Self { offset, ..self }
    }
}

/// The first moment after now that is a multiple of the interval, shifted by the offset.
const NEXT: &str = "to_timestamp((floor((extract(epoch FROM now()) - offset_seconds) / every_seconds) + 1) \
    * every_seconds + offset_seconds)";

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Text)]
    kind: String,
}

impl Store {
    /// Records when a kind runs. Its next run stays unless the schedule is another one now.
    pub async fn set_schedule(&self, kind: &str, schedule: Schedule) -> Result<(), StoreError> {
        let insert = format!(
            "INSERT INTO schedules (kind, every_seconds, offset_seconds, next_at) \
             SELECT $1, every_seconds, offset_seconds, {NEXT} FROM (VALUES ($2, $3)) AS new(every_seconds, offset_seconds) \
             ON CONFLICT (kind) DO UPDATE SET every_seconds = excluded.every_seconds, \
                offset_seconds = excluded.offset_seconds, next_at = excluded.next_at \
             WHERE (schedules.every_seconds, schedules.offset_seconds) \
                IS DISTINCT FROM (excluded.every_seconds, excluded.offset_seconds)"
        );
        diesel::sql_query(insert)
            .bind::<Text, _>(kind)
            .bind::<BigInt, _>(seconds(schedule.every))
            .bind::<BigInt, _>(seconds(schedule.offset))
            .execute(&mut self.connection().await?)
            .await?;
        Ok(())
    }

    /// Of these kinds, those whose time has come. It may be over when [`Unit::enqueue_if_due`] looks.
    pub async fn due_schedules(&self, kinds: &[&str]) -> Result<Vec<String>, StoreError> {
        let due = "SELECT kind FROM schedules WHERE next_at <= now() AND kind = ANY($1)";
        let due = diesel::sql_query(due).bind::<Array<Text>, _>(kinds);
        let due: Vec<Due> = due.load(&mut self.connection().await?).await?;
        Ok(due.into_iter().map(|due| due.kind).collect())
    }
}

impl Unit {
    /// Enqueues the run that is due and draws the next one. Runs that were missed are one run. False when another process
    /// was first.
    pub async fn enqueue_if_due<K: JobKind>(&mut self, job: &K) -> Result<bool, StoreError> {
        // Of two processes the second waits for the row, and then finds that it is not due any more.
        let next = format!("UPDATE schedules SET next_at = {NEXT} WHERE kind = $1 AND next_at <= now()");
        let drawn = diesel::sql_query(next)
            .bind::<Text, _>(K::NAME)
            .execute(self.connection()?)
            .await?;
        if drawn == 0 {
            return Ok(false);
        }
        self.enqueue(job, None).await?;
        Ok(true)
    }
}

fn seconds(time: Duration) -> i64 {
    time.as_secs().try_into().unwrap_or(i64::MAX)
}
