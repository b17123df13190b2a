//! What an uploaded file is: its format by content, its length, its tags and its cover.

mod budget;
mod cover;
mod format;
mod frames;
mod id3;
mod pages;
mod probe;
mod riff;
mod scan;
mod tags;
mod text;

use std::{
    fs::File,
    io,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::Arc,
};

use tokio::{sync::Semaphore, task::spawn_blocking};

pub use self::{
    cover::Cover,
    format::{AudioFormat, AudioProperties},
    tags::{MusicBrainzIds, Tags},
};
use crate::Received;

/// What was read from an audio file.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What the sound is.
    pub properties: AudioProperties,
    /// What the file says about the music, cleaned.
    pub tags: Tags,
    /// Its picture, if it has one that can be shown.
    pub cover: Option<Cover>,
}

/// Why a file is not taken. All but `Unreadable` are the sender's to mend, and say how.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// Nothing known is in it.
    #[error("this is no audio file that can be played here; send MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV")]
    Unknown,
    /// Audio, but of a kind that browsers do not play.
    #[error("{0} is not taken; convert it to MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV")]
    Unsupported(&'static str),
    /// It begins as audio and does not go on so.
    #[error("the {} file is damaged ({reason}); export it again and send the new file", .format.name())]
    Damaged {
        /// What it was taken for.
        format: AudioFormat,
        /// What was found wrong.
        reason: String,
    },
    /// Encrypted for one buyer.
    #[error("the file is protected by DRM; send one without protection")]
    Protected,
    /// The spooled file could not be read; no fault of the sender's.
    #[error("the file could not be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// Reads an audio file. Blocking, and seconds of work for a large one: see [`Parser`].
///
/// The content decides what the file is, its name is not looked at. What is read into memory is bounded, and a panic
/// of the libraries behind it is an error like any other.
pub fn read(path: &Path) -> Result<Parsed, AudioError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    panic::catch_unwind(AssertUnwindSafe(|| probe::read(&mut file, size))).unwrap_or_else(|_| {
        tracing::error!(size, "reading an audio file panicked");
        Err(AudioError::Unknown)
    })
}

/// Reads audio files on the blocking threads, so many at a time and no more.
#[derive(Clone, Debug)]
pub struct Parser {
    permits: Arc<Semaphore>,
}

impl Parser {
    /// A parser that reads `permits` files at once; each takes one thread, and up to 200 MB while it decodes a cover.
    #[must_use]
    pub fn new(permits: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(permits)),
        }
    }

    /// Reads an upload as soon as there is room.
    pub async fn parse(&self, upload: &Received) -> Result<Parsed, AudioError> {
        // The permit goes into the task: when the caller is dropped, the work still counts until it ends.
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let path = upload.path().to_owned();
        let reading = spawn_blocking(move || {
            let parsed = read(&path);
            drop(permit);
            parsed
        });
        reading.await.map_err(io::Error::other)?
    }
}
