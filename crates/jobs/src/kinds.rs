//! The table of kinds: name, arguments and handler of each, and when it runs by itself.

use std::{future::Future, pin::Pin, sync::Arc};

use serde_json::Value;
use store::{ClaimedJob, JobKind, Schedule, StoreError, Unit};

use crate::{Claim, JobError, claim::Tools};

/// What is done for the jobs of a kind.
pub trait Handler: Send + Sync + 'static {
    type Kind: JobKind;

    /// Does the job, from its cursor to its end, and answers what came of it (null: nothing to show). It may be dropped at
    /// any await point, and a step that was not committed is done again: steps must be idempotent.
    fn run(&self, job: &mut Claim<Self::Kind>) -> impl Future<Output = Result<Value, JobError>> + Send;
}

type Work = Pin<Box<dyn Future<Output = Result<Value, JobError>> + Send>>;
type Drawing<'a> = Pin<Box<dyn Future<Output = Result<bool, StoreError>> + Send + 'a>>;

pub(crate) struct Entry {
    pub name: &'static str,
    pub max_tries: Option<i32>,
    pub run: Box<dyn Fn(ClaimedJob, Tools) -> Work + Send + Sync>,
    pub scheduled: Option<Scheduled>,
}

pub(crate) struct Scheduled {
    pub schedule: Schedule,
    pub enqueue_if_due: Box<dyn for<'a> Fn(&'a mut Unit) -> Drawing<'a> + Send + Sync>,
}

/// The kinds that a process runs.
#[derive(Default)]
pub struct Kinds {
    entries: Vec<Entry>,
}

impl Kinds {
    /// Adds a kind that commands enqueue.
    #[must_use]
    pub fn with<H: Handler>(mut self, handler: H) -> Self {
        let handler = Arc::new(handler);
        let run = move |job: ClaimedJob, tools: Tools| -> Work {
            let handler = Arc::clone(&handler);
            Box::pin(async move { handler.run(&mut Claim::new(job, tools)?).await })
        };
        self.entries.push(Entry {
            name: H::Kind::NAME,
            max_tries: H::Kind::MAX_TRIES,
            run: Box::new(run),
            scheduled: None,
        });
        self
    }

    /// Adds a kind that also runs by itself, with these arguments.
    #[must_use]
    pub fn with_scheduled<H: Handler>(self, handler: H, schedule: Schedule, arguments: H::Kind) -> Self {
        let mut kinds = self.with(handler);
        let arguments = Arc::new(arguments);
        let scheduled = Scheduled {
            schedule: schedule.clone(),
            enqueue_if_due: Box::new(move |unit| {
                let (arguments, schedule) = (Arc::clone(&arguments), schedule.clone());
                Box::pin(async move { unit.enqueue_if_due(&*arguments, &schedule).await })
            }),
        };
        if let Some(entry) = kinds.entries.last_mut() {
            entry.scheduled = Some(scheduled);
        }
        kinds
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.entries.iter().map(|entry| entry.name).collect()
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    pub(crate) fn scheduled(&self) -> impl Iterator<Item = (&'static str, &Scheduled)> {
        self.entries
            .iter()
            .filter_map(|entry| Some((entry.name, entry.scheduled.as_ref()?)))
    }
}
