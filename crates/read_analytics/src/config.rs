//! How ClickHouse is reached, and what it looks like when it is not.

use std::{fmt, time::Duration};

/// How ClickHouse is reached: HTTP, `RowBinary`, LZ4.
#[derive(Clone)]
pub struct AnalyticsConfig {
    /// `http://` or `https://host:port`, without user, password or database.
    pub url: String,
    /// The database; `install` creates it. Two generations live side by side in two databases.
    pub database: String,
    /// The user, `default` when absent.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// Limit of every call; the server is told to give up a query at the same time.
    pub timeout: Duration,
}

impl fmt::Debug for AnalyticsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalyticsConfig")
            .field("url", &self.url)
            .field("database", &self.database)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// ClickHouse does not answer in time, or not with what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("clickhouse is unavailable: {reason}")]
pub struct AnalyticsUnavailable {
    /// What was seen.
    pub reason: String,
}

impl From<clickhouse::error::Error> for AnalyticsUnavailable {
    fn from(error: clickhouse::error::Error) -> Self {
        Self {
            reason: error.to_string(),
        }
    }
}
