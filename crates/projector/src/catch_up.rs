//! Whether a read model that was made anew holds what the topics held at that time.

use crate::Position;

/// Whether everything below `until` is projected; a partition that the read model has not seen is at 0.
#[must_use]
pub fn has_reached(held: &[Position], until: &[Position]) -> bool {
    until.iter().all(|end| {
        let same = |at: &&Position| at.topic == end.topic && at.partition == end.partition;
        held.iter().find(same).map_or(0, |at| at.next) >= end.next
    })
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
