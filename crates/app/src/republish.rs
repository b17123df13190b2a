//! `jonquil republish`: publishes the present state of every aggregate again, through the outbox.

use store::{Aggregates, Store, StoreError};
use uuid::Uuid;

use crate::{Config, clock};

/// Republishes every aggregate in steps, each a transaction of its own: after a kill, run it again.
///
/// `bump` is added to every version. After a restore of Postgres the read models hold newer versions than the rows, and
/// would ignore an event with the row's version. `progress` gets the number republished so far.
pub async fn republish(
    config: &Config,
    of: Aggregates,
    bump: i64,
    mut progress: impl FnMut(usize),
) -> Result<usize, StoreError> {
    let store = Store::new(&config.store)?;
    // Through the outbox and not directly to Kafka: the relay keeps the order with events of concurrent commands.
    let (mut after, mut republished) = (Uuid::nil(), 0);
    loop {
        let mut unit = store.begin(clock::context()).await?;
        let step = unit.republish(of, after, bump).await?;
        unit.commit().await?;
        republished += step.count;
        progress(republished);
        match step.next {
            Some(next) => after = next,
            None => return Ok(republished),
        }
    }
}
