//! Answers about everybody that are kept while nothing that they are made of has changed: a chart is asked for far more often
//! than it changes.

use std::{collections::HashMap, hash::Hash, sync::Arc, time::Duration};

use events::Kind;
use moka::sync::Cache;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable, ChartRow, GenreStats, PlayTotals, Risen, Zone,
    listens::Window,
    rollup::{Day, Versions},
    timeline::{self, Timeline},
};

/// Of each sort.
const MOST: u64 = 256;
/// Nothing is kept for longer, whatever was looked at.
pub(crate) const LONGEST: Duration = Duration::from_mins(1);

/// What the listens of a window and the deletions were when it was looked at. Both only grow; a merge may make the
/// deletions fewer, which at worst computes an answer once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    touched: i64,
    deleted: u64,
}

/// The same of every day, in one look for all who ask.
#[derive(Clone)]
pub(crate) struct SeenDays {
    generation: u32,
    versions: Arc<Versions>,
    deleted: u64,
}

impl SeenDays {
    /// Those of a window.
    pub(crate) fn of(&self, window: Window) -> impl Iterator<Item = (Day, i64)> {
        let (first, last) = window.first_and_last();
        // An empty window may end on the day before.
        let days = (first <= last).then(|| self.versions.range(first..=last));
        days.into_iter().flatten().map(|(day, version)| (*day, *version))
    }
}

/// Which chart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub generation: u32,
    pub kind: Kind,
    pub genre: Option<String>,
    pub window: Window,
    /// Places of it.
    pub places: usize,
}

/// Of which generation, and of which time.
type When = (u32, Window);

/// What is kept.
pub(crate) struct Answers {
    pub tops: Kept<Key, Vec<ChartRow>>,
    /// Of the ids that were asked about; none without a listen.
    pub details: Kept<Key, HashMap<Uuid, Option<ChartRow>>>,
    pub ranks: Kept<Key, HashMap<Uuid, u64>>,
    pub risen: Kept<When, Risen>,
    pub genres: Kept<When, Vec<GenreStats>>,
    pub totals: Kept<When, PlayTotals>,
    pub hours: Kept<(When, Zone), Vec<u64>>,
    /// Mended where some of their days changed.
    pub timelines: Cache<timeline::Key, Arc<Timeline>>,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            tops: Kept::default(),
            details: Kept::default(),
            ranks: Kept::default(),
            risen: Kept::default(),
            genres: Kept::default(),
            totals: Kept::default(),
            hours: Kept::default(),
            timelines: cache(),
        }
    }
}

fn cache<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(MOST).time_to_live(LONGEST).build()
}

/// Answers of one sort.
pub(crate) struct Kept<K, V>(Cache<K, (Progress, Arc<V>)>);

impl<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static> Default for Kept<K, V> {
    fn default() -> Self {
        Self(cache())
    }
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static> Kept<K, V> {
    /// What was made when all was as it is now.
    pub(crate) fn of(&self, key: &K, now: Progress) -> Option<Arc<V>> {
        let (progress, value) = self.0.get(key)?;
        (progress == now).then_some(value)
    }

    /// What was made last, whatever has changed since.
    pub(crate) fn last(&self, key: &K) -> Option<Arc<V>> {
        self.0.get(key).map(|(_, value)| value)
    }

    /// `progress` is from before it was made, so what came meanwhile makes it anew.
    pub(crate) fn keep(&self, key: K, progress: Progress, value: V) -> Arc<V> {
        let value = Arc::new(value);
        self.0.insert(key, (progress, Arc::clone(&value)));
        value
    }

    /// What is kept, or else what `make` makes now.
    pub(crate) async fn or_make(
        &self,
        key: K,
        now: Progress,
        make: impl AsyncFnOnce() -> Result<V, AnalyticsUnavailable>,
    ) -> Result<Arc<V>, AnalyticsUnavailable> {
        match self.of(&key, now) {
            Some(value) => Ok(value),
            // Seldom, and large.
            None => Ok(self.keep(key, now, Box::pin(make()).await?)),
        }
    }
}

impl Analytics {
    pub(crate) fn when(&self, window: Window) -> When {
        (self.generation(), window)
    }

    /// How far a window is. This handle must be of the generation that is read.
    pub(crate) async fn progress(&self, window: Window) -> Result<Progress, AnalyticsUnavailable> {
        let seen = self.seen().await?;
        Ok(Progress {
            touched: seen.of(window).map(|(_, version)| version).sum(),
            deleted: seen.deleted,
        })
    }

    /// The days as they were at the last look.
    pub(crate) async fn seen(&self) -> Result<SeenDays, AnalyticsUnavailable> {
        let (days, age) = self.seen_days();
        let is_meant = |seen: &SeenDays| seen.generation == self.generation();
        // Seldom, and large.
        days.within(age, is_meant, Box::pin(self.look_at_days())).await
    }

    async fn look_at_days(&self) -> Result<SeenDays, AnalyticsUnavailable> {
        let deleted = self.reader().query("SELECT count() FROM deleted");
        let (versions, deleted) = tokio::try_join!(self.touched(), self.bounded(deleted.fetch_one::<u64>()))?;
        Ok(SeenDays {
            generation: self.generation(),
            versions: Arc::new(versions),
            deleted,
        })
    }
}
