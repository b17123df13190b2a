//! Objects of the object store as they are shown over HTTP.

use domain::ObjectKind;
use events::{Time, TrackId};
use serde::{Deserialize, Serialize};
use store::ObjectView;
use utoipa::ToSchema;

/// A file in the object store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoredFile {
    /// What commands name it by: `s3_key` of tracks, `cover_key` of albums and artists.
    #[schema(example = "audio/13/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13.ogg")]
    pub s3_key: String,
    /// Bucket that holds it.
    #[schema(example = "jonquil")]
    pub bucket: String,
    /// Of a cover: in its largest size; 0 where it is not known.
    pub size_bytes: i64,
    /// Media type, from its bytes.
    #[schema(example = "audio/ogg")]
    pub content_type: String,
    /// As the object store answered it.
    pub etag: Option<String>,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Where it is read, on our own origin.
    pub url: String,
    /// Of audio.
    pub duration_ms: Option<i64>,
    /// The track whose audio it is.
    pub track_id: Option<TrackId>,
    /// What nothing uses is deleted after a day.
    pub in_use: bool,
    pub created_at: Time,
}

impl StoredFile {
    #[must_use]
    pub fn new(view: ObjectView, bucket: &str) -> Self {
        let object = view.object;
        let url = match object.kind {
            ObjectKind::Audio => format!("/api/v1/s3/tracks/{}/stream", object.key),
            ObjectKind::Cover => cover_url(&object.key),
        };
        Self {
            s3_key: object.key,
            bucket: bucket.to_owned(),
            size_bytes: view.size_bytes,
            content_type: view.content_type,
            etag: view.etag,
            sha256: view.sha256,
            url,
            duration_ms: object.sound.and_then(|sound| sound.duration_ms),
            track_id: view.track,
            in_use: view.is_used,
            created_at: view.created_at,
        }
    }
}

/// Where a cover is read.
pub(crate) fn cover_url(key: &str) -> String {
    format!("/api/v1/covers/{key}")
}
