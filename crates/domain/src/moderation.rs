//! Reports of works, and their takedown.

use events::{Time, UserId, WorkType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Actor, Checks, Invalid, Refusal, text::lines};

/// Characters of a reason.
const MAX_REASON: usize = 2_000;
/// Reports of one person that nobody has looked at.
pub const MAX_OPEN_REPORTS: i64 = 100;

/// What is taken down, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkReason {
    /// An album or a track.
    pub r#type: WorkType,
    /// Which one.
    pub id: Uuid,
    /// 1 to 2,000 characters.
    #[schema(
        example = "The rights are with somebody else.",
        min_length = 1,
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub reason: String,
}

impl WorkReason {
    #[must_use]
    pub fn work(&self) -> Work {
        Work {
            kind: self.r#type,
            id: self.id,
        }
    }
}

/// What is reported, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportReason {
    /// An album, a track, an artist or a playlist.
    pub r#type: ReportedType,
    /// Which one.
    pub id: Uuid,
    /// 1 to 2,000 characters.
    #[schema(
        example = "This is a recording of mine; I did not upload it.",
        min_length = 1,
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub reason: String,
}

impl ReportReason {
    #[must_use]
    pub fn reported(&self) -> Reported {
        Reported {
            kind: self.r#type,
            id: self.id,
        }
    }

    /// What is wrong with it as it was sent.
    pub fn checked(&self) -> Result<(), Invalid> {
        reason(&self.reason).map(drop)
    }
}

/// What can be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportedType {
    /// An album, with its tracks.
    Album,
    /// A track.
    Track,
    /// An artist.
    Artist,
    /// A playlist.
    Playlist,
}

impl ReportedType {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Album => "album",
            Self::Track => "track",
            Self::Artist => "artist",
            Self::Playlist => "playlist",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let all = [Self::Album, Self::Track, Self::Artist, Self::Playlist];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    pub kind: ReportedType,
    pub id: Uuid,
}

impl Reported {
    /// What is taken down. An artist and a playlist have no takedown: an admin changes or deletes them.
    pub fn work(self) -> Result<Work, Invalid> {
        let kind = match self.kind {
            ReportedType::Album => WorkType::Album,
            ReportedType::Track => WorkType::Track,
            ReportedType::Artist | ReportedType::Playlist => {
                let name = self.kind.name();
                let message =
                    format!("must be dismiss: change or delete the {name} yourself, if need be, and say so in reason");
                return Err(Invalid::one("action", message));
            }
        };
        Ok(Work { kind, id: self.id })
    }
}

/// What became of a report.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportAnswer {
    /// `takedown` answers every open report of the work; artists and playlists have `dismiss` only.
    pub action: ReportAction,
    /// 1 to 2,000 characters. With `takedown` the owner of the work sees it.
    #[schema(
        example = "The rights are with somebody else.",
        min_length = 1,
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub reason: String,
}

/// What an admin does about a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportAction {
    /// It stays as it is.
    Dismiss,
    /// Nobody sees the work but its owner and admins.
    Takedown,
}

impl ReportAction {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::Takedown => "takedown",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let all = [Self::Dismiss, Self::Takedown];
        all.into_iter().find(|action| action.name() == name)
    }
}

/// An album or a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    pub kind: WorkType,
    pub id: Uuid,
}

/// What a person says of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub id: Uuid,
    pub of: Reported,
    pub reason: String,
    /// None: the account is gone.
    pub by: Option<UserId>,
    pub created_at: Time,
    /// None: nobody has looked yet.
    pub resolution: Option<Resolution>,
}

/// What an admin decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    pub action: ReportAction,
    pub reason: String,
    pub by: Option<UserId>,
    pub at: Time,
}

/// A work that nobody sees but its owner and admins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takedown {
    pub work: Work,
    pub reason: String,
    pub by: UserId,
    pub at: Time,
}

fn reason(text: &str) -> Result<String, Invalid> {
    let mut checks = Checks::default();
    let reason = checks.value(lines("reason", text, MAX_REASON));
    checks.finish(reason)
}

impl Report {
    /// `open` is how many of this person nobody has looked at.
    pub fn file(id: Uuid, sent: &ReportReason, by: Actor, open: i64, now: Time) -> Result<Self, Refusal> {
        let reason = reason(&sent.reason)?;
        if open >= MAX_OPEN_REPORTS {
            return Err(Refusal::TooManyReports);
        }
        Ok(Self {
            id,
            of: sent.reported(),
            reason,
            by: Some(by.user_id),
            created_at: now,
            resolution: None,
        })
    }

    pub fn resolve(mut self, answer: &ReportAnswer, by: Actor, now: Time) -> Result<Self, Refusal> {
        let reason = reason(&answer.reason)?;
        if self.resolution.is_some() {
            return Err(Refusal::ReportIsResolved);
        }
        self.resolution = Some(Resolution {
            action: answer.action,
            reason,
            by: Some(by.user_id),
            at: now,
        });
        Ok(self)
    }
}

impl Takedown {
    pub fn of(work: Work, why: &str, by: Actor, now: Time) -> Result<Self, Refusal> {
        Ok(Self {
            work,
            reason: reason(why)?,
            by: by.user_id,
            at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use events::Role;

    use super::*;

    fn admin() -> Actor {
        Actor {
            user_id: UserId(Uuid::nil()),
            role: Role::Admin,
        }
    }

    fn report(reason: &str, open: i64) -> Result<Report, Refusal> {
        let sent = ReportReason {
            r#type: ReportedType::Track,
            id: Uuid::nil(),
            reason: reason.to_owned(),
        };
        Report::file(Uuid::nil(), &sent, admin(), open, Time::from_millis(0))
    }

    #[test]
    fn a_report_has_a_reason_and_a_person_a_hundred_open_ones() {
        assert_eq!(report(" It is mine.\n", 99).unwrap().reason, "It is mine.");
        assert!(matches!(report("  ", 0), Err(Refusal::Invalid(_))));
        assert!(matches!(report(&"x".repeat(2_001), 0), Err(Refusal::Invalid(_))));
        assert_eq!(report("x", 100), Err(Refusal::TooManyReports));
    }

    #[test]
    fn a_report_is_resolved_once() {
        let answer = ReportAnswer {
            action: ReportAction::Dismiss,
            reason: "It is fine.".to_owned(),
        };
        let now = Time::from_millis(7);
        let resolved = report("x", 0).unwrap().resolve(&answer, admin(), now).unwrap();
        assert_eq!(resolved.resolution.as_ref().map(|resolution| resolution.at), Some(now));
        assert_eq!(resolved.resolve(&answer, admin(), now), Err(Refusal::ReportIsResolved));
    }

    #[test]
    fn works_are_taken_down_and_nothing_else() {
        let of = |kind| Reported { kind, id: Uuid::nil() };
        let track = of(ReportedType::Track).work().unwrap();
        assert_eq!(track.kind, WorkType::Track);
        for kind in [ReportedType::Artist, ReportedType::Playlist] {
            assert_eq!(of(kind).work().unwrap_err().0[0].field, "action");
        }
    }
}
