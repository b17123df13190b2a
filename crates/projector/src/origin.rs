//! Where an event was first read. A replay brings an event back from the dead letters: it has a place in the topic of
//! replays, by which positions move, and its origin, by which read models know it.

use std::fmt;

use bus::Received;
use events::Topic;

/// The first place of an event: topic, partition and offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) topic: Topic,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

impl Origin {
    /// None for a replay that is for another projector, or that names no place.
    pub(crate) fn of(message: &Received<'_>, projector: &str) -> Option<Self> {
        let partition = message.partition();
        if partition.topic == Topic::Replays {
            return Self::named(|name| message.header(name), projector);
        }
        Some(Self {
            topic: partition.topic,
            partition: partition.number,
            offset: message.offset(),
        })
    }

    fn named<'a>(header: impl Fn(&str) -> Option<&'a str>, projector: &str) -> Option<Self> {
        if header("projector") != Some(projector) {
            return None;
        }
        Some(Self {
            topic: Topic::by_name(header("topic")?)?,
            partition: header("partition")?.parse().ok()?,
            offset: header("offset")?.parse().ok()?,
        })
    }
}

/// As an operator reads it.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.topic.name(), self.partition, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: [(&str, &str); 4] = [
        ("projector", "search"),
        ("topic", "jonquil.tracks.v1"),
        ("partition", "2"),
        ("offset", "77"),
    ];

    fn named(headers: &[(&'static str, &'static str)], projector: &str) -> Option<String> {
        let header = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        Origin::named(header, projector).map(|origin| origin.to_string())
    }

    #[test]
    fn a_replay_is_for_one_projector_and_names_its_first_place() {
        assert_eq!(named(&HEADERS, "search").as_deref(), Some("jonquil.tracks.v1/2@77"));
        assert_eq!(named(&HEADERS, "counters"), None);
        for (lacking, (name, _)) in HEADERS.iter().enumerate() {
            let mut headers = HEADERS.to_vec();
            headers.remove(lacking);
            assert_eq!(named(&headers, "search"), None, "without {name}");
        }
        assert_eq!(
            named(
                &[
                    ("projector", "search"),
                    ("topic", "jonquil.dances.v1"),
                    ("partition", "2"),
                    ("offset", "7")
                ],
                "search"
            ),
            None
        );
    }
}
