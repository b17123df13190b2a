//! Objects of the bucket: what may use them, and when they may be deleted.

use events::{AudioState, UserId};

use crate::{Actor, Invalid, Refusal};

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    Audio,
    Cover,
}

impl ObjectKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Cover => "cover",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Audio, Self::Cover].into_iter().find(|kind| kind.name() == name)
    }

    /// The field of a command that names such an object.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Audio => "s3_key",
            Self::Cover => "cover_key",
        }
    }
}

/// What an audio object sounds like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    pub state: AudioState,
    pub duration_ms: Option<i64>,
}

/// An object that is in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    pub key: String,
    pub kind: ObjectKind,
    /// Who sent it; none: an account that is gone.
    pub owner: Option<UserId>,
    /// Of audio.
    pub sound: Option<Sound>,
}

impl StoredObject {
    /// The object that a command wants to use: one's own, of the right kind. To others it does not exist.
    pub fn usable(found: Option<Self>, kind: ObjectKind, by: Actor) -> Result<Self, Invalid> {
        let is_right = |object: &Self| object.kind == kind && object.may_be_seen_by(by);
        found.filter(is_right).ok_or_else(|| {
            let right = match kind {
                ObjectKind::Audio => "must be the key of audio that you uploaded with POST /api/v1/s3/tracks/upload",
                ObjectKind::Cover => "must be the key of a cover that you uploaded with POST /api/v1/s3/covers/upload",
            };
            Invalid::one(kind.field(), right)
        })
    }

    /// While nothing uses it: its owner and admins.
    #[must_use]
    pub fn may_be_seen_by(&self, by: Actor) -> bool {
        by.is_admin() || self.owner == Some(by.user_id)
    }

    /// Whether it may be deleted, by somebody who may see it.
    pub fn delete(&self, is_used: bool) -> Result<(), Refusal> {
        if is_used {
            return Err(Refusal::ObjectInUse);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use events::Role;
    use uuid::Uuid;

    use super::*;

    fn actor(n: u128, role: Role) -> Actor {
        Actor {
            user_id: UserId(Uuid::from_u128(n)),
            role,
        }
    }

    fn cover() -> StoredObject {
        StoredObject {
            key: "covers/00/x.jpg".to_owned(),
            kind: ObjectKind::Cover,
            owner: Some(UserId(Uuid::from_u128(1))),
            sound: None,
        }
    }

    #[test]
    fn ones_own_object_of_the_right_kind_is_usable() {
        let (owner, other, admin) = (actor(1, Role::Artist), actor(2, Role::Artist), actor(3, Role::Admin));
        let usable = |kind, by| StoredObject::usable(Some(cover()), kind, by).is_ok();
        assert!(usable(ObjectKind::Cover, owner) && usable(ObjectKind::Cover, admin));
        assert!(!usable(ObjectKind::Cover, other) && !usable(ObjectKind::Audio, owner));
        let missing = StoredObject::usable(None, ObjectKind::Audio, admin).unwrap_err();
        assert_eq!(missing.0[0].field, "s3_key");
    }

    #[test]
    fn what_is_in_use_is_not_deleted() {
        assert_eq!(cover().delete(true), Err(Refusal::ObjectInUse));
        assert_eq!(cover().delete(false), Ok(()));
    }

    #[test]
    fn kinds_have_names() {
        for kind in [ObjectKind::Audio, ObjectKind::Cover] {
            assert_eq!(ObjectKind::by_name(kind.name()), Some(kind));
        }
    }
}
