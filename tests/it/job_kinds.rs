//! Kinds of jobs that stories run, and workers within the story's own process.

use std::{sync::Arc, time::Duration};

use domain::{Actor, Artist, ArtistFields};
use events::{ArtistId, JobId, UserId};
use jobs::{Claim, Handler, JobError, JobsConfig, Kinds};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Enqueued, JobKind, Store, Unit};
use tests::{App, Builder, Role, command_context, new_id, now};
use tokio::{sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use traces::Tracer;

/// Asks for so many artists, one in each step.
#[derive(Default, Serialize, Deserialize)]
pub struct Steps {
    pub to: i64,
    pub key: Option<String>,
}

impl JobKind for Steps {
    const NAME: &'static str = "steps";

    fn key(&self) -> Option<String> {
        self.key.clone()
    }
}

/// Waits for a permit before each step.
#[derive(Clone)]
pub struct Stepper {
    pub gate: Arc<Semaphore>,
    pub by: Actor,
}

impl Handler for Stepper {
    type Kind = Steps;

    async fn run(&self, job: &mut Claim<Steps>) -> Result<Value, JobError> {
        let to = job.arguments.to;
        job.set_total(to);
        for step in job.cursor()?.unwrap_or(0)..to {
            self.gate.acquire().await.expect("an open gate").forget();
            let mut unit = job.begin().await?;
            let fields = ArtistFields::named(format!("Step {step}"));
            let artist = Artist::create(ArtistId(new_id()), fields, self.by, now()).expect("an artist");
            unit.create_artist(&artist).await?;
            job.commit(unit, 1, &(step + 1)).await?;
        }
        Ok(json!({ "steps": to }))
    }
}

/// Asks for work that does not succeed.
#[derive(Serialize, Deserialize)]
pub enum Doomed {
    Fail,
    Refuse,
    Panic,
    /// Fails once, after a step.
    Stumble,
}

impl JobKind for Doomed {
    const NAME: &'static str = "doomed";
    const MAX_TRIES: Option<i32> = Some(2);
}

pub struct Doom;

impl Handler for Doom {
    type Kind = Doomed;

    async fn run(&self, job: &mut Claim<Doomed>) -> Result<Value, JobError> {
        match job.arguments {
            Doomed::Fail => Err(JobError::Failed("no room on the disk of 10.0.0.7".to_owned())),
            Doomed::Refuse => Err(JobError::Refused("this file is no audio".to_owned())),
            Doomed::Panic => panic!("a hole in the logic"),
            Doomed::Stumble if job.cursor::<i64>()?.is_some() => Ok(json!({})),
            Doomed::Stumble => {
                job.save(1, &1_i64).await?;
                Err(JobError::Failed("after a step".to_owned()))
            }
        }
    }
}

/// An API and nothing in the background.
pub fn alone() -> Builder {
    let app = App::builder().without(Role::Jobs).without(Role::Relay);
    app.without_read_models()
}

pub async fn quiet() -> App {
    alone().start().await
}

pub fn store(app: &App) -> Store {
    app.store(4)
}

pub async fn begin(store: &Store) -> Unit {
    store.begin(command_context()).await.expect("a unit")
}

/// Enqueues a job as a command does.
pub async fn enqueue<K: JobKind>(store: &Store, job: &K, by: Option<UserId>) -> JobId {
    let mut unit = begin(store).await;
    let enqueued = unit.enqueue(job, by).await.expect("enqueued");
    unit.commit().await.expect("committed");
    match enqueued {
        Enqueued::New(id) | Enqueued::Joined(id) => id,
        Enqueued::TooMany => panic!("too many"),
    }
}

/// A worker in this process. Dropped, it is as if it was killed.
pub struct Worker {
    task: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Worker {
    pub fn start(app: &App, name: &str, kinds: Kinds) -> Self {
        Self::with_lease(app, name, kinds, Duration::from_secs(1))
    }

    pub fn with_lease(app: &App, name: &str, kinds: Kinds, lease: Duration) -> Self {
        let config = JobsConfig {
            worker: name.to_owned(),
            lease,
            concurrency: 2,
            idle: Duration::from_millis(20),
            drain: Duration::from_secs(10),
            tracer: Tracer::default(),
        };
        let (store, shutdown) = (store(app), CancellationToken::new());
        let until = shutdown.clone();
        let task = tokio::spawn(async move { jobs::run(&config, &store, kinds, &until, command_context).await });
        Self { task, shutdown }
    }

    /// Ends it gracefully.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        (&mut self.task).await.expect("it ends");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}
