//! The folder that holds uploads until they are known to be audio and are stored. Its size is bounded. A file is removed
//! when its [`Received`] value is dropped, when its upload is dropped, or after its process died.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    ffi::OsStr,
    fmt::Write as _,
    fs::{self, File, TryLockError},
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// Uploads are hashed and written in pieces of this size, so that the async threads only ever copy.
const PIECE_BYTES: usize = 512 * 1024;
const PREFIX: &str = "jonquil-upload-";
const SUFFIX: &str = ".part";

/// Why an upload was refused. `E` is the error of the stream it came from.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError<E> {
    #[error("the file is larger than the limit of {limit} bytes")]
    TooLarge { limit: u64 },
    /// The folder or its disk is full: try again later.
    #[error("the folder for uploads in progress is full")]
    Full,
    /// The person's share of the folder is taken by other uploads of the same person.
    #[error("one person's share of the folder for uploads in progress is taken")]
    Share,
    /// The stream ended early or could not be decoded.
    #[error("the upload was interrupted: {0}")]
    Interrupted(E),
    #[error("the upload could not be spooled: {0}")]
    Disk(#[source] io::Error),
}

/// A bounded folder for uploads. Clones share the bound.
#[derive(Clone, Debug)]
pub struct Spool {
    dir: Arc<Path>,
    capacity: Arc<Capacity>,
}

impl Spool {
    /// Opens the folder, makes it if it is missing, and removes what dead processes left in it. The uploads of this
    /// process may hold `max_total_bytes` of it at once, those of one person `max_share_bytes`. Blocking: for the start of a
    /// process.
    pub fn new(dir: impl Into<PathBuf>, max_total_bytes: u64, max_share_bytes: u64) -> io::Result<Self> {
        let dir = dir.into();
        fs::create_dir_all(&dir)?;
        remove_leftovers(&dir)?;
        // A folder that cannot be written fails the start, not each upload.
        drop(create(&dir)?);
        Ok(Self {
            dir: dir.into(),
            capacity: Arc::new(Capacity {
                used: AtomicU64::new(0),
                max: max_total_bytes,
                max_share: max_share_bytes,
                shares: Mutex::default(),
            }),
        })
    }

    /// Bytes that uploads hold now.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.capacity.used.load(Ordering::Relaxed)
    }

    /// Bytes that the uploads of one person may hold.
    #[must_use]
    pub fn share_bytes(&self) -> u64 {
        self.capacity.max_share
    }

    /// Writes an upload of at most `limit` bytes to a file, hashing it on the way. It takes of the share of `person`.
    /// Dropping the future leaves no file.
    pub async fn receive<S, B, E>(&self, upload: S, limit: u64, person: Uuid) -> Result<Received, SpoolError<E>>
    where
        S: Stream<Item = Result<B, E>>,
        B: Into<Bytes>,
    {
        let mut upload = std::pin::pin!(upload);
        let mut writer = self.writer().await.map_err(disk)?;
        let mut piece = BytesMut::new();
        let mut reserved = Reserved {
            capacity: Arc::clone(&self.capacity),
            person,
            bytes: 0,
        };
        while let Some(chunk) = upload.next().await {
            let chunk = chunk.map_err(SpoolError::Interrupted)?.into();
            if reserved.bytes.saturating_add(chunk.len() as u64) > limit {
                return Err(SpoolError::TooLarge { limit });
            }
            reserved.grow(chunk.len() as u64).map_err(|lack| match lack {
                Lack::Share => SpoolError::Share,
                Lack::Room => SpoolError::Full,
            })?;
            piece.extend_from_slice(&chunk);
            if piece.len() >= PIECE_BYTES {
                writer = writer.write(piece.split().freeze()).await.map_err(disk)?;
            }
        }
        let writer = writer.write(piece.freeze()).await.map_err(disk)?;
        Ok(Received {
            sha256: writer.hasher.finalize().into(),
            file: writer.file,
            reserved,
        })
    }

    async fn writer(&self) -> io::Result<Writer> {
        let dir = Arc::clone(&self.dir);
        let file = spawn_blocking(move || create(&dir)).await.map_err(io::Error::other)??;
        Ok(Writer {
            file,
            hasher: Sha256::new(),
        })
    }
}

