//! What the operator sees of jobs in `/metrics`: how many wait and run, how they end, how long they take.

use std::{collections::BTreeMap, sync::Arc};

use jobs::{Claim, Handler, JobError, Kinds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::JobKind;
use tests::{eventually, free_address, metrics};
use tokio::sync::Semaphore;

use crate::job_kinds::{Worker, alone, enqueue, store};

/// Of this story alone: the process of the stories has one recorder of metrics.
#[derive(Serialize, Deserialize)]
enum Measured {
    /// Ends well once the gate lets it.
    Waits,
    Fails,
    IsRefused,
}

impl JobKind for Measured {
    const NAME: &'static str = "measured";
    const MAX_TRIES: Option<i32> = Some(2);
}

struct Measurer(Arc<Semaphore>);

impl Handler for Measurer {
    type Kind = Measured;

    async fn run(&self, job: &mut Claim<Measured>) -> Result<Value, JobError> {
        match job.arguments {
            Measured::Waits => self.0.acquire().await.expect("an open gate").forget(),
            Measured::Fails => return Err(JobError::Failed("no room".to_owned())),
            Measured::IsRefused => return Err(JobError::Refused("no audio".to_owned())),
        }
        Ok(Value::Null)
    }
}

/// The series of this kind of job, without the label that names it.
async fn measured(address: &str) -> BTreeMap<String, f64> {
    let of_kind = |name: &str| name.contains(r#"kind="measured""#);
    let plain = |name: String| {
        name.replace(r#"kind="measured","#, "")
            .replace(r#"{kind="measured"}"#, "")
    };
    let all = metrics(address).await.into_iter();
    all.filter(|(name, _)| of_kind(name))
        .map(|(name, value)| (plain(name), value))
        .collect()
}

async fn shows(address: &str, expected: &[(&str, f64)]) {
    let (mut found, expected) = (
        BTreeMap::new(),
        expected.iter().map(|(name, value)| ((*name).to_owned(), *value)),
    );
    let expected: BTreeMap<String, f64> = expected.collect();
    eventually(&format!("metrics are {expected:?}"), async || {
        found = measured(address).await;
        found.retain(|name, _| expected.contains_key(name));
        (found == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn jobs_are_measured_by_kind_as_they_wait_run_and_end() {
    let address = free_address();
    let app = alone().setting("JONQUIL_METRICS_ADDRESS", &address).start().await;
    let (store, gate) = (store(&app), Arc::new(Semaphore::new(0)));
    for job in [Measured::Waits, Measured::Waits, Measured::Waits] {
        enqueue(&store, &job, None).await;
    }
    // It takes two at once.
    let _worker = Worker::start(&app, "worker", Kinds::default().with(Measurer(Arc::clone(&gate))));
    shows(&address, &[("jonquil_jobs_queued", 1.0), ("jonquil_jobs_running", 2.0)]).await;
    let waits = measured(&address).await["jonquil_jobs_wait_seconds"];
    assert!(waits > 0.0, "one waits: {waits}");
    gate.add_permits(3);
    for job in [Measured::Fails, Measured::IsRefused] {
        enqueue(&store, &job, None).await;
    }
    let ended = |end: &str| format!(r#"jonquil_jobs_ended_total{{end="{end}"}}"#);
    let ends = ["done", "failed", "refused", "tried_again"].map(ended);
    let [done, failed, refused, tried_again] = ends.each_ref().map(String::as_str);
    shows(
        &address,
        &[
            (done, 3.0),
            (failed, 1.0),
            (refused, 1.0),
            (tried_again, 1.0),
            ("jonquil_job_seconds_count", 6.0),
            ("jonquil_jobs_queued", 0.0),
            ("jonquil_jobs_running", 0.0),
            ("jonquil_jobs_wait_seconds", 0.0),
        ],
    )
    .await;
    let measured = measured(&address).await;
    let buckets = measured
        .keys()
        .filter(|name| name.starts_with("jonquil_job_seconds_bucket{"));
    assert!(buckets.count() > 5, "durations come in buckets: {measured:?}");
    assert!(measured["jonquil_job_seconds_sum"] > 0.0);
}
