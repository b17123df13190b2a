//! When rejected events are too many to be the events' fault.

use std::collections::VecDeque;

use crate::config::DeadLetterLimit;

const WINDOW: usize = 1000;

/// Counts projected and rejected events as they come.
#[derive(Debug)]
pub struct DeadLetterBudget {
    limit: DeadLetterLimit,
    in_a_row: u32,
    in_window: u32,
    /// Of the last events, oldest first: whether each was rejected.
    window: VecDeque<bool>,
}

/// More rejected events than the budget has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetExceeded {
    /// Rejected events.
    pub count: u32,
    /// Among how many events.
    pub of: u32,
}

impl DeadLetterBudget {
    /// A budget with nothing spent.
    #[must_use]
    pub fn new(limit: DeadLetterLimit) -> Self {
        Self {
            limit,
            in_a_row: 0,
            in_window: 0,
            window: VecDeque::with_capacity(WINDOW),
        }
    }

    /// An event was projected.
    pub fn projected(&mut self) {
        self.in_a_row = 0;
        self.remember(false);
    }

    /// An event was rejected.
    ///
    /// # Errors
    /// [`BudgetExceeded`]: stop before this event is dead-lettered, so that a corrected version can still project it.
    pub fn rejected(&mut self) -> Result<(), BudgetExceeded> {
        self.in_a_row += 1;
        self.remember(true);
        if self.in_a_row > self.limit.in_a_row {
            return Err(BudgetExceeded {
                count: self.in_a_row,
                of: self.in_a_row,
            });
        }
        if self.in_window > self.limit.of_the_last_thousand {
            return Err(BudgetExceeded {
                count: self.in_window,
                of: u32::try_from(self.window.len()).unwrap_or(u32::MAX),
            });
        }
        Ok(())
    }

    fn remember(&mut self, rejected: bool) {
        if self.window.len() == WINDOW && self.window.pop_front() == Some(true) {
            self.in_window -= 1;
        }
        self.window.push_back(rejected);
        self.in_window += u32::from(rejected);
    }
}

#[cfg(test)]
mod tests;
