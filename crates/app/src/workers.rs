//! The roles that run behind the HTTP service: relay and projectors, each started again when a fault may pass.

use std::{convert::Infallible, future::Future, time::Instant};

use bus::Error as BusError;
use projector::{Projection, ProjectorConfig, Stopped};
use read_analytics::{Analytics, AnalyticsProjection};
use read_counters::{Counters, CountersError, CountersProjection};
use read_search::{Search, SearchProjection};
use tokio_util::sync::CancellationToken;

use crate::{Config, Failure, Role, clock, timeouts};

/// Documents of one bulk: indexing is three times as fast as with 500.
const SEARCH_BATCH: usize = 2_000;

/// Runs a role until `shutdown`.
pub(crate) async fn run(role: Role, config: Config, shutdown: CancellationToken) -> Result<(), Failure> {
    match role {
        Role::Api => Ok(()),
        Role::Relay => relay(&config, &shutdown).await,
        Role::Search => {
            let search = Search::connect(&config.search)?;
            let mut settings = ProjectorConfig::new(&config.instance);
            settings.batch_max_events = SEARCH_BATCH;
            let projection = SearchProjection::new(search.clone());
            tokio::select! {
                ended = project(&projection, &config, &settings, &shutdown) => ended,
                never = sweep(&search) => match never {},
            }
        }
        Role::Analytics => {
            let mut analytics = config.analytics.clone();
            analytics.timeout = timeouts::ANALYTICS_WRITE;
            let projection = AnalyticsProjection::new(Analytics::new(&analytics));
            let mut settings = ProjectorConfig::new(&config.instance);
            settings.batch_max_events = 10_000;
            project(&projection, &config, &settings, &shutdown).await
        }
        Role::Counters => {
            let mut counters = config.counters.clone();
            counters.timeout = timeouts::COUNTERS_WRITE;
            let counters = Counters::new(&counters)?;
            proven(&counters, &shutdown).await?;
            let settings = ProjectorConfig::new(&config.instance);
            project(&CountersProjection::new(counters), &config, &settings, &shutdown).await
        }
    }
}

/// Takes documents of what was deleted long ago out of the index; it only frees room, so one that fails is tried later.
async fn sweep(search: &Search) -> Infallible {
    loop {
        tokio::time::sleep(timeouts::SWEEP).await;
        match search.sweep(clock::now()).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "documents of what was deleted long ago were swept"),
            Err(unavailable) => tracing::debug!(%unavailable, "nothing was swept"),
        }
    }
}

async fn relay(config: &Config, shutdown: &CancellationToken) -> Result<(), Failure> {
    let settings = relay::RelayConfig::new(&config.instance);
    again_and_again("relay", shutdown, async || {
        match relay::run(&settings, &config.store, &config.bus, shutdown, clock::now).await {
            Ok(()) => Ok(()),
            Err(relay::Stopped::Bus(error @ BusError::Settings(_))) => Err(Ended::ForGood(error.into())),
            Err(stopped) => Err(Ended::ForNow(stopped.to_string())),
        }
    })
    .await
}

async fn project<P: Projection>(
    projection: &P,
    config: &Config,
    settings: &ProjectorConfig,
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    again_and_again(P::NAME, shutdown, async || {
        match projector::run(projection, &config.bus, settings, shutdown.clone(), clock::now).await {
            Ok(()) => Ok(()),
            Err(Stopped::Bus(BusError::Unavailable(reason))) => Err(Ended::ForNow(reason)),
            Err(stopped) => Err(Ended::ForGood(Failure::Projector(P::NAME, stopped))),
        }
    })
    .await
}

enum Ended {
    ForNow(String),
    ForGood(Failure),
}

async fn again_and_again<F: Future<Output = Result<(), Ended>>>(
    role: &'static str,
    shutdown: &CancellationToken,
    mut work: impl FnMut() -> F,
) -> Result<(), Failure> {
    let mut told = false;
    loop {
        let began = Instant::now();
        let ended = work().await;
        // What went well for a while and stops again is news.
        told = told && began.elapsed() < timeouts::NEWS;
        match ended {
            Ok(()) => return Ok(()),
            Err(Ended::ForGood(failure)) => return Err(failure),
            // Once, not every second of an engine's absence.
            Err(Ended::ForNow(reason)) if !told => tracing::warn!(role, reason, "stopped for now, will go on"),
            Err(Ended::ForNow(reason)) => tracing::debug!(role, reason, "stopped for now, will go on"),
        }
        told = true;
        if shutdown
            .run_until_cancelled(tokio::time::sleep(timeouts::RESTART))
            .await
            .is_none()
        {
            return Ok(());
        }
    }
}

/// Waits until Redis says that its settings keep every count.
async fn proven(counters: &Counters, shutdown: &CancellationToken) -> Result<(), Failure> {
    loop {
        match counters.check().await {
            Ok(()) => return Ok(()),
            Err(CountersError::Unavailable(unavailable)) => {
                tracing::debug!(%unavailable, "the counters wait for redis")
            }
            Err(fault) => return Err(fault.into()),
        }
        if shutdown
            .run_until_cancelled(tokio::time::sleep(timeouts::RESTART))
            .await
            .is_none()
        {
            return Ok(());
        }
    }
}
