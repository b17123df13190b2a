//! Brokers of a story's own, which it may kill: Kafka from the jars and on the ports that `cargo xtask test` names.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer as _},
};
use tempfile::TempDir;

use crate::{Authority, eventually_within, new_id};

/// Three virtual machines start at once, on a machine that runs stories.
const STARTS_WITHIN: Duration = Duration::from_mins(2);
const ANSWER: Duration = Duration::from_secs(5);
/// Ports of one broker: for clients, for the quorum, and for clients with TLS and a password.
const PORTS: u16 = 3;
const USER: &str = "jonquil";

/// A cluster. Killed when dropped; when the story fails, what its brokers logged last is shown.
pub struct Brokers {
    processes: Vec<Mutex<Option<Child>>>,
    folder: TempDir,
    jars: PathBuf,
    first_port: u16,
    /// Of the listener with TLS, if there is one.
    password: Option<String>,
    client: Arc<BaseConsumer>,
    /// Held as long as the ports are used.
    _lease: File,
}

impl Brokers {
    /// So many, each of which votes too. Waits until they know each other.
    pub async fn start(count: u16) -> Self {
        Self::starts(count, None).await
    }

    /// One, with a listener for TLS that asks for a password (SASL with SCRAM-SHA-512).
    pub async fn with_a_password(authority: &Authority) -> Self {
        Self::starts(1, Some(authority)).await
    }

    async fn starts(count: u16, authority: Option<&Authority>) -> Self {
        let (first_port, lease) = lease().await;
        let address = format!("127.0.0.1:{first_port}");
        let client = ClientConfig::new().set("bootstrap.servers", address).create();
        let brokers = Self {
            processes: (0..count).map(|_| Mutex::default()).collect(),
            folder: TempDir::new().expect("a folder"),
            jars: variable("JONQUIL_TEST_KAFKA_JARS").into(),
            first_port,
            password: authority.map(|_| new_id().to_string()),
            client: Arc::new(client.expect("a Kafka client")),
            _lease: lease,
        };
        if let Some(authority) = authority {
            let (certificate, key) = authority.issues();
            fs::write(brokers.folder.path().join("broker.pem"), key + &certificate).expect("a file");
        }
        brokers.formats();
        for number in 0..brokers.processes.len() {
            brokers.spawns(number);
        }
        brokers.is_whole().await;
        brokers
    }

    /// Addresses for clients without TLS.
    #[must_use]
    pub fn addresses(&self) -> String {
        self.joined(0)
    }

