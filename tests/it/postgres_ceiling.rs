//! `JONQUIL_POSTGRES_CONNECTIONS` is what a process has at most, however many its workers are.

use tests::App;

#[tokio::test]
async fn a_process_has_as_many_connections_as_it_may_and_no_more() {
    let app = App::builder()
        .setting("JONQUIL_POSTGRES_CONNECTIONS", "8")
        .setting("JONQUIL_HTTP_WORKERS", "16")
        .setting("JONQUIL_JOB_CONCURRENCY", "1")
        .start()
        .await;
    let label = app.artist_account("label").await;
    let mut asking = Vec::new();
    for number in 0..24 {
        let label = label.clone();
        asking.push(tokio::spawn(async move {
            label.creates_artist(&format!("Artist {number}")).await;
            label.http.get("/api/v1/auth/me").await.is(200);
        }));
    }
    for one in asking {
        one.await.expect("answered");
    }
    // Pools keep what they have once opened, so this is the most there ever were. The story's own one is not counted.
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let open = app.number(open).await;
    assert!(open <= 8, "{open}");
}
