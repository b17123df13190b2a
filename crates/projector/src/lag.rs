//! Measures how far a worker is behind, and finds the empty ranges at the end of a partition.

use std::{collections::BTreeMap, time::Duration};

use bus::{Cluster, Consumer, Partition, PartitionOffset};
use events::Time;
use metrics::gauge;
use tokio::time::Instant;

use crate::{
    Position, Projection,
    freshness::Freshness,
    progress::{EmptyRange, Progress, Tracked},
};

/// How long the brokers have for one answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// So many times as long passes between two looks while nothing is published: an idle service should cost nothing.
const IDLE: u32 = 5;
/// Offsets are committed at least so often: their note says that this worker is at work.
const NOTED_EVERY: Duration = Duration::from_secs(10);
/// How often the store's positions are compared with what was stored.
const COMPARED_EVERY: Duration = Duration::from_secs(5);

type Snapshot = BTreeMap<Partition, Tracked>;

/// Looks at the ends of the partitions beside the worker.
pub(crate) struct LagMonitor<'a, P> {
    pub(crate) projection: &'a P,
    pub(crate) projector: &'static str,
    /// Of the read model; two of them have a lag each.
    pub(crate) generation: &'a str,
    pub(crate) cluster: &'a Cluster,
    pub(crate) consumer: &'a Consumer,
    pub(crate) progress: &'a Progress,
    pub(crate) freshness: &'a Freshness,
    /// Of all of the group.
    pub(crate) worker: &'a str,
    pub(crate) now: fn() -> Time,
}

/// What the last look saw.
struct Seen {
    tracked: Snapshot,
    committed: Vec<PartitionOffset>,
    /// When they were, and the error in their note.
    noted: Instant,
    error: Option<String>,
    /// When no event was waiting, in milliseconds since the Unix epoch.
    caught_up: i64,
    shorter: bool,
    /// When the store's positions were compared.
    compared: Instant,
    /// When lag was measured, in milliseconds since the Unix epoch, and what it was.
    measured: i64,
    lag: i64,
    /// Of all partitions together.
    end: i64,
    /// Nothing waits, and nothing was published since the look before.
    is_idle: bool,
}

