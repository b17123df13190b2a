//! Kafka, run from its jars: one broker that is also the controller.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Engine, Home};
use crate::checkout::Checkout;
use crate::error::{Context, Result};
use crate::fetch;
use crate::files;
use crate::http;
use crate::pins;
use crate::prerequisites::Need;
use crate::report;
use crate::tool;

/// The event log.
pub struct Kafka;

impl Engine for Kafka {
    fn name(&self) -> &'static str {
        "Kafka"
    }

    fn key(&self) -> &'static str {
        "kafka"
    }

    fn variable(&self) -> &'static str {
        "JONQUIL_KAFKA_URL"
    }

    fn ports(&self, checkout: &Checkout) -> Vec<u16> {
        let for_proxies = checkout.ports.kafka_faults().map(|(bound, _)| bound);
        [checkout.ports.kafka(), checkout.ports.kafka_controller()]
            .into_iter()
            .chain(for_proxies)
            .collect()
    }

    fn url(&self, checkout: &Checkout) -> Result<String> {
        Ok(format!("127.0.0.1:{}", checkout.ports.kafka()))
    }

    /// Stories start brokers of their own from the same jars. Kafka redirects its clients to the address it advertises. A test's proxy listens on the advertised port and forwards to the bound one.
    fn more_variables(&self, checkout: &Checkout) -> Result<Vec<(&'static str, String)>> {
        let pairs: Vec<String> = checkout
            .ports
            .kafka_faults()
            .map(|(bound, advertised)| format!("127.0.0.1:{bound}:127.0.0.1:{advertised}"))
            .collect();
        Ok(vec![
            ("JONQUIL_TEST_KAFKA_FAULT_LISTENERS", pairs.join(",")),
            ("JONQUIL_TEST_KAFKA_JARS", jars()?.display().to_string()),
            ("JONQUIL_TEST_PORTS", checkout.ports.stories().to_string()),
        ])
    }

    fn needs(&self) -> Vec<Need> {
        if fetch::is_cached(&cache_key()) {
            vec![Need::Java]
        } else {
            vec![Need::Java, Need::Maven]
        }
    }

    fn fetch(&self) -> Result<()> {
        jars().map(drop)
    }

    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command> {
        let config = home.data.join("server.properties");
        let data = home.data.join("data");
        files::write(&config, &server_properties(checkout, &data), 0o644)?;
        let log_config = home.data.join("log4j2.properties");
        files::write(&log_config, LOG_CONFIG, 0o644)?;
        let java = || -> Result<Command> {
            let mut command = Command::new("java");
            command
                .arg("-cp")
                .arg(jars()?.join("*"))
                .arg(format!("-Dlog4j2.configurationFile={}", log_config.display()));
            command
                .args(["-Xms128m", "-Xmx512m"])
                .args(super::jvm_flags())
                .current_dir(&home.data);
            Ok(command)
        };
        if !data.join("meta.properties").exists() {
            format_storage(java()?, &config, home)?;
        }
        let mut command = java()?;
        command.arg("kafka.Kafka").arg(config);
        Ok(command)
    }

    /// Sends an `ApiVersions` request of version 0 with correlation id 7, which every broker answers.
    fn answers(&self, checkout: &Checkout) -> bool {
        let request = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];
        let Some(mut stream) = http::connect(checkout.ports.kafka(), Duration::from_secs(2)) else {
            return false;
        };
        let mut answer = [0; 10];
        stream.write_all(&request).is_ok()
            && stream.read_exact(&mut answer).is_ok()
            && answer[4..] == [0, 0, 0, 7, 0, 0]
    }
}

fn format_storage(mut java: Command, config: &Path, home: &Home) -> Result<()> {
    // A cluster id is 16 bytes in base64url. 21 hex digits and an A, whose low bits are zero, are a valid one.
    let id = format!("{}A", &files::random_hex(11)?[..21]);
    java.args([
        "kafka.tools.StorageTool",
        "format",
        "--ignore-formatted",
        "-t",
        &id,
        "-c",
    ])
    .arg(config);
    report::with_progress("formatting Kafka's data folder", || {
        tool::run(&mut java, &home.service.log())
    })
}

fn cache_key() -> String {
    format!("kafka-{}", pins::KAFKA_VERSION)
}

fn jars() -> Result<PathBuf> {
    let (version, log4j) = (pins::KAFKA_VERSION, pins::KAFKA_LOG4J_VERSION);
    fetch::cached(
        &cache_key(),
        &format!("fetching Kafka {version} (54 MB)"),
        |folder, log| {
            let dependency = |group: &str, artifact: &str, version: &str| {
                format!(
                    "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"
                )
            };
            let pom = format!(
                "<project><modelVersion>4.0.0</modelVersion><groupId>jonquil</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>{}{}{}</dependencies></project>",
                dependency("org.apache.kafka", "kafka_2.13", version),
                dependency("org.apache.kafka", "kafka-tools", version),
                dependency("org.apache.logging.log4j", "log4j-slf4j-impl", log4j),
            );
            let pom_file = folder.join("pom.xml");
            files::write(&pom_file, &pom, 0o644)?;
            let goal = format!("{}:copy-dependencies", pins::MAVEN_DEPENDENCY_PLUGIN);
            let into = format!("-DoutputDirectory={}", folder.display());
            tool::run(
                Command::new("mvn")
                    .args(["-B", "-q", "-f"])
                    .arg(&pom_file)
                    .args([&goal, &into]),
                log,
            )?;
            fs::remove_file(&pom_file).context("cannot remove the pom")?;
            let sum = "set -o pipefail; sha256sum *.jar | LC_ALL=C sort -k2 | sha256sum";
            let line = tool::output(Command::new("bash").args(["-c", sum]).current_dir(folder))?;
            fetch::check(
                "Kafka's set of jars",
                line.split(' ').next().unwrap_or_default(),
                pins::KAFKA_JARS_SHA256,
            )
        },
    )
}

fn server_properties(checkout: &Checkout, data: &Path) -> String {
    let ports = checkout.ports;
    let mut listeners = format!(
        "PLAINTEXT://127.0.0.1:{},CONTROLLER://127.0.0.1:{}",
        ports.kafka(),
        ports.kafka_controller()
    );
    let mut advertised = format!("PLAINTEXT://127.0.0.1:{}", ports.kafka());
    let mut protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned();
    let mut threads = String::new();
    for (n, (bound, proxy)) in ports.kafka_faults().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(listeners, ",FAULT{n}://127.0.0.1:{bound}");
        let _ = write!(advertised, ",FAULT{n}://127.0.0.1:{proxy}");
        let _ = write!(protocols, ",FAULT{n}:PLAINTEXT");
        let _ = writeln!(threads, "listener.name.fault{n}.num.network.threads=1");
    }
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners={listeners}
advertised.listeners={advertised}
listener.security.protocol.map={protocols}
{threads}log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# A request of 3 MiB plus envelope and batch overhead.
message.max.bytes=4194304
replica.fetch.max.bytes=4194304
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
",
        controller = ports.kafka_controller(),
        data = data.display()
    )
}

/// Logs to the console, which is redirected to the log file.
const LOG_CONFIG: &str = "status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
";
