//! A made-up listening history: Zipf over tracks, a daily rhythm, sessions, skips. Pure: the same seed, listener, days
//! and tracks give the same listens with the same ids, so what is posted twice counts once.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};
use events::Time;
use uuid::Uuid;

/// How much of all listening begins in each hour of the day.
const RHYTHM: [u64; 24] = [
    4, 2, 1, 1, 1, 2, 5, 9, 10, 7, 6, 6, 7, 7, 6, 7, 8, 11, 13, 15, 15, 13, 10, 7,
];
/// Of a hundred plays, so many are skipped.
const SKIPPED: u64 = 15;
/// Namespace of the ids, made for this.
const NAMESPACE: Uuid = Uuid::from_u128(0x6a1d_3a2e_90b7_4c55_8f0a_1d5c_7be2_94d3);

/// One listen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard {
    /// Made from seed, listener, day and number.
    pub(super) event_id: Uuid,
    /// Which of the tracks.
    pub(super) track: usize,
    /// When it began.
    pub(super) listened_at: Time,
    /// How much was heard, in milliseconds.
    pub(super) ms_played: i64,
}

/// What a listener heard in the `days` before `now`, oldest first. `lengths`: of the tracks, in milliseconds.
pub(super) fn heard(seed: u64, listener: &str, days: u32, now: Time, lengths: &[i64]) -> Vec<Heard> {
    let taste = taste(seed, listener, lengths.len());
    let first = now.plus(-TimeDelta::days(i64::from(days)));
    (0..=u64::from(days))
        .filter_map(|ago| now.day().checked_sub_days(Days::new(u64::from(days) - ago)))
        .flat_map(|day| day_of(seed, listener, day, &taste, lengths))
        .filter(|listen| listen.listened_at >= first && listen.listened_at <= now)
        .collect()
}

/// How gladly a listener hears each track: Zipf over an order that all share, and a few favourites of their own.
fn taste(seed: u64, listener: &str, tracks: usize) -> Vec<u64> {
    let mut all = Dice::new(&format!("{seed}/order"));
    let mut order: Vec<usize> = (0..tracks).collect();
    for last in (1..tracks).rev() {
        order.swap(last, all.below_index(last + 1));
    }
    let mut own = Dice::new(&format!("{seed}/{listener}"));
    let mut weights = vec![0; tracks];
    for (rank, track) in (1..).zip(order) {
        let favourite = if own.below(5) == 0 { 4 } else { 1 };
        weights[track] = favourite * 10_000 / rank;
    }
    weights
}

/// One day: up to four sessions of some tracks each, one after another.
fn day_of(seed: u64, listener: &str, day: NaiveDate, taste: &[u64], lengths: &[i64]) -> Vec<Heard> {
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
            let name = format!("{seed}/{listener}/{day}/{}", listens.len());
            listens.push(Heard {
                event_id: Uuid::new_v5(&NAMESPACE, name.as_bytes()),
                track,
                listened_at: midnight.plus(TimeDelta::milliseconds(at)),
                ms_played,
            });
            at += ms_played + 1_000 + dice.below_i64(4_000);
        }
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

    /// 0 to `end` − 1; 0 when `end` is 0. The bias of the remainder is far below what anybody could see.
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
