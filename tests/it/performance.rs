//! What the operator sees: requests that were answered, how far read models are behind, and how ClickHouse is.

use std::time::{Duration, Instant};

use read_analytics::{RouteStats, StatusCount};
use read_api::{ApiStats, PerformanceSummary, ProjectionName, ProjectionState};
use reqwest::{Client, Url};
use serde_json::json;
use tests::{App, Engine, Proxy, Role, eventually, eventually_within, new_id};

use crate::supervision::publishes_too_much_nonsense;

const STATS: &str = "/api/v1/analytics/clickhouse/api-stats";
const SUMMARY: &str = "/api/v1/analytics/performance/summary";

fn route<'a>(routes: &'a [RouteStats], path: &str) -> Option<&'a RouteStats> {
    routes.iter().find(|route| route.route == path)
}

#[tokio::test]
async fn every_answered_request_is_counted_by_route_and_status() {
    let app = App::builder().behind_proxy(Engine::S3).start().await;
    let (ada, admin) = (app.listener("ada").await, app.admin("root").await);
    app.proxy(Engine::S3).refuse();
    app.http().get("/api/v1/s3/health").await.is(503);
    for _ in 0..3 {
        app.http().get(&format!("/api/v1/artists/{}", new_id())).await.is(404);
        app.http().get("/ping").await.is(200);
    }
    app.http().get("/api/v1/nothing/here").await.is(404);
    let stats: ApiStats = eventually("the requests are there", async || {
        let stats: ApiStats = admin.http.read_as(STATS).await;
        // Its two queries see the same once nothing more comes into its time.
        let counted: u64 = stats.requests.routes.iter().map(|route| route.requests).sum();
        let timeline: u64 = stats.timeline.iter().map(|point| point.requests).sum();
        let known = route(&stats.requests.routes, "unmatched").is_some();
        (known && [counted, timeline] == [stats.requests.totals.requests; 2]).then_some(stats)
    })
    .await;
    let artists = route(&stats.requests.routes, "/api/v1/artists/{artist_id}").expect("the artist's route");
    assert_eq!(
        (artists.requests, artists.errors, artists.method.as_str()),
        (3, 0, "GET")
    );
    let not_found = StatusCount {
        status: 404,
        requests: 3,
    };
    assert_eq!(artists.statuses, [not_found]);
    assert!(artists.p50_ms > 0.0 && artists.p50_ms <= artists.p95_ms && artists.p95_ms <= artists.p99_ms);
    assert_eq!(
        route(&stats.requests.routes, "/ping").map(|ping| ping.requests),
        Some(3)
    );
    what_failed_is_counted_apart(&stats);
    // No id of anybody or anything.
    assert!(
        stats
            .requests
            .routes
            .iter()
            .all(|route| !route.route.contains("-0000-") && !route.route.contains('?'))
    );
    for path in [STATS, SUMMARY] {
        ada.http.get(path).await.is(403);
        app.http().get(path).await.is(401);
    }
    let empty = format!("{STATS}?from=2020-01-01T00:00:00.000Z&to=2020-01-02T00:00:00.000Z");
    let empty: ApiStats = admin.http.read_as(&empty).await;
    assert_eq!(
        (
            empty.requests.totals.requests,
            empty.requests.routes.len(),
            empty.timeline.len()
        ),
        (0, 0, 0)
    );
}

/// One request was answered with 5xx.
fn what_failed_is_counted_apart(stats: &ApiStats) {
    let failed = route(&stats.requests.routes, "/api/v1/s3/health").expect("the route that failed");
    let unavailable = StatusCount {
        status: 503,
        requests: 1,
    };
    assert_eq!((failed.requests, failed.errors), (1, 1));
    assert_eq!(failed.statuses, [unavailable]);
    let in_hours: u64 = stats.timeline.iter().map(|point| point.errors).sum();
    assert_eq!((stats.requests.totals.errors, in_hours), (1, 1));
}

#[tokio::test]
async fn the_summary_says_which_read_model_is_behind() {
    let mut app = App::builder().without(Role::Counters).start().await;
    let admin = app.admin("root").await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    label.hears(track).await;
    app.settle_without(&["counters"]).await;
    let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
    let counters = &summary.projections[2];
    // The first generation serves from the beginning; an artist, a track and a listen wait.
    assert_eq!(
        (counters.name, counters.generation, counters.lag_events),
        (ProjectionName::Counters, Some(1), Some(3))
    );
    assert!(counters.lag_seconds > Some(0.0), "{counters:?}");
    let search = &summary.projections[0];
    assert_eq!(
        (search.lag_events, search.lag_seconds, &search.last_error),
        (Some(0), Some(0.0), &None)
    );
    let tables: Vec<&str> = summary
        .clickhouse
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    assert!(
        tables.contains(&"listens") && tables.contains(&"positions"),
        "{tables:?}"
    );
    let listens = summary
        .clickhouse
        .tables
        .iter()
        .find(|table| table.name == "listens")
        .expect("listens");
    assert_eq!(
        (listens.rows, listens.parts > 0, listens.size_bytes > 0),
        (1, true, true)
    );
    assert_eq!(summary.clickhouse.version, app.analytics_sql("SELECT version()").await);
    assert!(summary.clickhouse.latency_ms > 0.0);
    // The stories' server keeps no log of queries.
    assert_eq!(summary.clickhouse.slow_queries, []);
    app.starts(&[Role::Counters]).await;
    eventually("the counters caught up", async || {
        let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
        let counters = &summary.projections[2];
        (counters.lag_events == Some(0) && counters.lag_seconds == Some(0.0)).then_some(())
    })
    .await;
    let summary: PerformanceSummary = eventually("requests are counted", async || {
        let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
        (summary.requests.requests > 0).then_some(summary)
    })
    .await;
    assert_eq!(summary.error_rate, Some(0.0));
    assert!(summary.per_second > 0.0 && !summary.routes.is_empty());
}

