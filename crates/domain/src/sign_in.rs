//! How often somebody may try to sign in.

use chrono::TimeDelta;
use events::Time;

/// Failures of one address until it has to wait.
const MAX_FAILURES: i64 = 10;
/// Failures of one account from more than one address until strange addresses are slowed down.
const FREE_FAILURES: i64 = 10;
/// The longest pause between two tries at one account from strange addresses: beside the address with the most failures,
/// which has a limit of its own, it leaves fewer than 50 guesses an hour to all others together.
const MAX_PAUSE: TimeDelta = TimeDelta::seconds(128);

/// Sign-ins that failed lately, as seen from one that is about to be tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct FailedSignIns {
    /// From this address, whatever the account.
    pub of_address: i64,
    /// At this account, from all addresses but the one with the most: so one address alone slows nobody else down.
    pub of_account: i64,
    pub last_of_account: Option<Time>,
    /// Whether the account's owner signed in from this address lately.
    pub is_known_address: bool,
}

impl FailedSignIns {
    /// Failures of an address count for so long.
    pub const ADDRESS_WINDOW: TimeDelta = TimeDelta::minutes(5);
    /// Failures of an account count for so long.
    pub const ACCOUNT_WINDOW: TimeDelta = TimeDelta::hours(1);
    /// An address from which the owner signed in is known for so long.
    pub const KNOWN: TimeDelta = TimeDelta::days(30);

    /// How many seconds to wait before the next try; none when it may be tried now.
    #[must_use]
    pub fn wait(&self, now: Time) -> Option<u64> {
        if self.of_address >= MAX_FAILURES {
            return Some(Self::ADDRESS_WINDOW.num_seconds().unsigned_abs());
        }
        let more = self.of_account - FREE_FAILURES;
        if self.is_known_address || more < 0 {
            return None;
        }
        let pause = TimeDelta::seconds(1 << more.min(7)).min(MAX_PAUSE);
        let left = self.last_of_account?.plus(pause).millis() - now.millis();
        (left > 0).then(|| left.unsigned_abs().div_ceil(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(of_address: i64, of_account: i64) -> FailedSignIns {
        FailedSignIns {
            of_address,
            of_account,
            last_of_account: Some(Time::from_millis(1_000_000)),
            is_known_address: false,
        }
    }

    fn wait(failed: FailedSignIns, millis_later: i64) -> Option<u64> {
        failed.wait(Time::from_millis(1_000_000 + millis_later))
    }

    #[test]
    fn an_address_with_ten_failures_waits_whatever_the_account() {
        assert_eq!(wait(failed(9, 9), 0), None);
        assert_eq!(wait(failed(10, 0), 0), Some(300));
        let known = FailedSignIns {
            is_known_address: true,
            ..failed(10, 10)
        };
        assert_eq!(wait(known, 0), Some(300));
    }

    #[test]
    fn an_account_is_slowed_down_twice_as_much_with_each_failure_up_to_two_minutes() {
        let pauses = (9..20).map(|of_account| wait(failed(1, of_account), 0).unwrap_or(0));
        let pauses: Vec<u64> = pauses.collect();
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 64, 128, 128, 128]);
        assert_eq!(wait(failed(1, i64::MAX), 0), Some(128));
        assert_eq!(wait(failed(1, 13), 7_001), Some(1));
        assert_eq!(wait(failed(1, 13), 8_000), None);
        // A process whose clock is behind.
        assert_eq!(wait(failed(1, 13), -2_000), Some(10));
    }

    #[test]
    fn an_address_that_its_owner_signed_in_from_is_not_slowed_down() {
        let known = FailedSignIns {
            is_known_address: true,
            ..failed(9, 1_000)
        };
        assert_eq!(wait(known, 0), None);
    }
}
