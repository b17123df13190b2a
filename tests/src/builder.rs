//! What an application is made of before it starts.

use std::{collections::BTreeMap, fs::File, path::Path, time::Duration};

use bus::{BusConfig, Cluster};
use jonquil::{Config, Role};
use read_analytics::{Analytics, AnalyticsConfig, AnalyticsProjection};
use read_counters::{Counters, CountersConfig};
use read_search::{Search, SearchConfig, SearchProjection};
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::{
    App, Authority, Brokers, PostgresServer, Proxy, RedisServer,
    app::Parts,
    engines::{Engines, with_database},
    names, template,
};

/// Every role of one process.
pub(crate) const ALL: [Role; 6] = Role::ALL;

/// An engine that a story may take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Commands.
    Postgres,
    /// Events.
    Kafka,
    /// Search.
    Elasticsearch,
    /// History and statistics.
    ClickHouse,
    /// Counts and charts of the day.
    Redis,
    /// Audio and covers.
    S3,
}

impl Engine {
    /// Every engine.
    pub(crate) const ALL: [Self; 6] = [
        Self::Postgres,
        Self::Kafka,
        Self::Elasticsearch,
        Self::ClickHouse,
        Self::Redis,
        Self::S3,
    ];

    /// The setting that has its address.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "JONQUIL_POSTGRES_URL",
            Self::Kafka => "JONQUIL_KAFKA_URL",
            Self::Elasticsearch => "JONQUIL_ELASTICSEARCH_URL",
            Self::ClickHouse => "JONQUIL_CLICKHOUSE_URL",
            Self::Redis => "JONQUIL_REDIS_URL",
            Self::S3 => "JONQUIL_S3_URL",
        }
    }
}

/// Which application is wanted.
pub struct Builder {
    roles: Vec<Role>,
    apis: usize,
    proxied: Vec<Engine>,
    authority: Option<Authority>,
    /// Addresses for the harness, and settings for the service.
    brokers: Option<(String, Vec<(&'static str, String)>)>,
    redis: Option<String>,
    /// A server of the story's own, and its replica.
    postgres: Option<(String, String)>,
    settings: Vec<(&'static str, String)>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            roles: ALL.to_vec(),
            apis: 1,
            proxied: Vec::new(),
            authority: None,
            brokers: None,
            redis: None,
            postgres: None,
            settings: Vec::new(),
        }
    }
}

impl Builder {
    /// Does not start this role; a story may do so later, in this process or in one of its own.
    #[must_use]
    pub fn without(mut self, role: Role) -> Self {
        self.roles.retain(|kept| *kept != role);
        self
    }

    /// Starts no role: the story has each in a process of its own.
    #[must_use]
    pub fn without_roles(mut self) -> Self {
        self.roles.clear();
        self
    }

    /// Does not start what fills the read models.
    #[must_use]
    pub fn without_read_models(self) -> Self {
        self.without(Role::Search)
            .without(Role::Analytics)
            .without(Role::Counters)
    }

    /// So many API processes.
    #[must_use]
    pub fn apis(mut self, count: usize) -> Self {
        self.apis = count;
        self
    }

    /// Puts a proxy before this engine.
    #[must_use]
    pub fn behind_proxy(mut self, engine: Engine) -> Self {
        self.proxied.push(engine);
        self
    }

    /// On brokers of the story's own.
    #[must_use]
    pub fn on(mut self, brokers: &Brokers) -> Self {
        self.brokers = Some((brokers.addresses(), brokers.settings()));
        self
    }

    /// On a Redis of the story's own.
    #[must_use]
    pub fn on_redis(mut self, redis: &RedisServer) -> Self {
        self.redis = Some(redis.url());
        self
    }

    /// On a Postgres of the story's own, whose replica answers what may be behind.
    #[must_use]
    pub fn on_postgres(mut self, primary: &PostgresServer, replica: &PostgresServer) -> Self {
        self.postgres = Some((primary.url(), replica.url()));
        self
    }

    /// Puts TLS before every engine but Kafka. What has no proxy is migrated over it too.
    #[must_use]
    pub fn over_tls(mut self, authority: &Authority) -> Self {
        self.authority = Some(authority.clone());
        self
    }

