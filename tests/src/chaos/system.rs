//! The whole service as processes: two of each role, watched by a supervisor as an orchestrator would.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, atomic::Ordering},
    time::Duration,
};

use tokio::task::JoinHandle;

use super::book::Log;
use crate::{App, Brokers, Builder, Child, Engine, Http};

/// Every role that a process may have.
pub(super) const ROLES: [&str; 6] = ["api", "relay", "search", "analytics", "counters", "jobs"];
const INSTANCES: [&str; 2] = ["one", "two"];
const LOOK: Duration = Duration::from_millis(100);

struct Process {
    role: &'static str,
    instance: &'static str,
    address: Option<String>,
    child: Option<Child>,
}

/// An application whose roles are processes, and its engines if they are its own.
pub(super) struct System {
    /// Dropped first: nobody writes what the application's end removes.
    processes: Vec<Mutex<Process>>,
    pub app: App,
    pub log: Arc<Log>,
    pub engines: Option<OwnEngines>,
    pub brokers: Option<Brokers>,
    /// Addresses of the API processes.
    pub bases: Vec<String>,
    /// Ends that nobody ordered: by role, the last line of the log.
    ended: Mutex<BTreeMap<&'static str, Vec<String>>>,
}

/// Engines that may be killed: `cargo xtask chaos` started them.
#[derive(Clone, Debug)]
pub struct OwnEngines {
    /// Path of xtask.
    pub xtask: PathBuf,
    /// The first of their ports.
    pub port_base: String,
    /// The folder for uploads in progress: a volume that may become full, as the data of Postgres and of S3 have one each. Or
    /// why there are no such volumes.
    pub volumes: Result<PathBuf, String>,
}

impl OwnEngines {
    /// `kill`, `pause`, `resume` or `start`, which waits until it answers; `fill` or `free` of a volume.
    pub(super) async fn orders(&self, key: &'static str, what: &'static str) {
        let mut said = String::new();
        // On a busy machine an engine may need longer than xtask waits for it.
        for _ in 0..3 {
            let mut xtask = Command::new(&self.xtask);
            xtask.args(["chaos-engine", key, what, "--port-base", &self.port_base]);
            // With their addresses it would take the engines for somebody else's, and start none.
            for engine in ENGINES {
                xtask.env_remove(engine.variable());
            }
            let ran = tokio::task::spawn_blocking(move || xtask.output()).await;
            let output = ran.expect("it ran").expect("xtask starts");
            if output.status.success() {
                return;
            }
            said = String::from_utf8_lossy(&output.stderr).into_owned();
        }
        panic!("{key} {what}: {said}");
    }
}

/// As xtask calls it.
pub(super) fn key(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "postgres",
        Engine::Kafka => "kafka",
        Engine::Elasticsearch => "elasticsearch",
        Engine::ClickHouse => "clickhouse",
        Engine::Redis => "redis",
        Engine::S3 => "s3",
    }
}

/// Every engine.
pub(super) const ENGINES: [Engine; 6] = Engine::ALL;

impl System {
    /// Starts it all and waits until both API processes answer. The supervisor ends when the log is over.
    pub(super) async fn start(engines: Option<OwnEngines>, three_brokers: bool) -> (Arc<Self>, JoinHandle<()>) {
        let brokers = if three_brokers {
            Some(Brokers::start(3).await)
        } else {
            None
        };
        let builder = on(brokers.as_ref());
        let settings = [
            ("JONQUIL_POSTGRES_CONNECTIONS", "12"),
            // Big enough a change is a job, and a lost worker's job is soon another's.
            ("JONQUIL_MAX_FAN_OUT", "20"),
            ("JONQUIL_JOB_LEASE_SECONDS", "5"),
            ("JONQUIL_REBUILD_STEADY_SECONDS", "1"),
            ("JONQUIL_REBUILD_KEEP_SECONDS", "5"),
        ];
        let builder = settings
            .iter()
            .fold(builder, |builder, (name, value)| builder.setting(name, value));
        let spool = engines.as_ref().and_then(|own| own.volumes.as_ref().ok()?.to_str());
        let builder = spool
            .into_iter()
            .fold(builder, |builder, spool| builder.setting("JONQUIL_SPOOL_DIR", spool));
        let app = builder.start().await;
        let mut processes = Vec::new();
        for role in ROLES {
            for instance in INSTANCES {
                let address = (role == "api").then(free_address);
                processes.push(Process {
                    role,
                    instance,
                    address,
                    child: None,
                });
            }
        }
        let bases = processes.iter().filter_map(|process| process.address.as_ref());
        let bases = bases.map(|address| format!("http://{address}")).collect();
        let system = Arc::new(Self {
            app,
            log: Arc::default(),
            engines,
            brokers,
            bases,
            processes: processes.into_iter().map(Mutex::new).collect(),
            ended: Mutex::default(),
        });
        let supervised = Arc::clone(&system);
        let supervisor = tokio::spawn(async move { supervised.supervises().await });
        crate::eventually_within(Duration::from_mins(1), "both API processes are ready", async || {
            system.is_ready().await.then_some(())
        })
        .await;
        (system, supervisor)
    }

