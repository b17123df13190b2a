//! When bad events are too many to be the events' fault.

use std::collections::VecDeque;

use crate::config::DeadLetterLimit;

const WINDOW: usize = 1000;

/// Counts good and bad events as they come.
#[derive(Debug)]
pub struct Limit {
    allowed: DeadLetterLimit,
    in_a_row: u32,
    bad: u32,
    last: VecDeque<bool>,
}

/// Too many: bad ones, of how many looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Bad events.
    pub count: u32,
    /// Events looked at.
    pub of: u32,
}

impl Limit {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(allowed: DeadLetterLimit) -> Self {
        Self {
            allowed,
            in_a_row: 0,
            bad: 0,
            last: VecDeque::with_capacity(WINDOW),
        }
    }

    /// A good event came.
    pub fn good(&mut self) {
        self.in_a_row = 0;
        self.remember(false);
    }

    /// A bad event came.
    ///
    /// # Errors
    /// [`Exceeded`]: stop, and do not throw it away.
    pub fn bad(&mut self) -> Result<(), Exceeded> {
        self.in_a_row += 1;
        self.remember(true);
        if self.in_a_row > self.allowed.in_a_row {
            return Err(Exceeded {
                count: self.in_a_row,
                of: self.in_a_row,
            });
        }
        if self.bad > self.allowed.of_the_last_thousand {
            return Err(Exceeded {
                count: self.bad,
                of: u32::try_from(self.last.len()).unwrap_or(u32::MAX),
            });
        }
        Ok(())
    }

    fn remember(&mut self, bad: bool) {
        if self.last.len() == WINDOW && self.last.pop_front() == Some(true) {
            self.bad -= 1;
        }
        self.last.push_back(bad);
        self.bad += u32::from(bad);
    }
}
