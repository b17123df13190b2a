//! The connection: lazy, bounded, and tried a second time where Redis was only restarted.

use std::{
    fmt, io,
    sync::Arc,
    time::{Duration, Instant},
};

use projector::{Position, generations::Serving};
use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo as _, RedisError, RedisResult, ScriptInvocation,
    TlsCertificates,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
};

use crate::{CountersConfig, CountersError, scripts::Scripts};

/// Redis does not answer, or refuses to (loading, out of memory, read-only).
#[derive(Clone, Debug, thiserror::Error)]
#[error("redis is unavailable: {reason}")]
pub struct CountersUnavailable {
    pub reason: String,
}

impl From<RedisError> for CountersUnavailable {
    fn from(error: RedisError) -> Self {
        Self {
            reason: error.to_string(),
        }
    }
}

/// That Redis answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountersHealth {
    /// Of one round trip.
    pub latency: Duration,
}

/// The counters, in one generation; queries go to the generation that serves. Cheap to clone: the clones share one connection, which lives on the runtime that used it
/// first, so each runtime makes its own.
#[derive(Clone)]
pub struct Counters {
    manager: ConnectionManager,
    timeout: Duration,
    /// What the config puts before every key; the generation follows.
    base: Arc<str>,
    prefix: Arc<str>,
    scripts: Arc<Scripts>,
    serving: Serving,
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Counters {
    /// A handle; nothing is connected before the first call, so a service starts while Redis is unavailable. Needs to be
    /// called inside a tokio runtime.
    pub fn new(config: &CountersConfig) -> Result<Self, CountersError> {
        let not_valid = |error: RedisError| CountersError::Url(error.to_string());
        let is_encrypted = config.url.starts_with("rediss:");
        if is_encrypted {
            // rustls panics when two providers are linked and none was chosen; an earlier choice is kept.
            drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        }
        let info = config.url.as_str().into_connection_info().map_err(not_valid)?;
        let tcp = tcp_settings(info.tcp_settings().clone(), config.timeout);
        let info = info.set_tcp_settings(tcp);
        let authorities = config.authorities.as_ref().filter(|_| is_encrypted);
        let client = match authorities {
            Some(pem) => {
                let certificates = TlsCertificates {
                    client_tls: None,
                    root_cert: Some(pem.as_bytes().to_vec()),
                };
                Client::build_with_tls(info, certificates)
            }
            None => Client::open(info),
        };
        let client = client.map_err(not_valid)?;
        // One attempt a call: whoever calls decides how soon to try again, and nobody waits for somebody's back-off.
        let manager = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_max_delay(Duration::from_millis(500))
            .set_connection_timeout(Some(config.timeout))
            .set_response_timeout(Some(config.timeout));
        Ok(Self {
            manager: ConnectionManager::new_lazy_with_config(client, manager).map_err(not_valid)?,
            timeout: config.timeout,
            base: config.prefix.as_str().into(),
            prefix: prefix(&config.prefix, 1),
            scripts: Arc::new(Scripts::new()),
            serving: Serving::default(),
        })
    }

    /// The same in another generation, over the same connection.
    #[must_use]
    pub fn at(&self, generation: u32) -> Self {
        Self {
            prefix: prefix(&self.base, generation),
            ..self.clone()
        }
    }

    /// The generation that queries read. It has caught up with the time when it was made.
    pub(crate) async fn serving(&self) -> Result<Self, CountersUnavailable> {
        let found = self.serving.of(self, "redis").await;
        found.map_err(|unavailable| CountersUnavailable {
            reason: unavailable.reason,
        })
    }

    /// How far the generation is that queries read.
    pub async fn serving_positions(&self) -> Result<Vec<Position>, CountersUnavailable> {
        self.serving().await?.positions().await
    }

    /// What every key of this generation begins with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Comes before the first slice is stored: Redis must neither forget counts nor store identities as text.
    ///
    /// # Errors
    /// [`CountersError::Setting`] names the setting; [`CountersError::Unavailable`].
    pub async fn check(&self) -> Result<(), CountersError> {
        if let Some(found) = self.setting("maxmemory-policy").await?
            && found != "noeviction"
        {
            let needed = "must be noeviction: an evicted key is a count that nobody misses until it is wrong";
            return Err(CountersError::Setting {
                setting: "maxmemory-policy",
                found,
                needed,
            });
        }
        if let Some(found) = self.setting("set-max-intset-entries").await?
            && found.parse::<u64>().is_ok_and(|entries| entries < 512)
        {
            let needed = "must be 512 or more: what was counted would take ten times the memory";
            return Err(CountersError::Setting {
                setting: "set-max-intset-entries",
                found,
                needed,
            });
        }
        Ok(())
    }

    /// None where Redis refuses CONFIG, as hosted ones do.
    async fn setting(&self, name: &'static str) -> Result<Option<String>, CountersUnavailable> {
        let mut command = cmd("CONFIG");
        command.arg("GET").arg(name);
        match self.try_command::<Vec<String>>(&command).await {
            Ok(pair) => Ok(pair.into_iter().nth(1)),
            Err(error) if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => {
                tracing::warn!(setting = name, %error, "redis does not show a setting that the counters depend on");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// That Redis answers, and how soon.
    pub async fn health(&self) -> Result<CountersHealth, CountersUnavailable> {
        let asked = Instant::now();
        self.command::<String>(&cmd("PING")).await?;
        Ok(CountersHealth {
            latency: asked.elapsed(),
        })
    }

    /// Deletes every key of this generation. Nobody may be writing it any more.
    ///
    /// # Errors
    /// [`CountersUnavailable`]: some keys may be gone; call again.
    pub async fn erase(&self) -> Result<(), CountersUnavailable> {
        // `?` stands for letters that mean something in a pattern; what it finds too many is left out by the exact
        // prefix.
        let pattern = format!("{}*", self.prefix.replace(['\\', '*', '?', '[', ']'], "?"));
        let mut cursor = 0_u64;
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(2_000);
            let (next, mut keys) = self.command::<(u64, Vec<String>)>(&scan).await?;
            keys.retain(|key| key.starts_with(&*self.prefix));
            if !keys.is_empty() {
                // Not DEL, which frees a large set while everybody waits.
                self.command::<u64>(cmd("UNLINK").arg(keys)).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The register of generations stands before them.
    pub(crate) fn register_key(&self) -> String {
        format!("{}generations", self.base)
    }

    pub(crate) fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    pub(crate) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, CountersUnavailable> {
        Ok(self.try_command(command).await?)
    }

    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, CountersUnavailable> {
        let once = || async { script.invoke_async::<T>(&mut self.manager.clone()).await };
        Ok(self.with_one_retry(once).await?)
    }

    async fn try_command<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        self.with_one_retry(|| async { command.query_async::<T>(&mut self.manager.clone()).await })
            .await
    }

    /// After a restart of Redis the first call only finds the old connection dead. Everything this crate sends may be sent
    /// again: the position is inside the script.
    async fn with_one_retry<T, F: Future<Output = RedisResult<T>>>(&self, once: impl Fn() -> F) -> RedisResult<T> {
        let both = async {
            match once().await {
                Err(error) if error.is_unrecoverable_error() || error.is_connection_dropped() => once().await,
                result => result,
            }
        };
        let late = |_| RedisError::from(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"));
        tokio::time::timeout(self.timeout, both).await.map_err(late)?
    }
}

fn prefix(base: &str, generation: u32) -> Arc<str> {
    format!("{base}g{generation}:").into()
}

/// A peer that vanished without a word shows as unacknowledged bytes only; the kernel's own patience is 15 minutes.
#[cfg(target_os = "linux")]
fn tcp_settings(settings: redis::io::tcp::TcpSettings, timeout: Duration) -> redis::io::tcp::TcpSettings {
    settings.set_user_timeout(timeout.max(Duration::from_secs(1)))
}

#[cfg(not(target_os = "linux"))]
fn tcp_settings(settings: redis::io::tcp::TcpSettings, _: Duration) -> redis::io::tcp::TcpSettings {
    settings
}
