//! Audio and images: the S3 objects they are kept in, the tags, length and cover of an upload, byte ranges, and the
//! bounded folder in which uploads are spooled before they are known to be audio.
//!
//! Playlists as files are read and written here too.
//!
//! It must not know: HTTP frameworks, Postgres, Kafka, the environment, the wall clock or a source of randomness.
//! Settings, ids and times are arguments; object keys are made from an id of the caller's.

mod audio;
mod config;
mod keys;
mod objects;
mod playlist_files;
pub mod range;
mod spool;

pub use audio::{AudioError, AudioFormat, AudioProperties, Cover, MusicBrainzIds, Parsed, Parser, Tags, read};
pub use config::{MediaConfig, Secret, Timeouts};
pub use keys::{audio_key, cover_key};
pub use objects::{ListedObject, ObjectError, ObjectInfo, ObjectStream, Objects};
pub use playlist_files::{
    MAX_ENTRIES, PlaylistEntry, PlaylistFile, PlaylistFileError, PlaylistFormat, read_playlist, write_playlist,
};
pub use range::ByteRange;
pub use spool::{Received, Spool, SpoolError, remove_leftovers};
