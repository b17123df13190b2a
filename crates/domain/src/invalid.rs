//! What is wrong with an input, field by field.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's name as the client wrote it.
    pub field: &'static str,
    /// What would be right, for a person.
    pub message: String,
}

/// An input with at least one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(pub Vec<Fault>);

impl Invalid {
    #[must_use]
    pub fn one(field: &'static str, message: impl Into<String>) -> Self {
        Self(vec![Fault {
            field,
            message: message.into(),
        }])
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "; " };
            write!(f, "{comma}{}: {}", fault.field, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// Collects faults, so that a client hears of all of them at once.
#[derive(Debug, Default)]
pub struct Checks(Vec<Fault>);

impl Checks {
    /// Notes a fault unless `right`.
    pub fn that(&mut self, right: bool, field: &'static str, message: impl Into<String>) {
        if !right {
            self.0.push(Fault {
                field,
                message: message.into(),
            });
        }
    }

    /// The value, or its type's default with the fault noted.
    pub fn value<T: Default>(&mut self, result: Result<T, Fault>) -> T {
        result.unwrap_or_else(|fault| {
            self.0.push(fault);
            T::default()
        })
    }

    /// As [`Checks::value`] for what may be absent.
    pub fn optional<T>(&mut self, result: Option<Result<T, Fault>>) -> Option<T> {
        match result? {
            Ok(value) => Some(value),
            Err(fault) => {
                self.0.push(fault);
                None
            }
        }
    }

    /// `value` if nothing was wrong.
    ///
    /// # Errors
    /// Every fault noted.
    pub fn finish<T>(self, value: T) -> Result<T, Invalid> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(Invalid(self.0))
        }
    }
}
