//! `PostgreSQL` from the distribution's package, with a cluster of its own.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use super::{Engine, Home};
use crate::checkout::{self, Checkout};
use crate::error::{Context, Error, Result};
use crate::files;
use crate::prerequisites::Need;
use crate::report;
use crate::tool;

/// The source of truth for commands.
pub struct Postgres;

/// Name of the superuser and of the database. Tests make databases of their own.
const NAME: &str = "jonquil";

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn key(&self) -> &'static str {
        "postgres"
    }

    fn variable(&self) -> &'static str {
        "JONQUIL_POSTGRES_URL"
    }

    fn ports(&self, checkout: &Checkout) -> Vec<u16> {
        vec![checkout.ports.postgres()]
    }

    fn url(&self, checkout: &Checkout) -> Result<String> {
        Ok(format!(
            "postgres://{NAME}:{}@127.0.0.1:{}/{NAME}",
            password(checkout)?,
            checkout.ports.postgres()
        ))
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Postgres]
    }

    fn fetch(&self) -> Result<()> {
        binaries().map(drop)
    }

    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command> {
        let cluster = home.data.join("data");
        if !cluster.exists() {
            make_cluster(checkout, home, &cluster)?;
        }
        // No earlier server is alive here, so its lock is stale, even if its pid was reused or is a zombie.
        files::remove_file(&cluster.join("postmaster.pid"))?;
        let mut command = as_engine_user(&binaries()?.join("postgres"), &home.data)?;
        command
            .arg("-D")
            .arg(&cluster)
            .args(["-p", &checkout.ports.postgres().to_string()]);
        // A machine that is thrown away need not survive a loss of power; a killed server loses nothing either way.
        let fsync = if super::are_short_lived() {
            "fsync=off"
        } else {
            "fsync=on"
        };
        // No Unix socket: its path may be longer than the kernel allows.
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "shared_buffers=256MB",
            fsync,
        ] {
            command.args(["-c", setting]);
        }
        Ok(command)
    }

    fn answers(&self, checkout: &Checkout) -> bool {
        let isready = |bin: PathBuf| {
            tool::output(Command::new(bin.join("pg_isready")).args([
                "-q",
                "-h",
                "127.0.0.1",
                "-t",
                "2",
                "-p",
                &checkout.ports.postgres().to_string(),
            ]))
        };
        binaries().and_then(isready).is_ok()
    }

    fn finish(&self, checkout: &Checkout) -> Result<()> {
        let query = |text: &str| {
            let mut command = Command::new(binaries()?.join("psql"));
            command.args([
                "-X",
                "-q",
                "-t",
                "-A",
                "-w",
                "-h",
                "127.0.0.1",
                "-U",
                NAME,
                "-d",
                "postgres",
                "-p",
                &checkout.ports.postgres().to_string(),
                "-c",
                text,
            ]);
            tool::output(command.env("PGPASSWORD", password(checkout)?))
        };
        if query(&format!("SELECT 1 FROM pg_database WHERE datname = '{NAME}'"))?.is_empty() {
            query(&format!("CREATE DATABASE {NAME}"))?;
        }
        Ok(())
    }

    /// Fast shutdown: SIGTERM would wait until every client disconnects.
    fn stop_signal(&self) -> Signal {
        Signal::SIGINT
    }

    fn refuses_root(&self) -> bool {
        true
    }
}

/// The programs of the newest server, from Debian's folder or from PATH.
pub fn binaries() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter(|entry| entry.path().join("bin/postgres").is_file())
        .max_by_key(|entry| {
            let number: u32 = entry.file_name().to_string_lossy().parse().unwrap_or(0);
            number
        });
    if let Some(entry) = newest {
        return Ok(entry.path().join("bin"));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file())
        .ok_or_else(|| Error::new("PostgreSQL's server is not installed"))
}

/// Runs initdb in a temporary folder and renames it, so that a kill leaves no incomplete cluster. It has a password even on loopback, because a superuser of the database can run programs.
fn make_cluster(checkout: &Checkout, home: &Home, cluster: &Path) -> Result<()> {
    let aside = home.data.join("data.part");
    files::remove_folder(&aside)?;
    let password_file = home.data.join("password");
    files::write(&password_file, &password(checkout)?, 0o600)?;
    if let Some(user) = checkout::engine_user()? {
        std::os::unix::fs::chown(&password_file, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .context("cannot hand over the password file")?;
    }
    let mut command = as_engine_user(&binaries()?.join("initdb"), &home.data)?;
    command
        .arg("-D")
        .arg(&aside)
        .arg(format!("--pwfile={}", password_file.display()));
    command.args([
        "-U",
        NAME,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]);
    report::with_progress("making PostgreSQL's data folder", || {
        tool::run(&mut command, &home.service.log())
    })?;
    fs::remove_file(&password_file).context("cannot remove the password file")?;
    fs::rename(&aside, cluster).context("cannot put PostgreSQL's data folder in place")
}

/// A command that runs under the engines' user if we are root, in a folder that this user can enter.
fn as_engine_user(program: &Path, folder: &Path) -> Result<Command> {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some(user) = checkout::engine_user()? {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    Ok(command)
}

fn password(checkout: &Checkout) -> Result<String> {
    checkout.engine_secret("postgres_password")
}
