use super::DeadLetterBudget;
use crate::DeadLetterLimit;
use proptest::prelude::*;

const LIMIT: DeadLetterLimit = DeadLetterLimit {
    in_a_row: 3,
    of_the_last_thousand: 10,
};

#[test]
fn a_few_rejected_events_in_a_row_are_borne_and_one_more_is_not() {
    let mut budget = DeadLetterBudget::new(LIMIT);
    for _ in 0..3 {
        assert!(budget.rejected().is_ok());
    }
    budget.projected();
    for _ in 0..3 {
        assert!(budget.rejected().is_ok());
    }
    assert!(budget.rejected().is_err());
}

#[test]
fn rejected_events_among_projected_ones_are_too_many_once_they_pass_their_share_of_the_last_thousand() {
    let mut budget = DeadLetterBudget::new(LIMIT);
    for _ in 0..10 {
        budget.projected();
        assert!(budget.rejected().is_ok());
    }
    budget.projected();
    assert!(budget.rejected().is_err());
}

#[test]
fn rejected_events_older_than_a_thousand_events_are_forgotten() {
    let mut budget = DeadLetterBudget::new(LIMIT);
    for _ in 0..200 {
        assert!(budget.rejected().is_ok());
        for _ in 0..99 {
            budget.projected();
        }
    }
}

proptest! {
    #[test]
    fn it_says_what_counting_the_last_thousand_says(events in prop::collection::vec(prop::bool::weighted(0.02), 0..3000)) {
        let mut budget = DeadLetterBudget::new(LIMIT);
        for (at, rejected) in events.iter().enumerate() {
            if !rejected {
                budget.projected();
                continue;
            }
            let seen = &events[..=at];
            let in_a_row = seen.iter().rev().take_while(|rejected| **rejected).count();
            let recent = seen.iter().rev().take(1000).filter(|rejected| **rejected).count();
            prop_assert_eq!(budget.rejected().is_err(), in_a_row > 3 || recent > 10);
        }
    }
}
