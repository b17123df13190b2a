//! Events that a projector refused.

use crate::Refusal;

/// Whether a dead letter can be handed back: one without a value would be refused for ever. `size_bytes` is of its value.
pub fn dead_letter_may_be_replayed(size_bytes: Option<i64>) -> Result<(), Refusal> {
    size_bytes.map(drop).ok_or(Refusal::NoBytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_is_not_handed_back() {
        assert!(matches!(dead_letter_may_be_replayed(None), Err(Refusal::NoBytes)));
        assert!(dead_letter_may_be_replayed(Some(0)).is_ok());
    }
}
