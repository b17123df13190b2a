//! What an operator reads of an engine that is unavailable: one line a second, whatever number of requests it refuses.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_secs(1);

/// When each engine was last told of, and the refused requests since.
pub(crate) struct Outages(Mutex<BTreeMap<&'static str, (Instant, u64)>>);

impl Outages {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// How many requests a line stands for, if it is time for one.
    pub(crate) fn told(&self, engine: &'static str, now: Instant) -> Option<u64> {
        let mut engines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((told, since)) = engines.get_mut(engine) else {
            engines.insert(engine, (now, 0));
            return Some(1);
        };
        *since += 1;
        if now.saturating_duration_since(*told) < PAUSE {
            return None;
        }
        *told = now;
        Some(std::mem::take(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_told_of_once_a_second_with_the_number_of_requests() {
        let (outages, began) = (Outages::new(), Instant::now());
        let after = |millis| began + Duration::from_millis(millis);
        assert_eq!(outages.told("kafka", after(0)), Some(1));
        assert_eq!(outages.told("kafka", after(400)), None);
        assert_eq!(outages.told("postgres", after(500)), Some(1), "another engine");
        assert_eq!(outages.told("kafka", after(999)), None);
        assert_eq!(outages.told("kafka", after(1_000)), Some(3));
        assert_eq!(outages.told("kafka", after(9_000)), Some(1));
    }
}