#[tokio::test]
async fn the_summary_says_how_long_events_took_until_they_were_visible() {
    let mut app = App::builder().without(Role::Counters).start().await;
    let admin = app.admin("root").await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    label.hears(track).await;
    let sent = Instant::now();
    app.settle_without(&["counters"]).await;
    let summary = async || admin.http.read_as::<PerformanceSummary>(SUMMARY).await;
    // The artist and the track, which may come to two notes; the listen is not searched.
    let search = eventually("the search says what it measured of both", async || {
        let seen = summary().await.projections[0].visible_after;
        seen.filter(|seen| seen.events >= 2)
    });
    let search = search.await;
    assert_eq!(search.events, 2);
    assert!(
        search.p50_ms <= search.p95_ms && search.p95_ms <= search.p99_ms,
        "{search:?}"
    );
    let took = sent.elapsed();
    assert_eq!(
        summary().await.projections[2].visible_after,
        None,
        "nobody applies them"
    );

    let lags = async || {
        let states: Vec<ProjectionState> = admin.http.read_as("/api/v1/admin/projections").await;
        (
            states[0].generations[0].lag_seconds,
            states[2].generations[0].lag_seconds,
        )
    };
    let (of_search, of_counters) = lags().await;
    assert_eq!(of_search, Some(0.0));
    // Both clocks count whole milliseconds.
    let least = took.as_secs_f64() - 0.002;
    assert!(of_counters >= Some(least), "{of_counters:?} after {took:?}");
    let waited = sent.elapsed();
    app.starts(&[Role::Counters]).await;
    app.settle().await;
    let counters = eventually("the counters say what they measured", async || {
        summary().await.projections[2].visible_after
    });
    let counters = counters.await;
    // The listen; neither an artist nor a track is counted.
    assert_eq!(counters.events, 1);
    assert!(
        counters.p50_ms >= waited.as_secs_f64() * 1_000.0,
        "{counters:?} after {waited:?}"
    );
}

#[tokio::test]
async fn a_read_model_that_stands_still_is_seen_as_such_although_nobody_writes() {
    let app = App::builder().without(Role::Search).start().await;
    let worker = app.spawns("search", "");
    let admin = app.admin("root").await;
    let label = app.artist_account("label").await;
    label.creates_artist("Kino").await;
    app.settle().await;
    let search = async || {
        let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
        summary.projections.into_iter().next().expect("the search")
    };
    let working = eventually("its worker says that it is at work", async || {
        search().await.silent_seconds
    })
    .await;
    assert!(working < 20.0, "{working}");
    worker.kill();

    // Longer than a worker is ever silent that runs.
    let silent = eventually_within(
        Duration::from_mins(1),
        "it is seen that nobody is at work",
        async || Some(search().await).filter(|search| search.silent_seconds > Some(20.0)),
    );
    let silent = silent.await;
    assert_eq!(
        (silent.lag_events, silent.lag_seconds),
        (Some(0), Some(0.0)),
        "nothing is missing"
    );
    let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
    assert!(
        summary.projections[2].silent_seconds < Some(20.0),
        "the counters go on, and nobody plays anything"
    );
    let _again = app.spawns("search", "");
    eventually("its next worker is at work", async || {
        search().await.silent_seconds.filter(|silent| *silent < 20.0)
    })
    .await;
}

/// Elasticsearch does so by itself where its disk is nearly full.
async fn lets_nobody_write(app: &App, closed: bool) {
    let (url, prefix) = (
        app.setting("JONQUIL_ELASTICSEARCH_URL"),
        app.setting("JONQUIL_INDEX_PREFIX"),
    );
    let settings = json!({"index.blocks.write": closed});
    let request = Client::new().put(format!("{url}/{prefix}*/_settings")).json(&settings);
    let answer = request.send().await.expect("Elasticsearch answers");
    assert!(answer.status().is_success(), "{:?}", answer.text().await);
}

