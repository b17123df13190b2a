//! How ClickHouse is reached.

use std::{error::Error, fmt, sync::Arc, time::Duration};

/// How ClickHouse is reached: HTTP, `RowBinary`, LZ4.
#[derive(Clone)]
pub struct AnalyticsConfig {
    /// `http://` or `https://host:port`, without user, password or database.
    pub url: String,
    /// Whom to trust; needed for `https` where that is not the system's authorities.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// What the database's name begins with; the schema's version follows. `install` creates it.
    pub database: String,
    /// The user, `default` when absent.
    pub user: Option<String>,
    pub password: Option<String>,
    /// Limit of every call; the server gives up a query at the same time.
    pub timeout: Duration,
    /// How old the last look may be at how far each day is; zero looks each time.
    pub look: Duration,
}

impl fmt::Debug for AnalyticsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalyticsConfig")
            .field("url", &self.url)
            .field("tls", &self.tls.is_some())
            .field("database", &self.database)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("timeout", &self.timeout)
            .field("look", &self.look)
            .finish()
    }
}

/// ClickHouse does not answer in time, or not with what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("clickhouse is unavailable: {reason}")]
pub struct AnalyticsUnavailable {
    pub reason: String,
}

impl From<clickhouse::error::Error> for AnalyticsUnavailable {
    fn from(error: clickhouse::error::Error) -> Self {
        Self { reason: causes(&error) }
    }
}

/// An error and what caused it: of a connection the outermost text says only that there is none.
fn causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = inner.source();
    }
    line
}
