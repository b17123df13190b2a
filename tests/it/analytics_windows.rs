//! Windows of the analytics: any copies, times and edges against a model in Rust; and how many parts an import makes.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use events::{ArtistId, Change, Deleted, Event, Incoming, Kind, Listen, ListenerId, Meta, Time, Topic, TrackId};
use projector::{Batch, Projected, Projection as _, Slice, Stored};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use read_analytics::{Analytics, AnalyticsProjection, Span, TimelinePoint, Zone};
use tests::{App, Role, now};
use tokio::{runtime::Handle, task::block_in_place};
use uuid::Uuid;

const DAY_MS: i64 = 86_400_000;
/// 2024-12-30: the five days from here on lie in two years.
const FIRST_DAY: i64 = 20_087;

/// One copy of a listen. The first of its identity (listener, event, day) wins.
#[derive(Clone, Debug)]
struct Copy {
    listener: u128,
    event: u128,
    at: i64,
    track: u128,
    counted: bool,
    ms_played: i64,
}

fn id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(kind << 64 | number)
}

fn track(number: u128) -> TrackId {
    TrackId(id(1, number))
}

/// Of each track an artist of its own, and one whom all share.
fn artists(track: u128) -> Vec<ArtistId> {
    [track, 9].map(|number| ArtistId(id(2, number))).to_vec()
}

impl Copy {
    fn identity(&self) -> (u128, u128, i64) {
        (self.listener, self.event, self.at.div_euclid(DAY_MS))
    }

    fn incoming(&self, offset: i64) -> Incoming {
        let listen = Listen {
            event_id: id(3, self.event),
            listener_id: ListenerId(id(4, self.listener)),
            track_id: track(self.track),
            artist_id: artists(self.track)[0],
            artist_ids: artists(self.track),
            album_id: None,
            genres: vec!["rock".to_owned()],
            duration_ms: Some(200_000),
            listened_at: Time::from_millis(self.at),
            ms_played: self.ms_played,
            counted: self.counted,
            source: None,
            device: None,
            context: None,
        };
        Incoming {
            topic: Topic::Listens,
            partition: 0,
            offset,
            meta: Meta {
                id: id(5, u128::from(offset.unsigned_abs())),
                time: now(),
                sequence: None,
                traceparent: None,
            },
            event: Event::Listened(Box::new(listen)),
        }
    }
}

/// Near midnights and full hours above all.
fn moments() -> impl Strategy<Value = i64> {
    let hours = select(vec![0, 1, 12, 23, 24]).prop_map(|hour: i64| hour * 3_600_000);
    let beside = prop_oneof![Just(0), Just(1), Just(-1), 0..3_600_000_i64];
    (0..5_i64, hours, beside).prop_map(|(day, hour, beside)| (FIRST_DAY + day) * DAY_MS + hour + beside)
}

fn copies() -> impl Strategy<Value = Vec<Copy>> {
    let copy = (0..2_u128, 0..4_u128, moments(), 0..3_u128, any::<bool>(), 0..1000_i64);
    let copy = copy.prop_map(|(listener, event, at, track, counted, ms_played)| Copy {
        listener,
        event,
        at,
        track,
        counted,
        ms_played,
    });
    prop::collection::vec(copy, 1..60)
}

#[derive(Clone, Debug)]
struct Case {
    copies: Vec<Copy>,
    /// Where they are cut into batches, and after which of these rollups are made: what comes later is late.
    batches: BTreeMap<usize, bool>,
    /// Whether rollups are made in the end.
    is_made: bool,
    /// Where time is cut into windows.
    cuts: BTreeSet<i64>,
    deleted: BTreeSet<u128>,
}

fn cases() -> impl Strategy<Value = Case> {
    let batches = prop::collection::btree_map(1..60_usize, any::<bool>(), 0..5);
    let cuts = prop::collection::btree_set(moments(), 2..6);
    let deleted = prop::collection::btree_set(0..3_u128, 0..2);
    let case = (copies(), batches, any::<bool>(), cuts, deleted);
    case.prop_map(|(copies, batches, is_made, cuts, deleted)| Case {
        copies,
        batches,
        is_made,
        cuts,
        deleted,
    })
}

