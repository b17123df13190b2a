//! Roles in one process: start, wait, two-stage shutdown.

use std::{io, net::SocketAddr, path::PathBuf};

use actix_web::dev::ServerHandle;
use projector::Stopped;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Config, Figures, api, timeouts, workers};

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
}

impl Role {
    /// Every role, as a small installation runs them in one process.
    pub const ALL: [Self; 5] = [Self::Api, Self::Relay, Self::Search, Self::Analytics, Self::Counters];
}

/// Why a process could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("cannot listen at {0}: {1}")]
    Address(SocketAddr, io::Error),
    #[error("the upload folder {0} does not do: {1}")]
    Spool(PathBuf, io::Error),
    #[error("the figures cannot be recorded: another recorder is installed")]
    Figures,
    #[error("{0}: {1}")]
    Migration(&'static str, String),
    #[error("{0}")]
    Account(String),
    #[error("a role broke off: {0}")]
    BrokeOff(String),
    #[error("the projector {0} stopped: {1}")]
    Projector(&'static str, Stopped),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error(transparent)]
    Bus(#[from] bus::Error),
    #[error(transparent)]
    Counters(#[from] read_counters::CountersError),
    #[error(transparent)]
    Search(#[from] read_search::BadConfig),
}

/// Running roles. Dropped, they are stopped at once; [`Running::stop`] lets them finish.
pub struct Running {
    /// Where the HTTP service listens, if it runs here.
    pub address: Option<SocketAddr>,
    api: Option<ServerHandle>,
    workers: JoinSet<Result<(), Failure>>,
    figures: Option<Figures>,
    shutdown: CancellationToken,
}

impl Running {
    /// Starts the roles. Engines that are unavailable are waited for.
    ///
    /// # Errors
    /// Settings that do not do, an address that is taken.
    #[expect(clippy::unused_async, reason = "it must be called inside the runtime")]
    pub async fn start(config: Config, roles: &[Role]) -> Result<Self, Failure> {
        let mut running = Self {
            address: None,
            api: None,
            workers: JoinSet::new(),
            figures: config.metrics_address.map(Figures::serve).transpose()?,
            shutdown: CancellationToken::new(),
        };
        if roles.contains(&Role::Api) {
            let (address, handle) = api::serve(&config)?;
            tracing::info!(%address, "the http service listens");
            (running.address, running.api) = (Some(address), Some(handle));
        }
        for role in roles.iter().copied().filter(|role| *role != Role::Api) {
            running
                .workers
                .spawn(workers::run(role, config.clone(), running.shutdown.clone()));
        }
        Ok(running)
    }

    /// Waits until a role fails for good; beside the HTTP service, which goes on, that is only told.
    ///
    /// # Errors
    /// The role's failure.
    pub async fn failed(&mut self) -> Result<(), Failure> {
        while let Some(ended) = self.workers.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(failure)) if self.api.is_some() => {
                    tracing::error!(%failure, "a role stopped for good, the others go on");
                }
                Ok(Err(failure)) => return Err(failure),
                Err(panic) if self.api.is_some() => tracing::error!(%panic, "a role broke off, the others go on"),
                Err(panic) => return Err(Failure::BrokeOff(panic.to_string())),
            }
        }
        std::future::pending().await
    }

    /// Stops in two stages: requests come to their end, then relay and projectors finish the batch in flight.
    pub async fn stop(mut self) {
        if let Some(api) = self.api.take() {
            let draining = api.stop(true);
            if tokio::time::timeout(timeouts::DRAIN_REQUESTS, draining).await.is_err() {
                tracing::warn!("some requests did not come to their end in time");
                api.stop(false).await;
            }
        }
        self.shutdown.cancel();
        let finishing = async { while self.workers.join_next().await.is_some() {} };
        if tokio::time::timeout(timeouts::DRAIN_WORKERS, finishing).await.is_err() {
            tracing::warn!("a role did not finish in time and is broken off; its batch comes again");
        }
        if let Some(figures) = self.figures.take() {
            figures.stop().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(api) = self.api.take() {
            // Told, not awaited: the server ends by itself.
            drop(api.stop(false));
        }
    }
}