    /// How the service reaches them.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let Some(password) = &self.password else {
            return vec![("JONQUIL_KAFKA_URL", self.addresses())];
        };
        let properties = self.properties(password);
        vec![
            ("JONQUIL_KAFKA_URL", self.joined(2)),
            ("JONQUIL_KAFKA_PROPERTIES", properties),
        ]
    }

    /// What `JONQUIL_KAFKA_PROPERTIES` is with this password.
    #[must_use]
    pub fn properties(&self, password: &str) -> String {
        format!(
            "security.protocol=sasl_ssl;sasl.mechanisms=SCRAM-SHA-512;sasl.username={USER};sasl.password={password}"
        )
    }

    /// The broker that leads most partitions of topics with this ending, by number from 0.
    pub async fn busiest(&self, topics: &str) -> usize {
        let ending = topics.to_owned();
        eventually_within(ANSWER * 4, "a broker leads partitions of the topic", async || {
            let partitions = self.partitions().await?;
            let mut led: BTreeMap<i32, usize> = BTreeMap::new();
            for (_, leader, _) in partitions.iter().filter(|(topic, ..)| topic.ends_with(&ending)) {
                *led.entry(*leader).or_default() += 1;
            }
            let (busiest, _) = led
                .into_iter()
                .filter(|(leader, _)| *leader > 0)
                .max_by_key(|(_, led)| *led)?;
            usize::try_from(busiest - 1).ok()
        })
        .await
    }

    /// SIGKILL.
    pub fn kill(&self, number: usize) {
        if let Some(mut process) = self.process(number).take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts one that was killed, and waits until it has again everything that it missed.
    pub async fn restart(&self, number: usize) {
        self.spawns(number);
        self.is_whole().await;
    }

    /// Waits until every broker is there, and every replica is in sync.
    async fn is_whole(&self) {
        let all = self.processes.len();
        eventually_within(STARTS_WITHIN, "every broker has what it should have", async || {
            let client = Arc::clone(&self.client);
            let asked = tokio::task::spawn_blocking(move || client.fetch_metadata(None, ANSWER));
            let metadata = asked.await.expect("asked").ok()?;
            (metadata.brokers().len() == all).then_some(())?;
            let partitions = self.partitions().await?;
            partitions
                .iter()
                .all(|(_, leader, in_sync)| *leader > 0 && *in_sync)
                .then_some(())
        })
        .await;
    }

    /// Topic, leader, and whether every replica is in sync, of each partition.
    async fn partitions(&self) -> Option<Vec<(String, i32, bool)>> {
        let client = Arc::clone(&self.client);
        let asked = tokio::task::spawn_blocking(move || client.fetch_metadata(None, ANSWER));
        let metadata = asked.await.expect("asked").ok()?;
        let mut all = Vec::new();
        for topic in metadata.topics() {
            for partition in topic.partitions() {
                let in_sync = partition.isr().len() == partition.replicas().len();
                all.push((topic.name().to_owned(), partition.leader(), in_sync));
            }
        }
        Some(all)
    }

    fn process(&self, number: usize) -> MutexGuard<'_, Option<Child>> {
        let process = self.processes[number].lock();
        process.unwrap_or_else(PoisonError::into_inner)
    }

    fn port(&self, number: usize, of_it: u16) -> u16 {
        self.first_port + u16::try_from(number).expect("few brokers") * PORTS + of_it
    }

    fn joined(&self, of_it: u16) -> String {
        let addresses = (0..self.processes.len()).map(|number| format!("127.0.0.1:{}", self.port(number, of_it)));
        addresses.collect::<Vec<_>>().join(",")
    }

    fn home(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("broker-{}", number + 1))
    }

    /// Makes the folder of the first broker, and copies it with the other names: a virtual machine less for each.
    fn formats(&self) {
        let cluster = URL_SAFE_NO_PAD.encode(new_id().as_bytes());
        for number in 0..self.processes.len() {
            fs::create_dir_all(self.home(number)).expect("a folder");
            let properties = self.server_properties(number);
            fs::write(self.home(number).join("server.properties"), properties).expect("a file");
        }
        let mut format = self.java(0);
        format.args([
            "kafka.tools.StorageTool",
            "format",
            "-t",
            &cluster,
            "-c",
            "server.properties",
        ]);
        if let Some(password) = &self.password {
            format.args([
                "--add-scram",
                &format!("SCRAM-SHA-512=[name={USER},password={password}]"),
            ]);
        }
        let formatted = format.output().expect("java runs");
        assert!(
            formatted.status.success(),
            "{}{}",
            String::from_utf8_lossy(&formatted.stdout),
            String::from_utf8_lossy(&formatted.stderr)
        );
        let first = self.home(0).join("data");
        for number in 1..self.processes.len() {
            let own = self.home(number).join("data");
            copies(&first, &own);
            let file = own.join("meta.properties");
            let meta = fs::read_to_string(&file).expect("what the folder is of");
            let renamed = meta.lines().map(|line| match line.split_once('=') {
                Some(("node.id", _)) => format!("node.id={}\n", number + 1),
                Some(("directory.id", _)) => format!("directory.id={}\n", URL_SAFE_NO_PAD.encode(new_id().as_bytes())),
                _ => format!("{line}\n"),
            });
            fs::write(&file, renamed.collect::<String>()).expect("a file");
        }
    }

    fn server_properties(&self, number: usize) -> String {
        let ports = [0, 1, 2].map(|of_it| self.port(number, of_it));
        let [clients, quorum, secured] = ports;
        let voters = (0..self.processes.len()).map(|at| format!("{}@127.0.0.1:{}", at + 1, self.port(at, 1)));
        let voters = voters.collect::<Vec<_>>().join(",");
        let (replicas, least) = if self.processes.len() > 1 { (3, 2) } else { (1, 1) };
        let mut listeners = format!("PLAINTEXT://127.0.0.1:{clients}");
        let mut security = String::new();
        if self.password.is_some() {
            let _ = write!(listeners, ",SECURED://127.0.0.1:{secured}");
            security = format!(
                "sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location={}/broker.pem
",
                self.folder.path().display()
            );
        }
        format!(
            "process.roles=broker,controller
node.id={}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners={listeners},CONTROLLER://127.0.0.1:{quorum}
advertised.listeners={listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL
{security}log.dirs=data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
message.max.bytes=4194304
replica.fetch.max.bytes=4194304
default.replication.factor={replicas}
min.insync.replicas={least}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
# A dead broker is noticed sooner than after 9 s: that is how long the story waits.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
num.network.threads=1
num.io.threads=2
",
            number + 1
        )
    }

    fn java(&self, number: usize) -> Command {
        let home = self.home(number);
        let mut java = Command::new("java");
        java.arg("-cp")
            .arg(self.jars.join("*"))
            .args(["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .arg("-Dlog4j2.level=WARN")
            .current_dir(home)
            .stdin(Stdio::null());
        java
    }

    fn spawns(&self, number: usize) {
        let log = File::options().create(true).append(true).open(self.log(number));
        let log = log.expect("a log");
        let mut java = self.java(number);
        java.args(["kafka.Kafka", "server.properties"])
            .stderr(log.try_clone().expect("a log"))
            .stdout(log);
        *self.process(number) = Some(java.spawn().expect("java starts"));
    }

    fn log(&self, number: usize) -> PathBuf {
        self.home(number).join("log")
    }
}

impl Drop for Brokers {
    fn drop(&mut self) {
        for number in 0..self.processes.len() {
            self.kill(number);
            if std::thread::panicking() {
                let log = fs::read_to_string(self.log(number)).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let last = lines.len().saturating_sub(20);
                eprintln!("broker {}:\n{}", number + 1, lines[last..].join("\n"));
            }
        }
    }
}

fn copies(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let own = to.join(entry.file_name());
        if entry.path().is_dir() {
            copies(&entry.path(), &own);
        } else {
            fs::copy(entry.path(), own).expect("a copy");
        }
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `cargo xtask test`"))
}

/// Brokers have fixed ports, because they start again: one story at a time has them.
async fn lease() -> (u16, File) {
    let first = variable("JONQUIL_TEST_PORTS")
        .parse()
        .expect("JONQUIL_TEST_PORTS is a port");
    let file = env::temp_dir().join(format!("jonquil-brokers-{first}.lock"));
    let file = File::options().create(true).append(true).open(file).expect("a file");
    let what = "the ports for brokers of a story's own are free";
    eventually_within(Duration::from_mins(3), what, async || file.try_lock().ok()).await;
    (first, file)
}
