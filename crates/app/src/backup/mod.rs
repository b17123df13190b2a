//! `jonquil backup` and `jonquil restore`: everything that cannot be made again, as files in one folder.
//!
//! A backup is of one moment. It notes where the topics end and then takes a snapshot of Postgres: so each event of a row is
//! before those ends or in the snapshot's outbox, and no event is newer than its row. Objects come last: only those of tracks
//! that are deleted meanwhile can be missing.
//!
//! Files are written and read on the command's own thread, which has nothing else to do.

mod folder;
mod manifest;
mod objects;
mod packed;
mod restore;
mod tables;
mod topics;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bus::Cluster;
use media::{ObjectError, Objects};
use store::{Snapshot, StoreError};

pub use restore::{RestoreOptions, RestorePart, restore};

use self::{
    folder::Folder,
    manifest::{FORMAT, Manifest},
};
use crate::{Config, clock, timeouts};

/// Why there is no new backup, or nothing restored. What was there before is still good, and the command may be run again.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Postgres(#[from] StoreError),
    #[error(transparent)]
    Kafka(#[from] bus::Error),
    #[error("object {key}: {reason}")]
    Object { key: String, reason: ObjectError },
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: io::Error },
    /// Files or stores are not as they must be.
    #[error("{0}")]
    Refused(String),
}

/// What a backup holds, or what of it was restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackupContents {
    pub rows: u64,
    pub messages: u64,
    pub objects: u64,
    /// Of the objects.
    pub bytes: u64,
    /// Objects that were there before, and not copied again.
    pub kept_objects: u64,
}

impl fmt::Display for BackupContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            messages,
            objects,
            bytes,
            kept_objects,
        } = self;
        write!(
            f,
            "{rows} rows, {messages} messages, {objects} objects of {bytes} bytes, {kept_objects} of them there before"
        )
    }
}

/// Shows a line once a command takes longer than 2 s, and five times a second from then on.
pub struct BackupProgress<'s> {
    show: &'s mut (dyn FnMut(&str) + Send),
    next: Instant,
}

impl<'s> BackupProgress<'s> {
    const QUIET: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(200);

    /// A command begins now.
    pub fn new(show: &'s mut (dyn FnMut(&str) + Send)) -> Self {
        let next = Instant::now() + Self::QUIET;
        Self { show, next }
    }

    fn at(&mut self, line: impl FnOnce() -> String) {
        let now = Instant::now();
        if now >= self.next {
            self.next = now + Self::PAUSE;
            (self.show)(&line());
        }
    }
}

/// Brings the backup of a folder up to now. The one before stays whole until the new one is; a killed one is begun again,
/// without copying the objects again that it has.
pub async fn backup(
    config: &Config,
    folder: &Path,
    progress: &mut BackupProgress<'_>,
) -> Result<BackupContents, BackupError> {
    let folder = Folder::create(folder)?;
    let before = folder.manifest()?;
    let began = clock::now();
    let run = folder.begin_run(began)?;
    // In this order: see the module.
    let (cluster, copied) = (Cluster::new(&config.bus)?, topics::copied());
    let ends = cluster.end_offsets(&copied, timeouts::KAFKA_REQUEST).await?;
    let snapshot = Snapshot::open(&config.store).await?;
    let tables = tables::copy(&snapshot, &folder, &run, progress).await?;
    let (numbers, migrations) = (snapshot.numbers.clone(), snapshot.migrations.clone());
    // Postgres cannot clean up behind a snapshot.
    drop(snapshot);
    fail::fail_point!("backup::tables");
    let topics = topics::copy(&config.bus, ends, &folder, &run, progress).await?;
    let bucket = Objects::new(&config.media);
    let known = objects::Known::new(&folder, before.as_ref());
    let (objects, kept_objects) = objects::copy(&bucket, &folder, (&run, began), known, progress).await?;
    fail::fail_point!("backup::objects");
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        began_at: began,
        ended_at: clock::now(),
        run,
        migrations,
        numbers,
        tables,
        topics,
        objects,
    };
    folder.publish(&manifest)?;
    folder.prune(&manifest)?;
    Ok(BackupContents {
        kept_objects,
        ..manifest.contents()
    })
}

/// Names the file of an error.
fn at(path: &Path) -> impl Fn(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |reason| BackupError::File {
        path: path.clone(),
        reason,
    }
}

/// Names the object of an error.
fn of_object(key: &str) -> impl Fn(ObjectError) -> BackupError + use<> {
    let key = key.to_owned();
    move |reason| BackupError::Object {
        key: key.clone(),
        reason,
    }
}
