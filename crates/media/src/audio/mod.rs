//! What an uploaded file is: its format by content, its length, its tags and its cover.

mod budget;
mod cover;
mod dates;
mod encoding;
mod flac;
mod format;
mod frames;
mod id3;
mod ilst;
mod mp4;
mod ogg;
mod probe;
mod riff;
mod scan;
mod tag;
mod tags;
mod text;
mod trailing;
mod twice;
mod vorbis;

use std::{
    fs::File,
    io,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Semaphore, task::spawn_blocking};

pub use self::{
    cover::Cover,
    format::{AudioFormat, AudioProperties},
    tags::{MusicBrainzIds, Tags},
};
use crate::{Received, WaveformError, waveform::waveform};

#[derive(Clone, Debug)]
pub struct Parsed {
    pub properties: AudioProperties,
    pub tags: Tags,
    pub cover: Option<Cover>,
}

/// Why a file is refused. For all but `Unreadable` the message says to the sender what to send instead.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    #[error("this is no audio file that can be played here; send MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV")]
    Unknown,
    /// Audio, but of a kind that browsers do not play.
    #[error("{0} is not accepted; convert it to MP3, FLAC, Ogg Vorbis, Opus, M4A, AAC or WAV")]
    Unsupported(&'static str),
    /// It begins as audio of this format.
    #[error("the {} file is damaged ({reason}); export it again and send the new file", .format.name())]
    Damaged { format: AudioFormat, reason: String },
    #[error("the file is protected by DRM; send one without protection")]
    Protected,
    /// The spooled file could not be read: not the sender's fault.
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

/// Reads audio files on the blocking threads, a limited number at a time.
#[derive(Clone, Debug)]
pub struct Parser {
    permits: Arc<Semaphore>,
}

impl Parser {
    /// A parser that reads `permits` files at once; each takes one thread, and up to 100 MB while it decodes a cover; one
    /// at a time up to 350 MB.
    #[must_use]
    pub fn new(permits: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(permits)),
        }
    }

    /// Waits for a permit first.
    pub async fn parse(&self, upload: &Received) -> Result<Parsed, AudioError> {
        let path = upload.path().to_owned();
        self.work(move || read(&path)).await?
    }

    /// Reads a picture that is in memory; see [`Cover::from_image`]. Waits for a permit first.
    pub async fn cover(&self, picture: Bytes) -> io::Result<Option<Cover>> {
        self.work(move || Cover::from_image(&picture)).await
    }

    /// The peaks of a file; see [`crate::waveform()`]. Waits for a permit first.
    pub async fn waveform(&self, file: &Received, limit: Duration) -> Result<Vec<u8>, WaveformError> {
        let path = file.path().to_owned();
        self.work(move || waveform(&path, limit)).await?
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        // The permit moves into the task: work whose caller was dropped still counts until it ends.
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let working = spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        working.await.map_err(io::Error::other)
    }
}
