//! The queue of background work: enqueued in a command's own transaction, claimed for a time, written under a fence.
//!
//! Whatever happens to a claimed job names the fence of that claim. A worker whose lease ran out, or whose job was
//! restarted meanwhile, matches no row and so changes nothing. Times are Postgres's own: leases are compared between
//! machines.

use std::time::Duration;

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Double, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{JobStatus, MAX_UNFINISHED_JOBS};
use events::{JobId, UserId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use crate::{Store, StoreError, Unit, fixed::PreparedOnce, schema::users};

/// A kind of background work; the implementing type is what a job of it is asked to do.
pub trait JobKind: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Stays the same for ever: rows carry it.
    const NAME: &'static str;
    /// Claims without progress until it has failed; none: for ever.
    const MAX_TRIES: Option<i32> = Some(8);
    /// Whether half of it may stay undone.
    const CANCELLABLE: bool = true;
    /// What becomes of an unfinished job of the same key.
    const AGAIN: Again = Again::Join;

    /// What it is about, where only one unfinished job may be about it.
    fn key(&self) -> Option<String> {
        None
    }
}

/// What becomes of an unfinished job when one of the same key is enqueued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It serves both.
    Join,
    /// It gets the new arguments and starts from the beginning; who runs it loses its lease.
    Restart,
    /// It runs at once; while it runs already, once more when it has ended. So what was there when this unit committed is
    /// seen by a run that begins after it.
    Wake,
}

/// What came of enqueuing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    New(JobId),
    /// An unfinished one of the same key.
    Joined(JobId),
    /// This person has too many unfinished ones.
    TooMany,
}

/// A claim of a job. It is good until its time is over, or until somebody else has a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub job: JobId,
    fence: i64,
}

/// A job that a worker took.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    pub lease: Lease,
    pub kind: String,
    pub arguments: Value,
    pub created_by: Option<UserId>,
    /// Where the claim before got to.
    pub cursor: Option<Value>,
    pub done: i64,
    pub total: Option<i64>,
    /// This claim included.
    pub tries: i32,
    /// Somebody asked to cancel it, and the worker that had it died or gave it back before it looked.
    pub is_cancelled: bool,
    /// Of the command that enqueued it.
    pub traceparent: Option<String>,
}

/// Whether a claim is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    Held,
    /// Still held, and somebody asks to stop.
    Cancelled,
    /// The job is somebody else's, or has ended.
    Lost,
}

/// How far a job is.
#[derive(Clone, Debug)]
pub struct JobProgress {
    /// Where to go on, for the kind itself.
    pub cursor: Value,
    pub done: i64,
    pub total: Option<i64>,
}

/// How a claim ends.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEnd {
    Done(Value),
    /// For good; the text is for whoever created it.
    Refused(String),
    /// For good; the text is for the operator.
    Failed(String),
    Cancelled,
    /// Tried again after a while.
    TryAgain(Duration, String),
    /// Nothing to do before this time is over.
    Wait(Duration),
    /// Free for any worker at once: this one stops.
    GiveBack,
}

#[derive(QueryableByName)]
struct EnqueuedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

#[derive(QueryableByName)]
struct ClaimedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    fence: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Jsonb)]
    arguments: Value,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    created_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    cursor: Option<Value>,
    #[diesel(sql_type = BigInt)]
    done: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    total: Option<i64>,
    #[diesel(sql_type = Integer)]
    tries: i32,
    #[diesel(sql_type = Bool)]
    cancel: bool,
    #[diesel(sql_type = Nullable<Text>)]
    traceparent: Option<String>,
}

#[derive(QueryableByName)]
struct Cancel {
    #[diesel(sql_type = Bool)]
    cancel: bool,
}