impl<P: Projection> LagMonitor<'_, P> {
    /// Runs until it is dropped.
    pub(crate) async fn run(&self, interval: Duration) -> ! {
        let mut seen = Seen {
            tracked: BTreeMap::new(),
            committed: Vec::new(),
            noted: Instant::now(),
            error: None,
            caught_up: (self.now)().millis(),
            shorter: false,
            compared: Instant::now(),
            measured: (self.now)().millis(),
            lag: 0,
            end: 0,
            is_idle: false,
        };
        loop {
            tokio::time::sleep(if seen.is_idle { interval * IDLE } else { interval }).await;
            self.look(&mut seen).await;
        }
    }

    async fn look(&self, seen: &mut Seen) {
        self.commit(seen);
        let tracked = self.progress.snapshot();
        if seen.compared.elapsed() >= COMPARED_EVERY {
            seen.compared = Instant::now();
            self.compare_positions(&tracked).await;
        }
        let partitions: Vec<_> = tracked.keys().copied().collect();
        match self.cluster.ends(&partitions, TIMEOUT).await {
            Ok(ends) => {
                self.warn_of_shorter_topics(&ends, &tracked, &mut seen.shorter);
                self.measure(&ends, seen);
                self.find_empty_ranges(&ends, &tracked, &seen.tracked).await;
            }
            Err(error) => {
                seen.is_idle = false;
                // Nobody knows what was published since: the age of the last look counts as lag.
                let age = (self.now)().millis() - seen.measured;
                self.show_seconds(seen.lag + age.max(0));
                tracing::debug!(projector = self.projector, %error, "lag not measured");
            }
        }
        seen.tracked = tracked;
    }

    /// For those who watch only: what a worker reads from is what its store holds.
    fn commit(&self, seen: &mut Seen) {
        let (stored, error) = (self.progress.stored(), self.freshness.error());
        if stored != seen.committed || error != seen.error || seen.noted.elapsed() >= NOTED_EVERY {
            let note = self.freshness.note(self.worker, (self.now)());
            self.consumer.commit(&stored, &note);
            (seen.committed, seen.error, seen.noted) = (stored, error, Instant::now());
        }
    }

    /// A store that was restored or emptied shows with the next event of a partition. Where none comes, it shows here.
    async fn compare_positions(&self, tracked: &Snapshot) {
        // Asked after the snapshot: a store only moves forward, unless it was tampered with.
        let Ok(held) = self.projection.positions().await else {
            return;
        };
        let position = |partition: &Partition| {
            let same = |at: &&Position| at.topic == partition.topic && at.partition == partition.number;
            held.iter().find(same).map_or(0, |at| at.next)
        };
        if tracked.iter().any(|(partition, at)| position(partition) < at.stored) {
            tracing::warn!(projector = self.projector, "the store holds less than it had stored");
            self.progress.set_store_behind();
        }
    }

    fn warn_of_shorter_topics(&self, ends: &[PartitionOffset], tracked: &Snapshot, shorter: &mut bool) {
        let ends_before = |end: &PartitionOffset| tracked.get(&end.partition).is_some_and(|at| end.offset < at.stored);
        let before = std::mem::replace(shorter, ends.iter().any(ends_before));
        if *shorter && !before {
            tracing::error!(
                projector = self.projector,
                "a topic ends before the stored position: it was created again, and its events are skipped; rebuild the read model"
            );
        }
    }

    fn measure(&self, ends: &[PartitionOffset], seen: &mut Seen) {
        // Read after the ends: in the other order a lag would show that the worker has worked off already.
        let tracked = self.progress.snapshot();
        let behind = |end: &PartitionOffset| {
            tracked
                .get(&end.partition)
                // A topic that was created again ends before the position.
                .map_or(0, |at| (end.offset - at.stored).max(0))
        };
        let events: i64 = ends.iter().map(behind).sum();
        let end = ends.iter().map(|end| end.offset).sum();
        seen.is_idle = events == 0 && end == seen.end;
        seen.end = end;
        let now = (self.now)().millis();
        if events == 0 {
            seen.caught_up = now;
        }
        // Nothing that waits was fetched yet: then it was published after the last look that saw nothing waiting.
        let oldest = self.progress.oldest().unwrap_or(seen.caught_up);
        seen.lag = if events == 0 { 0 } else { (now - oldest).max(0) };
        seen.measured = now;
        gauge!("jonquil_projector_lag_events", &self.labels()).set(float(events));
        gauge!("jonquil_projector_lag_measured_timestamp_seconds", &self.labels()).set(float(now) / 1000.0);
        self.show_seconds(seen.lag);
        self.show_freshness(now);
    }

    /// Of this worker, in the last minutes; what was shown before does not stay when nothing comes.
    fn show_freshness(&self, now: i64) {
        let measured = self.freshness.measured(Time::from_millis(now));
        // Prometheus's own summaries show nothing as NaN too.
        let shown = measured.map_or([f64::NAN; 3], |seen| [seen.p50_ms, seen.p95_ms, seen.p99_ms]);
        for (quantile, millis) in ["0.5", "0.95", "0.99"].into_iter().zip(shown) {
            let [projector, generation] = self.labels();
            let labels = [projector, generation, ("quantile", quantile.to_owned())];
            gauge!("jonquil_projector_visible_after_seconds", &labels).set(millis / 1000.0);
        }
    }

    fn show_seconds(&self, millis: i64) {
        gauge!("jonquil_projector_lag_seconds", &self.labels()).set(float(millis) / 1000.0);
    }

    fn labels(&self) -> [(&'static str, String); 2] {
        [
            ("projector", self.projector.to_owned()),
            ("generation", self.generation.to_owned()),
        ]
    }

    /// Compaction, retention and control records leave offsets without a message. At the end of a partition no message
    /// follows that would move the position past them, and the lag would never be zero. The client's end-of-partition
    /// event names neither topic nor offset, so a partition that stands still before its end is read beside the group.
    async fn find_empty_ranges(&self, ends: &[PartitionOffset], now: &Snapshot, before: &Snapshot) {
        for end in ends {
            let (Some(at), Some(was)) = (now.get(&end.partition), before.get(&end.partition)) else {
                continue;
            };
            // Two looks see the same, and nothing is in a batch. A message between the position and the end would have
            // come by now.
            let stands_still = at == was && at.read == at.stored && end.offset > at.read;
            if !stands_still {
                continue;
            }
            let from = PartitionOffset {
                partition: end.partition,
                offset: at.read,
            };
            match self.cluster.is_empty_from(from, TIMEOUT).await {
                Ok(true) => self.progress.add_empty_range(EmptyRange {
                    partition: end.partition,
                    from: at.read,
                    end: end.offset,
                }),
                Ok(false) => {}
                Err(error) => tracing::debug!(projector = self.projector, %error, "end of a partition not read"),
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floats; exact up to 2^53")]
pub(crate) fn float(whole: i64) -> f64 {
    whole as f64
}
