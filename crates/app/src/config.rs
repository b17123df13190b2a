//! Settings from the environment: every fault is told at once, each naming its variable.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use bus::BusConfig;
use media::{MediaConfig, Secret, Timeouts};
use read_analytics::AnalyticsConfig;
use read_counters::CountersConfig;
use read_search::SearchConfig;
use store::StoreConfig;
use write_api::Settings;

use crate::timeouts;

/// Everything a role may need.
#[derive(Clone)]
pub struct Config {
    /// Name of this process among those of its roles; lasting, so that a restarted one keeps its partitions.
    pub instance: String,
    /// Where the HTTP service listens.
    pub http_address: SocketAddr,
    /// Threads of the HTTP service.
    pub http_workers: usize,
    /// Where `/metrics` listens; nowhere when absent.
    pub metrics_address: Option<SocketAddr>,
    /// What tokens and addresses are signed with.
    pub(crate) secret: String,
    /// Postgres.
    pub store: StoreConfig,
    /// Kafka.
    pub bus: BusConfig,
    /// Elasticsearch.
    pub search: SearchConfig,
    /// ClickHouse.
    pub analytics: AnalyticsConfig,
    /// Redis.
    pub counters: CountersConfig,
    /// S3 and the spool.
    pub media: MediaConfig,
    /// What the operator decides about commands.
    pub settings: Settings,
}

/// What is wrong with the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigFaults(pub Vec<String>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the settings in the environment do not do:")?;
        self.0.iter().try_for_each(|fault| writeln!(f, "  {fault}"))
    }
}

impl std::error::Error for ConfigFaults {}

/// Every setting that is read, with what it means; `jonquil settings` prints it.
pub const SETTINGS: [(&str, &str); 33] = [
    ("JONQUIL_POSTGRES_URL", "postgres://user:password@host:port/database"),
    (
        "JONQUIL_POSTGRES_CONNECTIONS",
        "connections of this process in all (default 32)",
    ),
    ("JONQUIL_KAFKA_URL", "bootstrap brokers, host:port,host:port"),
    (
        "JONQUIL_KAFKA_PROPERTIES",
        "further librdkafka properties, key=value;key=value",
    ),
    (
        "JONQUIL_KAFKA_REPLICATION",
        "replicas of each topic (default: the broker's)",
    ),
    (
        "JONQUIL_KAFKA_MIN_INSYNC_REPLICAS",
        "min.insync.replicas of each topic (default: the broker's)",
    ),
    (
        "JONQUIL_TOPIC_PREFIX",
        "put before every topic and group (default none)",
    ),
    ("JONQUIL_ELASTICSEARCH_URL", "http(s)://[user:password@]host:port"),
    ("JONQUIL_INDEX_PREFIX", "put before every index (default jonquil-)"),
    (
        "JONQUIL_INDEX_REPLICAS",
        "copies of each index beside the first (default 0)",
    ),
    ("JONQUIL_CLICKHOUSE_URL", "http(s)://host:port"),
    ("JONQUIL_CLICKHOUSE_DATABASE", "database (default jonquil)"),
    ("JONQUIL_CLICKHOUSE_USER", "user (default: default)"),
    ("JONQUIL_CLICKHOUSE_PASSWORD", "its password"),
    ("JONQUIL_REDIS_URL", "redis(s)://[user:password@]host:port[/db]"),
    ("JONQUIL_KEY_PREFIX", "put before every Redis key (default jonquil:)"),
    ("JONQUIL_S3_URL", "address of the S3 server"),
    ("JONQUIL_S3_REGION", "region (default us-east-1)"),
    ("JONQUIL_S3_ACCESS_KEY", "access key"),
    ("JONQUIL_S3_SECRET_KEY", "secret key"),
    ("JONQUIL_S3_BUCKET", "bucket (default jonquil)"),
    (
        "JONQUIL_SPOOL_DIR",
        "folder for uploads that are coming in (default: the system's temp folder)",
    ),
    ("JONQUIL_SPOOL_MAX_BYTES", "most bytes in it (default 2147483648)"),
    ("JONQUIL_MAX_UPLOAD_BYTES", "largest audio file (default 209715200)"),
    (
        "JONQUIL_SECRET",
        "what tokens are signed with: 32 characters or more, random",
    ),
    (
        "JONQUIL_HTTP_ADDRESS",
        "where the HTTP service listens (default 127.0.0.1:8080)",
    ),
    ("JONQUIL_HTTP_WORKERS", "its threads (default: one for each core)"),
    ("JONQUIL_METRICS_ADDRESS", "where /metrics listens (default nowhere)"),
    (
        "JONQUIL_INSTANCE",
        "name of this process among those of its role (default 1)",
    ),
    (
        "JONQUIL_OPEN_ARTIST_SIGNUP",
        "whether anybody may register as an artist (default true)",
    ),
    (
        "JONQUIL_BEHIND_PROXY",
        "whether client addresses come from a proxy of one's own (default false)",
    ),
    (
        "JONQUIL_LOG",
        "filter of log lines, as info or relay=debug,info (default info)",
    ),
    ("JONQUIL_LOG_FORMAT", "text (default) or json"),
];

