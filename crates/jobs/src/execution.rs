//! One claim, from its handler to the record of how it ended.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::FutureExt as _;
use serde_json::Value;
use store::{ClaimedJob, JobEnd, Lease, LeaseState, Store};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{JobError, JobsConfig, Kinds, Stopped, claim::Tools, kinds::Entry, traced};

/// The pause before the second try; it doubles with each further one.
const BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_mins(5);

/// Runs a claimed job and records how it ended.
pub(crate) async fn execute(config: JobsConfig, kinds: Arc<Kinds>, tools: Tools, job: ClaimedJob) {
    let Some(entry) = kinds.entry(&job.kind) else { return };
    let (lease, kind, tries) = (job.lease, entry.name, job.tries);
    let traced = traced::begin(&config.tracer, &job);
    let tools = Tools {
        has_moved: Arc::default(),
        trace: traced::carried(traced, &job),
        ..tools
    };
    let began = Instant::now();
    let ended = if job.is_cancelled {
        Err(Stopped::Cancelled.into())
    // Tries are counted when a job is claimed. One that takes its process down with it records no end, and would never
    // stop.
    } else if entry.max_tries.is_some_and(|max| tries > max) {
        Err(JobError::Failed(
            "its workers ended before it did, each time".to_owned(),
        ))
    } else {
        attempt(&config, entry, &tools, job).await
    };
    fail::fail_point!("jobs::ending");
    metrics::histogram!("jonquil_job_seconds", "kind" => kind).record(began.elapsed().as_secs_f64());
    // As in the row, where a step that is done sets the number back: what fails after it has failed once.
    let tries = if tools.has_moved.load(Ordering::Relaxed) {
        1
    } else {
        tries
    };
    let end = end(ended, tries, entry.max_tries);
    let name = end.as_ref().map_or("lost", name);
    metrics::counter!("jonquil_jobs_ended_total", "kind" => kind, "end" => name).increment(1);
    let Some(end) = end else {
        tracing::warn!(job = %lease.job, kind, "lost the lease of a job, leaving it to others");
        return;
    };
    traced::record(&config.tracer, traced, kind, &end);
    log(lease, kind, &end);
    match tools.store.end_job(lease, end).await {
        Ok(true) => {}
        Ok(false) => tracing::warn!(job = %lease.job, kind, "lost the lease of a job as it ended"),
        Err(error) => tracing::warn!(job = %lease.job, kind, %error, "a job's end is not recorded, it will run again"),
    }
}

/// Runs the handler as long as the lease is held and the process stays.
async fn attempt(config: &JobsConfig, entry: &Entry, tools: &Tools, job: ClaimedJob) -> Result<Value, JobError> {
    let lease = job.lease;
    let work = AssertUnwindSafe((entry.run)(job, tools.clone())).catch_unwind();
    tokio::select! {
        ended = work => ended.unwrap_or_else(|panic| Err(JobError::Failed(format!("it panicked: {}", text(&*panic))))),
        stopped = keep_lease(&tools.store, lease, config.lease) => Err(stopped.into()),
        () = drained(&tools.shutdown, config.drain) => Err(Stopped::ShuttingDown.into()),
    }
}

/// Renews the lease until it is lost, or somebody cancels the job.
async fn keep_lease(store: &Store, lease: Lease, time: Duration) -> Stopped {
    let mut held_until = Instant::now() + time;
    loop {
        // So a lease outlives two renewals that fail.
        sleep(time / 3).await;
        // Postgres counts from when it gets the question, which is later: we never believe in the lease for longer than
        // others do.
        let asked = Instant::now();
        match store.renew_lease(lease, time).await {
            Ok(LeaseState::Held) => held_until = asked + time,
            Ok(LeaseState::Cancelled) => return Stopped::Cancelled,
            Ok(LeaseState::Lost) => return Stopped::LeaseLost,
            Err(error) => tracing::debug!(%error, "a lease was not renewed"),
        }
        // Without Postgres nobody else can have it yet; afterwards somebody may.
        if held_until <= Instant::now() {
            return Stopped::LeaseLost;
        }
    }
}

async fn drained(shutdown: &CancellationToken, drain: Duration) {
    shutdown.cancelled().await;
    sleep(drain).await;
}

/// What is recorded; nothing when the lease is lost.
fn end(ended: Result<Value, JobError>, tries: i32, max_tries: Option<i32>) -> Option<JobEnd> {
    Some(match ended {
        Ok(result) => JobEnd::Done(result),
        Err(JobError::Refused(reason)) => JobEnd::Refused(reason),
        Err(JobError::Failed(reason)) if max_tries.is_some_and(|max| tries >= max) => JobEnd::Failed(reason),
        Err(JobError::Failed(reason)) => JobEnd::TryAgain(backoff(tries), reason),
        Err(JobError::Wait(time)) => JobEnd::Wait(time),
        Err(JobError::Stopped(Stopped::Cancelled)) => JobEnd::Cancelled,
        Err(JobError::Stopped(Stopped::ShuttingDown)) => JobEnd::GiveBack,
        Err(JobError::Stopped(Stopped::LeaseLost)) => return None,
    })
}

fn backoff(tries: i32) -> Duration {
    // 2^16 s is beyond the longest pause already, and more would overflow.
    let doubled = u32::try_from(tries - 1).unwrap_or(0).min(16);
    (BACKOFF * 2_u32.pow(doubled)).min(MAX_BACKOFF)
}

pub(crate) fn name(end: &JobEnd) -> &'static str {
    match end {
        JobEnd::Done(_) => "done",
        JobEnd::Refused(_) => "refused",
        JobEnd::Failed(_) => "failed",
        JobEnd::Cancelled => "cancelled",
        JobEnd::TryAgain(..) => "tried_again",
        JobEnd::Wait(_) => "waits",
        JobEnd::GiveBack => "given_back",
    }
}

fn log(lease: Lease, kind: &str, end: &JobEnd) {
    let job = lease.job;
    match end {
        JobEnd::Failed(reason) => tracing::error!(%job, kind, reason, "a job failed for good"),
        JobEnd::TryAgain(wait, reason) => {
            tracing::warn!(%job, kind, reason, seconds = wait.as_secs(), "a job failed, it will be tried again");
        }
        JobEnd::Refused(reason) => tracing::info!(%job, kind, reason, "a job was refused"),
        JobEnd::Wait(time) => tracing::debug!(%job, kind, seconds = time.as_secs_f64(), "a job waits"),
        JobEnd::Done(_) | JobEnd::Cancelled | JobEnd::GiveBack => {
            tracing::info!(%job, kind, end = name(end), "a job ended");
        }
    }
}

/// What a panic says.
fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_between_tries_doubles_up_to_a_bound() {
        let seconds: Vec<u64> = [1, 2, 3, 9, 10, 100].map(|tries| backoff(tries).as_secs()).to_vec();
        assert_eq!(seconds, [1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn the_last_try_that_fails_is_final_and_a_lost_lease_records_nothing() {
        let failed = || Err(JobError::Failed("no disk".to_owned()));
        assert_eq!(
            end(failed(), 1, Some(2)),
            Some(JobEnd::TryAgain(BACKOFF, "no disk".to_owned()))
        );
        assert_eq!(end(failed(), 2, Some(2)), Some(JobEnd::Failed("no disk".to_owned())));
        assert!(matches!(end(failed(), 100, None), Some(JobEnd::TryAgain(..))));
        assert_eq!(end(Err(Stopped::LeaseLost.into()), 1, None), None);
        assert_eq!(end(Err(Stopped::ShuttingDown.into()), 1, None), Some(JobEnd::GiveBack));
    }
}
