//! The configuration, read from environment variables. All invalid settings are reported at once, by name.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use ::traces::TracesConfig;
use access::SecondFactorFor;
use bus::BusConfig;
use fetcher::{AllowedHosts, CheckedResolver, SystemResolver};
use http_kit::{Origins, Proxies};
use mail::{BadSetting, Mailer};
use media::MediaConfig;
use read_analytics::AnalyticsConfig;
use read_counters::CountersConfig;
use read_search::SearchConfig;
use store::{MAX_FAN_OUT, Schedule, StoreConfig};
use write_api::Settings;

use crate::{RebuildSettings, timeouts};

mod engines;
#[cfg(test)]
mod tests;
mod traces;

/// Everything a role may need.
#[derive(Clone)]
pub struct Config {
    /// Name of this process among those of its role. It must stay the same over a restart: partitions are kept by it.
    pub instance: String,
    pub http_address: SocketAddr,
    /// Threads of the HTTP service.
    pub http_workers: usize,
    /// Where `/metrics` listens; absent means no metrics.
    pub metrics_address: Option<SocketAddr>,
    /// Key of access tokens and signed addresses.
    pub(crate) secret: String,
    /// Proxies that are believed when they say who called them.
    pub(crate) proxies: Proxies,
    /// Connections of one address at the same time.
    pub(crate) connections_per_address: u32,
    /// Origins whose pages may call.
    pub(crate) origins: Origins,
    /// The built page; absent means there is none.
    pub(crate) web_dir: Option<PathBuf>,
    pub store: StoreConfig,
    /// A replica that answers what may be a little behind; absent means that there is none.
    pub(crate) replica: Option<StoreConfig>,
    pub bus: BusConfig,
    pub search: SearchConfig,
    pub analytics: AnalyticsConfig,
    pub counters: CountersConfig,
    pub media: MediaConfig,
    /// Absent means that no mail is sent.
    pub(crate) mailer: Option<Mailer>,
    /// The service's address as people reach it, without a slash at its end.
    pub(crate) public_url: String,
    /// Who must have a second factor.
    pub second_factor_for: SecondFactorFor,
    pub settings: Settings,
    /// How long an answer that is the same for all who ask is kept.
    pub answers_kept: Duration,
    /// How long a job stays with a worker that does not answer any more.
    pub job_lease: Duration,
    /// Jobs that one process runs at once.
    pub job_concurrency: usize,
    pub(crate) schedules: Schedules,
    pub(crate) webhooks: WebhookSettings,
    /// Absent means that no trace is recorded.
    pub(crate) traces: Option<TracesConfig>,
    /// Works that a rename or a deletion reaches in its own transaction; more are left to a job.
    pub max_fan_out: i64,
    pub rebuilds: RebuildSettings,
}

/// Where webhooks may be sent, and when again.
#[derive(Clone)]
pub(crate) struct WebhookSettings {
    pub urls: CheckedResolver,
    /// Between two tries of a delivery.
    pub pauses: Vec<Duration>,
}

/// When the jobs run that nobody asks for.
#[derive(Clone)]
pub(crate) struct Schedules {
    /// Removing what nobody needs any more.
    pub sweep: Schedule,
    /// Fitting the recommendations; without new listens it does nothing.
    pub fit: Schedule,
    /// Making the waveforms that are missing.
    pub waveforms: Schedule,
}

/// Every setting that is missing or invalid; each text begins with the name of its variable.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidConfig(pub Vec<String>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid configuration:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for InvalidConfig {}

