//! Charts and what was deleted: a page is full while there is something to fill it with, and what a deleted track was
//! played still counts for its artist, its album and the totals.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use events::{ArtistId, Change, Deleted, Event, Incoming, Kind, Listen, ListenerId, Meta, Time, Topic, TrackId};
use projector::{Batch, Position, Projected, Projection as _, Slice, Stored};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use read_api::{ArtistListeningStats, Chart, NamedTrack, PlatformStats, Played, UserStats};
use read_counters::{ChartWindow, Counters, CountersProjection};
use representations::Track;
use serde_json::json;
use tests::{App, Person, Role, new_id, now};
use tokio::{runtime::Handle, task::block_in_place};
use uuid::Uuid;

const TRACKS: usize = 65;
const DELETED: usize = 40;

/// An album of 65 tracks, of which this person played the first 40 twice and the others once.
async fn played(app: &App, ada: &Person) -> (Person, Vec<TrackId>) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let mut tracks = Vec::new();
    for number in 0..TRACKS {
        let track = json!({"title": format!("Track {number}"), "artist_id": kino, "album_id": album,
            "duration_ms": 180_000, "genres": ["rock"]});
        tracks.push(label.creates_track_with(&track).await);
    }
    let listen = |track: &TrackId| json!({"track_id": track, "ms_played": 180_000, "event_id": new_id()});
    let listens = tracks.iter().chain(&tracks[..DELETED]).map(listen);
    ada.posts(&listens.collect::<Vec<_>>()).await.is(202);
    app.settle().await;
    (label, tracks)
}

/// The tracks of a chart, which must be ranked without a hole.
async fn ranked(app: &App, path: &str) -> BTreeSet<TrackId> {
    let chart: Chart<NamedTrack> = app.http().read_as(path).await;
    for (item, rank) in chart.items.iter().zip(1..) {
        assert_eq!((item.rank, item.plays.plays), (rank, 1));
    }
    chart.items.iter().map(|item| item.item.track.id).collect()
}

fn tracks_of(played: &[Played<NamedTrack>]) -> BTreeSet<TrackId> {
    played.iter().map(|played| played.item.track.id).collect()
}

async fn pages_are_full(app: &App, ada: &Person, left: &BTreeSet<TrackId>) {
    for chart in [
        "tracks/popular/?period=day",
        "tracks/popular/?period=week",
        "tracks/popular/?period=all",
        "analytics/popular-tracks?period=month&genre=rock",
    ] {
        let page = ranked(app, &format!("/api/v1/{chart}&limit=20")).await;
        assert_eq!((page.len(), page.is_subset(left)), (20, true), "{chart}");
        let whole = ranked(app, &format!("/api/v1/{chart}&limit=100")).await;
        assert_eq!(whole, *left, "{chart}");
    }
    let plays = (TRACKS + DELETED) as u64;
    let live: PlatformStats = app.http().read_as("/api/v1/analytics/realtime/platform-stats").await;
    assert_eq!(live.counts.plays_last_hour, plays);
    let top = tracks_of(&live.top_now);
    assert_eq!((top.len(), top.is_subset(left)), (10, true), "top_now");
    let own: UserStats = ada.http.read_as(&format!("/api/v1/users/{}/stats", ada.id)).await;
    assert_eq!(own.totals.played.plays, plays);
    let top = tracks_of(&own.top_tracks);
    assert_eq!((top.len(), top.is_subset(left)), (10, true), "one's own");
}

#[tokio::test]
async fn a_page_of_a_chart_is_full_after_forty_of_its_top_were_deleted() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let (label, tracks) = played(&app, &ada).await;
    for track in &tracks[..DELETED] {
        label.deletes_track(*track).await;
    }
    app.settle().await;
    let left: BTreeSet<TrackId> = tracks[DELETED..].iter().copied().collect();
    pages_are_full(&app, &ada, &left).await;

    let plays = json!({"plays": TRACKS + DELETED});
    let shown: Track = app.http().read_as(&format!("/api/v1/tracks/{}", tracks[DELETED])).await;
    let (artist, album) = (shown.artist.id, shown.album.expect("an album").id);
    for thing in [format!("artists/{artist}"), format!("albums/{album}")] {
        let thing = app.http().get(&format!("/api/v1/{thing}")).await;
        thing.is(200).shows(plays.clone());
    }
    for chart in ["artists/popular/", "albums/popular/"] {
        let chart = app.http().get(&format!("/api/v1/{chart}?period=week")).await;
        chart.is(200).shows(json!({"items": [plays]}));
    }
    let stats = format!("/api/v1/analytics/clickhouse/artist/{artist}/stats");
    let stats: ArtistListeningStats = app.http().read_as(&stats).await;
    let top = tracks_of(&stats.top_tracks);
    assert_eq!((top.len(), top.is_subset(&left)), (10, true));
    assert_eq!(stats.stats.stats.plays, (TRACKS + DELETED) as u64);
}

