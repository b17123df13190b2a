//! The identity of a listen in Redis, and the pure arithmetic of days.

use chrono::{Days, NaiveDate};
use events::Time;
use proptest::prelude::*;
use read_analytics::{Cursor, DayPlays, Streak, last_days, streak};
use read_counters::Seen;
use uuid::Uuid;

const DAY_MS: i64 = 86_400_000;

fn moments() -> impl Strategy<Value = i64> {
    1_033_430_400_000..4_102_444_800_000_i64
}

fn uuids() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(n)
}

fn played(days: impl IntoIterator<Item = u64>) -> Vec<DayPlays> {
    days.into_iter()
        .map(|n| DayPlays {
            day: day(n),
            plays: 1,
            listened_ms: 1,
        })
        .collect()
}

proptest! {
    #[test]
    fn a_listen_is_the_same_at_any_moment_of_its_day(
        listener in uuids(), event in uuids(), at in moments(), later in 0..DAY_MS,
    ) {
        let midnight = at.div_euclid(DAY_MS) * DAY_MS;
        let seen = Seen::of(listener, event, Time::from_millis(at));
        prop_assert_eq!(seen, Seen::of(listener, event, Time::from_millis(midnight + later)));
        prop_assert_ne!(seen, Seen::of(listener, event, Time::from_millis(at + DAY_MS)));
        prop_assert!(seen.bucket < 1 << 18 && seen.member < 1 << 63);
    }

    #[test]
    fn another_listener_or_event_is_another_listen(a in uuids(), b in uuids(), at in moments()) {
        prop_assume!(a != b);
        let at = Time::from_millis(at);
        prop_assert_ne!(Seen::of(a, b, at), Seen::of(b, a, at));
        prop_assert_ne!(Seen::of(a, a, at), Seen::of(a, b, at));
    }

    #[test]
    fn a_cursor_survives_its_text(at in moments(), event_id in uuids()) {
        let cursor = Cursor { listened_at: Time::from_millis(at), event_id };
        prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn any_text_is_a_cursor_or_refused(text in "\\PC{0,48}") {
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string(), text);
        }
    }

    #[test]
    fn a_streak_never_beats_the_longest(days in prop::collection::btree_set(0_u64..60, 0..60), today in 0_u64..60) {
        let streak = streak(&played(days.iter().copied()), day(today));
        prop_assert!(streak.current <= streak.longest);
        prop_assert!(u64::from(streak.longest) <= today + 1);
    }
}

#[test]
fn a_streak_goes_on_until_a_whole_day_is_missed() {
    let days = played([0, 1, 2, 5, 6]);
    assert_eq!(streak(&days, day(6)), Streak { current: 2, longest: 3 });
    assert_eq!(streak(&days, day(7)), Streak { current: 2, longest: 3 });
    assert_eq!(streak(&days, day(8)), Streak { current: 0, longest: 3 });
    assert_eq!(streak(&[], day(8)), Streak::default());
}

#[test]
fn days_without_plays_are_there_with_zeros() {
    let days = last_days(&played([1, 3]), day(3), 4);
    let plays: Vec<_> = days.iter().map(|day| (day.day, day.plays)).collect();
    assert_eq!(plays, [(day(0), 0), (day(1), 1), (day(2), 0), (day(3), 1)]);
}