/// Every setting and its meaning; `jonquil settings` prints it.
pub const SETTINGS: [(&str, &str); 59] = [
    (
        "JONQUIL_CA_FILE",
        "file in PEM with the authorities that the certificates of the engines are from (default: those of the system)",
    ),
    (
        "JONQUIL_POSTGRES_URL",
        "postgres://user:password@host:port/database, with TLS if ?sslmode=verify-full follows",
    ),
    (
        "JONQUIL_POSTGRES_READ_URL",
        "a streaming replica of it, which answers what may be 5 s behind, likewise (default none)",
    ),
    (
        "JONQUIL_POSTGRES_CONNECTIONS",
        "connections of this process in total (default 32)",
    ),
    ("JONQUIL_KAFKA_URL", "bootstrap brokers, host:port,host:port"),
    (
        "JONQUIL_KAFKA_PROPERTIES",
        "more librdkafka properties, key=value;key=value",
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
        "prefix of every topic and consumer group (default none)",
    ),
    ("JONQUIL_ELASTICSEARCH_URL", "http(s)://[user:password@]host:port"),
    (
        "JONQUIL_ELASTICSEARCH_API_KEY",
        "an encoded API key, instead of user and password in the address",
    ),
    ("JONQUIL_INDEX_PREFIX", "prefix of every index (default jonquil-)"),
    ("JONQUIL_INDEX_REPLICAS", "replicas of each index (default 0)"),
    ("JONQUIL_CLICKHOUSE_URL", "http(s)://host:port"),
    (
        "JONQUIL_CLICKHOUSE_DATABASE",
        "beginning of the databases' names (default jonquil)",
    ),
    ("JONQUIL_CLICKHOUSE_USER", "user (default: default)"),
    ("JONQUIL_CLICKHOUSE_PASSWORD", "its password"),
    ("JONQUIL_REDIS_URL", "redis(s)://[user:password@]host:port[/db]"),
    ("JONQUIL_KEY_PREFIX", "prefix of every Redis key (default jonquil:)"),
    ("JONQUIL_S3_URL", "address of the S3 server"),
    (
        "JONQUIL_S3_PUBLIC_URL",
        "the same server as browsers reach it, for signed addresses (default: JONQUIL_S3_URL)",
    ),
    ("JONQUIL_S3_REGION", "region (default us-east-1)"),
    ("JONQUIL_S3_ACCESS_KEY", "access key"),
    ("JONQUIL_S3_SECRET_KEY", "secret key"),
    ("JONQUIL_S3_BUCKET", "bucket (default jonquil)"),
    (
        "JONQUIL_SPOOL_DIR",
        "folder for uploads in progress (default: the system's temp folder)",
    ),
    (
        "JONQUIL_SPOOL_MAX_BYTES",
        "largest size of that folder in bytes (default 2147483648)",
    ),
    (
        "JONQUIL_MAX_UPLOAD_BYTES",
        "largest audio file in bytes (default 209715200)",
    ),
    (
        "JONQUIL_UPLOAD_URL_ALLOWED_HOSTS",
        "hosts that uploads may be fetched from though their addresses are not public, as files.lan,10.0.0.7:8080 (default none)",
    ),
    (
        "JONQUIL_WEBHOOK_ALLOWED_HOSTS",
        "hosts that webhooks may be sent to though their addresses are not public, or without TLS, likewise (default none)",
    ),
    (
        "JONQUIL_WEBHOOK_PAUSES",
        "seconds between two tries of a delivery (default 5,60,600,3600,21600,43200,43200,43200,43200)",
    ),
    ("JONQUIL_SECRET", "key that signs tokens: 32 random characters or more"),
    (
        "JONQUIL_HTTP_ADDRESS",
        "address of the HTTP service (default 127.0.0.1:8080)",
    ),
    (
        "JONQUIL_HTTP_WORKERS",
        "threads of the HTTP service (default: one for each core)",
    ),
    (
        "JONQUIL_REBUILD_STEADY_SECONDS",
        "how long a read model that is made anew must keep up before readers use it (default 10)",
    ),
    (
        "JONQUIL_REBUILD_KEEP_SECONDS",
        "how long the read model before is kept afterwards (default 600)",
    ),
    ("JONQUIL_METRICS_ADDRESS", "address of /metrics (default: none)"),
    (
        "JONQUIL_INSTANCE",
        "name of this process among those of its role (default: the host's name)",
    ),
    (
        "JONQUIL_OPEN_ARTIST_SIGNUP",
        "whether anybody may register as an artist (default true)",
    ),
    (
        "JONQUIL_SECOND_FACTOR_FOR",
        "who can do nothing but set a second factor up until there is one: nobody (default), admins or everybody",
    ),
    (
        "JONQUIL_TRUSTED_PROXIES",
        "addresses and networks whose X-Forwarded-For is believed, as 10.0.0.0/8,192.0.2.7 (default none)",
    ),
    (
        "JONQUIL_CONNECTIONS_PER_ADDRESS",
        "HTTP connections of one address at the same time (default 1024)",
    ),
    (
        "JONQUIL_CORS_ORIGINS",
        "origins whose pages may call the API, as https://music.example (default none)",
    ),
    (
        "JONQUIL_WEB_DIR",
        "folder of the built web page, served at /app/ (default: no page)",
    ),
    (
        "JONQUIL_SMTP_URL",
        "server for mail, as smtps://user:password@host or smtp://host:587?tls=required (default: no mail is sent)",
    ),
    ("JONQUIL_SMTP_FROM", "who sends it, as Jonquil <music@example.org>"),
    (
        "JONQUIL_PUBLIC_URL",
        "address of this service as people reach it, for links in mail and in exported playlists; with https, cookies are for TLS only (as https://music.example)",
    ),
    (
        "JONQUIL_ANSWERS_KEPT_MS",
        "how long an answer that is the same for all who ask is kept, 250 at most (default 250)",
    ),
    (
        "JONQUIL_JOB_LEASE_SECONDS",
        "how long a job stays with a worker that was killed (default 30)",
    ),
    (
        "JONQUIL_JOB_CONCURRENCY",
        "jobs that one process runs at once (default 4)",
    ),
    (
        "JONQUIL_SWEEP_SCHEDULE",
        "when what nobody needs any more is removed: a cron expression in UTC (default 7 * * * *)",
    ),
    (
        "JONQUIL_FIT_SCHEDULE",
        "when the recommendations are fitted anew, likewise (default 27 * * * *)",
    ),
    (
        "JONQUIL_WAVEFORMS_SCHEDULE",
        "when audio without a waveform is looked for, likewise (default 47 * * * *)",
    ),
    (
        "JONQUIL_MAX_FAN_OUT",
        "works that a rename or a deletion changes at once; more are changed by a job (default 1000)",
    ),
    (
        "JONQUIL_OTLP_URL",
        "collector that traces are sent to by OTLP over HTTP, as http://127.0.0.1:4318 (default: no traces)",
    ),
    (
        "JONQUIL_OTLP_HEADERS",
        "headers for it, name=value;name=value (default none)",
    ),
    (
        "JONQUIL_TRACE_RATIO",
        "share of the requests that are traced, where their caller did not decide: 0 to 1 (default 1)",
    ),
    (
        "JONQUIL_LOG",
        "log filter, such as info or relay=debug,info (default info)",
    ),
    ("JONQUIL_LOG_FORMAT", "text (default) or json"),
];

