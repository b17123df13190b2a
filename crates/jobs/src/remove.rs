//! The job `remove_objects`: objects go with the rows that they belonged to.

use media::Objects;
use serde_json::{Value, json};
use store::RemoveObjects;

use crate::{Claim, Handler, JobError};

/// Removes objects. One that is gone already is no fault.
pub struct Remover {
    pub objects: Objects,
}

impl Handler for Remover {
    type Kind = RemoveObjects;

    async fn run(&self, job: &mut Claim<RemoveObjects>) -> Result<Value, JobError> {
        for key in &job.arguments.keys {
            self.objects.delete(key).await?;
        }
        Ok(json!({"removed": job.arguments.keys.len()}))
    }
}
