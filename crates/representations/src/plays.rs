//! How many times something was played: asked here, answered by whichever read model the application wires in.

use std::{future::Future, pin::Pin};

use events::Kind;
use uuid::Uuid;

/// Counted plays of all time. A trait, since commands show them too and must not know the read model.
pub trait PlayCounts: Send + Sync {
    /// Plays of each id, in the order asked for; none while the read model is unavailable.
    fn plays<'a>(&'a self, kind: Kind, ids: &'a [Uuid]) -> Pin<Box<dyn Future<Output = Option<Vec<u64>>> + Send + 'a>>;
}

/// Plays of each id; `None` for each while the read model is unavailable.
pub async fn plays_or_none(counts: &dyn PlayCounts, kind: Kind, ids: &[Uuid]) -> Vec<Option<u64>> {
    if ids.is_empty() {
        return Vec::new();
    }
    match counts.plays(kind, ids).await {
        Some(plays) => plays.into_iter().map(Some).collect(),
        None => vec![None; ids.len()],
    }
}
