//! Kinds of jobs that run by themselves. The next run is drawn in the transaction that enqueues the present one, so it is
//! enqueued once, however many processes look.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use croner::{
    Cron, CronPattern,
    parser::{CronParser, Seconds, Year},
};
use diesel::{
    prelude::*,
    sql_types::{Array, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{JobKind, Store, StoreError, Unit, fixed::PreparedOnce};

/// When a kind runs: a cron expression of five fields (minute, hour, day of the month, month, day of the week), in UTC.
/// `0 3 * * *` is each night at three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Cron);

impl Default for Schedule {
    /// One that never comes.
    fn default() -> Self {
        Self(Cron {
            pattern: CronPattern::new(""),
        })
    }
}

/// A text that is no [`Schedule`], or one of a day that never comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a cron expression of five fields for a time that comes, in UTC, such as 0 3 * * *")]
pub struct InvalidSchedule;

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let schedule = Self(parser.parse(text).map_err(|_| InvalidSchedule)?);
        schedule.next_after(DateTime::UNIX_EPOCH)?;
        Ok(schedule)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.pattern.fmt(f)
    }
}

impl From<InvalidSchedule> for StoreError {
    fn from(invalid: InvalidSchedule) -> Self {
        Self::Defect(format!("a schedule {invalid}"))
    }
}

impl Schedule {
    fn next_after(&self, time: DateTime<Utc>) -> Result<DateTime<Utc>, InvalidSchedule> {
        self.0.find_next_occurrence(&time, false).map_err(|_| InvalidSchedule)
    }
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Text)]
    kind: String,
}

#[derive(QueryableByName)]
struct Clock {
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

impl Store {
    /// Records when a kind runs. Its next run stays unless the schedule is another one now.
    pub async fn set_schedule(&self, kind: &str, schedule: &Schedule) -> Result<(), StoreError> {
        let connection = &mut self.connection().await?;
        // The clock of Postgres, as everywhere in the queue: machines differ.
        let clock: Clock = diesel::sql_query("SELECT now() AS now").get_result(connection).await?;
        let set = "INSERT INTO schedules (kind, cron, next_at) VALUES ($1, $2, $3) \
            ON CONFLICT (kind) DO UPDATE SET cron = excluded.cron, next_at = excluded.next_at \
            WHERE schedules.cron <> excluded.cron";
        diesel::sql_query(set)
            .bind::<Text, _>(kind)
            .bind::<Text, _>(schedule.to_string())
            .bind::<Timestamptz, _>(schedule.next_after(clock.now)?)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Of these kinds, those whose time has come. It may be over when [`Unit::enqueue_if_due`] looks.
    pub async fn due_schedules(&self, kinds: &[&str]) -> Result<Vec<String>, StoreError> {
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let due = "SELECT kind FROM schedules WHERE next_at <= now() AND kind = ANY($1)";
        let due = PreparedOnce(diesel::sql_query(due).bind::<Array<Text>, _>(kinds));
        let due: Vec<Due> = due.load(&mut self.connection().await?).await?;
        Ok(due.into_iter().map(|due| due.kind).collect())
    }
}

impl Unit {
    /// Enqueues the run that is due and draws the next one. Runs that were missed are one run. False when another process
    /// was first.
    pub async fn enqueue_if_due<K: JobKind>(&mut self, job: &K, schedule: &Schedule) -> Result<bool, StoreError> {
        // Of two processes the second waits for the row, and then finds that it is not due any more.
        let due = "SELECT now() AS now FROM schedules WHERE kind = $1 AND next_at <= now() FOR UPDATE";
        let due: Option<Clock> = diesel::sql_query(due)
            .bind::<Text, _>(K::NAME)
            .get_result(self.connection()?)
            .await
            .optional()?;
        let Some(clock) = due else { return Ok(false) };
        diesel::sql_query("UPDATE schedules SET next_at = $2 WHERE kind = $1")
            .bind::<Text, _>(K::NAME)
            .bind::<Timestamptz, _>(schedule.next_after(clock.now)?)
            .execute(self.connection()?)
            .await?;
        self.enqueue(job, None).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, after: &str) -> String {
        let schedule: Schedule = expression.parse().unwrap();
        schedule.next_after(after.parse().unwrap()).unwrap().to_rfc3339()
    }

    #[test]
    fn the_next_run_is_after_now_by_the_clock_of_utc() {
        assert_eq!(next("7 * * * *", "2026-11-27T10:07:00Z"), "2026-11-27T11:07:00+00:00");
        assert_eq!(next("0 3 * * *", "2026-12-31T03:00:00.5Z"), "2027-01-01T03:00:00+00:00");
        assert_eq!(
            next("*/10 0 29 2 *", "2026-11-27T10:00:00Z"),
            "2028-02-29T00:00:00+00:00"
        );
        assert_eq!(
            next("30 4 * * MON", "2026-11-27T10:00:00Z"),
            "2026-11-30T04:30:00+00:00"
        );
    }

    #[test]
    fn the_same_schedule_is_written_the_same() {
        let written = |text: &str| text.parse::<Schedule>().unwrap().to_string();
        assert_eq!(written("7 * * * *"), "7 * * * *");
        assert_eq!(written("30 4 * * mon"), written("30 4 * * 1"));
    }

    #[test]
    fn what_is_no_expression_of_five_fields_or_never_comes_is_refused() {
        for text in [
            "",
            "hourly",
            "* * * *",
            "0 0 3 * * *",
            "60 * * * *",
            "0 0 30 2 *",
            "*/0 * * * *",
        ] {
            assert_eq!(text.parse::<Schedule>(), Err(InvalidSchedule), "{text}");
        }
    }
}
