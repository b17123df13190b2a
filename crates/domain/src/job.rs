//! Background work as people see it: whose it is, how it stands, and whether it can be cancelled.

use events::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Refusal;

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waits for a worker, or for its next try.
    Queued,
    Running,
    Done,
    /// Refused, or tried too often.
    Failed,
    Cancelled,
}

impl JobStatus {
    const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// What decides who may do what with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// None: the service itself.
    pub created_by: Option<UserId>,
    pub status: JobStatus,
    /// Whether half of it may stay undone. What a command began must be finished.
    pub is_cancellable: bool,
}

impl Job {
    /// Cancelling twice is no fault.
    pub fn cancel(&self) -> Result<(), Refusal> {
        match self.status {
            JobStatus::Done | JobStatus::Failed => Err(Refusal::JobHasEnded),
            JobStatus::Queued | JobStatus::Running if !self.is_cancellable => Err(Refusal::JobMustFinish),
            JobStatus::Queued | JobStatus::Running | JobStatus::Cancelled => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(status: JobStatus, is_cancellable: bool) -> Job {
        let created_by = Some(UserId(uuid::Uuid::from_u128(1)));
        Job {
            created_by,
            status,
            is_cancellable,
        }
    }

    #[test]
    fn what_has_ended_or_must_finish_cannot_be_cancelled() {
        assert_eq!(job(JobStatus::Running, true).cancel(), Ok(()));
        assert_eq!(job(JobStatus::Cancelled, false).cancel(), Ok(()));
        assert_eq!(job(JobStatus::Running, false).cancel(), Err(Refusal::JobMustFinish));
        assert_eq!(job(JobStatus::Done, true).cancel(), Err(Refusal::JobHasEnded));
    }

    #[test]
    fn a_status_has_the_same_name_in_answers_and_in_the_database() {
        for status in JobStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
            assert_eq!(JobStatus::by_name(status.name()), Some(status));
        }
    }
}