    /// Starts what does not run, until the run is over.
    async fn supervises(&self) {
        while !self.log.is_over() {
            for process in &self.processes {
                let mut process = lock(process);
                if let Some(child) = &mut process.child
                    && child.has_ended()
                {
                    let line = child.last_line();
                    let mut ended = self.ended.lock().expect("not poisoned");
                    ended.entry(process.role).or_default().push(line);
                    process.child = None;
                }
                if process.child.is_none() {
                    process.child = Some(self.spawns(&process));
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn spawns(&self, process: &Process) -> Child {
        let address = process.address.as_deref().unwrap_or("127.0.0.1:0");
        let variables = [("JONQUIL_HTTP_ADDRESS", address)];
        self.app
            .spawns_together(&[process.role], process.instance, "", &variables)
    }

    /// Kills a process; the supervisor starts it again.
    pub(super) fn kills(&self, role: &str, number: usize) {
        if let Some(child) = lock(self.process(role, number)).child.take() {
            child.kill();
        }
    }

    /// Sends a signal to a process.
    pub(super) fn signals(&self, role: &str, number: usize, signal: &str) {
        if let Some(child) = &lock(self.process(role, number)).child {
            child.signals(signal);
        }
    }

    fn process(&self, role: &str, number: usize) -> &Mutex<Process> {
        let at = ROLES.iter().position(|known| *known == role).expect("a role");
        &self.processes[at * INSTANCES.len() + number % INSTANCES.len()]
    }

    /// Whether both API processes take traffic.
    pub(super) async fn is_ready(&self) -> bool {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2));
        let client = client.build().expect("a client");
        for base in &self.bases {
            let answer = client.get(format!("{base}/ready")).send().await;
            if !answer.is_ok_and(|answer| answer.status().is_success()) {
                return false;
            }
        }
        true
    }

    /// The first API process, as nobody.
    pub(super) fn http(&self) -> Http {
        let address = self.bases[0].trim_start_matches("http://");
        Http::new(address.parse().expect("an address"))
    }

    /// Commands and listens that were acknowledged so far.
    pub(super) fn acknowledged(&self) -> u64 {
        self.log.acknowledged.load(Ordering::Relaxed)
    }

    /// Ends that nobody ordered.
    pub(super) fn ended(&self) -> BTreeMap<&'static str, Vec<String>> {
        self.ended.lock().expect("not poisoned").clone()
    }
}

/// Every engine behind a proxy, but for brokers of one's own: they send their clients past it.
fn on(brokers: Option<&Brokers>) -> Builder {
    let mut builder = App::builder().without_roles();
    if let Some(brokers) = brokers {
        builder = builder
            .on(brokers)
            .setting("JONQUIL_KAFKA_REPLICATION", "3")
            .setting("JONQUIL_KAFKA_MIN_INSYNC_REPLICAS", "2");
    }
    let proxied = ENGINES
        .into_iter()
        .filter(|engine| brokers.is_none() || *engine != Engine::Kafka);
    proxied.fold(builder, Builder::behind_proxy)
}

fn lock(process: &Mutex<Process>) -> MutexGuard<'_, Process> {
    process.lock().expect("not poisoned")
}

/// A port that was free a moment ago. A process that starts again takes the same one.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}
