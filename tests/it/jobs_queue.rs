//! The queue of jobs: what is enqueued is done once, whoever dies, and what is not committed never was.

use std::{sync::Arc, time::Duration};

use events::UserId;
use jobs::Kinds;
use serde::{Deserialize, Serialize};
use store::{Again, ClaimedJob, Enqueued, JobEnd, JobKind, JobProgress, LeaseState, Schedule, Store};
use tests::{App, eventually};
use tokio::sync::Semaphore;

use crate::job_kinds::{Doom, Doomed, Stepper, Steps, Worker, begin, enqueue, quiet, store};

const ARTISTS: &str = "SELECT count(*) FROM artists";

fn steps(to: i64) -> Steps {
    Steps { to, key: None }
}

/// A stepper whose gate lets so many steps through.
async fn stepper(app: &App, permits: usize) -> Stepper {
    Stepper {
        gate: Arc::new(Semaphore::new(permits)),
        by: app.artist_account("label").await.actor(),
    }
}

/// A kind that runs once more when it is enqueued while it runs.
#[derive(Serialize, Deserialize)]
struct Woken {}

impl JobKind for Woken {
    const NAME: &'static str = "woken";
    const AGAIN: Again = Again::Wake;

    fn key(&self) -> Option<String> {
        Some("one".to_owned())
    }
}

#[tokio::test]
async fn a_job_that_is_enqueued_while_it_runs_or_waits_runs_once_more_at_once() {
    let app = quiet().await;
    let store = store(&app);
    let claim = async || {
        let claimed = store.claim_job(&["woken"], "worker", Duration::from_secs(9)).await;
        claimed.expect("an answer").map(|job| job.lease)
    };
    let id = enqueue(&store, &Woken {}, None).await;
    let runs = claim().await.expect("a job");
    assert_eq!(enqueue(&store, &Woken {}, None).await, id);
    assert!(claim().await.is_none(), "nobody takes it from who runs it");
    assert!(store.end_job(runs, JobEnd::Done(1.into())).await.unwrap());
    let again = claim().await.expect("the same job");
    assert_eq!(again.job, id);
    assert!(
        store
            .end_job(again, JobEnd::Wait(Duration::from_hours(1)))
            .await
            .unwrap()
    );
    assert!(claim().await.is_none(), "it waits");
    enqueue(&store, &Woken {}, None).await;
    let woken = claim().await.expect("it was woken");
    assert!(store.end_job(woken, JobEnd::Done(1.into())).await.unwrap());
    assert!(claim().await.is_none());
    assert_ne!(enqueue(&store, &Woken {}, None).await, id, "what has ended is over");
}

async fn waits_for(app: &App, condition: &str) {
    let query = format!("SELECT count(*) FROM jobs WHERE {condition}");
    eventually(condition, async || (app.number(&query).await == 1).then_some(())).await;
}

async fn claim(store: &Store, lease: Duration) -> Option<ClaimedJob> {
    store.claim_job(&["steps"], "worker", lease).await.expect("an answer")
}

#[tokio::test]
async fn a_job_is_there_when_its_command_has_committed_and_not_before() {
    let app = quiet().await;
    let store = store(&app);
    let mut unit = begin(&store).await;
    unit.enqueue(&steps(1), None).await.expect("enqueued");
    unit.roll_back().await.expect("rolled back");
    assert!(claim(&store, Duration::from_secs(9)).await.is_none());
    let id = enqueue(&store, &steps(1), None).await;
    let claimed = claim(&store, Duration::from_secs(9)).await.expect("a job");
    assert_eq!((claimed.lease.job, claimed.tries), (id, 1));
    assert!(claim(&store, Duration::from_secs(9)).await.is_none(), "it is taken");
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    let app = quiet().await;
    let store = store(&app);
    enqueue(&store, &steps(1), None).await;
    let slow = claim(&store, Duration::ZERO).await.expect("a job").lease;
    let quick = claim(&store, Duration::from_mins(1)).await.expect("the same job").lease;
    let progress = |done: i64| JobProgress {
        cursor: done.into(),
        done,
        total: None,
    };
    let minute = Duration::from_mins(1);
    assert_eq!(store.renew_lease(slow, minute).await.unwrap(), LeaseState::Lost);
    let mut unit = begin(&store).await;
    assert_eq!(unit.save_job(slow, progress(7)).await.unwrap(), LeaseState::Lost);
    unit.roll_back().await.expect("rolled back");
    for end in [
        JobEnd::Done(7.into()),
        JobEnd::Failed("slow".to_owned()),
        JobEnd::Cancelled,
        JobEnd::GiveBack,
    ] {
        assert!(!store.end_job(slow, end).await.unwrap());
    }
    let mut unit = begin(&store).await;
    assert_eq!(unit.save_job(quick, progress(1)).await.unwrap(), LeaseState::Held);
    unit.commit().await.expect("committed");
    assert!(store.end_job(quick, JobEnd::Done(1.into())).await.unwrap());
    assert!(!store.end_job(quick, JobEnd::GiveBack).await.unwrap(), "it has ended");
    waits_for(
        &app,
        "status = 'done' AND done = 1 AND result = '1' AND last_error IS NULL",
    )
    .await;
}

