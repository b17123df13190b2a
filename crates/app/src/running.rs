//! Roles in one process: start, wait, two-stage shutdown.

use std::{io, net::SocketAddr, path::PathBuf};

use actix_web::dev::ServerHandle;
use bus::Cluster;
use futures_util::FutureExt as _;
use projector::Stopped;
use read_api::{Live, Roles};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use traces::{Exporting, Tracer};

use crate::{
    Config, Metrics, api, clock, recording,
    supervision::{self, Names},
    timeouts,
};

/// A part of the service that can run as a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// HTTP: commands and queries.
    Api,
    /// Outbox → Kafka.
    Relay,
    /// Kafka → Elasticsearch.
    Search,
    /// Kafka → ClickHouse.
    Analytics,
    /// Kafka → Redis.
    Counters,
    /// Background work.
    Jobs,
}

impl Role {
    /// Every role, as a small installation runs them in one process.
    pub const ALL: [Self; 6] = [
        Self::Api,
        Self::Relay,
        Self::Search,
        Self::Analytics,
        Self::Counters,
        Self::Jobs,
    ];

    /// As arguments, metrics and `/health` name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Relay => "relay",
            Self::Search => "search",
            Self::Analytics => "analytics",
            Self::Counters => "counters",
            Self::Jobs => "jobs",
        }
    }
}

/// Why a process could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot listen on {0}: {1}")]
    Address(SocketAddr, io::Error),
    #[error("cannot use the upload folder {0}: {1}")]
    Spool(PathBuf, io::Error),
    #[error("JONQUIL_WEB_DIR {0}: {1}")]
    WebPage(PathBuf, String),
    #[error("cannot record metrics: another recorder is installed")]
    Metrics,
    #[error("{0}: {1}")]
    Migration(&'static str, String),
    #[error("cannot write the OpenAPI document: {0}")]
    Document(String),
    #[error("cannot hash passwords: {0}")]
    Hasher(String),
    #[error("cannot send traces: {0}")]
    Traces(String),
    #[error("another process runs as {0}; give each process a JONQUIL_INSTANCE of its own")]
    InstanceTaken(String),
    #[error("role panicked: {0}")]
    Panicked(String),
    #[error("projector {0} stopped: {1}")]
    Projector(&'static str, Stopped),
    #[error("the rebuild of generation {0} failed; the projector's log says why")]
    Rebuild(u32),
    #[error(transparent)]
    Unavailable(#[from] projector::Unavailable),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error(transparent)]
    Bus(#[from] bus::Error),
    #[error(transparent)]
    Counters(#[from] read_counters::CountersError),
    #[error(transparent)]
    Search(#[from] read_search::BadConfig),
}

/// What records traces, and what sends them, if they are wanted.
fn traced(config: &Config) -> Result<(Tracer, Option<Exporting>), RunError> {
    let Some(settings) = config.traces.clone() else {
        return Ok((Tracer::default(), None));
    };
    let started = traces::start(settings, clock::of_traces());
    let (tracer, exporting) = started.map_err(|error| RunError::Traces(error.to_string()))?;
    Ok((tracer, Some(exporting)))
}

/// Running roles. Dropping this aborts them; [`Running::stop`] lets them finish.
pub struct Running {
    /// Where the HTTP service listens, if it runs here.
    pub address: Option<SocketAddr>,
    api: Option<ServerHandle>,
    live: Option<Live>,
    workers: JoinSet<Result<(), RunError>>,
    metrics: Option<Metrics>,
    exporting: Option<Exporting>,
    shutdown: CancellationToken,
    /// Dropped with this, so that the names are free when the roles have ended.
    _names: Names,
}

impl Running {
    /// Starts the roles. They wait for engines that are unavailable.
    pub async fn start(config: Config, roles: &[Role]) -> Result<Self, RunError> {
        let names = Names::hold(&config, roles).await?;
        let shown = Roles::default();
        let (tracer, exporting) = traced(&config)?;
        // One for all roles: each client has threads that look about all the time.
        let cluster = Cluster::new(&config.bus)?;
        let mut running = Self {
            address: None,
            api: None,
            live: None,
            workers: JoinSet::new(),
            metrics: config.metrics_address.map(Metrics::serve).transpose()?,
            exporting,
            shutdown: CancellationToken::new(),
            _names: names,
        };
        if roles.contains(&Role::Api) {
            let api = api::serve(&config, &cluster, &shown, &tracer)?;
            tracing::info!(address = %api.address, "http service is listening");
            (running.address, running.api, running.live) = (Some(api.address), Some(api.handle), Some(api.live));
            let publishing = recording::publish(api.recorded, api.producer, running.shutdown.clone());
            running.workers.spawn(publishing.map(Ok));
        }
        // The HTTP service has threads of its own, the other roles are tasks.
        for role in roles.iter().copied().filter(|role| *role != Role::Api) {
            let (config, cluster, shown) = (config.clone(), cluster.clone(), shown.clone());
            let run = supervision::run(role, config, cluster, tracer.clone(), shown, running.shutdown.clone());
            running.workers.spawn(run);
        }
        Ok(running)
    }

    /// Waits until no role can go on. Roles that share a process with others only show that they stopped: one broken
    /// projector must not take the API down.
    pub async fn failed(&mut self) -> Result<(), RunError> {
        while let Some(ended) = self.workers.join_next().await {
            let error = match ended {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error,
                Err(panic) => RunError::Panicked(panic.to_string()),
            };
            if self.api.is_none() && self.workers.is_empty() {
                return Err(error);
            }
            tracing::error!(%error, "role cannot go on, the others continue");
        }
        // Only a signal ends the process now.
        std::future::pending().await
    }

    /// Stops in two stages: requests finish first, then relay and projectors finish the batch in flight.
    pub async fn stop(mut self) {
        // Whoever follows what happens would do so for ever.
        if let Some(live) = self.live.take() {
            live.end();
        }
        // Requests first: the relay still publishes what they commit.
        if let Some(api) = self.api.take() {
            let draining = api.stop(true);
            if tokio::time::timeout(timeouts::DRAIN_REQUESTS, draining).await.is_err() {
                tracing::warn!("requests did not finish within the drain timeout, closing their connections");
                api.stop(false).await;
            }
        }
        self.shutdown.cancel();
        let finishing = async { while self.workers.join_next().await.is_some() {} };
        if tokio::time::timeout(timeouts::DRAIN_WORKERS, finishing).await.is_err() {
            tracing::warn!("role did not finish within the drain timeout, aborting it; its batch will be repeated");
        }
        // After those that record spans.
        if let Some(exporting) = self.exporting.take() {
            exporting.stop().await;
        }
        // Metrics last, so that the shutdown itself can be observed.
        if let Some(metrics) = self.metrics.take() {
            metrics.stop().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(api) = self.api.take() {
            // Drop cannot wait; the server stops by itself.
            drop(api.stop(false));
        }
    }
}
