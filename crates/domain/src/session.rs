//! Sessions: a sign-in and what keeps it going. What a refresh token leads to is decided here.

use chrono::TimeDelta;
use events::{Time, UserId};
use uuid::Uuid;

/// How long the token before answers again: for a lost answer, or a second tab.
const GRACE: TimeDelta = TimeDelta::seconds(10);
/// How long a session lasts without a refresh.
pub const SESSION_IDLE: TimeDelta = TimeDelta::days(30);
/// How long a session lasts in all.
const SESSION_LIFE: TimeDelta = TimeDelta::days(90);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub Uuid);

/// A session; the tokens of its present generation are made from this and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    /// How often it was turned.
    pub generation: i64,
    pub began_at: Time,
    /// When its present generation began.
    pub turned_at: Time,
}

/// What a refresh token leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// To the next generation, which is to be stored.
    Turned(Session),
    /// To the present generation again: its answer was lost, or somebody asked at the same time.
    Again(Session),
    /// To nothing: the session is over.
    Ended,
    /// To the session's end: a used token came again, so somebody has a copy.
    Reused,
}

impl From<Uuid> for SessionId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl Session {
    /// When it is over, unless it is refreshed.
    #[must_use]
    pub fn ends_at(self) -> Time {
        self.turned_at.plus(SESSION_IDLE).min(self.began_at.plus(SESSION_LIFE))
    }

    #[must_use]
    pub fn refresh(self, generation: i64, now: Time) -> Refresh {
        if now >= self.ends_at() {
            return Refresh::Ended;
        }
        if generation == self.generation {
            return Refresh::Turned(Self {
                generation: generation + 1,
                turned_at: now,
                ..self
            });
        }
        if generation == self.generation - 1 && now <= self.turned_at.plus(GRACE) {
            return Refresh::Again(self);
        }
        Refresh::Reused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000;
    const DAY: i64 = 86_400 * SECOND;

    fn session(generation: i64, turned_at: i64) -> Session {
        Session {
            id: SessionId(Uuid::from_u128(1)),
            user_id: UserId(Uuid::from_u128(2)),
            generation,
            began_at: Time::from_millis(0),
            turned_at: Time::from_millis(turned_at),
        }
    }

    #[test]
    fn the_present_generation_turns_the_session() {
        let now = Time::from_millis(5 * DAY);
        assert_eq!(session(3, 0).refresh(3, now), Refresh::Turned(session(4, 5 * DAY)));
    }

    #[test]
    fn the_generation_before_gets_the_present_one_for_ten_seconds() {
        let turned = session(4, DAY);
        let at = |millis| turned.refresh(3, Time::from_millis(DAY + millis));
        assert_eq!(at(0), Refresh::Again(turned));
        assert_eq!(at(10 * SECOND), Refresh::Again(turned));
        assert_eq!(at(10 * SECOND + 1), Refresh::Reused);
        // A process whose clock is behind.
        assert_eq!(at(-3 * SECOND), Refresh::Again(turned));
    }

    #[test]
    fn any_other_generation_is_reuse() {
        for generation in [i64::MIN, -1, 0, 2, 5, i64::MAX] {
            let now = Time::from_millis(DAY);
            assert_eq!(
                session(4, DAY).refresh(generation, now),
                Refresh::Reused,
                "{generation}"
            );
        }
    }

    #[test]
    fn a_session_lasts_thirty_days_unused_and_ninety_in_all() {
        let at = |session: Session, millis| session.refresh(session.generation, Time::from_millis(millis));
        assert!(matches!(at(session(1, 0), 30 * DAY - 1), Refresh::Turned(_)));
        assert_eq!(at(session(1, 0), 30 * DAY), Refresh::Ended);
        assert!(matches!(at(session(9, 80 * DAY), 90 * DAY - 1), Refresh::Turned(_)));
        assert_eq!(at(session(9, 80 * DAY), 90 * DAY), Refresh::Ended);
    }
}
