//! The background roles: relay, projectors and jobs. Each is restarted after a temporary error.

use std::{
    convert::Infallible,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use access::Keys;
use bus::{Cluster, Error as BusError};
use jobs::{Exporter, FanOuter, JobsConfig, Kinds, Remover, Sweep, Sweeper, WaveformMaker, Waveforms};
use media::{Objects, Parser, Spool};
use metrics::gauge;
use projector::{Projection, ProjectorConfig, Stopped};
use read_analytics::{Analytics, AnalyticsConfig};
use read_counters::{Counters, CountersError};
use read_search::Search;
use recommend::{CoListening, Fit, FitLimits, Fitter};
use store::{Store, StoreConfig};
use tokio_util::sync::CancellationToken;
use traces::Tracer;
use webhooks::{Deliverer, Feed, PauseMailer};
use write_api::{Ingest, LinkMailer, UrlUploader};

use crate::{Config, Role, RunError, clock, dead_letters, generations, own_history::HistoryOf, pools::Pools, timeouts};

/// Events and bytes of one batch where a worker has to catch up: each is made visible by itself, which leaves files that are
/// merged later, so a few large ones are less work than many. A full one is in memory twice, as messages and as rows.
const SEARCH_BATCH: (usize, usize) = (16_000, 16 * 1024 * 1024);
/// The same.
const ANALYTICS_BATCH: (usize, usize) = (40_000, 32 * 1024 * 1024);
/// Events of one batch: a thousand for each of several partitions, so that they are counted at once.
const COUNTERS_BATCH: usize = 6_000;
/// Files that jobs decode at once.
const MAX_DECODERS: usize = 2;
/// Webhooks that are sent for at once: nearly all of the time their receivers are waited for.
const WEBHOOKS_AT_ONCE: usize = 16;
/// Each insert is a part on disk for each of its tables. With this a listen is in the charts within half a second.
const ANALYTICS_INTERVAL: Duration = Duration::from_millis(300);

/// Runs a role until `shutdown`.
pub(crate) async fn run(
    role: Role,
    config: Config,
    cluster: Cluster,
    tracer: Tracer,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let feeding = || ProjectorConfig {
        tracer: tracer.clone(),
        ..ProjectorConfig::new(&config.instance)
    };
    match role {
        Role::Api => Ok(()),
        Role::Relay => relay(&config, tracer, &shutdown).await,
        Role::Search => {
            let search = Search::connect(&config.search)?;
            let mut settings = feeding();
            (settings.batch_max_events, settings.batch_max_bytes) = SEARCH_BATCH;
            tokio::select! {
                ended = generations::run(&search, &config, &cluster, &settings, &shutdown) => ended,
                never = sweep(&search) => match never {},
            }
        }
        Role::Analytics => {
            let mut analytics = config.analytics.clone();
            analytics.timeout = timeouts::ANALYTICS_WRITE;
            let mut settings = feeding();
            (settings.batch_max_events, settings.batch_max_bytes) = ANALYTICS_BATCH;
            settings.store_interval = ANALYTICS_INTERVAL;
            generations::run(&Analytics::new(&analytics), &config, &cluster, &settings, &shutdown).await
        }
        Role::Counters => {
            let mut counters = config.counters.clone();
            counters.timeout = timeouts::COUNTERS_WRITE;
            let counters = Counters::new(&counters)?;
            wait_until_ready(&counters, &shutdown).await?;
            let mut settings = feeding();
            settings.batch_max_events = COUNTERS_BATCH;
            generations::run(&counters, &config, &cluster, &settings, &shutdown).await
        }
        Role::Jobs => jobs(&config, &cluster, &feeding(), &shutdown).await,
    }
}

async fn jobs(
    config: &Config,
    cluster: &Cluster,
    feeding: &ProjectorConfig,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let pool = StoreConfig {
        connections: Pools::of(config).jobs,
        ..config.store.clone()
    };
    let store = Store::new(&pool)?;
    let settings = JobsConfig {
        worker: config.instance.clone(),
        lease: config.job_lease,
        concurrency: config.job_concurrency,
        idle: timeouts::JOB_POLL,
        drain: timeouts::DRAIN_JOBS,
        tracer: feeding.tracer.clone(),
    };
    let kinds = kinds(config, &store)?;
    // Beside the others: receivers that are slow take no turn from an upload.
    let of_webhooks = JobsConfig {
        concurrency: WEBHOOKS_AT_ONCE,
        ..settings.clone()
    };
    let working = async {
        tokio::join!(
            Box::pin(jobs::run(&settings, &store, kinds, shutdown, clock::context)),
            Box::pin(jobs::run(
                &of_webhooks,
                &store,
                webhook_kinds(config),
                shutdown,
                clock::context
            )),
            Box::pin(feed_webhooks(cluster, &store, feeding, shutdown)),
        );
    };
    tokio::select! {
        () = working => Ok(()),
        // The same process, since both need Postgres and neither needs a read model.
        failed = dead_letters::index(&store, cluster) => failed,
    }
}

/// Makes deliveries of events, from when the first webhook is there. What it cannot go on with stops neither jobs nor
/// deliveries that are there already: it is shown as a role that is down, and tried again.
async fn feed_webhooks(cluster: &Cluster, store: &Store, settings: &ProjectorConfig, shutdown: &CancellationToken) {
    loop {
        match store.has_webhooks().await {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "it is not known whether there are webhooks, will look again"),
        }
        let look = shutdown.run_until_cancelled(tokio::time::sleep(timeouts::WEBHOOKS_LOOK));
        if look.await.is_none() {
            return;
        }
    }
    let feed = Feed {
        store: store.clone(),
        context: clock::context,
    };
    let up = gauge!("jonquil_role_up", "role" => Feed::NAME);
    loop {
        up.set(1.0);
        let Err(error) = project(&feed, cluster, settings, shutdown).await else {
            return;
        };
        up.set(0.0);
        tracing::error!(%error, "webhooks get no further events for now, will try again");
        let pause = shutdown.run_until_cancelled(tokio::time::sleep(timeouts::RESTART_MAX));
        if pause.await.is_none() {
            return;
        }
    }
}

