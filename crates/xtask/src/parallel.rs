//! Work in parallel threads.

use std::thread;

use crate::error::{Error, Result};

/// Runs `work` on every item, each in a thread of its own, and waits for all.
pub fn in_parallel<I: Send, T: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
        ended
            .map(|result| result.unwrap_or_else(|_| Err(Error::new("a thread of xtask panicked; this is a bug"))))
            .collect()
    })
}