impl Config {
    /// Reads the settings with `lookup`, which is usually the environment.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let mut read = Reader {
            lookup: &lookup,
            authorities: None,
            problems: Vec::new(),
        };
        read.authorities();
        let mailer = read.mailer();
        let webhooks = read.webhooks();
        let answers_kept = Duration::from_millis(read.parsed("JONQUIL_ANSWERS_KEPT_MS", 250).min(250));
        let config = Self {
            instance: read.or("JONQUIL_INSTANCE", &host()),
            http_address: read.parsed("JONQUIL_HTTP_ADDRESS", SocketAddr::from(([127, 0, 0, 1], 8080))),
            http_workers: read.parsed("JONQUIL_HTTP_WORKERS", cores()).clamp(1, 256),
            metrics_address: read.optional("JONQUIL_METRICS_ADDRESS"),
            secret: read.secret("JONQUIL_SECRET"),
            proxies: read.proxies(),
            connections_per_address: read.parsed("JONQUIL_CONNECTIONS_PER_ADDRESS", 1024),
            origins: read.parsed("JONQUIL_CORS_ORIGINS", Origins::default()),
            web_dir: read.get("JONQUIL_WEB_DIR").map(PathBuf::from),
            // Every role reads the whole configuration: an installation that is incomplete fails at its first start.
            store: read.store(),
            replica: read.replica(),
            bus: read.bus(),
            search: read.search(answers_kept),
            analytics: read.analytics(answers_kept),
            counters: read.counters(),
            media: read.media(),
            public_url: read.public_url(mailer.is_some()),
            settings: Settings {
                sends_mail: mailer.is_some(),
                open_artist_signup: read.parsed("JONQUIL_OPEN_ARTIST_SIGNUP", true),
                max_upload_bytes: read.parsed("JONQUIL_MAX_UPLOAD_BYTES", MediaConfig::MAX_UPLOAD_BYTES),
                urls: read.urls("JONQUIL_UPLOAD_URL_ALLOWED_HOSTS"),
                webhook_urls: webhooks.urls.clone(),
            },
            second_factor_for: read.parsed("JONQUIL_SECOND_FACTOR_FOR", SecondFactorFor::default()),
            mailer,
            answers_kept,
            job_lease: Duration::from_secs(read.parsed("JONQUIL_JOB_LEASE_SECONDS", 30).clamp(1, 3_600)),
            job_concurrency: read.parsed("JONQUIL_JOB_CONCURRENCY", 4).clamp(1, 64),
            schedules: read.schedules(),
            webhooks,
            traces: read.traces(),
            max_fan_out: read.parsed("JONQUIL_MAX_FAN_OUT", MAX_FAN_OUT).clamp(0, 10_000),
            rebuilds: RebuildSettings {
                steady: Duration::from_secs(read.parsed("JONQUIL_REBUILD_STEADY_SECONDS", 10)),
                kept: Duration::from_secs(read.parsed("JONQUIL_REBUILD_KEEP_SECONDS", 600)),
            },
        };
        if read.problems.is_empty() {
            Ok(config)
        } else {
            Err(InvalidConfig(read.problems))
        }
    }
}

