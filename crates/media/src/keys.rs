//! Keys of objects, made from ids only: nothing that a client sends becomes part of a key.

use uuid::Uuid;

use crate::AudioFormat;

/// Key of a track's audio, such as `audio/ab/<uuid>.ogg`.
#[must_use]
pub fn audio_key(track: Uuid, format: AudioFormat) -> String {
    format!("audio/{}/{track}.{}", shard(track), format.extension())
}

/// Key of a cover, such as `covers/ab/<uuid>.jpg`.
#[must_use]
pub fn cover_key(id: Uuid) -> String {
    format!("covers/{}/{id}.jpg", shard(id))
}

/// Two hex digits that spread objects over 256 folders. The last ones: a `UUIDv7` begins with the time (RFC 9562,
/// section 5.7), so its first digits are the same for years.
fn shard(id: Uuid) -> String {
    let [.., last] = id.into_bytes();
    format!("{last:02x}")
}

/// Where an export of a person is kept, by its job.
#[must_use]
pub fn export_key(job: Uuid) -> String {
    format!("exports/{job}.zip")
}
