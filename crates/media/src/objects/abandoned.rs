//! Multipart uploads that nobody will finish: their parts take room and are in no listing of objects.

use chrono::{DateTime, Utc};

use super::{ObjectError, Objects};

/// A multipart upload that was begun and neither finished nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbandonedUpload {
    key: String,
    id: String,
}

impl Objects {
    /// Those that were begun before that time, 1,000 at most.
    pub async fn abandoned_uploads(&self, before: DateTime<Utc>) -> Result<Vec<AbandonedUpload>, ObjectError> {
        let listed = self
            .client
            .list_multipart_uploads()
            .bucket(&*self.bucket)
            .send()
            .await?;
        let is_old = |upload: &aws_sdk_s3::types::MultipartUpload| {
            let begun = upload
                .initiated
                .and_then(|time| DateTime::from_timestamp(time.secs(), 0));
            begun.is_some_and(|begun| begun < before)
        };
        let uploads = listed.uploads.unwrap_or_default().into_iter().filter(is_old);
        Ok(uploads
            .filter_map(|upload| {
                Some(AbandonedUpload {
                    key: upload.key?,
                    id: upload.upload_id?,
                })
            })
            .collect())
    }

    /// Frees its parts; a missing one is no error.
    pub async fn abort_upload(&self, upload: &AbandonedUpload) -> Result<(), ObjectError> {
        let request = self.client.abort_multipart_upload().bucket(&*self.bucket);
        let aborted = request.key(&upload.key).upload_id(&upload.id).send().await;
        match aborted.map_err(ObjectError::from) {
            Ok(_) | Err(ObjectError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
