//! A Postgres of a story's own, and a streaming replica of it.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use tokio_postgres::Client;

use crate::{eventually, free_address, new_id, template};

const USER: &str = "jonquil";
/// Postgres refuses root, so under root it runs as `nobody`.
const NOBODY: u32 = 65_534;

/// Killed when dropped.
pub struct PostgresServer {
    process: Child,
    address: String,
    password: String,
    folder: TempDir,
}

impl PostgresServer {
    /// Makes a cluster, starts it and waits until it answers.
    pub async fn start() -> Self {
        let (folder, password) = (folder(), new_id().to_string());
        let file = folder.path().join("password");
        fs::write(&file, &password).expect("a file");
        let mut make = program("initdb", folder.path());
        make.args(["-D", "data", "-U", USER, "--auth=scram-sha-256", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--pwfile=password"]);
        give_away(&file);
        runs(&mut make);
        Self::serves(folder, password).await
    }

    /// Copies it into a replica, starts that and waits until it answers.
    pub async fn replica(&self) -> Self {
        let folder = folder();
        let mut copy = program("pg_basebackup", folder.path());
        // It writes how the replica reaches its primary too.
        copy.args(["-D", "data", "-R", "-X", "stream", "-c", "fast", "--no-sync"])
            .args(["-d", &self.url()]);
        runs(&mut copy);
        Self::serves(folder, self.password.clone()).await
    }

    async fn serves(folder: TempDir, password: String) -> Self {
        let address = free_address();
        let (host, port) = address.split_once(':').expect("host and port");
        let mut server = program("postgres", folder.path());
        server.args(["-D", "data", "-p", port, "-c", &format!("listen_addresses={host}")]);
        for setting in ["unix_socket_directories=", "shared_buffers=32MB", "fsync=off"] {
            server.args(["-c", setting]);
        }
        let process = server.spawn().expect("postgres starts");
        let server = Self {
            process,
            address,
            password,
            folder,
        };
        let url = server.url();
        eventually("Postgres answers", async || {
            tokio_postgres::connect(&url, tokio_postgres::NoTls)
                .await
                .is_ok()
                .then_some(())
        })
        .await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}:{}@{}/postgres", self.password, self.address)
    }

    /// Waits until everything is here that the other one has by now.
    pub async fn has_all_of(&self, primary: &Self) {
        let sql = primary.sql().await;
        let written = sql.query_one("SELECT pg_current_wal_lsn()::text", &[]).await;
        let written: String = written.expect("how far the primary is").get(0);
        let (sql, query) = (self.sql().await, "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn");
        eventually("the replica has everything", async || {
            let row = sql.query_one(query, &[&written]).await.expect("how far the replica is");
            row.get::<_, bool>(0).then_some(())
        })
        .await;
    }

    /// A replica shows nothing new from now on.
    pub async fn pauses(&self) {
        let sql = self.sql().await;
        sql.batch_execute("SELECT pg_wal_replay_pause()").await.expect("paused");
        let query = "SELECT pg_get_wal_replay_pause_state() = 'paused'";
        eventually("the replica stands still", async || {
            let row = sql.query_one(query, &[]).await.expect("whether it stands still");
            row.get::<_, bool>(0).then_some(())
        })
        .await;
    }

    /// A replica goes on.
    pub async fn resumes(&self) {
        let resumed = self.sql().await.batch_execute("SELECT pg_wal_replay_resume()").await;
        resumed.expect("resumed");
    }

    async fn sql(&self) -> Client {
        template::connect(&self.url()).await
    }

    /// SIGKILL. The processes of its connections end with it.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!(
                "{}:\n{}",
                self.address,
                lines[lines.len().saturating_sub(20)..].join("\n")
            );
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    give_away(folder.path());
    folder
}

fn give_away(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("given away");
    }
}

/// One that logs into the folder.
fn program(name: &str, folder: &Path) -> Command {
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .expect("a log");
    let mut program = Command::new(binaries().join(name));
    program
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log"))
        .stderr(log);
    if is_root() {
        program.uid(NOBODY).gid(NOBODY);
    }
    program
}

fn runs(program: &mut Command) {
    let folder = program.get_current_dir().expect("a folder").to_owned();
    let is_done = program.status().expect("it runs").success();
    assert!(
        is_done,
        "{}",
        fs::read_to_string(folder.join("log")).unwrap_or_default()
    );
}

/// The newest of Debian's folders; elsewhere those of PATH.
fn binaries() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|entry| entry.path()).max_by_key(number);
    newest.map(|path| path.join("bin")).unwrap_or_default()
}
