//! What went wrong, in a human's words.

use std::fmt::{self, Display};

/// A failure of xtask: one message, said once, by `main`.
#[derive(Debug)]
pub struct Fault(String);

/// What everything here returns.
pub type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A failure that is explained by `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Says what was being done when something failed.
pub trait Explain<T> {
    /// Turns the error into "`what`: error".
    fn explain(self, what: impl Display) -> Result<T>;
}

impl<T, E: Display> Explain<T> for std::result::Result<T, E> {
    fn explain(self, what: impl Display) -> Result<T> {
        self.map_err(|error| Fault(format!("{what}: {error}")))
    }
}
