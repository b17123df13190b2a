//! Reports of works, and their takedown.

pub(crate) mod reports;
pub(crate) mod takedowns;

use domain::{Takedown, Work};
use http_kit::Error;
use store::{HeldWork, Unit};

use crate::commands::CommandError;

/// The work, held until the unit ends; 404 where there is none.
async fn held(unit: &mut Unit, work: Work) -> Result<HeldWork, CommandError> {
    let held = unit.hold_work(work).await?;
    held.ok_or_else(|| Error::not_found(work.kind.name()).into())
}

/// Takes a held work down, for every read model too.
async fn take_down(unit: &mut Unit, work: &HeldWork, takedown: &Takedown) -> Result<(), CommandError> {
    unit.take_down(takedown).await?;
    Ok(unit.record_sight(work).await?)
}
