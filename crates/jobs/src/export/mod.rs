//! The job `export_person`: everything about one person as JSON lines in a zip, stored as an object for a day. It is made
//! in a file of its own and stored whole, so doing it again from the start changes nothing.

mod archive;

use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc};

use events::{ListenerId, UserId};
use media::{Objects, Scratch};
use serde_json::{Value, json};
use store::{Export, OwnRows, Store};

use self::archive::Archive;
use crate::{Claim, Handler, JobError};

/// Listens of one file.
const LISTENS_OF_FILE: i64 = 1_000_000;
/// Pages of listens until the progress is shown.
const PAGES_OF_STEP: i64 = 5;

/// Some of a person's listens or searches, newest first, and where to go on.
pub struct HistoryPage {
    pub lines: Vec<Value>,
    pub next: Option<String>,
}

pub type Reading<'a> = Pin<Box<dyn Future<Output = Result<HistoryPage, String>> + Send + 'a>>;

/// Where a person's history is read from, page by page after a place: a read model, which this crate must not know.
pub trait OwnHistory: Send + Sync + 'static {
    fn listens(&self, listener: ListenerId, after: Option<String>) -> Reading<'_>;
    fn searches(&self, listener: ListenerId, after: Option<String>) -> Reading<'_>;
}

/// Exports.
pub struct Exporter {
    pub store: Store,
    pub objects: Objects,
    /// Where the archive is made.
    pub dir: PathBuf,
    pub history: Arc<dyn OwnHistory>,
}

impl Handler for Exporter {
    type Kind = Export;

    async fn run(&self, job: &mut Claim<Export>) -> Result<Value, JobError> {
        let user = job.arguments.user_id;
        let gone = || JobError::Refused("this account is gone".to_owned());
        let listener = self.store.listener_of(user).await?.ok_or_else(gone)?;
        let scratch = Scratch::create(&self.dir);
        let mut archive = Archive::new(scratch.map_err(|error| disk(&error))?, job.now());
        for rows in OwnRows::ALL {
            archive = self.add_rows(archive, rows, user).await?;
        }
        let archive = self.add_searches(archive, listener).await?;
        let (archive, listens) = self.add_listens(archive, job, listener).await?;
        let scratch = archive.finish().await.map_err(|error| disk(&error))?;
        let key = media::export_key(job.id().0);
        let stored = self.objects.put_file(&key, scratch.path(), "application/zip").await?;
        // Whoever left meanwhile leaves nothing behind.
        if self.store.listener_of(user).await?.is_none() {
            self.objects.delete(&key).await?;
            return Err(gone());
        }
        let url = format!("/api/v1/users/{user}/export/{}", job.id());
        Ok(json!({"url": url, "size_bytes": stored.size_bytes, "listens": listens}))
    }
}

impl Exporter {
    async fn add_rows(&self, archive: Archive, rows: OwnRows, user: UserId) -> Result<Archive, JobError> {
        let mut archive = archive.begin(rows.name).await.map_err(|error| disk(&error))?;
        let mut after = None;
        loop {
            let page = self.store.own_rows(rows, user, after).await?;
            let Some(last) = page.last().map(|row| row.id) else {
                return Ok(archive);
            };
            archive = archive
                .add(page.into_iter().map(|row| row.row).collect())
                .await
                .map_err(|error| disk(&error))?;
            after = last;
            if after.is_none() {
                return Ok(archive);
            }
        }
    }

    /// Those that the service still has.
    async fn add_searches(&self, archive: Archive, listener: ListenerId) -> Result<Archive, JobError> {
        let mut archive = archive.begin("searches.jsonl").await.map_err(|error| disk(&error))?;
        let mut after = None;
        loop {
            let page = self.history.searches(listener, after).await.map_err(JobError::Failed)?;
            archive = archive.add(page.lines).await.map_err(|error| disk(&error))?;
            after = page.next;
            if after.is_none() {
                return Ok(archive);
            }
        }
    }

    async fn add_listens(
        &self,
        mut archive: Archive,
        job: &mut Claim<Export>,
        listener: ListenerId,
    ) -> Result<(Archive, i64), JobError> {
        // How many are shown as done. A killed worker's successor begins anew, and is shown when it comes further.
        let mut shown: i64 = job.cursor::<Option<i64>>()?.flatten().unwrap_or(0);
        let (mut after, mut count, mut pages) = (None, 0, 0);
        loop {
            if count % LISTENS_OF_FILE == 0 {
                let name = format!("listens-{}.jsonl", count / LISTENS_OF_FILE + 1);
                archive = archive.begin(&name).await.map_err(|error| disk(&error))?;
            }
            let page = self.history.listens(listener, after).await.map_err(JobError::Failed)?;
            let more = i64::try_from(page.lines.len()).unwrap_or(i64::MAX);
            (count, pages) = (count + more, pages + 1);
            archive = archive.add(page.lines).await.map_err(|error| disk(&error))?;
            after = page.next;
            if after.is_none() || pages % PAGES_OF_STEP == 0 {
                // A worker that lost the job, or a person who cancelled it, ends it here.
                let more = (count - shown).max(0);
                shown += more;
                job.save(more, &shown).await?;
            }
            if after.is_none() {
                return Ok((archive, count));
            }
        }
    }
}

fn disk(error: &std::io::Error) -> JobError {
    JobError::Failed(format!("the folder for uploads: {error}"))
}
