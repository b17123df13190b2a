//! Days in a row, and days without anything. Pure.

use chrono::{DateTime, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayPlays {
    /// The day.
    pub day: NaiveDate,
    /// Counted plays that began on it.
    pub plays: u64,
    /// What was heard of all listens that began on it, in milliseconds.
    pub listened_ms: i64,
}

/// Days in a row with at least one play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Streak {
    /// Days up to today, or up to yesterday while today has none yet.
    pub current: u32,
    /// The most there ever were.
    pub longest: u32,
}

/// The day that is so many days after 1970 began.
pub(crate) fn date(since_1970: impl Into<i64>) -> NaiveDate {
    let at = DateTime::from_timestamp(since_1970.into() * 86_400, 0).unwrap_or_default();
    at.date_naive()
}

/// The days from `first` to `last`, the oldest first, and of more than `count` the last ones; days missing in `days` have
/// zeros.
pub(crate) fn days_between(days: &[DayPlays], first: NaiveDate, last: NaiveDate, count: u32) -> Vec<DayPlays> {
    let length = (last - first).num_days() + 1;
    let count = u32::try_from(length.max(0)).map_or(count, |length| length.min(count));
    last_days(days, last, count)
}

/// The `count` days up to `today`, the oldest first; days missing in `days` have zeros.
#[must_use]
pub fn last_days(days: &[DayPlays], today: NaiveDate, count: u32) -> Vec<DayPlays> {
    (0..count)
        .rev()
        .filter_map(|back| today.checked_sub_days(Days::new(u64::from(back))))
        .map(|day| {
            let known = days.iter().find(|known| known.day == day);
            known.copied().unwrap_or(DayPlays {
                day,
                plays: 0,
                listened_ms: 0,
            })
        })
        .collect()
}

/// The streak of `days`, which are in order, each once.
#[must_use]
pub fn streak(days: &[DayPlays], today: NaiveDate) -> Streak {
    let mut streak = Streak::default();
    let mut run = 0;
    let mut last = None;
    for day in days.iter().filter(|day| day.plays > 0 && day.day <= today) {
        run = if last.is_some() && last == day.day.pred_opt() {
            run + 1
        } else {
            1
        };
        last = Some(day.day);
        streak.longest = streak.longest.max(run);
    }
    if last == Some(today) || (last.is_some() && last == today.pred_opt()) {
        streak.current = run;
    }
    streak
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, number).unwrap()
    }

    #[test]
    fn days_of_a_window_are_there_each_once_and_of_too_many_the_last() {
        let played = DayPlays {
            day: day(2),
            plays: 7,
            listened_ms: 1,
        };
        let plays = |first, last, count| {
            let days = days_between(&[played], day(first), day(last), count);
            days.iter().map(|day| day.plays).collect::<Vec<_>>()
        };
        assert_eq!(plays(1, 3, 366), [0, 7, 0]);
        assert_eq!(plays(1, 3, 2), [7, 0]);
        assert_eq!(plays(2, 2, 366), [7]);
        assert_eq!(plays(3, 2, 366), [0; 0]);
    }
}
