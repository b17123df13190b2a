//! ZIP archives that strangers send (PKWARE APPNOTE 6.3). Only what programs write by default is taken: stored and deflated
//! files, one disk, no encryption. Whatever would be read in two ways is refused.
//!
//! Read by us, and not by a crate: the directory is bounded before it is read, sizes are checked before anything is inflated, and
//! nothing is ever written by the name that an archive gives.

mod directory;
mod entry;
#[cfg(test)]
mod tests;

use std::{fs::File, io, path::Path};

pub use self::directory::ArchiveEntry;
use self::directory::Directory;

/// What an archive may hold.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveLimits {
    pub max_entries: usize,
    /// Of all files together, inflated.
    pub max_total_bytes: u64,
}

/// Inflated bytes for each byte in the archive; sound does not come near.
const MAX_RATIO: u64 = 100;
/// Small files may have any ratio: a text of blanks does no harm.
const RATIO_FROM: u64 = 1024 * 1024;

/// Why an archive is refused as a whole. The message is for its sender.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the archive is damaged: {0}")]
    Damaged(&'static str),
    /// What a program of the field does not write by default.
    #[error("the archive {0}; pack it again as a plain ZIP archive")]
    Unsupported(&'static str),
    /// A name, or a kind of file, that is there to do harm.
    #[error("the archive holds {name:?}, which {what}")]
    Forbidden { name: String, what: &'static str },
    #[error("the archive {0}")]
    TooLarge(String),
    #[error("the archive could not be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// Whether a file begins as a ZIP archive that has files.
pub fn is_archive(path: &Path) -> io::Result<bool> {
    entry::starts_with(&mut File::open(path)?, &[b"PK\x03\x04"])
}

/// The files of an archive, in its order, without folders and what systems add by themselves. Blocking.
pub fn list(path: &Path, limits: ArchiveLimits) -> Result<Vec<ArchiveEntry>, ArchiveError> {
    let mut file = File::open(path)?;
    let directory = Directory::read(&mut file, limits.max_entries)?;
    let mut entries = directory.entries(&mut file)?;
    let total: u64 = entries.iter().map(|entry| entry.size_bytes).sum();
    if total > limits.max_total_bytes {
        let most = limits.max_total_bytes;
        return Err(ArchiveError::TooLarge(format!("holds more than {most} bytes")));
    }
    for entry in &entries {
        if entry.size_bytes > RATIO_FROM && entry.size_bytes / MAX_RATIO > entry.compressed_bytes {
            return Err(ArchiveError::Forbidden {
                name: entry.name.clone(),
                what: "is packed more than a hundred times",
            });
        }
    }
    entries.retain(|entry| !entry.is_of_a_system());
    for entry in &entries {
        entry.is_no_archive(&mut file)?;
    }
    Ok(entries)
}

/// Reads a file of an archive piece by piece, up to the size that the directory says. Blocking.
pub fn read(
    path: &Path,
    entry: &ArchiveEntry,
    mut piece: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), ArchiveError> {
    entry.read(&mut File::open(path)?, &mut piece)
}