#[tokio::test]
async fn a_job_whose_worker_dies_at_any_step_goes_on_elsewhere_and_nothing_is_done_twice() {
    let app = quiet().await;
    let stepper = stepper(&app, 0).await;
    let id = enqueue(&store(&app), &steps(4), None).await;
    for done in 0..4 {
        let worker = Worker::start(&app, &format!("worker {done}"), Kinds::default().with(stepper.clone()));
        waits_for(&app, &format!("done = {done} AND worker = 'worker {done}'")).await;
        stepper.gate.add_permits(1);
        waits_for(&app, &format!("done = {} AND id = '{id}'", done + 1)).await;
        drop(worker);
    }
    let _last = Worker::start(&app, "last", Kinds::default().with(stepper));
    waits_for(&app, r#"status = 'done' AND done = 4 AND result = '{"steps": 4}'"#).await;
    assert_eq!(app.number(ARTISTS).await, 4);
    assert_eq!(app.number("SELECT count(DISTINCT name) FROM artists").await, 4);
}

#[tokio::test]
async fn a_worker_keeps_its_job_for_longer_than_its_lease_as_long_as_it_lives() {
    let app = quiet().await;
    let stepper = stepper(&app, 0).await;
    enqueue(&store(&app), &steps(1), None).await;
    let lease = Duration::from_secs(3);
    let starts = |name: &str| Worker::with_lease(&app, name, Kinds::default().with(stepper.clone()), lease);
    let first = starts("first");
    waits_for(&app, "worker = 'first'").await;
    let _second = starts("second");
    // The other one has looked for work all the time, also since the first lease would have been over.
    waits_for(&app, "claimed_at < now() - interval '4 seconds'").await;
    waits_for(&app, "worker = 'first' AND fence = 1 AND run_at > now()").await;
    stepper.gate.add_permits(1);
    waits_for(&app, "status = 'done' AND done = 1").await;
    first.stop().await;
    assert_eq!(app.number(ARTISTS).await, 1);
}

#[tokio::test]
async fn a_worker_that_stops_gives_its_jobs_back_at_once() {
    let app = quiet().await;
    let stepper = stepper(&app, 1).await;
    enqueue(&store(&app), &steps(2), None).await;
    let worker = Worker::start(&app, "first", Kinds::default().with(stepper.clone()));
    waits_for(&app, "done = 1").await;
    let stopping = tokio::spawn(worker.stop());
    stepper.gate.add_permits(1);
    stopping.await.expect("it stops");
    waits_for(
        &app,
        "status = 'queued' AND done = 2 AND run_at <= now() AND tries = 0 AND worker IS NULL",
    )
    .await;
    let _second = Worker::start(&app, "second", Kinds::default().with(stepper));
    waits_for(&app, "status = 'done' AND done = 2").await;
    assert_eq!(app.number(ARTISTS).await, 2);
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_and_given_up_with_its_last_error() {
    let app = quiet().await;
    let store = store(&app);
    enqueue(&store, &Doomed::Fail, None).await;
    enqueue(&store, &Doomed::Panic, None).await;
    enqueue(&store, &Doomed::Refuse, None).await;
    let _worker = Worker::start(&app, "worker", Kinds::default().with(Doom));
    waits_for(
        &app,
        "status = 'failed' AND tries = 1 AND refusal = 'this file is no audio'",
    )
    .await;
    waits_for(&app, "status = 'failed' AND tries = 2 AND last_error LIKE 'no room%'").await;
    waits_for(
        &app,
        "status = 'failed' AND tries = 2 AND last_error = 'it panicked: a hole in the logic'",
    )
    .await;
}

#[tokio::test]
async fn a_step_forgives_the_tries_before_it() {
    let app = quiet().await;
    let store = store(&app);
    let job = enqueue(&store, &Doomed::Stumble, None).await;
    // As if a claim had failed before its first step: the next one is the last that may.
    let tried = "UPDATE jobs SET tries = 1 WHERE id = $1";
    app.sql().execute(tried, &[&job.0]).await.unwrap();
    let _worker = Worker::start(&app, "worker", Kinds::default().with(Doom));
    waits_for(&app, "status = 'done' AND done = 1 AND last_error = 'after a step'").await;
}

#[tokio::test]
async fn one_job_of_a_key_is_unfinished_at_a_time() {
    let app = quiet().await;
    let store = store(&app);
    let job = Steps {
        to: 1,
        key: Some("one".to_owned()),
    };
    let first = enqueue(&store, &job, None).await;
    assert_eq!(enqueue(&store, &job, None).await, first, "it joins");
    let claimed = claim(&store, Duration::from_mins(1)).await.expect("a job");
    assert_eq!(enqueue(&store, &job, None).await, first, "also while it runs");
    assert!(store.end_job(claimed.lease, JobEnd::Done(1.into())).await.unwrap());
    assert_ne!(enqueue(&store, &job, None).await, first, "not when it is done");
    let other = Steps {
        key: Some("other".to_owned()),
        ..steps(1)
    };
    assert_ne!(enqueue(&store, &other, None).await, first);
}

#[tokio::test]
async fn a_person_has_a_limit_of_unfinished_jobs_and_others_are_not_held_back() {
    let app = quiet().await;
    let (label, other) = (
        app.artist_account("label").await.id,
        app.artist_account("other").await.id,
    );
    let store = store(&app);
    let enqueues = async |by: Option<UserId>| {
        let mut unit = begin(&store).await;
        let enqueued = unit.enqueue(&steps(1), by).await.expect("an answer");
        unit.commit().await.expect("committed");
        enqueued
    };
    let mut most = 0;
    while matches!(enqueues(Some(label)).await, Enqueued::New(_)) {
        most += 1;
    }
    assert_eq!(most, 20);
    assert!(matches!(enqueues(Some(other)).await, Enqueued::New(_)));
    assert!(matches!(enqueues(None).await, Enqueued::New(_)));
    let claimed = claim(&store, Duration::from_mins(1)).await.expect("a job");
    assert!(store.end_job(claimed.lease, JobEnd::Done(1.into())).await.unwrap());
    assert!(matches!(enqueues(Some(label)).await, Enqueued::New(_)), "one has ended");
    assert_eq!(enqueues(Some(label)).await, Enqueued::TooMany);
}

#[tokio::test]
async fn a_scheduled_job_runs_once_however_many_workers_there_are() {
    let app = quiet().await;
    let stepper = stepper(&app, 100).await;
    let worker = |name: &str| {
        let schedule: Schedule = "7 * * * *".parse().unwrap();
        let kinds = Kinds::default().with_scheduled(stepper.clone(), schedule, steps(1));
        Worker::start(&app, name, kinds)
    };
    let _workers = [worker("one"), worker("two"), worker("three")];
    eventually("the schedule is there", async || {
        (app.number("SELECT count(*) FROM schedules").await == 1).then_some(())
    })
    .await;
    assert_eq!(
        app.number("SELECT count(*) FROM jobs").await,
        0,
        "its time has not come"
    );
    let next = "SELECT count(*) FROM schedules WHERE next_at > now() AND next_at <= now() + interval '1 hour' \
        AND extract(minute FROM next_at) = 7 AND extract(second FROM next_at) = 0";
    assert_eq!(app.number(next).await, 1);
    for run in 1..=3 {
        // Some runs were missed: they are one.
        let due = "UPDATE schedules SET next_at = next_at - interval '5 hours'";
        app.sql().batch_execute(due).await.unwrap();
        let ended = format!("SELECT count(*) FROM jobs WHERE status = 'done' HAVING count(*) = {run}");
        eventually("the run ends", async || {
            app.sql().query_opt(&ended, &[]).await.unwrap().map(drop)
        })
        .await;
        assert_eq!(app.number(next).await, 1, "the next run is drawn");
        assert_eq!(app.number("SELECT count(*) FROM jobs").await, run);
    }
    assert_eq!(app.number(ARTISTS).await, 3);
}
