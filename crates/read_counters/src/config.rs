//! How Redis is reached, and what it must be set to.

use std::{fmt, sync::Arc, time::Duration};

use crate::CountersUnavailable;

/// How the counters' Redis is reached. A primary; Redis Cluster is not supported.
#[derive(Clone)]
pub struct CountersConfig {
    /// `redis://` or, with TLS, `rediss://[user:password@]host[:port][/db]`.
    pub url: String,
    /// What every key begins with, as `jonquil:`; the schema's version follows.
    pub prefix: String,
    /// Limit of every call, connecting included.
    pub timeout: Duration,
    /// Authorities that are trusted over TLS, in PEM; none: those of the system.
    pub authorities: Option<Arc<str>>,
}

impl fmt::Debug for CountersConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountersConfig")
            .field("url", &"***")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .field("authorities", &self.authorities.is_some())
            .finish()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CountersError {
    /// The URL is none that Redis understands.
    #[error("the Redis URL is not valid: {0}")]
    Url(String),
    /// A setting under which counts would be lost or memory wasted.
    #[error("Redis has {setting} = {found}, but {needed}")]
    Setting {
        setting: &'static str,
        found: String,
        needed: &'static str,
    },
    #[error(transparent)]
    Unavailable(#[from] CountersUnavailable),
}