impl Config {
    /// Reads the settings with `lookup`, usually the environment.
    ///
    /// # Errors
    /// Every fault, each naming its variable.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigFaults> {
        let mut read = Reading {
            lookup: &lookup,
            faults: Vec::new(),
        };
        let config = Self {
            instance: read.or("JONQUIL_INSTANCE", "1"),
            http_address: read.parsed("JONQUIL_HTTP_ADDRESS", SocketAddr::from(([127, 0, 0, 1], 8080))),
            http_workers: read.parsed("JONQUIL_HTTP_WORKERS", cores()).clamp(1, 256),
            metrics_address: read.optional("JONQUIL_METRICS_ADDRESS"),
            secret: read.secret("JONQUIL_SECRET"),
            store: read.store(),
            bus: read.bus(),
            search: read.search(),
            analytics: read.analytics(),
            counters: read.counters(),
            media: read.media(),
            settings: Settings {
                open_artist_signup: read.parsed("JONQUIL_OPEN_ARTIST_SIGNUP", true),
                max_upload_bytes: read.parsed("JONQUIL_MAX_UPLOAD_BYTES", MediaConfig::MAX_UPLOAD_BYTES),
                behind_proxy: read.parsed("JONQUIL_BEHIND_PROXY", false),
            },
        };
        if read.faults.is_empty() {
            Ok(config)
        } else {
            Err(ConfigFaults(read.faults))
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Reads values and collects faults; a faulty value is replaced, since it will not be used.
struct Reading<'a, L> {
    lookup: &'a L,
    faults: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reading<'_, L> {
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn or(&self, name: &str, default: &str) -> String {
        self.get(name).unwrap_or_else(|| default.to_owned())
    }

    fn required(&mut self, name: &str) -> String {
        self.get(name).unwrap_or_else(|| {
            let meaning = SETTINGS
                .iter()
                .find(|(known, _)| *known == name)
                .map_or("", |(_, meaning)| meaning);
            self.faults.push(format!("{name} is missing: {meaning}"));
            String::new()
        })
    }

    fn optional<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let value = self.get(name)?;
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            // The value itself is not told: it may be a secret in the wrong place.
            self.faults.push(format!("{name} is not of the right form"));
        }
        parsed
    }

    fn parsed<T: FromStr>(&mut self, name: &str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    fn url(&mut self, name: &str, schemes: &[&str]) -> String {
        let url = self.required(name);
        if !url.is_empty() && !schemes.iter().any(|scheme| url.starts_with(&format!("{scheme}://"))) {
            self.faults
                .push(format!("{name} must begin with {}://", schemes.join(":// or ")));
        }
        url
    }

    fn secret(&mut self, name: &str) -> String {
        let secret = self.required(name);
        if !secret.is_empty() && secret.len() < 32 {
            self.faults.push(format!("{name} must have 32 characters at least"));
        }
        secret
    }

    fn store(&mut self) -> StoreConfig {
        StoreConfig {
            url: self.url("JONQUIL_POSTGRES_URL", &["postgres", "postgresql"]),
            connections: self.parsed("JONQUIL_POSTGRES_CONNECTIONS", 32),
            acquire: timeouts::POSTGRES_CONNECTION,
            statement: timeouts::POSTGRES_STATEMENT,
        }
    }

    fn bus(&mut self) -> BusConfig {
        let prefix = self.or("JONQUIL_TOPIC_PREFIX", "");
        let properties = self.get("JONQUIL_KAFKA_PROPERTIES").unwrap_or_default();
        let pairs = properties
            .split(';')
            .filter(|pair| !pair.trim().is_empty())
            .map(|pair| pair.split_once('='));
        let properties = pairs.collect::<Option<Vec<_>>>().unwrap_or_else(|| {
            self.faults
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
            request_timeout: timeouts::KAFKA_REQUEST,
            ..BusConfig::new(&self.required("JONQUIL_KAFKA_URL"), &prefix)
        }
    }

    fn search(&mut self) -> SearchConfig {
        SearchConfig {
            url: self.url("JONQUIL_ELASTICSEARCH_URL", &["http", "https"]),
            index_prefix: self.or("JONQUIL_INDEX_PREFIX", "jonquil-"),
            timeout: timeouts::SEARCH,
            write_timeout: timeouts::SEARCH_WRITE,
            replicas: self.parsed("JONQUIL_INDEX_REPLICAS", 0),
        }
    }

    fn analytics(&mut self) -> AnalyticsConfig {
        AnalyticsConfig {
            url: self.url("JONQUIL_CLICKHOUSE_URL", &["http", "https"]),
            database: self.or("JONQUIL_CLICKHOUSE_DATABASE", "jonquil"),
            user: self.get("JONQUIL_CLICKHOUSE_USER"),
            password: self.get("JONQUIL_CLICKHOUSE_PASSWORD"),
            timeout: timeouts::ANALYTICS,
        }
    }

    fn counters(&mut self) -> CountersConfig {
        CountersConfig {
            url: self.url("JONQUIL_REDIS_URL", &["redis", "rediss"]),
            prefix: self.or("JONQUIL_KEY_PREFIX", "jonquil:"),
            timeout: timeouts::COUNTERS,
        }
    }

    fn media(&mut self) -> MediaConfig {
        let spool = self
            .get("JONQUIL_SPOOL_DIR")
            .map_or_else(|| std::env::temp_dir().join("jonquil"), PathBuf::from);
        MediaConfig {
            url: self.url("JONQUIL_S3_URL", &["http", "https"]),
            region: self.or("JONQUIL_S3_REGION", "us-east-1"),
            access_key: self.required("JONQUIL_S3_ACCESS_KEY"),
            secret_key: Secret::new(self.required("JONQUIL_S3_SECRET_KEY")),
            bucket: self.or("JONQUIL_S3_BUCKET", "jonquil"),
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