#[derive(QueryableByName)]
struct Unfinished {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Unit {
    /// Enqueues a job; it exists once this unit commits. Without `by` it is work of the service itself, which no person's
    /// limit holds back.
    pub async fn enqueue<K: JobKind>(&mut self, job: &K, by: Option<UserId>) -> Result<Enqueued, StoreError> {
        if let Some(person) = by
            && self.unfinished_jobs(person).await? >= MAX_UNFINISHED_JOBS
        {
            return Ok(Enqueued::TooMany);
        }
        // Either way the unfinished job's row is held until the commit: it cannot end meanwhile.
        let again = match K::AGAIN {
            Again::Join => "key = excluded.key",
            Again::Restart => {
                "arguments = excluded.arguments, traceparent = excluded.traceparent, status = 'queued', run_at = now(), worker = NULL, \
                 fence = jobs.fence + 1, tries = 0, cancel = false, cursor = NULL, done = 0, total = NULL"
            }
            Again::Wake => {
                "again = jobs.status = 'running', \
                 run_at = CASE WHEN jobs.status = 'queued' THEN least(jobs.run_at, now()) ELSE jobs.run_at END"
            }
        };
        // `xmax` is 0 only in a row that this statement inserted; one that was there carries the lock of the update.
        let insert = format!(
            "INSERT INTO jobs (id, kind, key, arguments, created_by, cancellable, traceparent) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (kind, key) WHERE finished_at IS NULL AND key IS NOT NULL DO UPDATE SET {again} \
             RETURNING id, xmax = 0 AS is_new"
        );
        let arguments = serde_json::to_value(job).map_err(|error| StoreError::Defect(error.to_string()))?;
        let id = (self.context.new_id)();
        let traceparent = self.context.trace.traceparent().map(str::to_owned);
        let row: EnqueuedRow = diesel::sql_query(insert)
            .bind::<SqlUuid, _>(id)
            .bind::<Text, _>(K::NAME)
            .bind::<Nullable<Text>, _>(job.key())
            .bind::<Jsonb, _>(arguments)
            .bind::<Nullable<SqlUuid>, _>(by.map(|id| id.0))
            .bind::<Bool, _>(K::CANCELLABLE)
            .bind::<Nullable<Text>, _>(traceparent)
            .get_result(self.connection()?)
            .await?;
        let id = JobId(row.id);
        Ok(if row.is_new {
            Enqueued::New(id)
        } else {
            Enqueued::Joined(id)
        })
    }

    /// Holds the account, so that two requests at once cannot both take the last place.
    async fn unfinished_jobs(&mut self, person: UserId) -> Result<i64, StoreError> {
        let account = users::table.find(person.0).select(users::id);
        account.for_no_key_update().load::<Uuid>(self.connection()?).await?;
        let count = "SELECT count(*) AS count FROM jobs WHERE created_by = $1 AND finished_at IS NULL";
        let count = diesel::sql_query(count).bind::<SqlUuid, _>(person.0);
        Ok(count.get_result::<Unfinished>(self.connection()?).await?.count)
    }

    /// Records how far a job is, in the transaction of what was done for it. Unless the lease is lost, commit.
    pub async fn save_job(&mut self, lease: Lease, progress: JobProgress) -> Result<LeaseState, StoreError> {
        // A step that is done forgives the tries before it: MAX_TRIES counts claims without progress.
        let update = "UPDATE jobs SET cursor = $3, done = $4, total = $5, tries = 0 \
            WHERE id = $1 AND fence = $2 AND status = 'running' RETURNING cancel";
        let update = diesel::sql_query(update)
            .bind::<SqlUuid, _>(lease.job.0)
            .bind::<BigInt, _>(lease.fence)
            .bind::<Jsonb, _>(progress.cursor)
            .bind::<BigInt, _>(progress.done)
            .bind::<Nullable<BigInt>, _>(progress.total);
        let row: Option<Cancel> = PreparedOnce(update).get_result(self.connection()?).await.optional()?;
        Ok(state(row.as_ref()))
    }

