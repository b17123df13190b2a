//! Redis fails over to a replica that lacks the end of what was counted.

use serde_json::json;
use tests::{App, Engine, RedisServer, eventually};

#[tokio::test]
async fn a_replica_that_is_promoted_gets_from_the_topic_what_it_had_not_yet_got_from_its_primary() {
    let primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let app = App::builder()
        .on_redis(&primary)
        .behind_proxy(Engine::Redis)
        .start()
        .await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Gruppa krovi").await;
    let listener = app.listener("ear").await;
    for _ in 0..3 {
        listener.hears(track).await;
    }
    app.settle().await;
    replica.has_all_of(&primary).await;
    replica.is_promoted().await;
    for _ in 0..4 {
        listener.hears(track).await;
    }
    app.settle().await;
    let path = format!("/api/v1/tracks/{track}");
    app.http().get(&path).await.is(200).shows(json!({"plays": 7}));

    app.proxy(Engine::Redis).leads_to(replica.address());
    listener.hears(track).await;
    eventually("all eight are counted, each once", async || {
        let shown = app.http().get(&path).await;
        let plays = shown.json()["plays"].as_u64();
        assert!(plays.is_none_or(|plays| plays <= 8), "{plays:?}");
        (plays == Some(8)).then_some(())
    })
    .await;
}
