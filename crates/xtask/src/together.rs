//! Several things at once.

use std::thread;

use crate::fault::{Fault, Result};

/// Does `work` on every item, each in a thread of its own, and waits for all.
pub fn together<I: Send, T: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
        ended
            .map(|result| result.unwrap_or_else(|_| Err(Fault::new("xtask itself failed; this is a bug"))))
            .collect()
    })
}
