//! `ClickHouse` from its npm package: a library, which a process of xtask hosts.

use std::path::PathBuf;
use std::process::Command;

use super::{Engine, Home};
use crate::checkout::Checkout;
use crate::error::{Context, Error, Result};
use crate::fetch;
use crate::files;
use crate::http;
use crate::pins;
use crate::prerequisites::Need;
use crate::tool;

/// History and statistics.
pub struct ClickHouse;

/// Opens the HTTP port, then runs a query that sleeps for thirty years, because the library exits with its query.
const SERVE: &str = "SYSTEM START LISTEN HTTP; SELECT sleepEachRow(1) FROM numbers(1000000000) \
    SETTINGS function_sleep_max_microseconds_per_block = 0, max_block_size = 1 FORMAT Null";

impl Engine for ClickHouse {
    fn name(&self) -> &'static str {
        "ClickHouse"
    }

    fn key(&self) -> &'static str {
        "clickhouse"
    }

    fn variable(&self) -> &'static str {
        "JONQUIL_CLICKHOUSE_URL"
    }

    fn ports(&self, checkout: &Checkout) -> Vec<u16> {
        vec![checkout.ports.clickhouse()]
    }

    fn url(&self, checkout: &Checkout) -> Result<String> {
        Ok(format!("http://127.0.0.1:{}", checkout.ports.clickhouse()))
    }

    fn needs(&self) -> Vec<Need> {
        if fetch::is_cached(&cache_key()) {
            Vec::new()
        } else {
            vec![Need::Npm]
        }
    }

    fn fetch(&self) -> Result<()> {
        library().map(drop)
    }

    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command> {
        let data = home.data.join("data");
        files::make_folder(&data)?;
        // Through /proc: cargo may have replaced the file of the running xtask.
        let mut command = Command::new("/proc/self/exe");
        command
            .arg("clickhouse-host")
            .arg(library()?)
            .arg("clickhouse")
            .current_dir(&home.data);
        let config = home.data.join("config.xml");
        files::write(&config, &settings(home), 0o644)?;
        command
            .arg("--config-file")
            .arg(config)
            .args(["--log-level", "warning"]);
        command.arg("--path").arg(data).args([
            "--listen-host",
            "127.0.0.1",
            "--http_port",
            &checkout.ports.clickhouse().to_string(),
            "--query",
            SERVE,
        ]);
        Ok(command)
    }

    fn answers(&self, checkout: &Checkout) -> bool {
        http::get(checkout.ports.clickhouse(), "/ping").is_some_and(|answer| answer.body.starts_with("Ok"))
    }
}

/// A rotated log file, and a memory limit because five other engines run on the same machine.
fn settings(home: &Home) -> String {
    let log = home.data.join("server.log");
    format!(
        "<clickhouse>
    <logger><log>{}</log><size>50M</size><count>2</count></logger>
    <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
</clickhouse>
",
        log.display()
    )
}

fn cache_key() -> String {
    format!("clickhouse-{}", pins::CLICKHOUSE_VERSION)
}

fn library() -> Result<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Err(Error::new(
            "the pinned ClickHouse library is for x86-64 Linux with glibc only: run a ClickHouse yourself and set JONQUIL_CLICKHOUSE_URL, or use compose.yaml",
        ));
    }
    let version = pins::CLICKHOUSE_VERSION;
    let place = fetch::cached(
        &cache_key(),
        &format!("fetching ClickHouse {version} (178 MB)"),
        |folder, log| {
            tool::run(
                Command::new("npm")
                    .args(["pack", "--silent", pins::CLICKHOUSE_PACKAGE])
                    .current_dir(folder),
                log,
            )?;
            let name = tool::output(Command::new("bash").args(["-c", "ls *.tgz"]).current_dir(folder))?;
            let archive = folder.join(name);
            fetch::check_sha256(&archive, pins::CLICKHOUSE_SHA256)?;
            let unpack = ["--no-same-owner", "--strip-components=1", "package/libchdb.so"];
            tool::run(
                Command::new("tar")
                    .arg("-xzf")
                    .arg(&archive)
                    .args(unpack)
                    .current_dir(folder),
                log,
            )?;
            std::fs::remove_file(&archive).context("cannot remove the package")
        },
    )?;
    Ok(place.join("libchdb.so"))
}
