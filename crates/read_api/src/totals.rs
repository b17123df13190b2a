//! How many a list has, counted once for all who ask.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::sync::Cache;
use store::{Listing, PlaylistListing, Reader, StoreError};
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

/// A list whose total is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum List {
    Catalogue(Listing),
    Playlists(PlaylistListing),
}

impl From<Listing> for List {
    fn from(listing: Listing) -> Self {
        Self::Catalogue(listing)
    }
}

impl From<PlaylistListing> for List {
    fn from(listing: PlaylistListing) -> Self {
        Self::Playlists(listing)
    }
}

/// Totals of lists; clones share them.
#[derive(Clone)]
pub struct Totals(Cache<List, Arc<Mutex<Option<Counted>>>>);

impl Default for Totals {
    fn default() -> Self {
        Self(Cache::new(MAX_LISTS))
    }
}

impl Totals {
    /// A total at most a second old, or twenty times as old as it took to count. Whoever comes while it is being counted
    /// waits for the same.
    pub(crate) async fn of(&self, reader: &Reader, list: impl Into<List>) -> Result<u64, StoreError> {
        let list = list.into();
        let entry = self.0.get_with(list, Arc::default);
        let mut counted = entry.lock().await;
        let began = Instant::now();
        if let Some(known) = counted.filter(|known| began < known.until) {
            return Ok(known.total);
        }
        let total = match list {
            List::Catalogue(listing) => reader.count(listing).await?,
            List::Playlists(listing) => reader.count_playlists(listing).await?,
        };
        let total = total.try_into().unwrap_or(0);
        let until = Instant::now() + (began.elapsed() * TIMES).max(LEAST);
        *counted = Some(Counted { total, until });
        Ok(total)
    }
}
