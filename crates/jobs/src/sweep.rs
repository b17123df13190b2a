//! The job `sweep`: removes what nobody needs any more. It deletes only, so doing a step twice changes nothing.

use std::{io, path::PathBuf};

use chrono::TimeDelta;
use domain::{FailedSignIns, SESSION_IDLE};
use media::{ObjectError, Objects};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{ANSWERS_KEPT, JobKind, Leftovers};

use crate::{Claim, Handler, JobError, OrphanError, OrphanSweep};

/// How long people can look a finished job up.
const FINISHED_JOBS: TimeDelta = TimeDelta::days(7);
/// How long a dead letter is shown: as long as its topic keeps it (`kafka/topics.toml`).
const DEAD_LETTERS: TimeDelta = TimeDelta::days(30);

/// How long deliveries of webhooks are shown. Events that are older are never delivered (`store/src/webhook_feed.rs`): a
/// delivery that is gone must not come again.
const WEBHOOK_DELIVERIES: TimeDelta = TimeDelta::days(30);

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
    #[serde(default)]
    uploads: u64,
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
    OneTimeLinks,
    DeadLetters,
    WebhookDeliveries,
    WebhookDeletions,
    Spool,
    /// Rows of objects that never came into the bucket.
    Announced,
    /// After this key.
    Objects(Option<String>),
    /// Multipart uploads.
    Uploads,
    End,
}

impl Stage {
    /// Which rows it deletes, from which age on, and what comes after it; none for a stage of something else.
    fn rows(&self) -> Option<(Leftovers, TimeDelta, Self)> {
        Some(match self {
            Self::LoginAttempts => (Leftovers::LoginAttempts, FailedSignIns::ACCOUNT_WINDOW, Self::Sessions),
            Self::Sessions => (Leftovers::Sessions, SESSION_IDLE, Self::SignInAddresses),
            Self::SignInAddresses => (Leftovers::SignInAddresses, FailedSignIns::KNOWN, Self::Jobs),
            Self::Jobs => (Leftovers::Jobs, FINISHED_JOBS, Self::IdempotencyKeys),
            Self::IdempotencyKeys => (Leftovers::IdempotencyKeys, ANSWERS_KEPT, Self::OneTimeLinks),
            Self::OneTimeLinks => (Leftovers::OneTimeLinks, TimeDelta::zero(), Self::DeadLetters),
            Self::DeadLetters => (Leftovers::DeadLetters, DEAD_LETTERS, Self::WebhookDeliveries),
            Self::WebhookDeliveries => (Leftovers::WebhookDeliveries, WEBHOOK_DELIVERIES, Self::WebhookDeletions),
            Self::WebhookDeletions => (Leftovers::WebhookDeletions, WEBHOOK_DELIVERIES, Self::Spool),
            Self::Spool | Self::Announced | Self::Objects(_) | Self::Uploads | Self::End => return None,
        })
    }
}

impl Handler for Sweeper {
    type Kind = Sweep;

    async fn run(&self, job: &mut Claim<Sweep>) -> Result<Value, JobError> {
        let mut at: Cursor = job.cursor()?.unwrap_or_default();
        loop {
            if let Some((what, age, next)) = at.stage.rows() {
                sweep_rows(job, &mut at, what, age, next).await?;
                continue;
            }
            let looked_at = match &at.stage {
                Stage::Spool => self.sweep_spool(&mut at).await?,
                Stage::Announced => {
                    self.sweep_announced(job, &mut at).await?;
                    continue;
                }
                Stage::Objects(after) => {
                    let after = after.clone();
                    self.sweep_objects(job, &mut at, after.as_deref()).await?
                }
                Stage::Uploads => self.sweep_uploads(job, &mut at).await?,
                // The end: stages of rows were above.
                _ => break,
            };
            job.save(looked_at, &at).await?;
        }
        Ok(
            json!({"rows": at.rows, "files": at.files, "objects": at.objects, "freed_bytes": at.freed_bytes,
            "uploads": at.uploads}),
        )
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
        at.stage = Stage::Announced;
        Ok(i64::try_from(removed).unwrap_or(i64::MAX))
    }

    /// One page of the bucket: what nothing uses and is old enough.
    async fn sweep_objects(&self, job: &Claim<Sweep>, at: &mut Cursor, after: Option<&str>) -> Result<i64, JobError> {
        let sweep = OrphanSweep {
            objects: &self.objects,
            grace: self.grace,
            dry_run: false,
        };
        let page = sweep.page(job.begin().await?, job.now().utc(), after).await?;
        at.objects += page.deleted;
        at.freed_bytes += page.freed_bytes;
        at.stage = page.next.map_or(Stage::Uploads, |last| Stage::Objects(Some(last)));
        Ok(i64::try_from(page.listed).unwrap_or(i64::MAX))
    }

    /// Multipart uploads that nobody will finish; the listing begins anew after each batch.
    async fn sweep_uploads(&self, job: &Claim<Sweep>, at: &mut Cursor) -> Result<i64, JobError> {
        let before = job.now().plus(-self.grace).utc();
        let abandoned = self.objects.abandoned_uploads(before).await?;
        for upload in &abandoned {
            self.objects.abort_upload(upload).await?;
        }
        if abandoned.is_empty() {
            at.stage = Stage::End;
        }
        at.uploads += abandoned.len() as u64;
        Ok(i64::try_from(abandoned.len()).unwrap_or(i64::MAX))
    }

    /// Rows of objects that never came into the bucket.
    async fn sweep_announced(&self, job: &mut Claim<Sweep>, at: &mut Cursor) -> Result<(), JobError> {
        let mut unit = job.begin().await?;
        let swept = unit.sweep_never_stored(self.grace).await?;
        if swept == 0 {
            at.stage = Stage::Objects(None);
        }
        at.rows += swept;
        job.commit(unit, swept, at).await
    }
}

impl From<OrphanError> for JobError {
    fn from(error: OrphanError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ObjectError> for JobError {
    fn from(error: ObjectError) -> Self {
        Self::Failed(error.to_string())
    }
}
