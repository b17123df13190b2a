//! Audio and images: the S3 objects they are kept in, the tags, length and cover of an upload, byte ranges, and the
//! bounded folder in which uploads are spooled before they are known to be audio.
//!
//! Playlists as files are read and written here too.
//!
//! It must not know: HTTP frameworks, Postgres, Kafka, the environment, the wall clock or a source of randomness.
//! Settings, ids and times are arguments; object keys are made from an id of the caller's.

mod archive;
mod audio;
mod config;
mod keys;
mod objects;
mod playlist_files;
pub mod range;
mod spool;
mod waveform;

pub use archive::{ArchiveEntry, ArchiveError, ArchiveLimits, is_archive, list as list_archive, read as read_archive};
pub use audio::{AudioError, AudioFormat, AudioProperties, Cover, MusicBrainzIds, Parsed, Parser, Tags, read};
pub use config::{MediaConfig, Secret, Timeouts};
pub use keys::{CoverSize, audio_key, cover_key, export_key, key_of_whole, keys_of, known_key};
pub use objects::{AbandonedUpload, ListedObject, ObjectError, ObjectInfo, ObjectStream, Objects};
pub use playlist_files::{
    MAX_ENTRIES, PlaylistEntry, PlaylistFile, PlaylistFileError, PlaylistFormat, read_playlist, write_playlist,
};
pub use range::ByteRange;
pub use spool::{Received, Scratch, Spool, SpoolError, remove_leftovers};
pub use waveform::{PEAKS, WaveformError, waveform};