#[tokio::test]
async fn pages_of_every_kind_are_full_while_a_job_has_yet_to_delete_what_was_on_top() {
    // Nobody runs the job: the read models know that the artists are gone, and nothing of their works.
    let app = App::builder().without(Role::Jobs).setting("JONQUIL_MAX_FAN_OUT", "0");
    let app = app.start().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let (mut artists, mut tracks) = (Vec::new(), Vec::new());
    for number in 0..30 {
        let artist = label.creates_artist(&format!("Artist {number}")).await;
        let album = label.creates_album(artist, "Noch").await;
        let track = json!({"title": "Igra", "artist_id": artist, "album_id": album, "duration_ms": 180_000});
        tracks.push(label.creates_track_with(&track).await);
        artists.push(artist);
    }
    let listen = |track: &TrackId| json!({"track_id": track, "ms_played": 180_000, "event_id": new_id()});
    let listens = tracks.iter().chain(&tracks[..24]).map(listen);
    ada.posts(&listens.collect::<Vec<_>>()).await.is(202);
    app.settle().await;
    for artist in &artists[..24] {
        label
            .http
            .delete(&format!("/api/v1/artists/{artist}?cascade=true"))
            .await
            .is(204);
    }
    app.settle().await;
    let full: Vec<_> = (1..=5).map(|rank| json!({"rank": rank, "plays": 1})).collect();
    for kind in ["artists", "albums", "tracks"] {
        for period in ["day", "week", "all"] {
            let chart = app
                .http()
                .get(&format!("/api/v1/{kind}/popular/?period={period}&limit=5"))
                .await;
            chart.is(200).shows(json!({"items": full}));
        }
    }
}

/// Plays of the tracks of three charts, first the first.
async fn charts(app: &App) -> Vec<Vec<(TrackId, u64)>> {
    let mut all = Vec::new();
    for period in ["day", "week", "month&genre=rock"] {
        let path = format!("/api/v1/tracks/popular/?period={period}&limit=10");
        let chart: Chart<NamedTrack> = app.http().read_as(&path).await;
        let place = |item: &read_api::Ranked<NamedTrack>| (item.item.track.id, item.plays.plays);
        all.push(chart.items.iter().map(place).collect());
    }
    all
}

#[tokio::test]
async fn a_chart_that_was_asked_for_shows_the_next_time_what_came_since() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let (label, tracks) = played(&app, &ada).await;
    let hears = async |track: TrackId, at: Time| {
        let listen = json!({"track_id": track, "ms_played": 180_000, "event_id": new_id(), "listened_at": at});
        ada.posts(&[listen]).await.is(202);
        app.settle().await;
    };
    let (one, other) = (tracks[DELETED], tracks[DELETED + 1]);
    assert_eq!(charts(&app).await, charts(&app).await);
    for _ in 0..3 {
        hears(one, now().plus(TimeDelta::seconds(-1))).await;
    }
    for chart in charts(&app).await {
        assert_eq!(chart[0], (one, 4));
    }
    // Late: the day's chart has it not.
    for _ in 0..4 {
        hears(other, now().plus(TimeDelta::days(-3))).await;
    }
    let firsts: Vec<_> = charts(&app).await.iter().map(|chart| chart[0]).collect();
    assert_eq!(firsts, [(one, 4), (other, 5), (other, 5)]);
    label.deletes_track(other).await;
    app.settle().await;
    for chart in charts(&app).await {
        assert_eq!((chart[0], chart.len()), ((one, 4), 10));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Play(u128),
    Delete(u128),
}

fn track(number: u128) -> TrackId {
    TrackId(Uuid::from_u128(1 << 64 | number))
}

const ARTIST: ArtistId = ArtistId(Uuid::from_u128(2));

