//! The objects of the bucket, page by page in the order of their keys.

use chrono::{DateTime, Utc};

use super::{ObjectError, Objects};

/// An object as the listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    pub key: String,
    pub size_bytes: u64,
    /// When it was stored, by the server's clock; none where the server does not say.
    pub stored_at: Option<DateTime<Utc>>,
    /// Entity tag with its quotes; none where the server does not say.
    pub etag: Option<String>,
}

impl Objects {
    /// The next objects after that key, 1,000 at most; none at the end.
    pub async fn list(&self, after: Option<&str>) -> Result<Vec<ListedObject>, ObjectError> {
        // A key and not the server's token: it is still good when the listing goes on elsewhere, or tomorrow.
        let request = self.client.list_objects_v2().bucket(&*self.bucket);
        let listed = request.set_start_after(after.map(str::to_owned)).send().await?;
        let object = |object: aws_sdk_s3::types::Object| {
            Some(ListedObject {
                key: object.key?,
                size_bytes: object.size.and_then(|size| size.try_into().ok()).unwrap_or(0),
                stored_at: object
                    .last_modified
                    .and_then(|time| DateTime::from_timestamp(time.secs(), time.subsec_nanos())),
                etag: object.e_tag,
            })
        };
        Ok(listed
            .contents
            .unwrap_or_default()
            .into_iter()
            .filter_map(object)
            .collect())
    }
}