#[tokio::test]
async fn why_a_worker_of_another_process_does_not_go_on_is_seen_until_it_does() {
    let app = App::builder().without(Role::Search).start().await;
    let _worker = app.spawns("search", "");
    let admin = app.admin("root").await;
    let label = app.artist_account("label").await;
    label.creates_artist("Kino").await;
    app.settle().await;
    let last_error = async || {
        let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
        summary.projections.into_iter().next().expect("the search").last_error
    };
    assert_eq!(last_error().await, None);

    lets_nobody_write(&app, true).await;
    let alisa = label.creates_artist("Alisa").await;
    let error = eventually("its worker says what it waits for", last_error).await;
    assert!(error.starts_with("elasticsearch is unavailable: status 403"), "{error}");
    let said = app.runs(&["doctor"]);
    assert!(said.contains(&format!("a worker does not go on: {error}")), "{said}");

    lets_nobody_write(&app, false).await;
    app.settle().await;
    assert_eq!(app.search("alisa").await.artists, [alisa]);
    let goes_on = async || last_error().await.is_none().then_some(());
    eventually("its worker says that it goes on", goes_on).await;
}

#[tokio::test]
async fn what_a_worker_cannot_reach_and_what_ended_it_is_seen_after_its_process_too() {
    let app = App::builder()
        .without(Role::Counters)
        .without(Role::Search)
        .start()
        .await;
    let redis: Url = app.setting("JONQUIL_REDIS_URL").parse().expect("an address");
    let target = format!(
        "{}:{}",
        redis.host_str().expect("a host"),
        redis.port().unwrap_or(6_379)
    );
    let proxy = Proxy::start("127.0.0.1:0", target).await;
    let mut behind = redis.clone();
    behind.set_ip_host(proxy.address().ip()).expect("a host");
    behind.set_port(Some(proxy.address().port())).expect("a port");
    let variables = [("JONQUIL_REDIS_URL", behind.as_str())];
    let _counters = app.spawns_together(&["counters"], "story", "", &variables);
    let mut search = app.spawns("search", "");
    let admin = app.admin("root").await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    app.settle().await;
    let last_error = async |at: usize| {
        let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
        summary.projections[at].last_error.clone()
    };

    proxy.refuse();
    label.hears(track).await;
    let error = eventually("the counters' worker says what it waits for", async || {
        last_error(2).await
    })
    .await;
    assert!(error.starts_with("redis is unavailable: "), "{error}");
    assert!(!error.contains("://"), "{error}");
    proxy.pass();
    let goes_on = async || last_error(2).await.is_none().then_some(());
    eventually("the counters' worker says that it goes on", goes_on).await;

    publishes_too_much_nonsense(&app).await;
    eventually("the process ends", async || search.failed()).await;
    let error = eventually("it has left why", async || last_error(0).await).await;
    assert!(error.starts_with("search stops: too many rejected events"), "{error}");
    assert!(error.contains(" at jonquil.tracks.v1/"), "{error}");
}

#[tokio::test]
async fn how_far_the_webhooks_are_is_seen_beside_the_read_models_once_somebody_has_one() {
    let app = App::builder().without(Role::Jobs).start().await;
    let admin = app.admin("root").await;
    let label = app.artist_account("label").await;
    label.creates_artist("Kino").await;
    app.settle().await;
    let lag = async || {
        let summary: PerformanceSummary = admin.http.read_as(SUMMARY).await;
        summary.projections.into_iter().next_back().expect("the webhooks")
    };
    let feed = async || {
        let states: Vec<ProjectionState> = admin.http.read_as("/api/v1/admin/projections").await;
        states.into_iter().next_back().expect("the webhooks").feed
    };
    let nobody = lag().await;
    assert_eq!(
        (nobody.name, nobody.lag_events, nobody.last_error),
        (ProjectionName::Webhooks, None, None)
    );
    assert_eq!(feed().await, None);

    let hook = json!({"url": "https://example.org/hook", "types": ["jonquil.track.created.v1"]});
    label.http.post("/api/v1/webhooks/", &hook).await.is(201);
    let waits = lag().await;
    assert_eq!((waits.lag_events, waits.silent_seconds), (Some(1), None), "the artist");
    let seconds = (waits.lag_seconds, feed().await.and_then(|feed| feed.lag_seconds));
    assert!(seconds.0 > Some(0.0) && seconds.1 >= seconds.0, "{seconds:?}");

    let _jobs = app.spawns("jobs", "");
    let has_all = async || {
        let feed = feed().await.filter(|feed| (feed.done, feed.of) == (1, 1))?;
        assert_eq!(feed.lag_seconds, Some(0.0));
        let lag = lag().await;
        lag.silent_seconds.is_some().then_some(lag)
    };
    let lag = eventually("it has the artist, and says that it is at work", has_all).await;
    assert_eq!(
        (lag.lag_events, lag.lag_seconds, lag.last_error),
        (Some(0), Some(0.0), None)
    );
    assert_eq!(
        (lag.generation, lag.visible_after.map(|seen| seen.events)),
        (None, Some(1))
    );
}