fn event(step: &Step, at: Time) -> Event {
    match step {
        Step::Delete(number) => Event::Track(Change::Deleted(Deleted { id: track(*number).0 })),
        Step::Play(number) => Event::Listened(Box::new(Listen {
            event_id: new_id(),
            listener_id: ListenerId(new_id()),
            track_id: track(*number),
            artist_id: ARTIST,
            artist_ids: vec![ARTIST],
            album_id: None,
            genres: Vec::new(),
            duration_ms: Some(200_000),
            listened_at: at,
            ms_played: 200_000,
            counted: true,
            source: None,
            device: None,
            context: None,
        })),
    }
}

/// Stores steps, each as the next event of its topic.
struct Feed {
    projection: CountersProjection,
    listens: i64,
    deletions: i64,
}

impl Feed {
    async fn stores(&mut self, steps: &[Step]) {
        for step in steps {
            let (topic, next) = match step {
                Step::Play(_) => (Topic::Listens, &mut self.listens),
                Step::Delete(_) => (Topic::Tracks, &mut self.deletions),
            };
            let offset = *next;
            *next += 1;
            let incoming = Incoming {
                topic,
                partition: 0,
                offset,
                meta: Meta {
                    id: new_id(),
                    time: now(),
                    sequence: Some(1),
                    traceparent: None,
                },
                event: event(step, now()),
            };
            let rows = self.projection.rows(&incoming).expect("a row");
            let slice = Slice {
                topic,
                partition: 0,
                from: offset,
                next: offset + 1,
                events: vec![Projected { offset, rows }],
            };
            let stored = self.projection.store(&Batch { slices: vec![slice] }).await;
            assert_eq!(stored.expect("stored"), Stored::Done(Vec::new()));
        }
    }
}

/// The plays of the tracks that were not deleted.
fn expected(steps: &[Step]) -> Vec<(Uuid, u64)> {
    let played = |number: u128| {
        steps
            .iter()
            .filter(|step| matches!(step, Step::Play(n) if *n == number))
            .count()
    };
    let is_deleted = |number: u128| steps.iter().any(|step| matches!(step, Step::Delete(n) if *n == number));
    let live = (0..4).filter(|number| !is_deleted(*number) && played(*number) > 0);
    live.map(|number| (track(number).0, played(number) as u64)).collect()
}

async fn charts_hold(counters: &Counters, steps: &[Step]) {
    let expected = expected(steps);
    for window in [ChartWindow::AllTime, ChartWindow::Day { now: now() }] {
        let mut chart = counters.top(Kind::Track, window, 10).await.expect("Redis answers");
        chart.sort_unstable();
        assert_eq!(chart, expected, "{window:?} after {steps:?}");
    }
    let mut live = counters.platform(now()).await.expect("Redis answers").top_now;
    live.sort_unstable();
    assert_eq!(live, expected, "top_now after {steps:?}");
    let plays = steps.iter().filter(|step| matches!(step, Step::Play(_))).count() as u64;
    assert_eq!(
        counters.plays(Kind::Artist, &[ARTIST.0]).await.expect("Redis answers"),
        [plays]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_are_the_same_whichever_comes_first_the_play_or_the_deletion() {
    let app = App::builder().without(Role::Counters).start().await;
    let counters = app.counters();
    let begin = Position {
        topic: Topic::Listens,
        partition: 0,
        next: 0,
    };
    let case = async |steps: Vec<Step>| {
        counters.erase().await.expect("Redis answers");
        counters.install(&[begin]).await.expect("Redis answers");
        let mut feed = Feed {
            projection: CountersProjection::new(counters.clone()),
            listens: 0,
            deletions: 0,
        };
        // A chart that was read once is kept current by the writer, so it is read in between too.
        let half = steps.len() / 2;
        feed.stores(&steps[..half]).await;
        charts_hold(counters, &steps[..half]).await;
        feed.stores(&steps[half..]).await;
        charts_hold(counters, &steps).await;
    };
    let step = prop_oneof![4 => (0..4_u128).prop_map(Step::Play), 1 => (0..4_u128).prop_map(Step::Delete)];
    let mut runner = TestRunner::new(Config {
        cases: 32,
        failure_persistence: None,
        ..Config::default()
    });
    let ran = runner.run(&prop::collection::vec(step, 1..24), |steps| {
        block_in_place(|| Handle::current().block_on(case(steps)));
        Ok(())
    });
    assert_eq!(ran.map_err(|failed| failed.to_string()), Ok(()));
}
