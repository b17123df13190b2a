//! The topics. Partitions, retention and compaction stand in `kafka/topics.toml`.

/// A Kafka topic of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Artists, whole, keyed by artist id; compacted.
    Artists,
    /// Albums, whole, keyed by album id; compacted.
    Albums,
    /// Tracks, whole, keyed by track id; compacted.
    Tracks,
    /// Accounts without anything that names a person, keyed by user id; compacted.
    Users,
    /// Listens, keyed by listener id; kept for ever.
    Listens,
    /// Events a projector refused, with the reason, under their own key.
    DeadLetters,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 6] = [
        Self::Artists,
        Self::Albums,
        Self::Tracks,
        Self::Users,
        Self::Listens,
        Self::DeadLetters,
    ];

    /// The name without a deployment's prefix, as `jonquil.tracks.v1`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Artists => "jonquil.artists.v1",
            Self::Albums => "jonquil.albums.v1",
            Self::Tracks => "jonquil.tracks.v1",
            Self::Users => "jonquil.users.v1",
            Self::Listens => "jonquil.listens.v1",
            Self::DeadLetters => "jonquil.dead-letters.v1",
        }
    }

    /// The topic of that name (without prefix).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}
