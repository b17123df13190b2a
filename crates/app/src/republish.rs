//! `jonquil republish`: tells the present state of every aggregate again, through the outbox.

use store::{CommandContext, Store};
use uuid::Uuid;

use crate::{Config, Failure, clock};

/// Which aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Aggregates {
    /// Artists.
    Artists,
    /// Albums.
    Albums,
    /// Tracks.
    Tracks,
}

/// Tells them all, step by step; `bump` is added to every version, for after a Postgres restore. Calls `progress` with
/// the number told so far; returns it at the end. Killed half-way, it can be run again.
///
/// # Errors
/// Postgres unavailable.
pub async fn republish(
    config: &Config,
    what: Aggregates,
    bump: i64,
    mut progress: impl FnMut(usize),
) -> Result<usize, Failure> {
    let ambient = clock::ambient();
    let store = Store::new(&config.store)?;
    let (mut after, mut told) = (Uuid::nil(), 0);
    loop {
        let context = CommandContext {
            now: (ambient.now)(),
            new_id: ambient.new_id,
            traceparent: None,
        };
        let mut unit = store.begin(context).await?;
        let step = match what {
            Aggregates::Artists => unit.republish_artists(after, bump).await?,
            Aggregates::Albums => unit.republish_albums(after, bump).await?,
            Aggregates::Tracks => unit.republish_tracks(after, bump).await?,
        };
        unit.commit().await?;
        told += step.count;
        progress(told);
        match step.next {
            Some(next) => after = next,
            None => return Ok(told),
        }
    }
}
