//! The roles of `jonquil`, each in a process of its own.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::checkout::Checkout;
use crate::engines;
use crate::error::{Context, Error, Result};
use crate::files;
use crate::http;
use crate::parallel::in_parallel;
use crate::ports;
use crate::process::{self, Service};
use crate::report;
use crate::secrets;
use crate::tool;
use crate::web;

/// In the order of their metrics ports.
pub const ROLES: [&str; 6] = ["api", "relay", "search", "analytics", "counters", "jobs"];

/// Time for all roles to become ready.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// A role drains in two stages. After this it is killed, which is safe.
const STOP_WITHIN: Duration = Duration::from_secs(35);

/// Address of the API.
pub fn url(checkout: &Checkout) -> String {
    format!("http://127.0.0.1:{}", checkout.ports.http())
}

pub fn service(checkout: &Checkout, role: &str) -> Service {
    Service::new(checkout.state().join("roles").join(role))
}

pub fn instance(role: &str) -> String {
    format!("{role}-1")
}

/// Builds `jonquil` with the same packages as the tests, so that nothing is compiled twice.
pub fn build(checkout: &Checkout) -> Result<()> {
    report::line("building jonquil (the first time takes about 5 minutes on 2 cores)");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--workspace", "--exclude", "xtask", "--bins"])
        .current_dir(&checkout.root)
        .stdout(Stdio::from(std::io::stderr()));
    if tool::pass_through(&mut cargo)? {
        Ok(())
    } else {
        Err(Error::new("the build failed; the compiler's errors are above"))
    }
}

/// `jonquil` with its whole configuration, for the process `instance`.
pub fn jonquil(checkout: &Checkout, instance: &str) -> Result<Command> {
    let mut command = Command::new(binary(checkout)?);
    command.current_dir(&checkout.root).envs(engines::variables(checkout)?);
    let secret = secrets::load_or_create(&checkout.state().join("secrets.json"), "jonquil_secret", 32)?;
    let defaults = [
        ("JONQUIL_S3_BUCKET", "jonquil".to_owned()),
        ("JONQUIL_SECRET", secret),
        ("JONQUIL_HTTP_ADDRESS", format!("127.0.0.1:{}", checkout.ports.http())),
        ("JONQUIL_LOG", "info".to_owned()),
        // Not the system's temp folder, which is shared with other users and checkouts.
        (
            "JONQUIL_SPOOL_DIR",
            checkout.state().join("spool").display().to_string(),
        ),
        ("JONQUIL_WEB_DIR", web::dist(checkout).display().to_string()),
    ];
    for (name, value) in defaults {
        // Keep variables that are set already.
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    command.env("JONQUIL_INSTANCE", instance);
    Ok(command)
}

/// `jonquil migrate`.
pub fn migrate(checkout: &Checkout) -> Result<()> {
    files::make_folder(&checkout.state())?;
    let mut command = jonquil(checkout, "migrate")?;
    command.arg("migrate");
    report::with_progress("migrating the stores", || {
        tool::run(&mut command, &checkout.state().join("migrate.log"))
    })
}

/// Starts each role that does not run or runs an older build, and waits until all are ready.
pub fn start(checkout: &Checkout) -> Result<()> {
    for role in ROLES {
        let service = service(checkout, role);
        if let Some(pid) = service.pid() {
            if is_current(pid, &binary(checkout)?) {
                continue;
            }
            report::line(&format!("  {role} runs an older build, restarting it"));
            service.stop(Signal::SIGTERM, STOP_WITHIN)?;
        }
        // Processes left by a killed xtask, or by a .jonquil that was deleted.
        process::end_marked(&service.folder, Duration::from_secs(2))?;
        if role == "api" && ports::is_taken(checkout.ports.http()) {
            let (port, owner) = (checkout.ports.http(), ports::describe_owner(checkout.ports.http()));
            return Err(Error::new(format!(
                "port {port}, for the HTTP API, is taken by {owner}. Stop it, or choose other ports: `--port-base N` puts the API at N + 80"
            )));
        }
        files::make_folder(&service.folder)?;
        let mut command = jonquil(checkout, &instance(role))?;
        command.args(["run", "--role", role]).env(
            "JONQUIL_METRICS_ADDRESS",
            format!("127.0.0.1:{}", metrics_port(checkout, role)),
        );
        service.start(&mut command)?;
    }
    report::with_progress("waiting for the roles", || wait(checkout))
}

fn wait(checkout: &Checkout) -> Result<()> {
    let begin = Instant::now();
    loop {
        if let Some(error) = ROLES.into_iter().find_map(|role| ended(checkout, role)) {
            return Err(error);
        }
        let silent: Vec<&str> = ROLES.into_iter().filter(|role| !is_up(checkout, role)).collect();
        let Some(first) = silent.first() else {
            return Ok(());
        };
        if begin.elapsed() > READY_WITHIN {
            let log = service(checkout, first).log();
            return Err(Error::new(format!(
                "not ready within {} s: {}. The end of {}:\n{}",
                READY_WITHIN.as_secs(),
                silent.join(", "),
                log.display(),
                files::tail(&log, 15)
            )));
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Whether a role is ready: it listens on its metrics port, and the API accepts traffic.
fn is_up(checkout: &Checkout, role: &str) -> bool {
    let metrics = http::connect(metrics_port(checkout, role), Duration::from_secs(1)).is_some();
    metrics && (role != "api" || is_ready(checkout))
}

fn metrics_port(checkout: &Checkout, role: &str) -> u16 {
    let number = ROLES.into_iter().zip(0..).find(|(known, _)| *known == role);
    checkout.ports.metrics(number.map_or(0, |(_, number)| number))
}

/// The error of a role that should run and does not.
pub fn ended(checkout: &Checkout, role: &str) -> Option<Error> {
    let service = service(checkout, role);
    if service.pid().is_some() {
        return None;
    }
    let log = service.log();
    Some(Error::new(format!(
        "role {role} has exited. The end of {}:\n{}",
        log.display(),
        files::tail(&log, 15)
    )))
}

pub fn is_ready(checkout: &Checkout) -> bool {
    http::get(checkout.ports.http(), "/ready").is_some_and(|answer| answer.status == 200)
}

/// Stops all roles in parallel. Returns how many were running.
pub fn stop(checkout: &Checkout) -> Result<usize> {
    let results = in_parallel(ROLES, |role| {
        let service = service(checkout, role);
        report::with_progress(&format!("stopping {role}"), || {
            service.stop(Signal::SIGTERM, STOP_WITHIN)
        })
    });
    let stopped: Vec<bool> = results.into_iter().collect::<Result<_>>()?;
    Ok(stopped.into_iter().filter(|was_running| *was_running).count())
}

/// Stops the API, if it runs; [`start`] starts it again.
pub fn stop_api(checkout: &Checkout) -> Result<()> {
    service(checkout, "api").stop(Signal::SIGTERM, STOP_WITHIN).map(drop)
}

fn binary(checkout: &Checkout) -> Result<PathBuf> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout.root.join("target"), PathBuf::from);
    let binary = target.join("debug/jonquil");
    binary
        .canonicalize()
        .context(format_args!("there is no {}", binary.display()))
}

/// Whether a process runs this file, and not an older one that cargo has replaced.
fn is_current(pid: u32, binary: &Path) -> bool {
    let running = fs::metadata(format!("/proc/{pid}/exe"));
    let built = fs::metadata(binary);
    matches!((running, built), (Ok(running), Ok(built)) if running.dev() == built.dev() && running.ino() == built.ino())
}
