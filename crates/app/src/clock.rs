//! The wall clock and randomness: the only place that reads either.

use chrono::Utc;
use events::{Time, Trace};
use http_kit::Ambient;
use rand::{TryRngCore as _, rngs::OsRng};
use store::CommandContext;
use uuid::Uuid;

/// Time, ids and randomness of this machine.
#[must_use]
pub fn ambient() -> Ambient {
    Ambient { now, new_id, random }
}

/// What a command needs that begins here and now, not with a request.
pub(crate) fn context() -> CommandContext {
    CommandContext {
        now: now(),
        new_id,
        trace: Trace::default(),
        marks: store::Marks::default(),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
pub(crate) fn now() -> Time {
    Utc::now().into()
}

/// Where spans get their times and ids.
pub(crate) fn of_traces() -> traces::Sources {
    traces::Sources { now: nanos, random }
}

#[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
fn nanos() -> u64 {
    let nanos = Utc::now().timestamp_nanos_opt();
    nanos.and_then(|nanos| nanos.try_into().ok()).unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
fn new_id() -> Uuid {
    Uuid::now_v7()
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    #[expect(
        clippy::expect_used,
        reason = "without the system's randomness no secret may be made"
    )]
    OsRng.try_fill_bytes(&mut bytes).expect("the system gives randomness");
    bytes
}
