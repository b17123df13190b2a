//! Jobs over HTTP: who sees them, what they show, and how they are cancelled.

use std::sync::Arc;

use domain::JobStatus;
use http_kit::Page;
use jobs::Kinds;
use representations::Job;
use serde_json::json;
use tests::{App, eventually};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::job_kinds::{Doom, Doomed, Stepper, Steps, Worker, enqueue, quiet, store};

fn steps(to: i64) -> Steps {
    Steps { to, key: None }
}

#[tokio::test]
async fn a_job_is_shown_to_its_owner_and_to_admins_only() {
    let app = quiet().await;
    let (owner, other) = (app.listener("owner").await, app.artist_account("other").await);
    let admin = app.admin("admin").await;
    let id = enqueue(&store(&app), &steps(3), Some(owner.id)).await;
    let path = format!("/api/v1/jobs/{id}");
    for path in [&path, &format!("/api/v1/upload/jobs/{id}")] {
        app.http().get(path).await.is(401);
        other.http.get(path).await.is(404);
        let shown = owner.http.get(path).await.is(200);
        shown.shows(json!({"status": "queued", "kind": "steps"}));
        assert_eq!(shown.json(), admin.http.read(path).await);
    }
    let nothing = format!("/api/v1/jobs/{}", Uuid::nil());
    admin.http.get(&nothing).await.is(404);
    app.http().delete(&path).await.is(401);
    other.http.delete(&path).await.is(404);
    admin.http.delete(&nothing).await.is(404);
    let shown = owner.http.get(&path).await.is(200);
    shown.shows(json!({"status": "queued"}));

    let list = "/api/v1/jobs/?limit=1";
    app.http().get(list).await.is(401);
    owner.http.get(list).await.is(403);
    let newer = enqueue(&store(&app), &steps(1), None).await;
    let page: Page<Job> = admin.http.read_as(list).await;
    assert_eq!((page.total, page.items[0].id), (2, newer));
    let next = format!("{list}&cursor={}", page.next_cursor.expect("a second page"));
    let next: Page<Job> = admin.http.read_as(&next).await;
    assert_eq!(next.items[0].id, id);
    assert_eq!(
        admin.http.get("/api/v1/jobs/?limit=0").await.is(422).faults(),
        ["limit"]
    );
}

#[tokio::test]
async fn a_running_job_shows_how_fast_it_is_and_what_is_left() {
    let app = quiet().await;
    let owner = app.artist_account("owner").await;
    let gate = Arc::new(Semaphore::new(2));
    let stepper = Stepper {
        gate: Arc::clone(&gate),
        by: owner.actor(),
    };
    let id = enqueue(&store(&app), &steps(4), Some(owner.id)).await;
    let _worker = Worker::start(&app, "worker", Kinds::default().with(stepper));
    let path = format!("/api/v1/jobs/{id}");
    let half = eventually("half is done", async || {
        Some(owner.http.read_as::<Job>(&path).await).filter(|shown| shown.done == 2)
    })
    .await;
    assert_eq!((half.status, half.of), (JobStatus::Running, Some(4)));
    assert!(half.rate_per_s.is_some_and(|rate| rate > 0.0), "{half:?}");
    assert!(half.seconds_left.is_some_and(|left| left >= 1), "{half:?}");
    gate.add_permits(2);
    let done = ends(&app, &path, JobStatus::Done).await;
    assert_eq!(done.result, Some(json!({"steps": 4})));
    assert_eq!((done.done, done.rate_per_s), (4, None));
    owner.http.delete(&path).await.is(409);
}

/// The job, as an admin sees it, once it has this status.
async fn ends(app: &App, path: &str, status: JobStatus) -> Job {
    let admin = app.admin(&format!("admin-{}", &path[path.len() - 8..])).await;
    eventually("it ends", async || {
        Some(admin.http.read_as::<Job>(path).await).filter(|shown| shown.status == status)
    })
    .await
}

#[tokio::test]
async fn a_cancelled_job_stops_and_what_it_has_done_stays() {
    let app = quiet().await;
    let owner = app.artist_account("owner").await;
    let gate = Arc::new(Semaphore::new(1));
    let stepper = Stepper {
        gate: Arc::clone(&gate),
        by: owner.actor(),
    };
    let store = store(&app);
    let waiting = enqueue(&store, &steps(9), Some(owner.id)).await;
    let waiting = format!("/api/v1/jobs/{waiting}");
    owner.http.delete(&waiting).await.is(204);
    let shown = owner.http.get(&waiting).await.is(200);
    shown.shows(json!({"status": "cancelled"}));
    owner.http.delete(&waiting).await.is(204);

    let running = enqueue(&store, &steps(9), Some(owner.id)).await;
    let running = format!("/api/v1/jobs/{running}");
    let _worker = Worker::start(&app, "worker", Kinds::default().with(stepper));
    eventually("it runs", async || {
        (owner.http.read_as::<Job>(&running).await.done == 1).then_some(())
    })
    .await;
    owner.http.delete(&running).await.is(204);
    // It waits for its gate: the worker looks for itself whether it is still wanted.
    let cancelled = ends(&app, &running, JobStatus::Cancelled).await;
    assert_eq!(cancelled.done, 1);
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 1);
}

#[tokio::test]
async fn an_owner_sees_why_a_job_was_refused_and_only_admins_see_what_failed_on_our_side() {
    let app = quiet().await;
    let owner = app.listener("owner").await;
    let store = store(&app);
    let refused = enqueue(&store, &Doomed::Refuse, Some(owner.id)).await;
    let failed = enqueue(&store, &Doomed::Fail, Some(owner.id)).await;
    let _worker = Worker::start(&app, "worker", Kinds::default().with(Doom));
    let refused = format!("/api/v1/jobs/{refused}");
    ends(&app, &refused, JobStatus::Failed).await;
    let shown = owner.http.get(&refused).await.is(200);
    shown.shows(json!({"error": "this file is no audio"}));
    let failed = format!("/api/v1/jobs/{failed}");
    let as_admin = ends(&app, &failed, JobStatus::Failed).await;
    assert_eq!(as_admin.error.as_deref(), Some("no room on the disk of 10.0.0.7"));
    let as_owner: Job = owner.http.read_as(&failed).await;
    let error = as_owner.error.expect("an error");
    assert!(error.starts_with("it failed on our side"), "{error}");
}
