//! A job in the hands of its handler.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use events::{JobId, Time, Trace, UserId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::{ClaimedJob, CommandContext, JobProgress, Lease, LeaseState, Store, StoreError, Unit};
use tokio_util::sync::CancellationToken;

/// Why a job did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// For good. The text is for whoever created the job.
    #[error("{0}")]
    Refused(String),
    /// It may go better next time. The text is for the operator.
    #[error("{0}")]
    Failed(String),
    /// Nothing to do before this time is over; no fault.
    #[error("there is nothing to do for {0:?}")]
    Wait(Duration),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why a job that could go on must not, here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    #[error("somebody cancelled it")]
    Cancelled,
    #[error("this worker lost its lease")]
    LeaseLost,
    #[error("this worker shuts down")]
    ShuttingDown,
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a claim needs to write.
#[derive(Clone)]
pub(crate) struct Tools {
    pub store: Store,
    pub context: fn() -> CommandContext,
    /// What the events of this claim carry.
    pub trace: Trace,
    pub shutdown: CancellationToken,
    /// Whether this claim has recorded a step: that forgives the tries before it.
    pub has_moved: Arc<AtomicBool>,
}

/// A job that this worker has claimed. The handler does it in steps, each ending with [`Claim::commit`] or
/// [`Claim::save`].
pub struct Claim<K> {
    /// What is to be done.
    pub arguments: K,
    /// For whom; none: the service itself.
    pub created_by: Option<UserId>,
    lease: Lease,
    cursor: Option<Value>,
    done: i64,
    total: Option<i64>,
    tools: Tools,
}

impl<K: DeserializeOwned> Claim<K> {
    pub(crate) fn new(job: ClaimedJob, tools: Tools) -> Result<Self, JobError> {
        // A worker of the version before may have claimed it: a newer one understands it.
        let arguments = serde_json::from_value(job.arguments);
        let arguments = arguments.map_err(|error| JobError::Failed(format!("cannot read its arguments: {error}")))?;
        Ok(Self {
            arguments,
            created_by: job.created_by,
            lease: job.lease,
            cursor: job.cursor,
            done: job.done,
            total: job.total,
            tools,
        })
    }

    /// Where the last step ended, whoever did it; none at the beginning.
    pub fn cursor<C: DeserializeOwned>(&self) -> Result<Option<C>, JobError> {
        let cursor = self.cursor.clone().map(serde_json::from_value).transpose();
        cursor.map_err(|error| JobError::Failed(format!("cannot read its cursor: {error}")))
    }

    /// How much there is to do in all, for whoever waits; shown from the next step on.
    pub fn set_total(&mut self, total: i64) {
        self.total = Some(total);
    }

    #[must_use]
    pub fn id(&self) -> JobId {
        self.lease.job
    }

    #[must_use]
    pub fn total(&self) -> Option<i64> {
        self.total
    }

    #[must_use]
    pub fn now(&self) -> Time {
        (self.tools.context)().now
    }

    /// When it is, where ids come from, and the trace.
    #[must_use]
    pub fn context(&self) -> CommandContext {
        CommandContext {
            trace: self.tools.trace.clone(),
            ..(self.tools.context)()
        }
    }

    /// A transaction for the next step.
    pub async fn begin(&self) -> Result<Unit, JobError> {
        Ok(self.tools.store.begin(self.context()).await?)
    }

    /// Commits a step together with how far the job is: `more` was done, and the next step begins at `cursor`. An error
    /// means that the step was undone, or that it was the last one for now; pass it on.
    pub async fn commit<C: Serialize>(&mut self, mut unit: Unit, more: i64, cursor: &C) -> Result<(), JobError> {
        let cursor = serde_json::to_value(cursor).map_err(|error| JobError::Failed(error.to_string()))?;
        let progress = JobProgress {
            cursor: cursor.clone(),
            done: self.done + more,
            total: self.total,
        };
        fail::fail_point!("jobs::committing");
        let state = unit.save_job(self.lease, progress).await?;
        if state == LeaseState::Lost {
            unit.roll_back().await?;
            return Err(Stopped::LeaseLost.into());
        }
        // After an error it is unknown whether the step was committed. The next try begins at the cursor that the row
        // has.
        unit.commit().await?;
        self.tools.has_moved.store(true, Ordering::Relaxed);
        fail::fail_point!("jobs::committed");
        self.done += more;
        self.cursor = Some(cursor);
        // After the commit: a job stops between two steps, so what a step did always has its cursor.
        if state == LeaseState::Cancelled {
            return Err(Stopped::Cancelled.into());
        }
        if self.tools.shutdown.is_cancelled() {
            return Err(Stopped::ShuttingDown.into());
        }
        Ok(())
    }

    /// As [`Claim::commit`], for a step outside of Postgres. After a kill it may be done again.
    pub async fn save<C: Serialize>(&mut self, more: i64, cursor: &C) -> Result<(), JobError> {
        let unit = self.begin().await?;
        self.commit(unit, more, cursor).await
    }
}
