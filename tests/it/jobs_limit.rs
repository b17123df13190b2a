//! What a person hears who has too many unfinished jobs.

use serde_json::{Value, json};
use tests::Person;

use crate::job_kinds::quiet;

#[tokio::test]
async fn a_person_with_too_many_unfinished_jobs_is_told_to_wait_and_others_are_not() {
    let app = quiet().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let jobs = "INSERT INTO jobs (id, kind, arguments, created_by, cancellable) \
        SELECT gen_random_uuid(), 'steps', '{}', $1, true FROM generate_series(1, 20)";
    app.sql().execute(jobs, &[&label.id.0]).await.unwrap();
    let asks = |by: &Person| -> [(String, Value); 2] {
        let url = json!({"url": "https://example.org/igra.flac"});
        let export = format!("/api/v1/users/{}/export", by.id);
        [("/api/v1/tracks/upload-from-url".to_owned(), url), (export, json!({}))]
    };
    for (path, body) in asks(&label) {
        let refused = label.http.post(&path, &body).await;
        let seconds: u32 = refused.is(429).header("retry-after").parse().expect("seconds");
        assert!(seconds > 0, "{path}");
    }
    for (path, body) in asks(&other) {
        other.http.post(&path, &body).await.is(202);
    }
    let ended = "UPDATE jobs SET status = 'done', finished_at = now() WHERE created_by = $1";
    app.sql().execute(ended, &[&label.id.0]).await.unwrap();
    for (path, body) in asks(&label) {
        label.http.post(&path, &body).await.is(202);
    }
}