/// A moment after both months of the days have ended.
fn later() -> Time {
    Time::from_millis((FIRST_DAY + 60) * DAY_MS)
}

/// Stores events as so many batches of partition 0; rollups are made after those batches of which `refreshes` says so.
async fn stores(
    analytics: &Analytics,
    events: &[Incoming],
    cuts: impl Iterator<Item = usize>,
    refreshes: impl Fn(usize) -> bool,
) {
    let Some(first) = events.first() else { return };
    let projection = AnalyticsProjection::new(analytics.clone());
    let mut from = 0;
    for to in cuts.chain([events.len()]).filter(|to| *to <= events.len()) {
        let project = |event: &Incoming| Projected {
            offset: event.offset,
            rows: projection.rows(event).expect("an event that has rows"),
        };
        let slice = Slice {
            topic: first.topic,
            partition: 0,
            from: first.offset + i64::try_from(from).unwrap(),
            next: first.offset + i64::try_from(to).unwrap(),
            events: events[from..to].iter().map(project).collect(),
        };
        let stored = projection.store(&Batch { slices: vec![slice] }).await.expect("stored");
        assert_eq!(stored, Stored::Done(Vec::new()));
        if refreshes(to) {
            analytics.refresh(later()).await.expect("rollups are made");
        }
        from = to;
    }
}

/// The deletions of tracks.
fn deletions(tracks: &BTreeSet<u128>, first: i64) -> Vec<Incoming> {
    let deletion = |(offset, number): (i64, &u128)| Incoming {
        topic: Topic::Tracks,
        partition: 0,
        offset,
        meta: Meta {
            id: id(5, u128::from(offset.unsigned_abs())),
            time: now(),
            sequence: Some(2),
            traceparent: None,
        },
        event: Event::Track(Change::Deleted(Deleted { id: track(*number).0 })),
    };
    (first..).zip(tracks).map(deletion).collect()
}

type Row = (Uuid, u64, u64, i64);

async fn chart(analytics: &Analytics, kind: Kind, from: i64, to: i64) -> Vec<Row> {
    let (from, to) = (Time::from_millis(from), Time::from_millis(to));
    let rows = analytics.top(kind, from, Some(to), Some("rock"), 100).await;
    let row = |row: &read_analytics::ChartRow| {
        let plays = row.plays;
        (
            row.id,
            plays.plays,
            plays.listeners.unwrap(),
            plays.listened_ms.unwrap(),
        )
    };
    rows.expect("ClickHouse answers").iter().map(row).collect()
}

/// The chart as it must be: most plays first, then by id as ClickHouse orders them. The plays of a deleted track still count
/// for its artists.
fn expected(listens: &[Copy], deleted: &BTreeSet<u128>, kind: Kind, from: i64, to: i64) -> Vec<Row> {
    let mut of: BTreeMap<Uuid, (u64, BTreeSet<u128>, i64)> = BTreeMap::new();
    for listen in listens.iter().filter(|listen| from <= listen.at && listen.at < to) {
        let ids = match kind {
            Kind::Track => vec![track(listen.track).0],
            _ => artists(listen.track).iter().map(|artist| artist.0).collect(),
        };
        for id in ids {
            let (plays, listeners, listened_ms) = of.entry(id).or_default();
            *listened_ms += listen.ms_played;
            if listen.counted {
                *plays += 1;
                listeners.insert(listen.listener);
            }
        }
    }
    let is_gone = |id: &Uuid| deleted.iter().any(|number| track(*number).0 == *id);
    let rows = of.into_iter().filter(|(id, (plays, ..))| *plays > 0 && !is_gone(id));
    let mut rows: Vec<Row> = rows
        .map(|(id, (plays, listeners, ms))| (id, plays, listeners.len() as u64, ms))
        .collect();
    rows.sort_by_key(|row| (u64::MAX - row.1, row.0));
    rows
}

