//! Storing files: one PUT while they are small, parts when they are not.

use std::path::Path;

use aws_sdk_s3::{
    Client,
    config::{Config, timeout::TimeoutConfig},
    primitives::{ByteStream, Length},
    types::{CompletedMultipartUpload, CompletedPart},
};
use tokio::runtime::Handle;

use super::{ObjectError, ObjectInfo, Objects};

/// Size of a part, and of the largest file that is sent in one piece. S3 takes parts from 5 MiB on, and 10,000 of them
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const PART_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes that are read from the file at a time.
const BUFFER_BYTES: usize = 64 * 1024;

pub(super) async fn file(
    objects: &Objects,
    key: &str,
    path: &Path,
    content_type: &str,
) -> Result<ObjectInfo, ObjectError> {
    let size_bytes = tokio::fs::metadata(path).await?.len();
    let etag = if size_bytes <= PART_BYTES {
        whole(objects, key, path, size_bytes, content_type).await?
    } else {
        in_parts(objects, key, path, size_bytes, content_type).await?
    };
    Ok(ObjectInfo {
        size_bytes,
        content_type: Some(content_type.to_owned()),
        etag,
    })
}

async fn whole(
    objects: &Objects,
    key: &str,
    path: &Path,
    size: u64,
    content_type: &str,
) -> Result<Option<String>, ObjectError> {
    let body = section(path, 0, size).await?;
    let request = objects
        .client
        .put_object()
        .bucket(&*objects.bucket)
        .key(key)
        .content_type(content_type)
        .body(body);
    Ok(request
        .customize()
        .config_override(patient(objects))
        .send()
        .await?
        .e_tag)
}

async fn in_parts(
    objects: &Objects,
    key: &str,
    path: &Path,
    size: u64,
    content_type: &str,
) -> Result<Option<String>, ObjectError> {
    let begun = objects
        .client
        .create_multipart_upload()
        .bucket(&*objects.bucket)
        .key(key)
        .content_type(content_type);
    let id = begun
        .send()
        .await?
        .upload_id
        .ok_or_else(|| ObjectError::Refused("it gives no upload id".to_owned()))?;
    let mut unfinished = Unfinished(Some(Upload {
        client: objects.client.clone(),
        bucket: objects.bucket.to_string(),
        key: key.to_owned(),
        id,
    }));
    match send_parts(objects, &unfinished, path, size).await {
        Ok(etag) => {
            unfinished.0 = None;
            Ok(etag)
        }
        Err(error) => {
            if let Some(upload) = unfinished.0.take() {
                upload.abort().await;
            }
            Err(error)
        }
    }
}

async fn send_parts(
    objects: &Objects,
    unfinished: &Unfinished,
    path: &Path,
    size: u64,
) -> Result<Option<String>, ObjectError> {
    let Some(upload) = &unfinished.0 else { return Ok(None) };
    let mut sent = CompletedMultipartUpload::builder();
    let mut offset = 0;
    for number in 1.. {
        let length = PART_BYTES.min(size - offset);
        let body = section(path, offset, length).await?;
        let request = upload
            .client
            .upload_part()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .upload_id(&upload.id);
        let request = request.part_number(number).body(body);
        let part = request.customize().config_override(patient(objects)).send().await?;
        sent = sent.parts(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag)
                .build(),
        );
        offset += length;
        if offset == size {
            break;
        }
    }
    let request = upload
        .client
        .complete_multipart_upload()
        .bucket(&upload.bucket)
        .key(&upload.key);
    let request = request.upload_id(&upload.id).multipart_upload(sent.build());
    // The server puts the parts together before it answers.
    Ok(request
        .customize()
        .config_override(patient(objects))
        .send()
        .await?
        .e_tag)
}

/// A section of a file that is read as it is sent, and again if it has to be sent again.
async fn section(path: &Path, offset: u64, length: u64) -> Result<ByteStream, ObjectError> {
    let body = ByteStream::read_from()
        .path(path)
        .offset(offset)
        .length(Length::Exact(length))
        .buffer_size(BUFFER_BYTES);
    body.build()
        .await
        .map_err(|error| ObjectError::File(std::io::Error::other(error)))
}

/// The client's read timeout runs from the first byte sent, so a part needs a longer one than a question.
fn patient(objects: &Objects) -> aws_sdk_s3::config::Builder {
    let part = objects.timeouts.part;
    let timeout = TimeoutConfig::builder()
        .connect_timeout(objects.timeouts.connect)
        .read_timeout(part)
        .operation_timeout(part * super::ATTEMPTS)
        .build();
    Config::builder().timeout_config(timeout)
}

/// Parts that the server holds without an object. Aborted when dropped, or they would fill its disk unseen.
struct Unfinished(Option<Upload>);

struct Upload {
    client: Client,
    bucket: String,
    key: String,
    id: String,
}

impl Upload {
    async fn abort(self) {
        let request = self
            .client
            .abort_multipart_upload()
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.id);
        if let Err(error) = request.send().await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(key = self.key, error, "an unfinished upload could not be taken back");
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Only a dropped future comes here with an upload; without a runtime the process is ending anyway.
        if let (Some(upload), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(upload.abort());
        }
    }
}
