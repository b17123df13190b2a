//! The loop of a worker: claims what there is room for, draws what is scheduled, and measures the queue.

use std::{sync::Arc, time::Duration};

use events::Trace;
use store::{CommandContext, Store, StoreError};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use traces::Tracer;

use crate::{Kinds, claim::Tools, execution::execute};

/// How often schedules are looked at.
const SCHEDULES: Duration = Duration::from_secs(1);
/// How often the queue is measured.
const MEASURE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub struct JobsConfig {
    /// Name of this worker, for people.
    pub worker: String,
    /// How long a job stays with a worker that does not answer any more.
    pub lease: Duration,
    /// Jobs at once.
    pub concurrency: usize,
    /// Pause after a look that found no job.
    pub idle: Duration,
    /// How long a job may go on after the shutdown began; then it is given back.
    pub drain: Duration,
    /// Records jobs of recorded traces.
    pub tracer: Tracer,
}

/// Runs jobs of these kinds until `shutdown`, and then gives back what it has. While Postgres is unavailable it waits.
pub async fn run(
    config: &JobsConfig,
    store: &Store,
    kinds: Kinds,
    shutdown: &CancellationToken,
    context: fn() -> CommandContext,
) {
    let mut worker = Worker {
        config: config.clone(),
        kinds: Arc::new(kinds),
        tools: Tools {
            store: store.clone(),
            context,
            trace: Trace::default(),
            shutdown: shutdown.clone(),
            has_moved: Arc::default(),
        },
        running: JoinSet::new(),
        are_schedules_set: false,
        next_look: Instant::now(),
        next_measure: Instant::now(),
    };
    let mut is_unavailable = false;
    while !shutdown.is_cancelled() {
        let round = worker.round().await;
        match &round {
            Ok(()) if is_unavailable => tracing::info!("the queue of jobs is available again"),
            Err(error) if !is_unavailable => tracing::warn!(%error, "the queue of jobs is unavailable"),
            Ok(()) | Err(_) => {}
        }
        is_unavailable = round.is_err();
        worker.wait().await;
    }
    while worker.running.join_next().await.is_some() {}
}

struct Worker {
    config: JobsConfig,
    kinds: Arc<Kinds>,
    tools: Tools,
    running: JoinSet<()>,
    are_schedules_set: bool,
    next_look: Instant,
    next_measure: Instant,
}

impl Worker {
    async fn round(&mut self) -> Result<(), StoreError> {
        if self.next_look <= Instant::now() {
            self.draw_schedules().await?;
            self.next_look = Instant::now() + SCHEDULES;
        }
        self.claim().await?;
        if self.next_measure <= Instant::now() {
            self.measure().await?;
            self.next_measure = Instant::now() + MEASURE;
        }
        Ok(())
    }

    /// Until there is room again, something to do may be there, or the shutdown begins.
    async fn wait(&mut self) {
        tokio::select! {
            () = self.tools.shutdown.cancelled() => {}
            // A job that ended makes room; its end is recorded, and a panic in it was caught.
            Some(_) = self.running.join_next() => {}
            () = sleep(self.config.idle) => {}
        }
    }

    async fn claim(&mut self) -> Result<(), StoreError> {
        let names = self.kinds.names();
        while self.running.len() < self.config.concurrency && !self.tools.shutdown.is_cancelled() {
            let claim = self
                .tools
                .store
                .claim_job(&names, &self.config.worker, self.config.lease);
            let Some(job) = claim.await? else { break };
            fail::fail_point!("jobs::claimed");
            let (kinds, config, tools) = (Arc::clone(&self.kinds), self.config.clone(), self.tools.clone());
            self.running.spawn(execute(config, kinds, tools, job));
        }
        Ok(())
    }

    async fn draw_schedules(&mut self) -> Result<(), StoreError> {
        let store = &self.tools.store;
        if !self.are_schedules_set {
            for (kind, scheduled) in self.kinds.scheduled() {
                store.set_schedule(kind, &scheduled.schedule).await?;
            }
            self.are_schedules_set = true;
        }
        let names: Vec<&str> = self.kinds.scheduled().map(|(kind, _)| kind).collect();
        for kind in store.due_schedules(&names).await? {
            let Some((kind, scheduled)) = self.kinds.scheduled().find(|(name, _)| *name == kind) else {
                continue;
            };
            let mut unit = store.begin((self.tools.context)()).await?;
            // Asked again in the transaction: another process may have enqueued this run since we looked.
            let is_first = (scheduled.enqueue_if_due)(&mut unit).await?;
            unit.commit().await?;
            if is_first {
                tracing::debug!(kind, "a scheduled job is enqueued");
            }
        }
        Ok(())
    }

    async fn measure(&self) -> Result<(), StoreError> {
        let backlog = self.tools.store.job_backlog().await?;
        for kind in self.kinds.names() {
            let found = backlog.iter().find(|found| found.kind == kind);
            #[expect(clippy::cast_precision_loss, reason = "gauges; exact up to 2^53")]
            let (queued, running, waits) = found.map_or((0.0, 0.0, 0.0), |found| {
                (found.queued as f64, found.running as f64, found.waits_seconds)
            });
            metrics::gauge!("jonquil_jobs_queued", "kind" => kind).set(queued);
            metrics::gauge!("jonquil_jobs_running", "kind" => kind).set(running);
            metrics::gauge!("jonquil_jobs_wait_seconds", "kind" => kind).set(waits);
        }
        Ok(())
    }
}