/// The first copies of each listen.
fn kept(copies: &[Copy]) -> Vec<Copy> {
    let mut first = BTreeMap::new();
    for copy in copies {
        first.entry(copy.identity()).or_insert_with(|| copy.clone());
    }
    first.into_values().collect()
}

/// Both months of the days, whole.
const MONTHS: [i64; 2] = [20_058 * DAY_MS, 20_120 * DAY_MS];

async fn windows_hold(analytics: &Analytics, listens: &[Copy], deleted: &BTreeSet<u128>, cuts: &[i64]) {
    for kind in [Kind::Track, Kind::Artist] {
        let [from, to] = MONTHS;
        assert_eq!(
            chart(analytics, kind, from, to).await,
            expected(listens, deleted, kind, from, to),
            "{kind:?}: both months"
        );
        let mut sum = 0;
        for window in cuts.windows(2) {
            let rows = chart(analytics, kind, window[0], window[1]).await;
            assert_eq!(
                rows,
                expected(listens, deleted, kind, window[0], window[1]),
                "{kind:?} {window:?}"
            );
            sum += rows.iter().map(|row| row.1).sum::<u64>();
        }
        let (from, to) = (cuts[0], cuts[cuts.len() - 1]);
        let whole = chart(analytics, kind, from, to).await;
        assert_eq!(
            sum,
            whole.iter().map(|row| row.1).sum::<u64>(),
            "{kind:?}: the parts are the whole"
        );
        assert_eq!(chart(analytics, kind, from, from).await, []);
    }
}

