//! Who acts, what they may do, and why something is not done.

use events::{Role, UserId};

use crate::Invalid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user_id: UserId,
    pub role: Role,
}

impl Actor {
    #[must_use]
    pub fn is_admin(self) -> bool {
        self.role == Role::Admin
    }

    #[must_use]
    pub fn is_self_or_admin(self, user: UserId) -> bool {
        self.user_id == user || self.is_admin()
    }
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("only its owner or an admin may change this")]
    NotOwner,
    #[error("this concerns somebody else; only that person or an admin may do it")]
    NotOneself,
    #[error("role and is_active are for admins to change")]
    AdminOnly,
    #[error("an account has 50 API keys at most; end one of them first")]
    TooManyKeys,
    #[error("this list is full; take something away first")]
    ListIsFull,
    #[error("this is for the person it concerns, and for nobody else")]
    OnlyOneself,
    #[error("a profile can be bound to one's own account only")]
    NotOwnAccount,
    #[error("the artist has albums or tracks; send cascade=true to delete them as well")]
    HasWorks,
    #[error("others have albums or tracks of this artist; only an admin may delete them as well")]
    HasWorksOfOthers,
    #[error("an account has 1000 playlists at most; delete one first")]
    TooManyPlaylists,
    #[error("something uses this object; let go of it, or delete what uses it, first")]
    ObjectInUse,
    #[error("you have 100 reports that nobody has looked at yet; wait for these")]
    TooManyReports,
    #[error("this report was answered already")]
    ReportIsResolved,
    #[error("an admin took this album down; until it is put back it cannot be deleted, and its tracks stay on it")]
    AlbumIsTakenDown,
    #[error("this dead letter has no bytes to hand back")]
    NoBytes,
    #[error("this job has ended already")]
    JobHasEnded,
    #[error("this job finishes what a command began; it cannot be cancelled")]
    JobMustFinish,
}

/// A thing of the catalogue that belongs to an account.
pub trait Owned {
    fn is_owned_by(&self, user: UserId) -> bool;

    fn version(&self) -> i64;

    /// Whether an admin took it down: then nobody sees it but its owner and admins.
    fn is_taken_down(&self) -> bool {
        false
    }

    fn is_seen_by(&self, by: Actor) -> bool {
        !self.is_taken_down() || self.may_be_changed_by(by).is_ok()
    }

    /// Its owner may change it, and so may an admin.
    fn may_be_changed_by(&self, by: Actor) -> Result<(), Refusal> {
        if self.is_owned_by(by.user_id) || by.is_admin() {
            return Ok(());
        }
        Err(Refusal::NotOwner)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Changed<T> {
    /// As it is now; its version is one above the one that was read.
    pub thing: T,
    /// Whether events of other things show what changed, so that they need an event too.
    pub fans_out: bool,
}
