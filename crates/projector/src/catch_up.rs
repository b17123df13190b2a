//! What of the topics a read model holds, by its positions.

use bus::{Partition, PartitionOffset};

use crate::Position;

/// Whether everything below `until` is projected; a partition that the read model has not seen is at 0.
#[must_use]
pub fn has_reached(held: &[Position], until: &[Position]) -> bool {
    until.iter().all(|end| next_of(held, end) >= end.next)
}

/// Where each partition goes on of which not everything up to its end is held.
#[must_use]
pub fn missing(held: &[Position], ends: &[Position]) -> Vec<PartitionOffset> {
    let place = |end: &Position| {
        let offset = next_of(held, end);
        let partition = Partition {
            topic: end.topic,
            number: end.partition,
        };
        (offset < end.next).then_some(PartitionOffset { partition, offset })
    };
    ends.iter().filter_map(place).collect()
}

/// The next offset of the same partition: the first one where none is held.
pub(crate) fn next_of(held: &[Position], of: &Position) -> i64 {
    let same = |at: &&Position| at.topic == of.topic && at.partition == of.partition;
    held.iter().find(same).map_or(0, |at| at.next)
}

#[cfg(test)]
mod tests {
    use events::Topic;

    use super::has_reached;
    use crate::Position;

    fn at(partition: i32, next: i64) -> Position {
        Position {
            topic: Topic::Listens,
            partition,
            next,
        }
    }

    #[test]
    fn every_partition_must_have_reached_its_end() {
        let until = [at(0, 5), at(1, 7)];
        assert!(has_reached(&[at(1, 7), at(0, 9)], &until));
        assert!(!has_reached(&[at(0, 9), at(1, 6)], &until));
        assert!(!has_reached(&[at(0, 9)], &until));
    }

    #[test]
    fn an_empty_topic_is_reached_by_a_read_model_that_saw_nothing() {
        assert!(has_reached(&[], &[at(0, 0), at(1, 0)]));
        assert!(!has_reached(&[], &[at(0, 0), at(1, 1)]));
        let elsewhere = Position {
            topic: Topic::Tracks,
            ..at(1, 9)
        };
        assert!(!has_reached(&[elsewhere], &[at(1, 1)]));
    }
}