    /// Another value of a setting, by the name of its variable.
    #[must_use]
    pub fn setting(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    /// Makes what it needs and starts it.
    pub async fn start(self) -> App {
        let mut engines = Engines::from_environment();
        engines.redis = self.redis.unwrap_or(engines.redis);
        let (postgres, replica) = self.postgres.unzip();
        engines.postgres = postgres.unwrap_or(engines.postgres);
        let (kafka, of_brokers) = self.brokers.unwrap_or((engines.kafka, Vec::new()));
        engines.kafka = kafka;
        let name = names::next();
        // More than there are consumers: one that is dropped holds its thread until Kafka has answered, and Kafka may be behind
        // a proxy that runs here too.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(8)
            .enable_all()
            .build()
            .expect("a runtime");
        let handle = runtime.handle().clone();
        let spool = TempDir::new().expect("a folder");
        let spool_dir = spool.path().to_owned();
        let (of_engines, of_name, behind, changed) = (engines.clone(), name.clone(), self.proxied, self.settings);
        let authority = self.authority;
        let prepared = on(&handle, async move || {
            let mut settings = settings(&of_engines, &of_name, &spool_dir);
            settings.extend(of_brokers);
            if let Some(authority) = authority {
                puts_tls_before(&authority, &mut settings).await;
            }
            let direct = settings.clone();
            let (proxies, lease) = proxies(&of_engines, &behind, &mut settings).await;
            settings.extend(changed);
            let database = names::plain(&of_name);
            makes(&of_engines, &database, replica.as_deref(), &mut settings).await;
            let sql = template::connect(&of_engines.database(&database)).await;
            (settings, direct, proxies, lease, sql)
        });
        let (settings, direct, proxies, lease, sql) = prepared.await;
        migrate(&handle, &settings, &direct).await;
        let bus = BusConfig::new(&engines.kafka, &format!("{name}-"));
        let reads = reads(&engines, &name);
        let mut app = App::of(Parts {
            cluster: Cluster::new(&bus).expect("a Kafka client"),
            bus,
            engines,
            name,
            runtime,
            spool,
            settings,
            proxies,
            lease,
            sql,
            reads,
        });
        for at in 0..self.apis.max(1) {
            // The first process has every role, others are APIs only.
            let roles = if at == 0 { self.roles.clone() } else { vec![Role::Api] };
            if !roles.is_empty() {
                app.starts(&roles).await;
            }
        }
        app
    }
}

/// An application in which every command at once has a connection: it waits for the lock that it is about, on a busy machine
/// too, and not for its turn.
#[must_use]
pub fn patient() -> Builder {
    App::builder().setting("JONQUIL_POSTGRES_CONNECTIONS", "100")
}

/// Work on the application's own runtime, so that a story that computes does not hold it up.
pub(crate) async fn on<T, F>(handle: &Handle, work: impl FnOnce() -> F + Send + 'static) -> T
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    let (done, waiting) = tokio::sync::oneshot::channel();
    let handle = handle.clone();
    std::thread::spawn(move || done.send(handle.block_on(work())).ok());
    waiting.await.expect("the work did not panic")
}

/// The settings of a process.
pub(crate) fn config(settings: &BTreeMap<&'static str, String>) -> Config {
    match Config::from_lookup(|name| settings.get(name).cloned()) {
        Ok(config) => config,
        Err(faults) => panic!("{faults}"),
    }
}

/// What reads are asked of beside the service.
pub(crate) struct Reads {
    pub index: Search,
    pub search: SearchProjection,
    pub analytics: Analytics,
    pub analytics_positions: AnalyticsProjection,
    pub counters: Counters,
}

fn settings(engines: &Engines, name: &str, spool: &Path) -> BTreeMap<&'static str, String> {
    let plain = names::plain(name);
    BTreeMap::from([
        ("JONQUIL_POSTGRES_URL", engines.database(&plain)),
        ("JONQUIL_POSTGRES_CONNECTIONS", "20".to_owned()),
        ("JONQUIL_KAFKA_URL", engines.kafka.clone()),
        ("JONQUIL_TOPIC_PREFIX", format!("{name}-")),
        ("JONQUIL_ELASTICSEARCH_URL", engines.elasticsearch.clone()),
        ("JONQUIL_INDEX_PREFIX", format!("{name}-")),
        ("JONQUIL_CLICKHOUSE_URL", engines.clickhouse.clone()),
        ("JONQUIL_CLICKHOUSE_DATABASE", plain),
        ("JONQUIL_REDIS_URL", engines.redis.clone()),
        ("JONQUIL_KEY_PREFIX", format!("{name}:")),
        ("JONQUIL_S3_URL", engines.s3.clone()),
        ("JONQUIL_S3_ACCESS_KEY", engines.s3_access_key.clone()),
        ("JONQUIL_S3_SECRET_KEY", engines.s3_secret_key.clone()),
        ("JONQUIL_S3_REGION", engines.s3_region.clone()),
        ("JONQUIL_S3_BUCKET", name.to_owned()),
        (
            "JONQUIL_SECRET",
            "of the stories, and of nothing else in the world".to_owned(),
        ),
        ("JONQUIL_HTTP_ADDRESS", "127.0.0.1:0".to_owned()),
        ("JONQUIL_HTTP_WORKERS", "1".to_owned()),
        // A story reads what it has just done.
        ("JONQUIL_ANSWERS_KEPT_MS", "0".to_owned()),
        ("JONQUIL_INSTANCE", "story".to_owned()),
        ("JONQUIL_SPOOL_DIR", spool.to_string_lossy().into_owned()),
    ])
}

/// The database. On a server of the story's own there is no template, and there is a replica.
async fn makes(
    engines: &Engines,
    database: &str,
    replica: Option<&str>,
    settings: &mut BTreeMap<&'static str, String>,
) {
    match replica {
        Some(replica) => {
            settings.insert("JONQUIL_POSTGRES_READ_URL", with_database(replica, database));
            template::migrated(engines, database).await;
        }
        None => template::database(engines, database).await,
    }
}

/// Every address but Kafka's, whose brokers have TLS of their own.
async fn puts_tls_before(authority: &Authority, settings: &mut BTreeMap<&'static str, String>) {
    for engine in Engine::ALL.into_iter().filter(|engine| *engine != Engine::Kafka) {
        let mut url: reqwest::Url = settings[engine.variable()].parse().expect("an engine's URL");
        let is_postgres = engine == Engine::Postgres;
        let address = authority.stands_before(target(&url), is_postgres).await;
        url.set_port(Some(address.port())).expect("a port");
        if is_postgres {
            url.set_query(Some("sslmode=verify-full"));
        } else {
            let scheme = format!("{}s", url.scheme());
            url.set_scheme(&scheme).expect("a scheme");
        }
        settings.insert(engine.variable(), url.as_str().trim_end_matches('/').to_owned());
    }
    let file = authority.file().to_string_lossy().into_owned();
    settings.insert("JONQUIL_CA_FILE", file);
}

fn target(url: &reqwest::Url) -> String {
    let (host, port) = (url.host_str(), url.port_or_known_default());
    format!("{}:{}", host.expect("a host"), port.expect("a port"))
}

type Proxies = BTreeMap<Engine, Proxy>;

/// Puts the proxies' addresses in place of the engines'.
async fn proxies(
    engines: &Engines,
    wanted: &[Engine],
    settings: &mut BTreeMap<&'static str, String>,
) -> (Proxies, Option<File>) {
    let mut proxies = Proxies::new();
    let mut lease = None;
    for engine in wanted {
        let variable = engine.variable();
        if *engine == Engine::Kafka {
            let (held, bound, advertised) = lease_listener(engines).await;
            proxies.insert(*engine, Proxy::start(&advertised, bound).await);
            settings.insert(variable, advertised);
            lease = Some(held);
            continue;
        }
        let mut url: reqwest::Url = settings[variable].parse().expect("an engine's URL");
        let proxy = Proxy::start("127.0.0.1:0", target(&url)).await;
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(proxy.address().port())).expect("a port");
        settings.insert(variable, url.as_str().trim_end_matches('/').to_owned());
        proxies.insert(*engine, proxy);
    }
    (proxies, lease)
}