fn webhook_kinds(config: &Config) -> Kinds {
    let (urls, pauses) = (config.webhooks.urls.clone(), config.webhooks.pauses.clone());
    let keys = Keys::new(config.secret.as_bytes());
    Kinds::default()
        .with(Deliverer::new(urls, timeouts::WEBHOOK, pauses, keys))
        .with(PauseMailer {
            mailer: config.mailer.clone(),
        })
}

/// The kinds of background work.
fn kinds(config: &Config, store: &Store) -> Result<Kinds, RunError> {
    let (media, objects) = (&config.media, Objects::new(&config.media));
    // Of jobs, beside that of the API's uploads.
    let spool = Spool::new(&media.spool_dir, media.spool_max_bytes, media.spool_share_bytes())
        .map_err(|error| RunError::Spool(media.spool_dir.clone(), error))?;
    let parser = Parser::new(config.job_concurrency.min(MAX_DECODERS));
    let waveforms = WaveformMaker {
        objects: objects.clone(),
        spool: spool.clone(),
        parser: parser.clone(),
        max_bytes: config.settings.max_upload_bytes,
    };
    let ingest = Ingest {
        store: store.clone(),
        objects: objects.clone(),
        spool,
        parser,
        max_upload_bytes: config.settings.max_upload_bytes,
    };
    let sweeper = Sweeper {
        objects,
        spool_dir: config.media.spool_dir.clone(),
        grace: timeouts::ORPHAN,
    };
    let exporter = Exporter {
        store: store.clone(),
        objects: Objects::new(&config.media),
        dir: config.media.spool_dir.clone(),
        history: Arc::new(HistoryOf(Analytics::new(&config.analytics))),
    };
    let remover = Remover {
        objects: Objects::new(&config.media),
    };
    let analytics = AnalyticsConfig {
        timeout: timeouts::ANALYTICS_WRITE,
        ..config.analytics.clone()
    };
    let fitter = Fitter {
        analytics: Analytics::new(&analytics),
        model: Arc::new(CoListening::default()),
        limits: FitLimits::default(),
    };
    Ok(Kinds::default()
        .with(FanOuter)
        .with(exporter)
        .with(remover)
        .with_scheduled(fitter, config.schedules.fit.clone(), Fit {})
        .with(LinkMailer {
            mailer: config.mailer.clone(),
            public_url: config.public_url.clone(),
            keys: Keys::new(config.secret.as_bytes()),
        })
        .with(UrlUploader::new(ingest, config.settings.urls.clone()))
        .with_scheduled(waveforms, config.schedules.waveforms.clone(), Waveforms {})
        .with_scheduled(sweeper, config.schedules.sweep.clone(), Sweep {}))
}

