//! The settings of this crate; `app` fills them in.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

/// Where audio and images are kept, and how much may be spooled on the way there.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Address of the S3 server, such as `http://127.0.0.1:9000`. Buckets are addressed by path, not by host name.
    pub url: String,
    /// The same server as browsers reach it, for addresses that are signed for them.
    pub public_url: String,
    /// Region that requests are signed for; servers that have none accept any.
    pub region: String,
    pub access_key: String,
    pub secret_key: Secret,
    /// The one bucket that holds audio and covers.
    pub bucket: String,
    /// Authorities that are trusted over TLS, in PEM; none: those of the system.
    pub authorities: Option<Arc<str>>,
    /// Folder for uploads that are still coming in. Several processes may share it.
    pub spool_dir: PathBuf,
    /// Bytes that all uploads of this process may hold in `spool_dir` at once.
    pub spool_max_bytes: u64,
    /// Bytes that one upload may have; [`MediaConfig::MAX_UPLOAD_BYTES`] unless the operator says otherwise.
    pub max_upload_bytes: u64,
    /// How long the S3 server is waited for.
    pub timeouts: Timeouts,
}

impl MediaConfig {
    /// 200 MiB: an hour of lossless audio.
    pub const MAX_UPLOAD_BYTES: u64 = 200 * 1024 * 1024;

    /// Bytes that the uploads of one person may hold in `spool_dir` at once: a quarter, and at least one whole upload.
    #[must_use]
    pub fn spool_share_bytes(&self) -> u64 {
        (self.spool_max_bytes / 4).max(self.max_upload_bytes)
    }
}

/// How long the S3 server is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a TCP connection stands.
    pub connect: Duration,
    /// From the request to the first byte of the answer.
    pub first_byte: Duration,
    /// Between two pieces of an object that is being read. The time the reader takes does not count.
    pub stall: Duration,
    /// For one part (16 MiB at most) of a file that is being stored.
    pub part: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            first_byte: Duration::from_secs(5),
            stall: Duration::from_secs(10),
            part: Duration::from_mins(1),
        }
    }
}

/// A text that never shows in logs: it prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the client that signs with it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
