//! The S3 client: objects by key, in one bucket.

mod abandoned;
mod covers;
mod error;
mod list;
mod presign;
mod put;
mod stream;

use std::{path::Path, sync::Arc};

use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient,
        StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
    operation::create_bucket::CreateBucketError,
    primitives::ByteStream,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use bytes::Bytes;

pub use self::{abandoned::AbandonedUpload, error::ObjectError, list::ListedObject, stream::ObjectStream};
use crate::{ByteRange, MediaConfig, Timeouts};

/// Attempts at one request, the first included.
const ATTEMPTS: u32 = 2;
/// The longest pause between two attempts.
const MAX_BACKOFF: std::time::Duration = std::time::Duration::from_millis(300);
/// The one region that must not be named when a bucket is made
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>).
const DEFAULT_REGION: &str = "us-east-1";

/// An object without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    pub size_bytes: u64,
    /// Media type it was stored with.
    pub content_type: Option<String>,
    /// Entity tag with its quotes, as a header carries it.
    pub etag: Option<String>,
}

/// Objects in the bucket. Clones share connections, which live on the runtime they were first used on: make one per
/// runtime.
#[derive(Clone, Debug)]
pub struct Objects {
    client: Client,
    /// Signs addresses, and is never connected.
    public: Client,
    bucket: Arc<str>,
    region: Arc<str>,
    timeouts: Timeouts,
}

impl Objects {
    /// A client for the server and bucket of `config`. Connects when it is first used.
    #[must_use]
    pub fn new(config: &MediaConfig) -> Self {
        let timeouts = config.timeouts;
        // Attempts share one bound: a refused request is tried again, a hanging one is not.
        let operation = timeouts.connect + timeouts.first_byte;
        let timeout = TimeoutConfig::builder()
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.first_byte)
            .operation_timeout(operation)
            .build();
        let retry = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(MAX_BACKOFF / 3)
            .with_max_backoff(MAX_BACKOFF);
        let credentials = Credentials::new(&config.access_key, config.secret_key.expose(), None, None, "config");
        let config_of_client = aws_sdk_s3::Config::builder()
            .behavior_version(behavior())
            .endpoint_url(&config.url)
            .region(Region::new(config.region.clone()))
            .credentials_provider(credentials)
            .force_path_style(true)
            // Trailing checksums are an extension that not every S3 server reads.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .timeout_config(timeout)
            .retry_config(retry)
            // A slow reader is not a stalled server; ObjectStream knows the difference.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let authorities = config.authorities.as_ref();
        let config_of_client = match authorities.filter(|_| config.url.starts_with("https:")) {
            Some(pem) => config_of_client.http_client(trusting(pem)).build(),
            None => config_of_client.build(),
        };
        let public = config_of_client.to_builder().endpoint_url(&config.public_url).build();
        Self {
            client: Client::from_conf(config_of_client),
            public: Client::from_conf(public),
            bucket: config.bucket.as_str().into(),
            region: config.region.as_str().into(),
            timeouts,
        }
    }

    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    pub async fn ensure_bucket(&self) -> Result<(), ObjectError> {
        match self.health().await {
            Err(ObjectError::NotFound) => {}
            other => return other,
        }
        let place = (*self.region != *DEFAULT_REGION).then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(&*self.region))
                .build()
        });
        let request = self
            .client
            .create_bucket()
            .bucket(&*self.bucket)
            .set_create_bucket_configuration(place);
        match request.send().await {
            // Another process was first.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateBucketError::is_bucket_already_owned_by_you) =>
            {
                Ok(())
            }
            made => Ok(made.map(drop)?),
        }
    }

    /// Whether the server answers and the bucket is there.
    pub async fn health(&self) -> Result<(), ObjectError> {
        self.client.head_bucket().bucket(&*self.bucket).send().await?;
        Ok(())
    }

    /// Stores a file. It is read in parts as it is sent, so memory stays flat whatever its size. A failed or dropped
    /// upload is aborted.
    pub async fn put_file(&self, key: &str, path: &Path, content_type: &str) -> Result<ObjectInfo, ObjectError> {
        put::file(self, key, path, content_type).await
    }

    /// Stores bytes that are in memory, such as a cover.
    pub async fn put_bytes(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<ObjectInfo, ObjectError> {
        let size_bytes = bytes.len() as u64;
        let request = self
            .client
            .put_object()
            .bucket(&*self.bucket)
            .key(key)
            .content_type(content_type);
        let stored = request.body(ByteStream::from(bytes)).send().await?;
        Ok(ObjectInfo {
            size_bytes,
            content_type: Some(content_type.to_owned()),
            etag: stored.e_tag,
        })
    }

    /// Removes an object; a missing one is no error.
    pub async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        match self
            .client
            .delete_object()
            .bucket(&*self.bucket)
            .key(key)
            .send()
            .await
            .map_err(ObjectError::from)
        {
            Ok(_) | Err(ObjectError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub async fn head(&self, key: &str) -> Result<ObjectInfo, ObjectError> {
        let head = self.client.head_object().bucket(&*self.bucket).key(key).send().await?;
        let size_bytes = stream::length(head.content_length)?;
        Ok(ObjectInfo {
            size_bytes,
            content_type: head.content_type,
            etag: head.e_tag,
        })
    }

    /// Reads an object or a part of it, at the reader's pace.
    pub async fn get(&self, key: &str, range: Option<ByteRange>) -> Result<ObjectStream, ObjectError> {
        let request = self
            .client
            .get_object()
            .bucket(&*self.bucket)
            .key(key)
            .set_range(range.map(ByteRange::header));
        ObjectStream::new(request.send().await?, range, self.timeouts.stall)
    }
}

/// The last version that does not take a proxy from the environment, which only `app` reads.
#[expect(
    deprecated,
    reason = "later versions read HTTP_PROXY; what else they changed is set explicitly"
)]
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2025_01_17()
}

/// The client's own HTTP, with other authorities.
fn trusting(pem: &str) -> SharedHttpClient {
    let authorities = TrustStore::empty().with_pem_certificate(pem.as_bytes());
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    match TlsContext::builder().with_trust_store(authorities).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        // It checks nothing, so far. Then the system's authorities are trusted, and the first request says what is wrong.
        Err(error) => {
            tracing::error!(%error, "the authorities of the object store cannot be used");
            builder.build_https()
        }
    }
}
