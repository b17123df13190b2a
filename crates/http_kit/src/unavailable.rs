//! What an operator reads of an engine that is unavailable: one line a second, whatever number of requests it refuses.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_secs(1);

/// When each engine last had a line, and the requests refused since.
pub(crate) struct Unavailable(Mutex<BTreeMap<&'static str, (Instant, u64)>>);

impl Unavailable {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// How many requests a line stands for, if it is time for one.
    pub(crate) fn line(&self, engine: &'static str, now: Instant) -> Option<u64> {
        let mut engines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((last, since)) = engines.get_mut(engine) else {
            engines.insert(engine, (now, 0));
            return Some(1);
        };
        *since += 1;
        if now.saturating_duration_since(*last) < PAUSE {
            return None;
        }
        *last = now;
        Some(std::mem::take(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_has_one_line_a_second_with_the_number_of_requests() {
        let (engines, began) = (Unavailable::new(), Instant::now());
        let after = |millis| began + Duration::from_millis(millis);
        assert_eq!(engines.line("kafka", after(0)), Some(1));
        assert_eq!(engines.line("kafka", after(400)), None);
        assert_eq!(engines.line("postgres", after(500)), Some(1), "another engine");
        assert_eq!(engines.line("kafka", after(999)), None);
        assert_eq!(engines.line("kafka", after(1_000)), Some(3));
        assert_eq!(engines.line("kafka", after(9_000)), Some(1));
    }
}
