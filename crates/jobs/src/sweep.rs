//! The job `sweep`: removes what nobody needs any more. It deletes only, so doing a step twice changes nothing.

use std::{io, path::PathBuf};

use chrono::TimeDelta;
use domain::{FailedSignIns, SESSION_IDLE};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use media::{ListedObject, ObjectError, Objects};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{ANSWERS_KEPT, JobKind, Leftovers, Store};

use crate::{Claim, Handler, JobError};

/// How long people can look a finished job up.
const FINISHED_JOBS: TimeDelta = TimeDelta::days(7);
/// How long a dead letter is shown: as long as its topic keeps it (`kafka/topics.toml`).
const DEAD_LETTERS: TimeDelta = TimeDelta::days(30);
/// Objects deleted at once.
const DELETIONS: usize = 8;

/// Asks for a sweep.
#[derive(Serialize, Deserialize)]
pub struct Sweep {}

impl JobKind for Sweep {
    const NAME: &'static str = "sweep";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// Sweeps.
pub struct Sweeper {
    pub store: Store,
    pub objects: Objects,
    pub spool_dir: PathBuf,
    /// How old an object that no row names must be: a row may be on its way.
    pub grace: TimeDelta,
}

/// Where a sweep is, and what it has removed so far.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    stage: Stage,
    rows: i64,
    files: u64,
    objects: u64,
    freed_bytes: u64,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    LoginAttempts,
    Sessions,
    SignInAddresses,
    Jobs,
    IdempotencyKeys,
    DeadLetters,
    Spool,
    /// After this key.
    Objects(Option<String>),
    End,
}

impl Handler for Sweeper {
    type Kind = Sweep;

    async fn run(&self, job: &mut Claim<Sweep>) -> Result<Value, JobError> {
        let mut at: Cursor = job.cursor()?.unwrap_or_default();
        loop {
            let looked_at = match &at.stage {
                Stage::LoginAttempts => {
                    let age = FailedSignIns::ACCOUNT_WINDOW;
                    sweep_rows(job, &mut at, Leftovers::LoginAttempts, age, Stage::Sessions).await?;
                    continue;
                }
                Stage::Sessions => {
                    sweep_rows(job, &mut at, Leftovers::Sessions, SESSION_IDLE, Stage::SignInAddresses).await?;
                    continue;
                }
                Stage::SignInAddresses => {
                    let age = FailedSignIns::KNOWN;
                    sweep_rows(job, &mut at, Leftovers::SignInAddresses, age, Stage::Jobs).await?;
                    continue;
                }
                Stage::Jobs => {
                    sweep_rows(job, &mut at, Leftovers::Jobs, FINISHED_JOBS, Stage::IdempotencyKeys).await?;
                    continue;
                }
                Stage::IdempotencyKeys => {
                    sweep_rows(
                        job,
                        &mut at,
                        Leftovers::IdempotencyKeys,
                        ANSWERS_KEPT,
                        Stage::DeadLetters,
                    )
                    .await?;
                    continue;
                }
                Stage::DeadLetters => {
                    sweep_rows(job, &mut at, Leftovers::DeadLetters, DEAD_LETTERS, Stage::Spool).await?;
                    continue;
                }
                Stage::Spool => self.sweep_spool(&mut at).await?,
                Stage::Objects(after) => {
                    let page = self.objects.list(after.as_deref()).await?;
                    self.sweep_objects(job, &mut at, page).await?
                }
                Stage::End => break,
            };
            job.save(looked_at, &at).await?;
        }
        Ok(json!({"rows": at.rows, "files": at.files, "objects": at.objects, "freed_bytes": at.freed_bytes}))
    }
}

/// One chunk of rows; goes to the next stage when there are no more.
async fn sweep_rows(
    job: &mut Claim<Sweep>,
    at: &mut Cursor,
    what: Leftovers,
    age: TimeDelta,
    next: Stage,
) -> Result<(), JobError> {
    let mut unit = job.begin().await?;
    let swept = unit.sweep(what, age).await?;
    if swept.is_none() {
        at.stage = next;
    }
    let swept = swept.unwrap_or(0);
    at.rows += swept;
    job.commit(unit, swept, at).await
}

impl Sweeper {
    /// Uploads of processes on this machine that are dead.
    async fn sweep_spool(&self, at: &mut Cursor) -> Result<i64, JobError> {
        let dir = self.spool_dir.clone();
        let removed = tokio::task::spawn_blocking(move || media::remove_leftovers(&dir)).await;
        let removed = match removed.map_err(io::Error::other) {
            Ok(Ok(removed)) => removed,
            // No API has run on this machine.
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => 0,
            Ok(Err(error)) | Err(error) => return Err(JobError::Failed(format!("the upload folder: {error}"))),
        };
        at.files += removed;
        at.stage = Stage::Objects(None);
        Ok(i64::try_from(removed).unwrap_or(i64::MAX))
    }

    /// One page of the bucket: objects that no row names and that are old enough.
    async fn sweep_objects(
        &self,
        job: &Claim<Sweep>,
        at: &mut Cursor,
        page: Vec<ListedObject>,
    ) -> Result<i64, JobError> {
        let Some(last) = page.last().map(|object| object.key.clone()) else {
            at.stage = Stage::End;
            return Ok(0);
        };
        let before = job.now().plus(-self.grace).utc();
        let is_old = |object: &&ListedObject| object.stored_at.is_some_and(|stored| stored <= before);
        let old: Vec<&ListedObject> = page.iter().filter(is_old).collect();
        let keys: Vec<&str> = old.iter().map(|object| object.key.as_str()).collect();
        let unused = self.store.unused_keys(&keys).await?;
        let deletions = stream::iter(unused.clone()).map(|key| async move { self.objects.delete(&key).await });
        let deleted: Result<Vec<()>, ObjectError> = deletions.buffer_unordered(DELETIONS).try_collect().await;
        deleted?;
        let freed = old.iter().filter(|object| unused.contains(&object.key));
        at.freed_bytes += freed.map(|object| object.size_bytes).sum::<u64>();
        at.objects += unused.len() as u64;
        at.stage = Stage::Objects(Some(last));
        Ok(i64::try_from(page.len()).unwrap_or(i64::MAX))
    }
}

impl From<ObjectError> for JobError {
    fn from(error: ObjectError) -> Self {
        Self::Failed(error.to_string())
    }
}
