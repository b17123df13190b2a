//! What happens right now, as server-sent events.

use std::time::Duration;

use read_api::PlatformStats;
use reqwest::{Method, Response};
use tests::{App, Engine, Http, Role};

const STREAM: &str = "/api/v1/analytics/realtime/stream";

/// A client that follows.
struct Follower {
    response: Response,
    buffer: String,
}

impl Follower {
    async fn of(http: &Http) -> Self {
        let response = http.request(Method::GET, STREAM).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            buffer: String::new(),
        }
    }

    /// The next event; none once the stream has ended.
    async fn next(&mut self) -> Option<PlatformStats> {
        let reading = async {
            loop {
                if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.buffer = rest;
                    if let Some((head, data)) = event.split_once("data: ") {
                        assert!(head.ends_with("event: stats\n"), "{event}");
                        return Some(serde_json::from_str(data).expect("the statistics"));
                    }
                    continue;
                }
                let piece = self.response.chunk().await.expect("the stream is whole")?;
                self.buffer.push_str(std::str::from_utf8(&piece).expect("text"));
            }
        };
        let read = tokio::time::timeout(Duration::from_secs(30), reading).await;
        read.expect("an event or the end within 30 s")
    }

    /// The first event with so many plays in the last hour.
    async fn until(&mut self, plays: u64) -> PlatformStats {
        loop {
            let stats = self.next().await.expect("the stream goes on");
            if stats.counts.plays_last_hour == plays {
                return stats;
            }
        }
    }
}

#[tokio::test]
async fn who_follows_sees_each_change_and_who_comes_again_the_newest() {
    let mut app = App::start().await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let (mut one, mut two) = (Follower::of(&app.http()).await, Follower::of(&label.http).await);
    assert_eq!(one.next().await.expect("the first").counts.plays_last_hour, 0);
    label.hears(track).await;
    for follower in [&mut one, &mut two] {
        let stats = follower.until(1).await;
        assert_eq!((stats.counts.active_users, stats.top_now.len()), (1, 1));
        let top = &stats.top_now[0];
        assert_eq!((top.item.track.id, top.plays), (track, 1));
        // It is signed for one person, and this is for all.
        assert_eq!(top.item.track.stream_url, None);
    }
    drop(two);
    let mut again = Follower::of(&app.http()).await;
    assert_eq!(again.next().await.expect("the newest").counts.plays_last_hour, 1);
    // The same as whoever asks once sees.
    let asked: PlatformStats = app.http().read_as("/api/v1/analytics/realtime/platform-stats").await;
    assert_eq!(asked.counts.plays_last_hour, 1);
    app.http().with("x.y.z").get(STREAM).await.is(401);
    app.stops(Role::Api).await;
    for follower in [&mut one, &mut again] {
        while follower.next().await.is_some() {}
    }
}

#[tokio::test]
async fn an_address_follows_so_often_at_once_and_no_more() {
    let app = App::start().await;
    let mut followers = Vec::new();
    for _ in 0..50 {
        followers.push(Follower::of(&app.http()).await);
    }
    let refused = app.http().get(STREAM).await.is(429);
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    for follower in &mut followers {
        assert!(follower.next().await.is_some());
    }
    drop(followers);
    tests::eventually("a place is free again", async || {
        let answer = app.http().request(Method::GET, STREAM).send().await.expect("an answer");
        (answer.status() == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_redis_nobody_is_left_without_an_answer() {
    let app = App::builder().behind_proxy(Engine::Redis).start().await;
    app.proxy(Engine::Redis).refuse();
    let refused = app.http().get(STREAM).await.is(503);
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    app.proxy(Engine::Redis).pass();
    let mut follower = tests::eventually("it goes on", async || {
        let answer = app.http().request(Method::GET, STREAM).send().await.expect("an answer");
        (answer.status() == 200).then_some(Follower {
            response: answer,
            buffer: String::new(),
        })
    })
    .await;
    assert!(follower.next().await.is_some());
}