    /// Asks a job to stop. One that no worker has ends at once.
    pub async fn cancel_job(&mut self, id: JobId) -> Result<(), StoreError> {
        // `run_at` of a running job is the end of its lease: once that is over no worker has it, and none has to be asked
        // to stop.
        let update = "UPDATE jobs SET cancel = true, \
            status = CASE WHEN status = 'queued' OR run_at < now() THEN 'cancelled' ELSE status END, \
            finished_at = CASE WHEN status = 'queued' OR run_at < now() THEN now() END \
            WHERE id = $1 AND finished_at IS NULL";
        diesel::sql_query(update)
            .bind::<SqlUuid, _>(id.0)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Takes the job that waits longest, of one of these kinds: a queued one, or one whose worker's lease is over.
    pub async fn claim_job(
        &self,
        kinds: &[&str],
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        let claim = "UPDATE jobs SET status = 'running', worker = $2, run_at = now() + make_interval(secs => $3), \
            fence = fence + 1, tries = tries + 1, again = false, claimed_at = now(), claimed_done = done \
            WHERE id = (SELECT id FROM jobs WHERE finished_at IS NULL AND run_at <= now() AND kind = ANY($1) \
                        ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED) \
            RETURNING id, fence, kind, arguments, created_by, cursor, done, total, tries, cancel, traceparent";
        let claim = diesel::sql_query(claim)
            .bind::<Array<Text>, _>(kinds)
            .bind::<Text, _>(worker)
            .bind::<Double, _>(lease.as_secs_f64());
        let claimed = PreparedOnce(claim).get_result(&mut self.connection().await?).await;
        let row: Option<ClaimedRow> = claimed.optional()?;
        Ok(row.map(|row| ClaimedJob {
            lease: Lease {
                job: JobId(row.id),
                fence: row.fence,
            },
            kind: row.kind,
            arguments: row.arguments,
            created_by: row.created_by.map(UserId),
            cursor: row.cursor,
            done: row.done,
            total: row.total,
            tries: row.tries,
            is_cancelled: row.cancel,
            traceparent: row.traceparent,
        }))
    }

    /// Prolongs a lease from now on.
    pub async fn renew_lease(&self, lease: Lease, time: Duration) -> Result<LeaseState, StoreError> {
        let update = "UPDATE jobs SET run_at = now() + make_interval(secs => $3) \
            WHERE id = $1 AND fence = $2 AND status = 'running' RETURNING cancel";
        let update = diesel::sql_query(update)
            .bind::<SqlUuid, _>(lease.job.0)
            .bind::<BigInt, _>(lease.fence)
            .bind::<Double, _>(time.as_secs_f64());
        let renewed = PreparedOnce(update).get_result(&mut self.connection().await?).await;
        let row: Option<Cancel> = renewed.optional()?;
        Ok(state(row.as_ref()))
    }

    /// Ends a claim. False when the lease was lost, so that nothing changed.
    pub async fn end_job(&self, lease: Lease, end: JobEnd) -> Result<bool, StoreError> {
        // A new fence: whatever this claim still has under way matches no row from now on.
        let update = "UPDATE jobs SET status = CASE WHEN again THEN 'queued' ELSE $3 END, worker = NULL, \
            fence = fence + 1, tries = greatest(tries - $4, 0), \
            run_at = CASE WHEN again THEN now() ELSE now() + make_interval(secs => $5) END, result = $6, refusal = $7, \
            last_error = coalesce($8, last_error), \
            finished_at = CASE WHEN $3 <> 'queued' AND NOT again THEN now() END, again = false \
            WHERE id = $1 AND fence = $2 AND status = 'running'";
        let (status, wait) = match &end {
            JobEnd::Done(_) => (JobStatus::Done, Duration::ZERO),
            JobEnd::Refused(_) | JobEnd::Failed(_) => (JobStatus::Failed, Duration::ZERO),
            JobEnd::Cancelled => (JobStatus::Cancelled, Duration::ZERO),
            JobEnd::TryAgain(wait, _) | JobEnd::Wait(wait) => (JobStatus::Queued, *wait),
            JobEnd::GiveBack => (JobStatus::Queued, Duration::ZERO),
        };
        // That a worker stops, or that there is nothing to do yet, is no fault of the job.
        let untried = i32::from(matches!(end, JobEnd::GiveBack | JobEnd::Wait(_)));
        let (result, refusal, error) = match end {
            JobEnd::Done(result) => (Some(result).filter(|result| !result.is_null()), None, None),
            JobEnd::Refused(refusal) => (None, Some(refusal), None),
            JobEnd::Failed(error) | JobEnd::TryAgain(_, error) => (None, None, Some(error)),
            JobEnd::Cancelled | JobEnd::Wait(_) | JobEnd::GiveBack => (None, None, None),
        };
        let update = diesel::sql_query(update)
            .bind::<SqlUuid, _>(lease.job.0)
            .bind::<BigInt, _>(lease.fence)
            .bind::<Text, _>(status.name())
            .bind::<Integer, _>(untried)
            .bind::<Double, _>(wait.as_secs_f64())
            .bind::<Nullable<Jsonb>, _>(result)
            .bind::<Nullable<Text>, _>(refusal)
            .bind::<Nullable<Text>, _>(error);
        let ended = PreparedOnce(update).execute(&mut self.connection().await?).await?;
        Ok(ended > 0)
    }
}

fn state(row: Option<&Cancel>) -> LeaseState {
    match row {
        None => LeaseState::Lost,
        Some(Cancel { cancel: true }) => LeaseState::Cancelled,
        Some(Cancel { cancel: false }) => LeaseState::Held,
    }
}
