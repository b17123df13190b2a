//! How many a list has, counted once for all who ask.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http_kit::Error;
use moka::sync::Cache;
use store::{Listing, Reader};
use tokio::sync::Mutex;

/// Lists whose total is kept: those that are asked for most.
const MAX_LISTS: u64 = 10_000;
/// A total is kept for so many times as long as it took to count.
const TIMES: u32 = 20;
const LEAST: Duration = Duration::from_secs(1);

#[derive(Clone, Copy)]
struct Counted {
    total: u64,
    until: Instant,
}

/// Totals of lists; clones share them.
#[derive(Clone)]
pub struct Totals(Cache<Listing, Arc<Mutex<Option<Counted>>>>);

impl Default for Totals {
    fn default() -> Self {
        Self(Cache::new(MAX_LISTS))
    }
}

impl Totals {
    /// A total at most a second old, or twenty times as old as it took to count. Whoever comes while it is being counted
    /// waits for the same.
    pub(crate) async fn of(&self, reader: &Reader, listing: Listing) -> Result<u64, Error> {
        let entry = self.0.get_with(listing, Arc::default);
        let mut counted = entry.lock().await;
        let began = Instant::now();
        if let Some(known) = counted.filter(|known| began < known.until) {
            return Ok(known.total);
        }
        let total = reader.count(listing).await?.try_into().unwrap_or(0);
        let until = Instant::now() + (began.elapsed() * TIMES).max(LEAST);
        *counted = Some(Counted { total, until });
        Ok(total)
    }
}
