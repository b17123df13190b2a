//! When bad events are too many: pure, so it runs without an engine.

use projector::{DeadLetterLimit, Limit};
use proptest::prelude::*;

const ALLOWED: DeadLetterLimit = DeadLetterLimit {
    in_a_row: 3,
    of_the_last_thousand: 10,
};

#[test]
fn a_few_bad_events_in_a_row_are_borne_and_one_more_is_not() {
    let mut limit = Limit::new(ALLOWED);
    for _ in 0..3 {
        assert!(limit.bad().is_ok());
    }
    limit.good();
    for _ in 0..3 {
        assert!(limit.bad().is_ok());
    }
    assert!(limit.bad().is_err());
}

#[test]
fn bad_events_among_good_ones_are_too_many_once_they_pass_their_share_of_the_last_thousand() {
    let mut limit = Limit::new(ALLOWED);
    for _ in 0..10 {
        limit.good();
        assert!(limit.bad().is_ok());
    }
    limit.good();
    assert!(limit.bad().is_err());
}

#[test]
fn bad_events_older_than_a_thousand_events_are_forgotten() {
    let mut limit = Limit::new(ALLOWED);
    for _ in 0..200 {
        assert!(limit.bad().is_ok());
        for _ in 0..99 {
            limit.good();
        }
    }
}

proptest! {
    #[test]
    fn it_says_what_counting_the_last_thousand_says(events in prop::collection::vec(prop::bool::weighted(0.02), 0..3000)) {
        let mut limit = Limit::new(ALLOWED);
        for (at, bad) in events.iter().enumerate() {
            if !bad {
                limit.good();
                continue;
            }
            let seen = &events[..=at];
            let in_a_row = seen.iter().rev().take_while(|bad| **bad).count();
            let recent = seen.iter().rev().take(1000).filter(|bad| **bad).count();
            prop_assert_eq!(limit.bad().is_err(), in_a_row > 3 || recent > 10);
        }
    }
}
