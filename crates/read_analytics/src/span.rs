//! Which time a figure is of.

use events::Time;

/// From a moment on, and before another one: [from, to). An edge that is absent is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Option<Time>,
    pub to: Option<Time>,
}

impl Span {
    /// Everything there ever was.
    pub const ALL: Self = Self { from: None, to: None };

    #[must_use]
    pub fn new(from: Time, to: Time) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
        }
    }

    /// Whether there is a time as long before it.
    #[must_use]
    pub fn has_before(self) -> bool {
        self.from.is_some() && self.to.is_some()
    }
}
