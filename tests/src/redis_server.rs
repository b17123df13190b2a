//! A Redis of a story's own, and a replica of it.

use std::process::{Child, Command, Stdio};

use redis::FromRedisValue;
use tempfile::TempDir;

use crate::{eventually, free_address};

/// Killed when dropped.
pub struct RedisServer {
    process: Child,
    address: String,
    /// A primary writes a file for its replica.
    _folder: TempDir,
}

impl RedisServer {
    /// Starts it and waits until it answers.
    pub async fn start() -> Self {
        Self::starts(&[]).await
    }

    /// Starts a replica and waits until it has everything.
    pub async fn replica(&self) -> Self {
        let (host, port) = self.address.split_once(':').expect("host and port");
        let replica = Self::starts(&["--replicaof", &format!("{host} {port}")]).await;
        replica.has_all_of(self).await;
        replica
    }

    async fn starts(more: &[&str]) -> Self {
        let address = free_address();
        let (host, port) = address.split_once(':').expect("host and port");
        let folder = TempDir::new().expect("a folder");
        let mut server = Command::new("redis-server");
        server
            .args([
                "--bind",
                host,
                "--port",
                port,
                "--save",
                "",
                "--maxmemory-policy",
                "noeviction",
            ])
            .args(more)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let process = server.spawn().expect("redis-server starts");
        let server = Self {
            process,
            address,
            _folder: folder,
        };
        eventually("Redis answers", async || server.asks::<String>(&["PING"]).await.ok()).await;
        server
    }

    /// As `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Waits until everything is here that the other one has by now.
    pub async fn has_all_of(&self, primary: &Self) {
        let wanted = primary.offset("master_repl_offset").await;
        eventually("the replica has everything", async || {
            (self.offset("slave_repl_offset").await >= wanted).then_some(())
        })
        .await;
    }

    /// Takes commands of its own from now on, and nothing more from its primary.
    pub async fn is_promoted(&self) {
        self.asks::<String>(&["REPLICAOF", "NO", "ONE"])
            .await
            .expect("promoted");
    }

    /// How far it is, in bytes of replication; none where the line is missing.
    async fn offset(&self, line: &str) -> Option<u64> {
        let text: String = self.asks(&["INFO", "replication"]).await.ok()?;
        let value = text
            .lines()
            .find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        value?.trim().parse().ok()
    }

    async fn asks<T: FromRedisValue>(&self, parts: &[&str]) -> redis::RedisResult<T> {
        let mut connection = redis::Client::open(self.url())?
            .get_multiplexed_async_connection()
            .await?;
        let mut command = redis::Cmd::new();
        for part in parts {
            command.arg(part);
        }
        command.query_async(&mut connection).await
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
