//! Generates a listening history: Zipf over tracks, a daily rhythm, sessions, skips.
//!
//! Pure: the same seed, listener, days and tracks give the same listens with the same ids, so posting twice counts once.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};
use events::Time;
use uuid::Uuid;

/// Share of sessions that start in each hour of the day.
const RHYTHM: [u64; 24] = [
    4, 2, 1, 1, 1, 2, 5, 9, 10, 7, 6, 6, 7, 7, 6, 7, 8, 11, 13, 15, 15, 13, 10, 7,
];
/// Percentage of plays that are skipped.
const SKIPPED: u64 = 15;
/// Namespace of the event ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6a1d_3a2e_90b7_4c55_8f0a_1d5c_7be2_94d3);

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listen {
    /// Derived from seed, listener, day and number.
    pub(super) event_id: Uuid,
    /// Index of the track.
    pub(super) track: usize,
    pub(super) listened_at: Time,
    /// How much was played, in milliseconds.
    pub(super) ms_played: i64,
}

/// The listens of one listener in the `days` before `now`, day by day. `lengths` are those of the tracks, in milliseconds.
pub(super) fn listens(seed: u64, listener: &str, days: u32, now: Time, lengths: &[i64]) -> Vec<Listen> {
    let taste = taste(seed, listener, lengths.len());
    let first = now.plus(-TimeDelta::days(i64::from(days)));
    (0..=u64::from(days))
        .filter_map(|ago| now.day().checked_sub_days(Days::new(u64::from(days) - ago)))
        .flat_map(|day| day_of(seed, listener, day, &taste, lengths))
        .filter(|listen| listen.listened_at >= first && listen.listened_at <= now)
        .collect()
}

/// The weight of each track for a listener: Zipf over an order that all listeners share, plus favourites of their own.
fn taste(seed: u64, listener: &str, tracks: usize) -> Vec<u64> {
    let mut shared = Dice::new(&format!("{seed}/order"));
    let mut order: Vec<usize> = (0..tracks).collect();
    for last in (1..tracks).rev() {
        order.swap(last, shared.below_index(last + 1));
    }
    let mut own = Dice::new(&format!("{seed}/{listener}"));
    let mut weights = vec![0; tracks];
    for (rank, track) in (1..).zip(order) {
        // Every fifth track is a favourite of this listener, heard four times as often as its rank says.
        let favourite = if own.below(5) == 0 { 4 } else { 1 };
        weights[track] = favourite * 10_000 / rank;
    }
    weights
}

/// One day: up to four sessions of some tracks each, one after the other.
fn day_of(seed: u64, listener: &str, day: NaiveDate, taste: &[u64], lengths: &[i64]) -> Vec<Listen> {
    let mut dice = Dice::new(&format!("{seed}/{listener}/{day}"));
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let mut starts: Vec<i64> = (0..dice.below(if weekend { 5 } else { 4 }))
        .map(|_| i64::try_from(dice.pick(&RHYTHM)).unwrap_or_default() * 3_600_000 + dice.below_i64(3_600_000))
        .collect();
    starts.sort_unstable();
    let midnight = Time::from(day.and_time(NaiveTime::MIN).and_utc());
    let (mut listens, mut free_at) = (Vec::new(), 0);
    for start in starts {
        let mut at = start.max(free_at);
        for _ in 0..6 + dice.below(18) {
            let track = dice.pick(taste);
            let length = lengths[track];
            let skipped = dice.below(100) < SKIPPED;
            let ms_played = if skipped {
                dice.below_i64(length / 3 + 1)
            } else {
                length
            };
            // The number within the day: another window of days gives the same listen the same id.
            let name = format!("{seed}/{listener}/{day}/{}", listens.len());
            listens.push(Listen {
                event_id: Uuid::new_v5(&NAMESPACE, name.as_bytes()),
                track,
                listened_at: midnight.plus(TimeDelta::milliseconds(at)),
                ms_played,
            });
            at += ms_played + 1_000 + dice.below_i64(4_000);
        }
        // The next session starts after this one: nobody listens to two tracks at once.
        free_at = at;
    }
    listens
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same in every version of every library.
struct Dice(u64);

impl Dice {
    fn new(name: &str) -> Self {
        let (high, low) = Uuid::new_v5(&NAMESPACE, name.as_bytes()).as_u64_pair();
        Self(high ^ low)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end` − 1; 0 when `end` is 0. The bias of the remainder does not matter here.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn below_i64(&mut self, end: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(end).unwrap_or_default())).unwrap_or_default()
    }

    fn below_index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or_default()
    }

    /// An index, with the given weights.
    fn pick(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use events::Time;

    use super::listens;

    const LENGTHS: [i64; 3] = [180_000, 240_000, 31_000];

    fn now() -> Time {
        Time::from_millis(1_790_000_000_000)
    }

    #[test]
    fn the_same_seed_generates_the_same_listens() {
        let of = |seed, listener| listens(seed, listener, 30, now(), &LENGTHS);
        assert_eq!(of(1, "ada"), of(1, "ada"));
        assert_ne!(of(1, "ada"), of(2, "ada"));
        assert_ne!(of(1, "ada"), of(1, "boris"));
    }

    #[test]
    fn listens_lie_within_the_days_and_have_ids_of_their_own() {
        let all = listens(1, "ada", 30, now(), &LENGTHS);
        let first = now().plus(-chrono::TimeDelta::days(30));
        assert!(all.len() > 30, "{} listens", all.len());
        assert!(all.iter().all(|listen| (first..=now()).contains(&listen.listened_at)));
        assert!(all.iter().all(|listen| listen.ms_played <= LENGTHS[listen.track]));
        let ids: HashSet<_> = all.iter().map(|listen| listen.event_id).collect();
        assert_eq!(ids.len(), all.len());
    }

    #[test]
    fn more_days_keep_the_listens_of_the_others() {
        let (week, month) = (
            listens(1, "ada", 7, now(), &LENGTHS),
            listens(1, "ada", 30, now(), &LENGTHS),
        );
        assert!(week.iter().all(|listen| month.contains(listen)));
    }
}
