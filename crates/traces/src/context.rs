//! Where in a trace something happens, as the header `traceparent` says it.

use std::{fmt, str::FromStr};

/// The flag of a trace that is recorded.
const SAMPLED: u8 = 1;

/// The header is no `traceparent`; it is passed over (W3C Trace Context, 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no traceparent: 00-<32 hex>-<16 hex>-<2 hex>, neither id only zeros")]
pub struct NoTraceContext;

/// A trace, a span of it, and whether the trace is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    pub(crate) is_sampled: bool,
}

impl TraceContext {
    /// Whether its spans are recorded.
    #[must_use]
    pub fn is_sampled(self) -> bool {
        self.is_sampled
    }

    /// Another span of the same trace.
    pub(crate) fn with_span(self, span: u64) -> Self {
        Self { span, ..self }
    }
}

impl FromStr for TraceContext {
    type Err = NoTraceContext;

    fn from_str(text: &str) -> Result<Self, NoTraceContext> {
        parse(text).ok_or(NoTraceContext)
    }
}

/// As this version writes it: of the flags only the one that it knows.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_sampled);
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

fn parse(text: &str) -> Option<TraceContext> {
    let mut parts = text.split('-');
    let version = hex(parts.next()?, 2)?;
    let trace = hex(parts.next()?, 32)?;
    let span = u64::try_from(hex(parts.next()?, 16)?).ok()?;
    let flags = u8::try_from(hex(parts.next()?, 2)?).ok()?;
    // A later version may say more after these.
    let is_known = version != 0xff && (version > 0 || parts.next().is_none());
    (is_known && trace != 0 && span != 0).then_some(TraceContext {
        trace,
        span,
        is_sampled: flags & SAMPLED != 0,
    })
}

/// Lower case only.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    let is_valid = text.len() == digits && text.bytes().all(is_hex);
    is_valid.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_and_written_as_it_was() {
        let context: TraceContext = GIVEN.parse().unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.to_string(), GIVEN);
        let not_sampled: TraceContext = GIVEN.replace("-01", "-00").parse().unwrap();
        assert!(!not_sampled.is_sampled());
    }

    #[test]
    fn what_the_recommendation_calls_invalid_is_no_context() {
        let zeros = |digits: usize| "0".repeat(digits);
        for wrong in [
            String::new(),
            GIVEN.to_uppercase(),
            GIVEN.replace("00-4", "ff-4"),
            GIVEN.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zeros(32)),
            GIVEN.replace("00f067aa0ba902b7", &zeros(16)),
            GIVEN.replace("4bf92f", "4bf92"),
            GIVEN.replace("4bf92f", "+bf92f"),
            GIVEN.replace("-01", "-1"),
            GIVEN.replace("-01", ""),
            format!("{GIVEN}-more"),
            format!("{GIVEN} "),
        ] {
            assert_eq!(wrong.parse::<TraceContext>(), Err(NoTraceContext), "{wrong}");
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_this_one_goes() {
        let later: TraceContext = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-more"
            .parse()
            .unwrap();
        assert_eq!(
            later.to_string(),
            GIVEN,
            "and flags that are not known are not passed on"
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[0-9a-fA-F-]{0,60}|.{0,60}") {
            if let Ok(context) = text.parse::<TraceContext>() {
                prop_assert_eq!(context.to_string().parse(), Ok(context));
            }
        }
    }
}
