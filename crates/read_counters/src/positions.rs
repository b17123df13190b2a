//! How far a generation is.

use events::Topic;
use projector::Position;
use redis::cmd;

use crate::{Counters, CountersUnavailable};

/// Version of the keys and of what the projection makes of an event. With the next one a generation is made anew.
pub const SCHEMA: &str = "s3";

impl Counters {
    /// Writes down where the topics end now, unless that is known already: new counters answer queries once they hold
    /// everything before. May run any number of times, and at the same time.
    pub async fn install(&self, ends: &[Position]) -> Result<(), CountersUnavailable> {
        let key = self.key("until");
        if self.command::<bool>(cmd("EXISTS").arg(&key)).await? {
            return Ok(());
        }
        // Another process may do the same now. Either way it is where the topics ended a moment ago.
        let mut command = cmd("HSET");
        command.arg(key);
        for end in ends {
            command.arg(field(end.topic, end.partition)).arg(end.next);
        }
        self.command(&command).await
    }

    /// Where the topics ended when the counters were made.
    pub async fn until(&self) -> Result<Vec<Position>, CountersUnavailable> {
        self.offsets("until").await
    }

    /// How far the counters are, for every partition they have seen.
    pub async fn positions(&self) -> Result<Vec<Position>, CountersUnavailable> {
        self.offsets("pos").await
    }

    async fn offsets(&self, key: &str) -> Result<Vec<Position>, CountersUnavailable> {
        let held: Vec<(String, i64)> = self.command(cmd("HGETALL").arg(self.key(key))).await?;
        Ok(held.iter().filter_map(|(field, next)| position(field, *next)).collect())
    }
}

pub(crate) fn field(topic: Topic, partition: i32) -> String {
    format!("{}:{partition}", topic.name())
}

fn position(field: &str, next: i64) -> Option<Position> {
    let (topic, partition) = field.rsplit_once(':')?;
    Some(Position {
        topic: Topic::by_name(topic)?,
        partition: partition.parse().ok()?,
        next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_field() {
        for topic in Topic::ALL {
            let at = Position {
                topic,
                partition: 11,
                next: 7,
            };
            assert_eq!(position(&field(topic, 11), 7), Some(at));
        }
        assert_eq!(position("jonquil.listens.v1", 7), None);
        assert_eq!(position("jonquil.dances.v1:1", 7), None);
    }
}
