//! The job `fan_out`: works follow a change of their artist or album, batch by batch. A batch and where the next one begins
//! are one transaction.

use serde_json::Value;
use store::{FanOut, FanOutPlace};

use crate::{Claim, Handler, JobError};

/// Works of one transaction: other writers wait for them some 100 ms at most.
const BATCH: i64 = 500;

/// Does what a command left to a job.
pub struct FanOuter;

impl Handler for FanOuter {
    type Kind = FanOut;

    async fn run(&self, job: &mut Claim<FanOut>) -> Result<Value, JobError> {
        let change = job.arguments;
        let mut place: FanOutPlace = job.cursor()?.unwrap_or_default();
        while !place.is_end() {
            let mut unit = job.begin().await?;
            if job.total().is_none() {
                job.set_total(unit.count_dependants(change, i64::MAX).await?);
            }
            let (next, works) = unit.fan_out(change, place, BATCH).await?;
            job.commit(unit, works, &next).await?;
            place = next;
        }
        Ok(Value::Null)
    }
}
