//! Waiting for a condition.

use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(20);

/// Asks until there is something, 20 s at most.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(BOUND, what, ask).await
}

/// Asks until there is something, for so long at most.
pub async fn eventually_within<T>(bound: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(began.elapsed() < bound, "waited {bound:?} in vain: {what}");
        tokio::time::sleep(STEP).await;
    }
}
