//! What listens say of their tracks, remembered for a while: a track's facts are asked for once, not once a play.

use std::{collections::HashMap, sync::Arc, time::Duration};

use events::TrackId;
use moka::sync::Cache;
use store::{ListenFacts, Reader, StoreError};

const REMEMBERED: Duration = Duration::from_secs(30);
const MAX_REMEMBERED: u64 = 100_000;

/// Tracks looked up lately; shared by all workers. It holds no negatives: a track created a moment ago is there.
#[derive(Clone)]
pub struct KnownTracks(Cache<TrackId, Arc<ListenFacts>>);

impl Default for KnownTracks {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
        )
    }
}

impl KnownTracks {
    /// The facts of these tracks; the unknown ones are asked for in one query.
    pub(crate) async fn facts(
        &self,
        reader: &Reader,
        ids: impl Iterator<Item = TrackId>,
    ) -> Result<HashMap<TrackId, Arc<ListenFacts>>, StoreError> {
        let mut known = HashMap::new();
        let mut unknown = Vec::new();
        for id in ids {
            match self.0.get(&id) {
                Some(facts) => drop(known.insert(id, facts)),
                None => unknown.push(id),
            }
        }
        if !unknown.is_empty() {
            unknown.sort_unstable();
            unknown.dedup();
            for facts in reader.listen_facts(&unknown).await? {
                let (id, facts) = (facts.track_id(), Arc::new(facts));
                self.0.insert(id, Arc::clone(&facts));
                known.insert(id, facts);
            }
        }
        Ok(known)
    }
}
