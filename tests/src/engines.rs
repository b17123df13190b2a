//! Where the engines are.

use std::env;

/// The engines that `cargo xtask test` runs.
#[derive(Clone)]
pub(crate) struct Engines {
    pub postgres: String,
    pub kafka: String,
    pub elasticsearch: String,
    pub clickhouse: String,
    pub redis: String,
    pub s3: String,
    pub s3_access_key: String,
    pub s3_secret_key: String,
    pub s3_region: String,
    /// Spare listeners of the broker: where one binds, and the address that it advertises to clients.
    pub kafka_faults: Vec<(String, String)>,
}

impl Engines {
    pub(crate) fn from_environment() -> Self {
        Self {
            postgres: variable("JONQUIL_POSTGRES_URL"),
            kafka: variable("JONQUIL_KAFKA_URL"),
            elasticsearch: variable("JONQUIL_ELASTICSEARCH_URL"),
            clickhouse: variable("JONQUIL_CLICKHOUSE_URL"),
            redis: variable("JONQUIL_REDIS_URL"),
            s3: variable("JONQUIL_S3_URL"),
            s3_access_key: variable("JONQUIL_S3_ACCESS_KEY"),
            s3_secret_key: variable("JONQUIL_S3_SECRET_KEY"),
            s3_region: variable("JONQUIL_S3_REGION"),
            kafka_faults: faults(&env::var("JONQUIL_TEST_KAFKA_FAULT_LISTENERS").unwrap_or_default()),
        }
    }

    /// Postgres' address of another database.
    pub(crate) fn database(&self, name: &str) -> String {
        with_database(&self.postgres, name)
    }
}

/// The address of another database of the same server.
pub(crate) fn with_database(url: &str, name: &str) -> String {
    let mut url: reqwest::Url = url.parse().expect("JONQUIL_POSTGRES_URL is a URL");
    url.set_path(name);
    url.to_string()
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: the stories need engines; run `cargo xtask test`"))
}

/// `bindhost:bindport:advertisedhost:advertisedport,…`
fn faults(listeners: &str) -> Vec<(String, String)> {
    let listener = |text: &str| {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            [host, port, told_host, told_port] => Some((format!("{host}:{port}"), format!("{told_host}:{told_port}"))),
            _ => None,
        }
    };
    listeners.split(',').filter_map(listener).collect()
}
