//! How the engines are reached.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bus::BusConfig;
use media::{MediaConfig, Secret, Timeouts};
use read_analytics::AnalyticsConfig;
use read_counters::CountersConfig;
use read_search::SearchConfig;
use store::StoreConfig;

use super::Reader;
use crate::{pools, timeouts, tls};

impl<L: Fn(&str) -> Option<String>> Reader<'_, L> {
    /// Before the engines are read.
    pub(super) fn authorities(&mut self) {
        let file = self.get("JONQUIL_CA_FILE").map(|path| tls::authorities(&path));
        match file.transpose() {
            Ok(authorities) => self.authorities = authorities,
            Err(problem) => self.problems.push(format!("JONQUIL_CA_FILE {problem}")),
        }
    }

    /// What TLS is spoken with, where it is asked for.
    fn tls(&mut self, is_asked_for: bool) -> Option<Arc<rustls::ClientConfig>> {
        let client = is_asked_for.then(|| tls::client(self.authorities.as_deref()));
        client.transpose().unwrap_or_else(|problem| {
            self.problems.push(format!("JONQUIL_CA_FILE {problem}"));
            None
        })
    }

    pub(super) fn store(&mut self) -> StoreConfig {
        let connections = self.parsed("JONQUIL_POSTGRES_CONNECTIONS", 32);
        if connections < pools::MIN {
            let message = format!("JONQUIL_POSTGRES_CONNECTIONS must be at least {}", pools::MIN);
            self.problems.push(message);
        }
        self.postgres("JONQUIL_POSTGRES_URL", connections, timeouts::POSTGRES_STATEMENT)
    }

    pub(super) fn replica(&mut self) -> Option<StoreConfig> {
        let name = "JONQUIL_POSTGRES_READ_URL";
        self.get(name)?;
        Some(self.postgres(name, 1, timeouts::POSTGRES_REPLICA))
    }

    fn postgres(&mut self, name: &str, connections: usize, statement: Duration) -> StoreConfig {
        let url = self.url(name, &["postgres", "postgresql"]);
        let (url, is_encrypted) = tls::sslmode(&url).unwrap_or_else(|| {
            self.problems
                .push(format!("{name} must have sslmode=verify-full, or disable"));
            (String::new(), false)
        });
        StoreConfig {
            url,
            tls: self.tls(is_encrypted),
            connections,
            acquire: timeouts::POSTGRES_CONNECTION,
            statement,
        }
    }

    pub(super) fn bus(&mut self) -> BusConfig {
        let prefix = self.or("JONQUIL_TOPIC_PREFIX", "");
        let properties = self.get("JONQUIL_KAFKA_PROPERTIES").unwrap_or_default();
        let pairs = properties
            .split(';')
            .filter(|pair| !pair.trim().is_empty())
            .map(|pair| pair.split_once('='));
        let properties = pairs.collect::<Option<Vec<_>>>().unwrap_or_else(|| {
            self.problems
                .push("JONQUIL_KAFKA_PROPERTIES must be key=value;key=value".to_owned());
            Vec::new()
        });
        BusConfig {
            properties: properties
                .into_iter()
                .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
                .collect(),
            replication: self.optional("JONQUIL_KAFKA_REPLICATION"),
            min_insync_replicas: self.optional("JONQUIL_KAFKA_MIN_INSYNC_REPLICAS"),
            authorities: self.authorities.clone(),
            request_timeout: timeouts::KAFKA_REQUEST,
            ..BusConfig::new(&self.required("JONQUIL_KAFKA_URL"), &prefix)
        }
    }

    pub(super) fn search(&mut self, answers_kept: Duration) -> SearchConfig {
        SearchConfig {
            url: self.url("JONQUIL_ELASTICSEARCH_URL", &["http", "https"]),
            index_prefix: self.or("JONQUIL_INDEX_PREFIX", "jonquil-"),
            timeout: timeouts::SEARCH,
            write_timeout: timeouts::SEARCH_WRITE,
            replicas: self.parsed("JONQUIL_INDEX_REPLICAS", 0),
            api_key: self.get("JONQUIL_ELASTICSEARCH_API_KEY"),
            authorities: self.authorities.clone(),
            look: answers_kept.min(timeouts::SEARCH_LOOK),
        }
    }

    pub(super) fn analytics(&mut self, answers_kept: Duration) -> AnalyticsConfig {
        let url = self.url("JONQUIL_CLICKHOUSE_URL", &["http", "https"]);
        AnalyticsConfig {
            tls: self.tls(url.starts_with("https:")),
            url,
            database: self.or("JONQUIL_CLICKHOUSE_DATABASE", "jonquil"),
            user: self.get("JONQUIL_CLICKHOUSE_USER"),
            password: self.get("JONQUIL_CLICKHOUSE_PASSWORD"),
            timeout: timeouts::ANALYTICS,
            look: answers_kept.min(timeouts::CHARTS_LOOK),
        }
    }

    pub(super) fn counters(&mut self) -> CountersConfig {
        CountersConfig {
            url: self.url("JONQUIL_REDIS_URL", &["redis", "rediss"]),
            prefix: self.or("JONQUIL_KEY_PREFIX", "jonquil:"),
            timeout: timeouts::COUNTERS,
            authorities: self.authorities.clone(),
        }
    }

    pub(super) fn media(&mut self) -> MediaConfig {
        let spool = self
            .get("JONQUIL_SPOOL_DIR")
            .map_or_else(|| std::env::temp_dir().join("jonquil"), PathBuf::from);
        let url = self.url("JONQUIL_S3_URL", &["http", "https"]);
        let public_url = self.or("JONQUIL_S3_PUBLIC_URL", &url);
        if !public_url.starts_with("http://") && !public_url.starts_with("https://") && !url.is_empty() {
            self.problems
                .push("JONQUIL_S3_PUBLIC_URL must start with http:// or https://".to_owned());
        }
        MediaConfig {
            url,
            public_url,
            region: self.or("JONQUIL_S3_REGION", "us-east-1"),
            access_key: self.required("JONQUIL_S3_ACCESS_KEY"),
            secret_key: Secret::new(self.required("JONQUIL_S3_SECRET_KEY")),
            bucket: self.or("JONQUIL_S3_BUCKET", "jonquil"),
            authorities: self.authorities.clone(),
            spool_dir: spool,
            spool_max_bytes: self.parsed("JONQUIL_SPOOL_MAX_BYTES", 2 * 1024 * 1024 * 1024),
            max_upload_bytes: self.parsed("JONQUIL_MAX_UPLOAD_BYTES", MediaConfig::MAX_UPLOAD_BYTES),
            timeouts: Timeouts {
                first_byte: Duration::from_secs(5),
                ..Timeouts::default()
            },
        }
    }
}