/// A person's statistics and history, page by page.
async fn person_holds(analytics: &Analytics, listens: &[Copy], listener: u128) {
    let mut own: Vec<&Copy> = listens.iter().filter(|listen| listen.listener == listener).collect();
    own.sort_by_key(|listen| (listen.at, listen.event));
    let who = ListenerId(id(4, listener));
    let stats = analytics
        .user_stats(&who.into(), Span::ALL, &Zone::utc(), now())
        .await
        .expect("ClickHouse answers")
        .totals;
    let plays = own.iter().filter(|listen| listen.counted).count() as u64;
    let listened_ms: i64 = own.iter().map(|listen| listen.ms_played).sum();
    assert_eq!((stats.played.plays, stats.played.listened_ms), (plays, listened_ms));
    assert_eq!(stats.by_hour.iter().sum::<u64>(), plays);

    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = analytics.history(who, cursor, 3).await.expect("ClickHouse answers");
        seen.extend(
            page.items
                .iter()
                .map(|row| (row.listen.listened_at.millis(), row.listen.event_id)),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let newest_first = own.iter().rev().map(|listen| (listen.at, id(3, listen.event)));
    assert_eq!(seen, newest_first.collect::<Vec<_>>());
}

/// The statistics of the first track and of the artist whom all share, at the end of the days.
async fn things_hold(analytics: &Analytics, listens: &[Copy]) {
    let end = (FIRST_DAY + 5) * DAY_MS;
    let now = Time::from_millis(end - 1);
    let of_track = analytics.track_stats(track(0), now).await.expect("ClickHouse answers");
    let of_artist = analytics
        .artist_stats(artists(0)[1], now)
        .await
        .expect("ClickHouse answers");
    let own: Vec<&Copy> = listens.iter().filter(|listen| listen.track == 0).collect();
    for (stats, listens) in [(of_track, own), (of_artist.stats, listens.iter().collect())] {
        let plays = || listens.iter().filter(|listen| listen.counted);
        let listeners: BTreeSet<u128> = plays().map(|listen| listen.listener).collect();
        let expected = (plays().count() as u64, listeners.len() as u64, listens.len() as u64);
        assert_eq!((stats.plays, stats.listeners, stats.listens), expected);
        let edges = (
            stats.first_listened_at.map(Time::millis),
            stats.last_listened_at.map(Time::millis),
        );
        let times = || listens.iter().map(|listen| listen.at);
        assert_eq!(edges, (times().min(), times().max()));
        assert_eq!(
            stats.listened_ms,
            listens.iter().map(|listen| listen.ms_played).sum::<i64>()
        );
        let by_day: u64 = stats.by_day.iter().map(|day| day.plays).sum();
        assert_eq!(by_day, plays().filter(|listen| listen.at < end).count() as u64);
    }
}

/// How far Kathmandu is from UTC: no whole hour, and no summer time.
const OFFSET_MS: i64 = 345 * 60_000;

/// Plays and listeners by the local hour or day that they began in.
fn steps(listens: &[&Copy], length: i64) -> BTreeMap<i64, (u64, u64)> {
    let mut steps = BTreeMap::<i64, (u64, BTreeSet<u128>)>::new();
    for listen in listens.iter().filter(|listen| listen.counted) {
        let begins = (listen.at + OFFSET_MS).div_euclid(length) * length - OFFSET_MS;
        let (plays, listeners) = steps.entry(begins).or_default();
        *plays += 1;
        listeners.insert(listen.listener);
    }
    let step = |(at, (plays, listeners)): (i64, (u64, BTreeSet<u128>))| (at, (plays, listeners.len() as u64));
    steps.into_iter().map(step).collect()
}

fn is_timeline(points: &[TimelinePoint], listens: &[&Copy], length: i64, what: &str) {
    let played = points.iter().filter(|point| point.plays > 0);
    let played = played.map(|point| (point.bucket.millis(), (point.plays, point.listeners)));
    assert_eq!(played.collect::<BTreeMap<_, _>>(), steps(listens, length), "{what}");
}

fn by_hour(listens: &[&Copy]) -> Vec<u64> {
    let mut hours = vec![0; 24];
    for listen in listens.iter().filter(|listen| listen.counted) {
        let hour = (listen.at + OFFSET_MS).div_euclid(3_600_000).rem_euclid(24);
        hours[usize::try_from(hour).unwrap()] += 1;
    }
    hours
}

/// Different things among the plays.
fn different(listens: &[&Copy], thing: impl Fn(&Copy) -> u128) -> u64 {
    let plays = listens.iter().filter(|listen| listen.counted);
    plays.map(|listen| thing(listen)).collect::<BTreeSet<_>>().len() as u64
}

/// What everybody heard between the first and the last cut, and of one track and one artist, by the clock of Kathmandu.
async fn figures_hold(analytics: &Analytics, listens: &[Copy], cuts: &[i64]) {
    let (from, to) = (cuts[0], cuts[cuts.len() - 1]);
    let span = Span::new(Time::from_millis(from), Time::from_millis(to));
    let length = if to - from <= 3 * DAY_MS { 3_600_000 } else { DAY_MS };
    let zone = analytics.zone("Asia/Kathmandu").await.expect("ClickHouse answers");
    let zone = zone.expect("a zone");
    let all: Vec<&Copy> = listens
        .iter()
        .filter(|listen| from <= listen.at && listen.at < to)
        .collect();
    let plays = all.iter().filter(|listen| listen.counted).count() as u64;

    let timeline = analytics.timeline(span, &zone).await.expect("ClickHouse answers");
    is_timeline(&timeline, &all, length, "everybody");
    let platform = analytics
        .platform_totals(span, &zone)
        .await
        .expect("ClickHouse answers");
    assert_eq!(platform.by_hour, by_hour(&all));
    let totals = platform.totals;
    let of_all = (totals.plays, totals.listens, totals.listeners, totals.tracks);
    let tracks = different(&all, |listen| listen.track);
    let listeners = different(&all, |listen| listen.listener);
    assert_eq!(of_all, (plays, all.len() as u64, listeners, tracks));
    assert_eq!(totals.artists, if plays > 0 { tracks + 1 } else { 0 });
    let genres = analytics.genres(span).await.expect("ClickHouse answers");
    let of_genres: Vec<(u64, u64)> = genres.iter().map(|genre| (genre.plays, genre.listeners)).collect();
    assert_eq!(of_genres, if plays > 0 { vec![(plays, listeners)] } else { vec![] });

    let own: Vec<&Copy> = all.iter().copied().filter(|listen| listen.track == 0).collect();
    let (details, _) = analytics
        .track_details(track(0), span, &zone)
        .await
        .expect("ClickHouse answers");
    is_timeline(&details.timeline, &own, length, "a track");
    assert_eq!(details.by_hour, by_hour(&own));
    assert_eq!(details.totals.listens, own.len() as u64);
    let (studio, _) = analytics
        .studio_stats(artists(0)[1], span, &zone)
        .await
        .expect("ClickHouse answers");
    is_timeline(&studio.timeline, &all, length, "an artist");
    assert_eq!((studio.totals.plays, studio.totals.listeners), (plays, listeners));
}

async fn empties(app: &App) {
    let tables = [
        "listens",
        "listens_by_listener",
        "deleted",
        "touched",
        "rollup",
        "rollup_by_artist",
        "settled",
        "totals",
    ];
    for table in tables {
        assert_eq!(app.analytics_sql(&format!("TRUNCATE TABLE {table} SYNC")).await, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listen_counts_in_one_window_whatever_its_copies_say() {
    let app = App::builder().without(Role::Analytics).start().await;
    let ends = tests::eventually("the tables are there", async || app.analytics().positions().await.ok()).await;
    assert_eq!(ends, []);
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    });
    // Offsets go on from case to case, as those of a topic do.
    let (offset, deletion) = (Cell::new(0), Cell::new(0));
    let case = async |case: Case| {
        empties(&app).await;
        let events: Vec<Incoming> = (offset.get()..)
            .zip(&case.copies)
            .map(|(offset, copy)| copy.incoming(offset))
            .collect();
        let refreshes = |to| match case.batches.get(&to) {
            Some(is_made) => *is_made,
            None => case.is_made,
        };
        let cuts = Vec::from_iter(case.cuts);
        // What is asked before all is there, and of a shorter time, is kept, and mended later.
        let half = case.copies.len() / 2;
        for (from, to, cuts) in [(0, half, &cuts[..cuts.len() - 1]), (half, case.copies.len(), &cuts[..])] {
            stores(
                app.analytics(),
                &events[from..to],
                case.batches.keys().copied(),
                refreshes,
            )
            .await;
            figures_hold(app.analytics(), &kept(&case.copies[..to]), cuts).await;
        }
        stores(
            app.analytics(),
            &deletions(&case.deleted, deletion.get()),
            std::iter::empty(),
            |_| false,
        )
        .await;
        offset.set(offset.get() + i64::try_from(events.len()).unwrap());
        deletion.set(deletion.get() + i64::try_from(case.deleted.len()).unwrap());
        let listens = kept(&case.copies);
        assert_eq!(app.analytics().counts().await.unwrap(), listens.len() as u64);
        windows_hold(app.analytics(), &listens, &case.deleted, &cuts).await;
        person_holds(app.analytics(), &listens, 0).await;
        things_hold(app.analytics(), &listens).await;
    };
    let ran = runner.run(&cases(), |one| {
        block_in_place(|| Handle::current().block_on(case(one)));
        Ok(())
    });
    assert_eq!(ran.map_err(|failed| failed.to_string()), Ok(()));
}

#[tokio::test]
async fn an_import_of_ten_years_writes_ten_parts() {
    let app = App::builder().without(Role::Analytics).start().await;
    let copy = |month: i64| Copy {
        listener: 0,
        event: u128::from(month.unsigned_abs()),
        at: (FIRST_DAY - month * 30) * DAY_MS,
        track: 0,
        counted: true,
        ms_played: 1,
    };
    let events: Vec<Incoming> = (0..120).map(|month| copy(month).incoming(month)).collect();
    stores(app.analytics(), &events, std::iter::empty(), |_| false).await;
    assert_eq!(app.analytics().counts().await.unwrap(), 120);
    for table in ["listens", "listens_by_listener"] {
        let parts = format!(
            "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = '{table}' AND active"
        );
        assert_eq!(app.analytics_sql(&parts).await, "10", "{table}");
    }
}
