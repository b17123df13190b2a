//! Rollups of a running service: made beside the worker, used by charts and statistics, and never behind what is asked.

use chrono::TimeDelta;
use events::TrackId;
use read_api::{Chart, NamedTrack};
use serde_json::{Value, json};
use tests::{App, Person, eventually, new_id, now};

/// How many days ago the listens were.
const DAYS: [i64; 3] = [3, 4, 5];

fn listen(track: TrackId, days: i64) -> Value {
    let at = now().plus(TimeDelta::days(-days));
    json!({"track_id": track, "ms_played": 180_000, "event_id": new_id(), "listened_at": at})
}

async fn plays(app: &App, chart: &str) -> Vec<u64> {
    let chart: Chart<NamedTrack> = app.http().read_as(&format!("/api/v1/tracks/popular/?{chart}")).await;
    chart.items.iter().map(|item| item.plays.plays).collect()
}

/// How many days have no rollup of what this generation has now.
async fn behind(app: &App, generation: u32) -> String {
    let model = app.analytics().at(generation);
    let of = model.database();
    let behind = format!(
        "SELECT count() FROM (SELECT day, sum(next) AS version FROM (SELECT day, max(next) AS next FROM {of}.touched \
         GROUP BY day, partition) GROUP BY day) AS touched WHERE (day, version) NOT IN (SELECT day, version FROM {of}.rollup \
         WHERE span = 'day' AND track_id = toUUID('00000000-0000-0000-0000-000000000000'))"
    );
    app.analytics_sql(&behind).await
}

/// Every day that was written to has its rollup.
pub(crate) async fn all_made(app: &App) {
    eventually("the rollups are made", async || {
        (behind(app, 1).await == "0").then_some(())
    })
    .await;
}

async fn catalogue(app: &App) -> (Person, TrackId, TrackId) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let noch = label.creates_track(kino, "Noch").await;
    let den = label.creates_track(kino, "Den").await;
    (label, noch, den)
}

#[tokio::test]
async fn a_day_that_is_quiet_is_read_from_its_rollup_until_it_is_written_to() {
    let app = App::start().await;
    let (label, noch, den) = catalogue(&app).await;
    let mut listens: Vec<Value> = DAYS.map(|days| listen(noch, days)).to_vec();
    listens.push(listen(den, DAYS[0]));
    label.posts(&listens).await.is(202);
    app.settle().await;
    assert_eq!(
        plays(&app, "period=week").await,
        [3, 1],
        "from the listens or from rollups"
    );
    all_made(&app).await;
    assert_eq!(plays(&app, "period=week").await, [3, 1]);
    assert_eq!(app.analytics_sql("TRUNCATE TABLE listens SYNC").await, "");
    assert_eq!(plays(&app, "period=week").await, [3, 1], "no listen is left to read");
    let stats = format!("/api/v1/analytics/clickhouse/track/{noch}/stats");
    let shown = json!({"plays": 3, "listeners": 1, "listens": 3, "listened_ms": 540_000});
    app.http().get(&stats).await.is(200).shows(shown);

    // One more on a day whose rollup is there: the listens of that day are read, which are this one only.
    label.posts(&[listen(den, DAYS[0])]).await.is(202);
    app.settle().await;
    assert_eq!(
        plays(&app, "period=week").await,
        [2, 1],
        "the other days come from rollups"
    );
}

#[tokio::test]
async fn a_late_listen_is_in_the_chart_as_soon_as_it_is_projected() {
    let app = App::start().await;
    let (label, noch, den) = catalogue(&app).await;
    for round in 1..4_u64 {
        label
            .posts(&[listen(noch, DAYS[1]), listen(den, DAYS[2])])
            .await
            .is(202);
        app.settle().await;
        assert_eq!(plays(&app, "period=month").await, [round, round]);
        all_made(&app).await;
        assert_eq!(plays(&app, "period=month").await, [round, round]);
    }
}

#[tokio::test]
async fn readers_go_over_to_analytics_that_are_made_anew_once_the_rollups_are_there() {
    let app = App::builder()
        .setting("JONQUIL_REBUILD_STEADY_SECONDS", "0")
        .start()
        .await;
    let (label, noch, _) = catalogue(&app).await;
    label.posts(&DAYS.map(|days| listen(noch, days))).await.is(202);
    app.settle().await;
    // The new generation has three listens at once, and makes rollups of days that were quiet for a while.
    drop(app.runs(&["rebuild", "analytics"]));
    assert_eq!(behind(&app, 2).await, "0");
}