/// An upload in the spool. Dropping it removes the file and frees its bytes.
#[derive(Debug)]
pub struct Received {
    file: NamedTempFile,
    reserved: Reserved,
    sha256: [u8; 32],
}

impl Received {
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.reserved.bytes
    }

    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// In hexadecimal digits, as the catalogue keeps it.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        hex(self.sha256)
    }
}

pub(crate) fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The file while it grows. It moves into the blocking task and back, so dropping the upload drops the file.
struct Writer {
    file: NamedTempFile,
    hasher: Sha256,
}

impl Writer {
    async fn write(mut self, piece: Bytes) -> io::Result<Self> {
        let written = spawn_blocking(move || {
            self.hasher.update(&piece);
            self.file.write_all(&piece)?;
            io::Result::Ok(self)
        });
        written.await.map_err(io::Error::other)?
    }
}

/// The bound that all uploads of a process share.
#[derive(Debug)]
struct Capacity {
    used: AtomicU64,
    max: u64,
    max_share: u64,
    /// Bytes of each person who uploads now.
    shares: Mutex<HashMap<Uuid, u64>>,
}

/// What is not there for more bytes.
enum Lack {
    Share,
    Room,
}

/// One upload's share of the capacity.
#[derive(Debug)]
struct Reserved {
    capacity: Arc<Capacity>,
    person: Uuid,
    bytes: u64,
}

impl Capacity {
    fn shares(&self) -> MutexGuard<'_, HashMap<Uuid, u64>> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved {
    /// Takes `more` bytes if they are there.
    fn grow(&mut self, more: u64) -> Result<(), Lack> {
        let capacity = &*self.capacity;
        let mut shares = capacity.shares();
        let share = shares.entry(self.person).or_default();
        if share.saturating_add(more) > capacity.max_share {
            return Err(Lack::Share);
        }
        let used = capacity.used.load(Ordering::Relaxed);
        if used.saturating_add(more) > capacity.max {
            return Err(Lack::Room);
        }
        *share += more;
        // Under the lock of the shares: nobody else adds meanwhile.
        capacity.used.store(used + more, Ordering::Relaxed);
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut shares = self.capacity.shares();
        if let Some(share) = shares.get_mut(&self.person) {
            *share -= self.bytes;
            if *share == 0 {
                shares.remove(&self.person);
            }
        }
        self.capacity.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn disk<E>(error: io::Error) -> SpoolError<E> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SpoolError::Full,
        _ => SpoolError::Disk(error),
    }
}

/// A file of the folder that goes when it is dropped, or with the sweep when its process was killed.
#[derive(Debug)]
pub struct Scratch(NamedTempFile);

impl Scratch {
    /// Blocking, for a moment.
    pub fn create(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        create(dir).map(Self)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl io::Write for Scratch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A new file, locked by this process. The kernel releases the lock when the process dies, in whatever container it
/// ran, so a file without a lock is a leftover.
fn create(dir: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .suffix(SUFFIX)
            .tempfile_in(dir)?;
        match file.as_file().try_lock() {
            // Between creating and locking, another process may have removed the file as a leftover.
            Ok(()) if file.as_file().metadata()?.nlink() > 0 => return Ok(file),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Removes the files of dead processes, those without a lock; how many. Blocking.
pub fn remove_leftovers(dir: &Path) -> io::Result<u64> {
    let mut removed = 0;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if is_ours(&path) && remove_if_dead(&path)? {
            removed += 1;
        }
    }
    if removed > 0 {
        tracing::info!(removed, dir = %dir.display(), "removed uploads left by dead processes");
    }
    Ok(removed)
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// Whether the file was a leftover and is removed now. Another process may sweep at the same time and be first.
fn remove_if_dead(path: &Path) -> io::Result<bool> {
    // Removed while locked, so that its maker cannot lock it in between.
    let removed = File::open(path).and_then(|file| match file.try_lock() {
        Ok(()) => fs::remove_file(path).map(|()| true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    });
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed,
    }
}
