//! Answers the group. The client waits for the answer, so the worker decides when partitions change hands: never while
//! a batch is being stored.

use bus::{Partition, PartitionOffset, Rebalance};

use super::Worker;
use crate::{Position, Projection, Stopped, batch::PendingBatch};

impl<P: Projection> Worker<'_, P> {
    /// What was read and not stored is dropped: whoever owns the partition next reads it again.
    pub(super) async fn answer(&mut self, rebalance: Rebalance) -> Result<(), Stopped> {
        self.pending = PendingBatch::default();
        self.overflow.clear();
        // Until the answer nothing is assigned: what still comes may be another worker's by now, and `project` drops it.
        self.session.progress.assigned(&[]);
        let answered = match rebalance {
            Rebalance::Assigned(partitions) => {
                // Asked now, not earlier: until now another worker may have stored batches of these partitions.
                let projection = self.session.projection;
                // None: another rebalance came while the store was asked, and is answered instead, or the worker shuts
                // down.
                let Some(positions) = self.retry(|| projection.positions()).await? else {
                    return Ok(());
                };
                let offsets = offsets(&partitions, &positions);
                tracing::info!(projector = P::NAME, partitions = offsets.len(), "partitions assigned");
                self.session.progress.assigned(&offsets);
                let assigned: Vec<_> = partitions.iter().map(|one| (one.topic, one.number)).collect();
                projection.assigned(&assigned);
                self.session.consumer.assign(&offsets)
            }
            Rebalance::Revoked => {
                tracing::info!(projector = P::NAME, "partitions revoked");
                // The client keeps a pause beyond the assignment.
                self.session.projection.assigned(&[]);
                self.resume()?;
                self.session.consumer.release()
            }
        };
        if let Err(error) = answered {
            // The group rebalances again, and the next answer is for that.
            tracing::warn!(projector = P::NAME, %error, "rebalance not answered");
        }
        Ok(())
    }
}

/// Where to read each partition from. -1 is its beginning.
fn offsets(partitions: &[Partition], positions: &[Position]) -> Vec<PartitionOffset> {
    let offset = |partition: Partition| {
        let held = positions
            .iter()
            .find(|held| held.topic == partition.topic && held.partition == partition.number);
        PartitionOffset {
            partition,
            offset: held.map_or(-1, |held| held.next),
        }
    };
    partitions.iter().copied().map(offset).collect()
}