/// Removes documents of things that were deleted long ago. It only frees space, so an error is retried an hour later.
async fn sweep(search: &Search) -> Infallible {
    loop {
        tokio::time::sleep(timeouts::SWEEP).await;
        match search.sweep(clock::now()).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "removed documents of deleted things from the index"),
            Err(unavailable) => {
                tracing::debug!(%unavailable, "cannot remove documents of deleted things, will try again");
            }
        }
    }
}

async fn relay(config: &Config, tracer: Tracer, shutdown: &CancellationToken) -> Result<(), RunError> {
    let settings = relay::RelayConfig {
        tracer,
        ..relay::RelayConfig::new(&config.instance)
    };
    restart_until_shutdown("relay", shutdown, async || {
        match relay::run(&settings, &config.store, &config.bus, shutdown, clock::now).await {
            Ok(()) => Ok(()),
            Err(relay::Stopped::Bus(error @ BusError::Settings(_))) => Err(Ended::Failed(error.into())),
            Err(stopped) => Err(Ended::Interrupted(stopped.to_string())),
        }
    })
    .await
}

/// Feeds one generation.
pub(crate) async fn project<P: Projection>(
    projection: &P,
    cluster: &Cluster,
    settings: &ProjectorConfig,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    restart_until_shutdown(P::NAME, shutdown, async || {
        match projector::run(projection, cluster, settings, shutdown.clone(), clock::now).await {
            Ok(()) => Ok(()),
            Err(Stopped::Bus(BusError::Unavailable(reason))) => Err(Ended::Interrupted(reason)),
            Err(stopped) => Err(Ended::Failed(RunError::Projector(P::NAME, stopped))),
        }
    })
    .await
}

enum Ended {
    Interrupted(String),
    Failed(RunError),
}

async fn restart_until_shutdown<F: Future<Output = Result<(), Ended>>>(
    role: &'static str,
    shutdown: &CancellationToken,
    mut work: impl FnMut() -> F,
) -> Result<(), RunError> {
    let mut is_known = false;
    loop {
        let began = Instant::now();
        let ended = work().await;
        // A role that ran for a while had recovered, so its next stop is a new problem.
        is_known = is_known && began.elapsed() < timeouts::RECOVERED;
        match ended {
            Ok(()) => return Ok(()),
            Err(Ended::Failed(error)) => return Err(error),
            // One warning, not one every second while an engine is unavailable.
            Err(Ended::Interrupted(reason)) if !is_known => tracing::warn!(role, reason, "role stopped, restarting"),
            Err(Ended::Interrupted(reason)) => tracing::debug!(role, reason, "role stopped, restarting"),
        }
        is_known = true;
        if shutdown
            .run_until_cancelled(tokio::time::sleep(timeouts::RESTART))
            .await
            .is_none()
        {
            return Ok(());
        }
    }
}

/// Waits until Redis is available and its settings are safe for counters.
async fn wait_until_ready(counters: &Counters, shutdown: &CancellationToken) -> Result<(), RunError> {
    loop {
        match counters.check().await {
            Ok(()) => return Ok(()),
            Err(CountersError::Unavailable(unavailable)) => {
                tracing::debug!(%unavailable, "waiting for redis");
            }
            Err(error) => return Err(error.into()),
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
