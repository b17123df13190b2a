//! Names that show which run something belongs to, and the one place where time and ids are made.

use std::sync::atomic::{AtomicU32, Ordering};

use events::Time;
use uuid::Uuid;

static COUNT: AtomicU32 = AtomicU32::new(0);
const BEGINNING: &str = "jqtest-";

/// Now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the harness is where tests get the time from")]
pub fn now() -> Time {
    chrono::Utc::now().into()
}

/// A new `UUIDv7`.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the harness is where tests get ids from")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// A name that nothing else has: what it is, the process, when that began, a number.
pub(crate) fn next() -> String {
    let pid = std::process::id();
    let began = began(pid).unwrap_or_default();
    format!("{BEGINNING}{pid}-{began}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// As databases are named: no quotes needed.
pub(crate) fn plain(name: &str) -> String {
    name.replace('-', "_")
}

/// Whether something of this name was left by a run that is over.
pub(crate) fn is_left_over(name: &str) -> bool {
    let name = name.replace('_', "-");
    let Some(rest) = name.strip_prefix(BEGINNING) else {
        return false;
    };
    let mut parts = rest.split('-');
    let Some(pid) = parts.next().and_then(|pid| pid.parse().ok()) else {
        return false; // A template.
    };
    let recorded = parts.next().unwrap_or_default();
    began(pid).is_none_or(|began| began != recorded)
}

/// When a process began, in the kernel's clock ticks (proc(5), field 22 of stat); none when there is no such process.
fn began(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name, in brackets, may hold spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}
