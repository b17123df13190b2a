//! Reports and takedowns as they are shown over HTTP.

use domain::{ReportAction, ReportedType, Resolution};
use events::{Time, UserId, WorkType};
use serde::{Deserialize, Serialize};
use store::{ReportView, TakedownView, TakenDown};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a person said of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The report.
    pub id: Uuid,
    /// What was reported.
    pub r#type: ReportedType,
    /// Which one.
    pub work_id: Uuid,
    /// What it is called; null when it is deleted.
    pub title: Option<String>,
    /// Whether it is taken down now.
    pub is_taken_down: bool,
    /// Why.
    pub reason: String,
    /// By whom; null when the account is gone.
    pub reported_by: Option<UserId>,
    /// When.
    pub created_at: Time,
    /// Null while nobody has looked.
    pub resolution: Option<ReportResolution>,
}

/// What an admin decided about a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportResolution {
    /// What was done.
    pub action: ReportAction,
    /// Why.
    pub reason: String,
    /// By whom; null when the account is gone.
    pub resolved_by: Option<UserId>,
    /// When.
    pub resolved_at: Time,
}

/// A work that nobody sees but its owner and admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Takedown {
    /// What it is.
    pub r#type: WorkType,
    /// Which one.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// Why.
    pub reason: String,
    /// When.
    pub taken_down_at: Time,
    /// Whose it is; null when the account is gone.
    pub owner_id: Option<UserId>,
}

/// Why nobody else sees a work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TakedownNote {
    /// What an admin says.
    pub reason: String,
    /// Since when.
    pub at: Time,
    /// Whether it is down with the album that it is on.
    pub with_album: bool,
}

impl From<TakenDown> for TakedownNote {
    fn from(down: TakenDown) -> Self {
        Self {
            reason: down.reason,
            at: down.at,
            with_album: down.with_album,
        }
    }
}

impl From<Resolution> for ReportResolution {
    fn from(resolution: Resolution) -> Self {
        Self {
            action: resolution.action,
            reason: resolution.reason,
            resolved_by: resolution.by,
            resolved_at: resolution.at,
        }
    }
}

impl From<ReportView> for Report {
    fn from(view: ReportView) -> Self {
        let report = view.report;
        Self {
            id: report.id,
            r#type: report.of.kind,
            work_id: report.of.id,
            title: view.title,
            is_taken_down: view.is_taken_down,
            reason: report.reason,
            reported_by: report.by,
            created_at: report.created_at,
            resolution: report.resolution.map(ReportResolution::from),
        }
    }
}

impl From<TakedownView> for Takedown {
    fn from(view: TakedownView) -> Self {
        Self {
            r#type: view.work.kind,
            id: view.work.id,
            title: view.title,
            reason: view.reason,
            taken_down_at: view.at,
            owner_id: view.owner,
        }
    }
}
