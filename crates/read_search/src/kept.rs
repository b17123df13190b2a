//! Hits that are kept while the indexes have taken in nothing: what people search for, others have searched for before, and
//! the catalogue changes far less often. Only ids, their order and their number are kept; what is shown of them is always
//! read anew.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use projector::{Look, Position, Unavailable};

use crate::{Hits, Index, Query, Search, Step};

/// Bytes of all that is kept, about.
const MOST: u64 = 32 * 1024 * 1024;
/// Nothing is kept for longer, whatever was looked at.
const LONGEST: Duration = Duration::from_mins(10);
/// What a query takes beside its hits and words, about.
const QUERY_BYTES: usize = 300;
const HIT_BYTES: usize = 32;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub generation: u32,
    pub step: Step,
    pub asked: Vec<(Index, Query)>,
}

/// How far the indexes were.
type Progress = Arc<Vec<Position>>;

/// The hits of a process, and its last look at the indexes.
pub(crate) struct Kept {
    look: Duration,
    seen: Look<(u32, Progress)>,
    hits: Cache<Key, (Progress, Arc<Vec<Hits>>)>,
}

impl Kept {
    /// `look` is how old the last look at the indexes may be; zero keeps nothing.
    pub fn new(look: Duration) -> Self {
        let weight = |key: &Key, (_, hits): &(Progress, Arc<Vec<Hits>>)| {
            let words = key
                .asked
                .iter()
                .map(|(_, query)| query.text.as_ref().map_or(0, String::len));
            let found: usize = hits.iter().map(|hits| hits.hits.len() * HIT_BYTES).sum();
            let bytes = key.asked.len() * QUERY_BYTES + words.sum::<usize>() + found;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let hits = Cache::builder().max_capacity(MOST).weigher(weight);
        Self {
            look,
            seen: Look::default(),
            hits: hits.time_to_live(LONGEST).build(),
        }
    }
}

impl Search {
    /// The hits that were found when the indexes were as far as they are now, or those that `find` finds. This handle must be
    /// of the generation that is read.
    pub(crate) async fn kept<E: From<Unavailable>>(
        &self,
        key: Key,
        find: impl Future<Output = Result<Vec<Hits>, E>>,
    ) -> Result<Vec<Hits>, E> {
        let kept = &self.inner.kept;
        if kept.look.is_zero() {
            return find.await;
        }
        // From before it is searched, so what comes meanwhile is searched for anew.
        let progress = self.progress().await?;
        if let Some((_, hits)) = kept.hits.get(&key).filter(|(then, _)| *then == progress) {
            count("kept");
            return Ok(hits.to_vec());
        }
        count("asked");
        let hits = find.await?;
        kept.hits.insert(key, (progress, Arc::new(hits.clone())));
        Ok(hits)
    }

    async fn progress(&self) -> Result<Progress, Unavailable> {
        let kept = &self.inner.kept;
        let is_meant = |(generation, _): &(u32, Progress)| *generation == self.generation;
        let (_, progress) = kept.seen.within(kept.look, is_meant, self.look()).await?;
        Ok(progress)
    }

    async fn look(&self) -> Result<(u32, Progress), Unavailable> {
        let mut positions = self.positions().await?;
        positions.sort_unstable_by_key(|at| (at.topic, at.partition));
        Ok((self.generation, Arc::new(positions)))
    }

    /// Whoever searches from now on finds what is there now, whatever was looked at before.
    pub async fn looks_again(&self) {
        self.inner.kept.seen.forget().await;
    }
}

fn count(how: &'static str) {
    metrics::counter!("jonquil_search_queries_total", "how" => how).increment(1);
}
