//! Background work as it is shown over HTTP.

use domain::{Actor, JobStatus};
use events::{JobId, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::JobView;
use utoipa::ToSchema;

/// A piece of background work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    pub id: JobId,
    /// What kind of work it is.
    #[schema(example = "sweep")]
    pub kind: String,
    pub status: JobStatus,
    /// How much is done, in the unit of its kind.
    pub done: i64,
    /// How much there is to do; null while it is not known.
    pub of: Option<i64>,
    /// Done in a second, since the present worker took it; null while it does not run.
    pub rate_per_s: Option<f64>,
    /// About how long it still takes; null while it is not known.
    pub seconds_left: Option<i64>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub created_at: Time,
    /// When it was done, failed or cancelled; null before.
    pub finished_at: Option<Time>,
}

impl Job {
    /// As this person may see it: the reason of a failure on our side is for admins.
    #[must_use]
    pub fn new(view: JobView, by: Actor) -> Self {
        let failed = view.job.status == JobStatus::Failed;
        let reason = if by.is_admin() {
            view.last_error
        } else {
            let hidden = || "it failed on our side; an administrator can see why".to_owned();
            view.last_error.filter(|_| failed).map(|_| hidden())
        };
        Self {
            id: view.id,
            kind: view.kind,
            status: view.job.status,
            done: view.done,
            of: view.total,
            rate_per_s: view.rate_per_s,
            seconds_left: view
                .rate_per_s
                .and_then(|rate| seconds_left(view.total? - view.done, rate)),
            result: view.result,
            error: view.refusal.or(reason),
            created_at: view.created_at,
            finished_at: view.finished_at,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "an estimate; a float that is too large becomes the largest number"
)]
fn seconds_left(left: i64, rate: f64) -> Option<i64> {
    (rate > 0.0).then(|| (left.max(0) as f64 / rate).ceil() as i64)
}