/// A broker sends its clients to its advertised address, so a proxy must stand exactly there: one application a listener at a time.
async fn lease_listener(engines: &Engines) -> (File, String, String) {
    assert!(
        !engines.kafka_faults.is_empty(),
        "JONQUIL_TEST_KAFKA_FAULT_LISTENERS is not set; run `cargo xtask test`"
    );
    crate::eventually_within(
        Duration::from_mins(3),
        "a spare listener of the broker is free",
        async || {
            engines.kafka_faults.iter().find_map(|(bound, advertised)| {
                let file = std::env::temp_dir().join(format!("jonquil-listener-{}.lock", advertised.replace(':', "-")));
                let file = File::options().create(true).append(true).open(file).ok()?;
                file.try_lock().ok()?;
                Some((file, bound.clone(), advertised.clone()))
            })
        },
    )
    .await
}

/// Straight to the engines: proxies are for the service.
async fn migrate(handle: &Handle, settings: &BTreeMap<&'static str, String>, direct: &BTreeMap<&'static str, String>) {
    let mut settings = settings.clone();
    for engine in Engine::ALL {
        settings.insert(engine.variable(), direct[engine.variable()].clone());
    }
    let config = config(&settings);
    let migrated = on(handle, async move || {
        jonquil::migrate(&config).await.map_err(|error| error.to_string())
    });
    migrated.await.expect("the engines take the schema");
}

fn reads(engines: &Engines, name: &str) -> Reads {
    let timeout = Duration::from_secs(10);
    let search = Search::connect(&SearchConfig {
        url: engines.elasticsearch.clone(),
        index_prefix: format!("{name}-"),
        timeout,
        write_timeout: timeout,
        replicas: 0,
        look: Duration::ZERO,
        api_key: None,
        authorities: None,
    })
    .expect("Elasticsearch\'s address");
    let analytics = Analytics::new(&AnalyticsConfig {
        url: engines.clickhouse.clone(),
        tls: None,
        database: names::plain(name),
        user: None,
        password: None,
        timeout,
        look: Duration::ZERO,
    });
    let counters = Counters::new(&CountersConfig {
        url: engines.redis.clone(),
        prefix: format!("{name}:"),
        timeout,
        authorities: None,
    });
    Reads {
        search: SearchProjection::new(search.clone()),
        index: search,
        analytics_positions: AnalyticsProjection::new(analytics.clone()),
        analytics,
        counters: counters.expect("Redis' address"),
    }
}
