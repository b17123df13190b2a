//! Storing files: one PUT for a small file, a multipart upload for a large one.

use std::{io, path::Path};

use aws_sdk_s3::{
    config::{Config, timeout::TimeoutConfig},
    primitives::{ByteStream, Length},
    types::{CompletedMultipartUpload, CompletedPart},
};
use tokio_util::sync::CancellationToken;

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
        .config_override(with_part_timeout(objects))
        .send()
        .await?
        .e_tag)
}

/// Sends the parts in a task of its own. It outlives a dropped caller until the upload is aborted: a part that is cut
/// off on the way may arrive after the abort and then stays for ever
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>).
async fn in_parts(
    objects: &Objects,
    key: &str,
    path: &Path,
    size: u64,
    content_type: &str,
) -> Result<Option<String>, ObjectError> {
    let cancelled = CancellationToken::new();
    let _cancel_on_drop = cancelled.clone().drop_guard();
    let begun = objects
        .client
        .create_multipart_upload()
        .bucket(&*objects.bucket)
        .key(key)
        .content_type(content_type);
    let (objects, key, path) = (objects.clone(), key.to_owned(), path.to_owned());
    let sending = tokio::spawn(async move {
        let id = begun.send().await?.upload_id;
        let id = id.ok_or_else(|| ObjectError::Refused("it gives no upload id".to_owned()))?;
        let upload = Upload { objects, key, id };
        let sent = upload.send(&path, size, &cancelled).await;
        if sent.is_err() {
            upload.abort().await;
        }
        sent
    });
    sending
        .await
        .map_err(|error| ObjectError::File(io::Error::other(error)))?
}

/// A multipart upload that the server has begun.
struct Upload {
    objects: Objects,
    key: String,
    id: String,
}

impl Upload {
    async fn send(&self, path: &Path, size: u64, cancelled: &CancellationToken) -> Result<Option<String>, ObjectError> {
        let mut sent = CompletedMultipartUpload::builder();
        let mut offset = 0;
        for number in 1.. {
            let length = PART_BYTES.min(size - offset);
            sent = sent.parts(self.send_part(number, section(path, offset, length).await?).await?);
            offset += length;
            if cancelled.is_cancelled() {
                return Err(ObjectError::File(io::ErrorKind::Interrupted.into()));
            }
            if offset == size {
                break;
            }
        }
        let Objects { client, bucket, .. } = &self.objects;
        let request = client
            .complete_multipart_upload()
            .bucket(&**bucket)
            .key(&self.key)
            .upload_id(&self.id);
        let request = request.multipart_upload(sent.build());
        // The server joins the parts before it answers.
        Ok(request
            .customize()
            .config_override(with_part_timeout(&self.objects))
            .send()
            .await?
            .e_tag)
    }

    async fn send_part(&self, number: i32, body: ByteStream) -> Result<CompletedPart, ObjectError> {
        let Objects { client, bucket, .. } = &self.objects;
        let request = client
            .upload_part()
            .bucket(&**bucket)
            .key(&self.key)
            .upload_id(&self.id);
        let request = request.part_number(number).body(body);
        let part = request
            .customize()
            .config_override(with_part_timeout(&self.objects))
            .send()
            .await?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(part.e_tag)
            .build())
    }

    async fn abort(&self) {
        let Objects { client, bucket, .. } = &self.objects;
        let request = client
            .abort_multipart_upload()
            .bucket(&**bucket)
            .key(&self.key)
            .upload_id(&self.id);
        if let Err(error) = request.send().await {
            let error = ObjectError::from(error);
            tracing::warn!(key = self.key, %error, "an unfinished multipart upload could not be aborted");
        }
    }
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
        .map_err(|error| ObjectError::File(io::Error::other(error)))
}

/// The client's read timeout runs from the first byte sent, so a part needs a longer one than a small request.
fn with_part_timeout(objects: &Objects) -> aws_sdk_s3::config::Builder {
    let part = objects.timeouts.part;
    let timeout = TimeoutConfig::builder()
        .connect_timeout(objects.timeouts.connect)
        .read_timeout(part)
        .operation_timeout(part * super::ATTEMPTS)
        .build();
    Config::builder().timeout_config(timeout)
}
