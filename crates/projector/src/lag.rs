//! How far a worker is behind, and the holes at the end of a partition.

use std::{collections::BTreeMap, time::Duration};

use bus::{Cluster, Consumer, Partition, PartitionOffset};
use events::Time;
use metrics::gauge;

use crate::progress::{Hole, Progress, Tracked};

/// For one question to the brokers.
const ANSWER: Duration = Duration::from_secs(2);

/// Measures lag, looks for holes, and tells the group how far we are.
pub(crate) struct Watch<'a> {
    pub(crate) projector: &'static str,
    pub(crate) cluster: &'a Cluster,
    pub(crate) consumer: &'a Consumer,
    pub(crate) progress: &'a Progress,
    pub(crate) now: fn() -> Time,
}

impl Watch<'_> {
    /// Goes on until it is dropped.
    pub(crate) async fn run(&self, interval: Duration) -> ! {
        let mut caught_up = (self.now)().millis();
        let mut before = BTreeMap::new();
        let mut told = Vec::new();
        let mut shorter = false;
        loop {
            tokio::time::sleep(interval).await;
            let stored = self.progress.stored();
            if stored != told {
                self.consumer.report(&stored);
                told = stored;
            }
            let tracked = self.progress.snapshot();
            let partitions: Vec<_> = tracked.keys().copied().collect();
            match self.cluster.ends(&partitions, ANSWER).await {
                Ok(ends) => {
                    let was = std::mem::replace(&mut shorter, is_shorter(&ends, &tracked));
                    if shorter && !was {
                        tracing::error!(
                            projector = self.projector,
                            "a topic ends before the position held: it was made anew, and its events are passed over; rebuild the read model"
                        );
                    }
                    self.measure(&ends, &mut caught_up);
                    self.look_for_holes(&ends, &tracked, &before).await;
                }
                Err(error) => tracing::debug!(projector = self.projector, %error, "the lag cannot be measured"),
            }
            before = tracked;
        }
    }

    fn measure(&self, ends: &[PartitionOffset], caught_up: &mut i64) {
        // Read after the ends were: a lag is never shown that is gone already.
        let tracked = self.progress.snapshot();
        let behind = |end: &PartitionOffset| {
            tracked
                .get(&end.partition)
                .map_or(0, |at| (end.offset - at.stored).max(0))
        };
        let events: i64 = ends.iter().map(behind).sum();
        let now = (self.now)().millis();
        if events == 0 {
            *caught_up = now;
        }
        let oldest = self.progress.oldest().unwrap_or(*caught_up);
        let millis = if events == 0 { 0 } else { (now - oldest).max(0) };
        gauge!("jonquil_projector_lag_events", "projector" => self.projector).set(float(events));
        gauge!("jonquil_projector_lag_seconds", "projector" => self.projector).set(float(millis) / 1000.0);
    }

    /// A partition that has not moved since the last look although its end is further on either waits to be fetched,
    /// or there is nothing to fetch: compaction, retention and control records leave offsets without a message. The
    /// client's own end-of-partition event names neither topic nor offset, so the partition is looked at.
    async fn look_for_holes(
        &self,
        ends: &[PartitionOffset],
        now: &BTreeMap<Partition, Tracked>,
        before: &BTreeMap<Partition, Tracked>,
    ) {
        for end in ends {
            let (Some(at), Some(was)) = (now.get(&end.partition), before.get(&end.partition)) else {
                continue;
            };
            let idle = at == was && at.read == at.stored && end.offset > at.read;
            if !idle {
                continue;
            }
            let from = PartitionOffset {
                partition: end.partition,
                offset: at.read,
            };
            match self.cluster.is_empty_from(from, ANSWER).await {
                Ok(true) => {
                    self.progress.found_hole(Hole {
                        partition: end.partition,
                        from: at.read,
                        end: end.offset,
                    });
                }
                Ok(false) => {}
                Err(error) => tracing::debug!(projector = self.projector, %error, "the end cannot be looked at"),
            }
        }
    }
}

/// Whether a partition ends before what was stored of it when its end was asked for.
fn is_shorter(ends: &[PartitionOffset], before: &BTreeMap<Partition, Tracked>) -> bool {
    ends.iter()
        .any(|end| before.get(&end.partition).is_some_and(|at| end.offset < at.stored))
}

/// Gauges are floats; a lag beyond 2^53 events does not happen.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn float(whole: i64) -> f64 {
    whole as f64
}
