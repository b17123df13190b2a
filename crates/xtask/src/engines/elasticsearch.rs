//! Elasticsearch: the server with its core modules, from the distribution for integration tests.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Engine, Home};
use crate::checkout::{self, Checkout};
use crate::error::{Context, Error, Result};
use crate::fetch;
use crate::files;
use crate::http;
use crate::pins;
use crate::prerequisites::Need;
use crate::tool;

/// Search.
pub struct Elasticsearch;

impl Engine for Elasticsearch {
    fn name(&self) -> &'static str {
        "Elasticsearch"
    }

    fn key(&self) -> &'static str {
        "elasticsearch"
    }

    fn variable(&self) -> &'static str {
        "JONQUIL_ELASTICSEARCH_URL"
    }

    fn ports(&self, checkout: &Checkout) -> Vec<u16> {
        vec![checkout.ports.elasticsearch(), checkout.ports.elasticsearch_transport()]
    }

    fn url(&self, checkout: &Checkout) -> Result<String> {
        Ok(format!("http://127.0.0.1:{}", checkout.ports.elasticsearch()))
    }

    fn needs(&self) -> Vec<Need> {
        if fetch::is_cached(&cache_key()) {
            vec![Need::Java]
        } else {
            vec![Need::Java, Need::Maven]
        }
    }

    fn fetch(&self) -> Result<()> {
        distribution().map(drop)
    }

    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command> {
        let distribution = distribution()?;
        let config = home.data.join("config");
        for folder in [
            &config,
            &home.data.join("tmp"),
            &home.data.join("data"),
            &home.data.join("logs"),
        ] {
            checkout::make_private_folder(folder)?;
        }
        files::write(
            &config.join("elasticsearch.yml"),
            &settings(checkout, &home.data),
            0o644,
        )?;
        files::write(&config.join("jvm.options"), &jvm_options(&distribution)?, 0o644)?;
        let log_config = fs::read_to_string(distribution.join("config/log4j2.properties"))
            .context("cannot read Elasticsearch's log config")?;
        files::write(&config.join("log4j2.properties"), &log_config, 0o644)?;
        let mut command = Command::new(distribution.join("bin/elasticsearch"));
        command
            .arg("-d")
            .arg("-p")
            .arg(home.data.join("pid"))
            .current_dir(&home.data);
        command
            .env("ES_JAVA_HOME", java_home()?)
            .env("ES_PATH_CONF", &config)
            .env("ES_TMPDIR", home.data.join("tmp"));
        let flags = [&["-Xms512m", "-Xmx512m"], super::jvm_flags()].concat().join(" ");
        command.env("ES_JAVA_OPTS", flags).env_remove("JAVA_HOME");
        if let Some(user) = checkout::engine_user()? {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        Ok(command)
    }

    fn answers(&self, checkout: &Checkout) -> bool {
        let health = http::get(
            checkout.ports.elasticsearch(),
            "/_cluster/health?wait_for_status=yellow&timeout=2s",
        );
        health.is_some_and(|answer| answer.status == 200)
    }

    fn refuses_root(&self) -> bool {
        true
    }
}

fn cache_key() -> String {
    format!("elasticsearch-{}", pins::ELASTICSEARCH_VERSION)
}

fn distribution() -> Result<PathBuf> {
    let version = pins::ELASTICSEARCH_VERSION;
    let place = fetch::cached(
        &cache_key(),
        &format!("fetching Elasticsearch {version} (97 MB)"),
        |folder, log| {
            let goal = format!("{}:copy", pins::MAVEN_DEPENDENCY_PLUGIN);
            let artifact =
                format!("-Dartifact=org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip");
            let into = format!("-DoutputDirectory={}", folder.display());
            tool::run(
                Command::new("mvn")
                    .args(["-B", "-q", &goal, &artifact, &into])
                    .current_dir(folder),
                log,
            )?;
            let zip = folder.join(format!("elasticsearch-{version}.zip"));
            fetch::check_sha256(&zip, pins::ELASTICSEARCH_SHA256)?;
            // `jar` is part of the JDK, which is needed anyway. It drops the executable bit.
            tool::run(Command::new("jar").arg("xf").arg(&zip).current_dir(folder), log)?;
            tool::run(
                Command::new("bash")
                    .args(["-c", &format!("chmod 755 elasticsearch-{version}/bin/*")])
                    .current_dir(folder),
                log,
            )?;
            fs::remove_file(&zip).context("cannot remove the zip")
        },
    )?;
    Ok(place.join(cache_key()))
}

fn settings(checkout: &Checkout, data: &Path) -> String {
    format!(
        "cluster.name: jonquil
node.name: jonquil
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {data}/data
path.logs: {data}/logs
xpack.security.enabled: false
# A write to a missing index must fail instead of creating it with a guessed mapping.
action.auto_create_index: false
# A nearly full disk must not block writes on a developer's machine.
cluster.routing.allocation.disk.threshold_enabled: false
# Each test has indexes of its own.
cluster.max_shards_per_node: 10000
",
        http = checkout.ports.elasticsearch(),
        transport = checkout.ports.elasticsearch_transport(),
        data = data.display()
    )
}

/// The default options without those that write into the distribution's folder, which all checkouts share.
fn jvm_options(distribution: &Path) -> Result<String> {
    let text = fs::read_to_string(distribution.join("config/jvm.options"))
        .context("cannot read Elasticsearch's JVM options")?;
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| {
            !["-Xlog:gc", "-XX:ErrorFile", "-XX:+HeapDump"]
                .iter()
                .any(|option| line.starts_with(option))
        })
        .collect();
    Ok(kept.join("\n") + "\n")
}

/// The JDK that `java` belongs to.
pub fn java_home() -> Result<PathBuf> {
    let java = tool::output(Command::new("bash").args(["-c", "readlink -f \"$(command -v java)\""]))?;
    Path::new(&java)
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .ok_or_else(|| Error::new("cannot find the JDK: put its java on PATH"))
}
