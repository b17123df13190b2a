//! When a replica is read, by what looks at it have found.

use std::time::{Duration, Instant};

use super::{Known, LOOK, MAX_BEHIND, Replayed, ReplicaProblem};

/// Looks, one after the other, with what was written and what was replayed.
fn after(looks: &[(i64, i64)]) -> (Known, Instant) {
    let (mut known, mut now) = (Known::default(), Instant::now());
    for (written, replayed) in looks {
        now += LOOK;
        let found = Replayed {
            written: *written,
            replayed: *replayed,
        };
        known.saw(found, now, now);
    }
    (known, now)
}

fn is_read(looks: &[(i64, i64)]) -> bool {
    let (known, now) = after(looks);
    known.is_fit(now)
}

#[test]
fn a_replica_is_read_once_it_has_what_was_written_before() {
    assert!(!is_read(&[]), "nobody has looked");
    assert!(is_read(&[(100, 100)]));
    assert!(!is_read(&[(100, 90)]), "it may be years behind");
    assert!(
        is_read(&[(100, 90), (200, 190)]),
        "it has what was written at the first look"
    );
}

#[test]
fn a_replica_under_load_is_read_though_it_never_has_everything() {
    let looks: Vec<(i64, i64)> = (1..100).map(|at| (at * 100, at * 100 - 10)).collect();
    assert!(is_read(&looks));
}

#[test]
fn a_replica_that_stands_still_is_read_for_five_seconds_and_no_longer() {
    let (mut known, mut now) = after(&[(100, 100)]);
    let stood_still = now;
    while now.duration_since(stood_still) < MAX_BEHIND * 2 {
        assert_eq!(known.is_fit(now), now.duration_since(stood_still) < MAX_BEHIND);
        now += LOOK;
        let found = Replayed {
            written: 200,
            replayed: 100,
        };
        known.saw(found, now, now);
    }
    assert!(known.is_left_out);
    let found = Replayed {
        written: 300,
        replayed: 200,
    };
    known.saw(found, now, now);
    assert!(!known.is_fit(now), "it has what was written ten seconds ago");
    known.saw(found, now + LOOK, now + LOOK);
    let caught_up = Replayed {
        written: 300,
        replayed: 300,
    };
    known.saw(caught_up, now + LOOK * 2, now + LOOK * 2);
    assert!(known.is_fit(now + LOOK * 2) && !known.is_left_out);
}

#[test]
fn a_replica_that_nobody_asked_for_is_looked_at_before_it_is_read() {
    let (mut known, now) = after(&[(100, 100)]);
    let later = now + Duration::from_hours(1);
    assert!(!known.is_fit(later));
    let found = Replayed {
        written: 900,
        replayed: 900,
    };
    known.saw(found, later, later);
    assert!(known.is_fit(later));
}

#[test]
fn a_replica_that_fails_is_left_out_at_once_with_one_log_line_a_minute() {
    let (mut known, now) = after(&[(100, 100)]);
    known.leave_out(&ReplicaProblem::Unreadable("gone".to_owned()), now);
    assert!(!known.is_fit(now));
    assert_eq!(known.warned_at, Some(now));
    let found = Replayed {
        written: 100,
        replayed: 100,
    };
    for seconds in 1..59 {
        let at = now + Duration::from_secs(seconds);
        known.saw(found, at, at);
        known.leave_out(&ReplicaProblem::Unreadable("gone".to_owned()), at);
        assert_eq!(known.warned_at, Some(now));
    }
    let at = now + Duration::from_mins(1);
    known.saw(found, at, at);
    known.leave_out(&ReplicaProblem::Stranger, at);
    assert_eq!(known.warned_at, Some(at));
}