/// Machines that were cloned may share it: the second process of a role and name does not start (`supervision.rs`).
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "1".to_owned(),
        name => name.to_owned(),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Reads values and collects problems. An invalid value is replaced by a placeholder, which nobody will use.
struct Reader<'a, L> {
    lookup: &'a L,
    /// In PEM; none: those of the system.
    authorities: Option<Arc<str>>,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<'_, L> {
    fn get(&self, name: &str) -> Option<String> {
        // Compose files pass an unset variable on as an empty one.
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
            self.problems.push(format!("{name} is missing: {meaning}"));
            String::new()
        })
    }

    fn optional<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let value = self.get(name)?;
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            // Without the value: it may be a secret in the wrong place.
            self.problems.push(format!("{name} cannot be parsed"));
        }
        parsed
    }

    fn parsed<T: FromStr>(&mut self, name: &str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    fn url(&mut self, name: &str, schemes: &[&str]) -> String {
        let url = self.required(name);
        if !url.is_empty() && !schemes.iter().any(|scheme| url.starts_with(&format!("{scheme}://"))) {
            self.problems
                .push(format!("{name} must start with {}://", schemes.join(":// or ")));
        }
        url
    }

    fn secret(&mut self, name: &str) -> String {
        let secret = self.required(name);
        if !secret.is_empty() && secret.len() < 32 {
            self.problems.push(format!("{name} must have at least 32 characters"));
        }
        secret
    }

    fn proxies(&mut self) -> Proxies {
        if self.get("JONQUIL_BEHIND_PROXY").is_some() {
            let gone = "JONQUIL_TRUSTED_PROXIES must name the proxies; JONQUIL_BEHIND_PROXY is no setting any more";
            self.problems.push(gone.to_owned());
        }
        self.parsed("JONQUIL_TRUSTED_PROXIES", Proxies::default())
    }

    /// None where no server is named.
    fn mailer(&mut self) -> Option<Mailer> {
        let server = self.get("JONQUIL_SMTP_URL")?;
        let from = self.required("JONQUIL_SMTP_FROM");
        match Mailer::new(&server, &from, timeouts::SMTP) {
            Ok(mailer) => Some(mailer),
            Err(BadSetting::From) if from.is_empty() => None,
            Err(bad) => {
                let name = match bad {
                    BadSetting::Server => "JONQUIL_SMTP_URL",
                    BadSetting::From => "JONQUIL_SMTP_FROM",
                };
                self.problems.push(format!("{name} {bad}"));
                None
            }
        }
    }

    fn public_url(&mut self, is_needed: bool) -> String {
        let url = if is_needed || self.get("JONQUIL_PUBLIC_URL").is_some() {
            self.url("JONQUIL_PUBLIC_URL", &["http", "https"])
        } else {
            String::new()
        };
        url.trim_end_matches('/').to_owned()
    }

    /// At minutes of their own, so that they do not all begin together.
    fn schedules(&mut self) -> Schedules {
        Schedules {
            sweep: self.schedule("JONQUIL_SWEEP_SCHEDULE", "7 * * * *"),
            fit: self.schedule("JONQUIL_FIT_SCHEDULE", "27 * * * *"),
            waveforms: self.schedule("JONQUIL_WAVEFORMS_SCHEDULE", "47 * * * *"),
        }
    }

    fn schedule(&mut self, name: &str, default: &str) -> Schedule {
        let given = self.or(name, default);
        given.trim().parse().unwrap_or_else(|invalid| {
            self.problems.push(format!("{name} {invalid}"));
            Schedule::default()
        })
    }

    fn webhooks(&mut self) -> WebhookSettings {
        let pauses = self.or("JONQUIL_WEBHOOK_PAUSES", "5,60,600,3600,21600,43200,43200,43200,43200");
        let seconds = |text: &str| Duration::try_from_secs_f64(text.trim().parse().ok()?).ok();
        let read: Option<Vec<Duration>> = pauses.split(',').map(seconds).collect();
        let pauses = read.unwrap_or_else(|| {
            let message = "JONQUIL_WEBHOOK_PAUSES must be seconds, as 5,60,600";
            self.problems.push(message.to_owned());
            Vec::new()
        });
        WebhookSettings {
            urls: self.urls("JONQUIL_WEBHOOK_ALLOWED_HOSTS"),
            pauses,
        }
    }

    fn urls(&mut self, allowed: &str) -> CheckedResolver {
        let allowed = self.parsed(allowed, AllowedHosts::default());
        let own = fetcher::own_addresses();
        CheckedResolver::new(Arc::new(SystemResolver), allowed, own, timeouts::RESOLVE)
    }
}
