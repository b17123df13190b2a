//! Statistics of everybody, of a track, of an artist and of a person: each figure against a count by hand.

use events::{ArtistId, Time, TrackId};
use http_kit::History;
use read_analytics::{DayPlays, ListeningTotals, TimelinePoint};
use read_api::{
    Chart, Dashboard, HistoryTrack, Listen, ListeningStats, NamedArtist, NamedTrack, Studio, TrackAnalytics, Trends,
    UserAnalytics, UserPicture, UserStats,
};
use representations::Track;
use serde_json::{Value, json};
use tests::{App, Person, Role, Wav, new_id, now};

use crate::s3_objects::{AUDIO, COVERS, sends};

/// A week from Monday, 2026-03-02.
const WEEK: &str = "from=2026-03-02T00:00:00.000Z&to=2026-03-09T00:00:00.000Z";
const MONDAY: &str = "2026-03-02T00:00:00.000Z";

struct World {
    app: App,
    label: Person,
    ada: Person,
    bob: Person,
    admin: Person,
    kino: ArtistId,
    mu: ArtistId,
    /// By Kino, 180 s, rock.
    igra: TrackId,
    /// By Mu, 200 s, rock and pop.
    luna: TrackId,
    /// By Mu, 180 s, of no genre.
    plain: TrackId,
}

fn listen(track: TrackId, at: &str, seconds: u32, source: Option<&str>) -> Value {
    json!({"track_id": track, "listened_at": at, "ms_played": seconds * 1000, "source": source, "event_id": new_id()})
}

impl World {
    /// In the week: ada played four times and skipped once, bob played four times. Before it ada played once, and after it
    /// bob did.
    async fn new() -> Self {
        let app = App::start().await;
        let label = app.artist_account("label").await;
        let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
        let admin = app.admin("root").await;
        let kino = label.creates_artist("Kino").await;
        let mu = label.creates_artist("Mú").await;
        let noch = label.creates_album(kino, "Noch").await;
        let nights = label.creates_album(mu, "Nights").await;
        let track = async |artist: ArtistId, title: &str, seconds: u32, genres: &[&str]| {
            let album = if artist == kino { noch } else { nights };
            let fields = json!({"title": title, "artist_id": artist, "album_id": album, "duration_ms": seconds * 1000,
                "genres": genres});
            label.creates_track_with(&fields).await
        };
        let world = Self {
            igra: track(kino, "Igra", 180, &["rock"]).await,
            luna: track(mu, "Luna", 200, &["rock", "pop"]).await,
            plain: track(mu, "Plain", 180, &[]).await,
            kino,
            mu,
            app,
            label,
            ada,
            bob,
            admin,
        };
        world.listens().await;
        world.app.settle().await;
        world
    }

    async fn listens(&self) {
        let (igra, luna, plain) = (self.igra, self.luna, self.plain);
        let (web, phone) = (Some("web"), Some("phone"));
        let of_ada = [
            listen(igra, "2026-02-24T09:00:00.000Z", 180, web),
            listen(igra, "2026-03-02T10:00:00.000Z", 180, web),
            // Half of it: counts.
            listen(luna, "2026-03-02T10:03:00.000Z", 100, web),
            // Skipped, 25 minutes after the end of the one before.
            listen(igra, "2026-03-02T10:30:00.000Z", 30, phone),
            listen(plain, "2026-03-02T12:00:00.000Z", 180, phone),
            // In Berlin it is the fourth of March.
            listen(luna, "2026-03-03T23:30:00.000Z", 200, phone),
        ];
        let of_bob = [
            listen(plain, MONDAY, 180, web),
            listen(igra, "2026-03-02T10:00:00.000Z", 180, web),
            listen(luna, "2026-03-02T10:05:00.000Z", 200, web),
            listen(igra, "2026-03-08T23:59:59.999Z", 170, None),
            listen(igra, "2026-03-09T00:00:00.000Z", 180, None),
        ];
        self.ada.posts(&of_ada).await.is(202);
        self.bob.posts(&of_bob).await.is(202);
    }
}

#[track_caller]
fn close(value: impl Into<Option<f64>>, expected: f64) {
    let value = value.into().expect("a number");
    assert!((value - expected).abs() < 1e-9, "{value}, expected {expected}");
}

/// 24 hours with these plays.
fn hours(plays: &[(usize, u64)]) -> Value {
    let mut hours = [0; 24];
    for (hour, plays) in plays {
        hours[*hour] = *plays;
    }
    json!(hours)
}

fn plays_of(timeline: &[TimelinePoint]) -> Vec<u64> {
    timeline.iter().map(|point| point.plays).collect()
}

/// The track, which is in the catalogue still.
#[track_caller]
fn track_of(listen: &Listen) -> TrackId {
    match &listen.track {
        HistoryTrack::Known(track) => track.id,
        HistoryTrack::Gone(gone) => panic!("{} is gone", gone.id),
    }
}

fn plays_by(days: &[DayPlays]) -> Vec<u64> {
    days.iter().map(|day| day.plays).collect()
}

#[tokio::test]
async fn figures_of_everybody_are_those_counted_by_hand() {
    let world = World::new().await;
    let genres = world
        .app
        .http()
        .read(&format!("/api/v1/analytics/genres/stats?{WEEK}"))
        .await;
    let expected = json!([
        {"genre": "rock", "plays": 6, "listeners": 2, "listened_ms": 1_060_000, "share": 0.75},
        {"genre": "pop", "plays": 3, "listeners": 2, "listened_ms": 500_000, "share": 0.375},
    ]);
    assert_eq!(genres, expected);

    let path = format!("/api/v1/analytics/dashboard?{WEEK}");
    let shown = world.admin.http.get(&path).await.is(200);
    shown.shows(json!({
        "from": MONDAY, "to": "2026-03-09T00:00:00.000Z",
        "totals": {"plays": 8, "listens": 9, "listeners": 2, "listened_ms": 1_420_000, "tracks": 3, "artists": 2},
        "previous": {"plays": 1, "listens": 1, "listeners": 1, "listened_ms": 180_000, "tracks": 1, "artists": 1},
        "by_hour": hours(&[(0, 1), (10, 4), (12, 1), (23, 2)]),
        "top_artists": [{"plays": 5, "artist": {"id": world.mu}}, {"plays": 3, "artist": {"id": world.kino}}],
        "top_genres": [{"genre": "rock", "plays": 6}, {"genre": "pop", "plays": 3}],
        "users": 4, "new_users": 0,
        "catalogue": {"tracks": {"total": 3, "with_audio": 0, "with_duration": 3, "with_genres": 2, "with_album": 3},
            "albums": {"total": 2}, "artists": {"total": 2, "with_country": 0}},
    }));
    let dashboard: Dashboard = shown.parse();
    assert_eq!(plays_of(&dashboard.timeline), [6, 1, 0, 0, 0, 0, 1]);
    let first = dashboard.timeline[0];
    assert_eq!((first.bucket.to_string().as_str(), first.listeners), (MONDAY, 2));
    let plays = dashboard.top_tracks.iter().map(|one| one.plays.plays);
    assert_eq!(plays.collect::<Vec<_>>(), [3, 3, 2]);
    let local = world.admin.http.get(&format!("{path}&tz=Europe/Berlin")).await.is(200);
    local.shows(json!({"by_hour": hours(&[(0, 2), (1, 1), (11, 4), (13, 1)])}));
    assert_eq!(plays_of(&local.parse::<Dashboard>().timeline), [6, 0, 1, 0, 0, 0, 0, 1]);
    let new: Dashboard = world.admin.http.read_as("/api/v1/analytics/dashboard?period=day").await;
    assert_eq!(new.new_users, 4);
    world.label.http.get(&path).await.is(403);
    world.app.http().get(&path).await.is(401);
}

#[tokio::test]
async fn the_dashboard_says_how_complete_the_catalogue_is() {
    let app = App::builder().without(Role::Search).start().await;
    let (label, root) = (app.artist_account("label").await, app.admin("root").await);
    let posts = async |path: &str, body: Value| label.http.post(path, &body).await.is(201).id();
    let full = json!({"name": "Kino", "country": "RU", "genres": ["rock"], "bio": "Of Leningrad."});
    let kino = posts("/api/v1/artists/", full).await;
    posts("/api/v1/artists/", json!({"name": "Mu"})).await;
    let mut png = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([7; 3]));
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let cover = sends(&label, COVERS, png.into_inner()).await.is(201).json()["s3_key"].clone();
    let full = json!({"title": "Noch", "artist_id": kino, "release_date": "1986-01-01", "genres": ["rock"], "cover_key": cover});
    let album = posts("/api/v1/albums/", full).await;
    posts("/api/v1/albums/", json!({"title": "Empty", "artist_id": kino})).await;
    let audio = sends(&label, AUDIO, Wav::new(1_000, 1).bytes()).await.is(201).json()["s3_key"].clone();
    for rest in [
        json!({"album_id": album, "genres": ["rock"], "s3_key": audio}),
        json!({"duration_ms": 180_000}),
        json!({}),
    ] {
        let mut track = json!({"title": "Song", "artist_id": kino});
        track.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        posts("/api/v1/tracks/", track).await;
    }
    let shown = root.http.get("/api/v1/analytics/dashboard").await.is(200);
    shown.shows(json!({"catalogue": {
        "tracks": {"total": 3, "with_audio": 1, "with_duration": 2, "with_genres": 1, "with_album": 1},
        "albums": {"total": 2, "with_cover": 1, "with_genres": 1, "with_release_date": 1},
        "artists": {"total": 2, "with_country": 1, "with_genres": 1, "with_bio": 1},
    }}));
}

#[tokio::test]
async fn a_chart_says_where_something_stood_before() {
    let world = World::new().await;
    let http = world.app.http();
    let chart: Chart<NamedTrack> = http.read_as(&format!("/api/v1/tracks/popular/?{WEEK}")).await;
    for place in &chart.items {
        let expected = (place.item.track.id == world.igra).then_some(1);
        assert_eq!(place.previous_rank, expected, "{place:?}");
    }
    let path = format!("/api/v1/artists/popular/?{WEEK}&genre=rock");
    let chart: Chart<NamedArtist> = http.read_as(&path).await;
    let ranks: Vec<_> = chart.items.iter().map(|place| place.previous_rank).collect();
    let kino = chart.items.iter().position(|place| place.item.artist.id == world.kino);
    let kino = kino.unwrap();
    assert_eq!((ranks[kino], ranks[1 - kino]), (Some(1), None));
    for (chart, items) in [
        (
            "albums/popular/",
            ["Nights", "Noch"].map(|title| json!({"album": {"title": title}})),
        ),
        (
            "analytics/popular-artists",
            ["Mú", "Kino"].map(|name| json!({"artist": {"name": name}})),
        ),
    ] {
        let chart = http.get(&format!("/api/v1/{chart}?{WEEK}")).await.is(200);
        chart.shows(json!({ "items": items }));
        let places =
            json!([{"rank": 1, "plays": 5, "previous_rank": null}, {"rank": 2, "plays": 3, "previous_rank": 1}]);
        chart.shows(json!({ "items": places }));
    }
    // A deleted track has no place in the chart of the time before either.
    world.label.deletes_track(world.igra).await;
    world.app.settle().await;
    let path = format!("/api/v1/analytics/popular-tracks?{WEEK}");
    let chart: Chart<NamedTrack> = http.read_as(&path).await;
    assert_eq!(chart.items.len(), 2);
    assert!(
        chart.items.iter().all(|place| place.previous_rank.is_none()),
        "{chart:?}"
    );
}

#[tokio::test]
async fn figures_of_a_track_are_those_counted_by_hand() {
    let world = World::new().await;
    let path = format!("/api/v1/analytics/advanced/track-analytics/{}", world.igra);
    let shown = world.app.http().get(&format!("{path}?{WEEK}")).await.is(200);
    let mut drop_off = vec![1.0; 3];
    drop_off.extend([0.75; 15]);
    drop_off.extend([0.5; 2]);
    shown.shows(json!({
        "track": {"id": world.igra}, "plays": 3, "listens": 4, "listeners": 2, "listened_ms": 560_000,
        "completion_rate": 0.75, "skip_rate": 0.25, "drop_off": drop_off,
        "by_hour": hours(&[(10, 2), (23, 1)]), "by_weekday": [2, 0, 0, 0, 0, 0, 1],
        "sources": [{"source": "web", "plays": 2}, {"source": null, "plays": 1}],
        "next_tracks": [{"plays": 2, "track": {"id": world.luna}}],
    }));
    let stats = shown.parse::<TrackAnalytics>().details;
    assert_eq!(plays_of(&stats.timeline), [2, 0, 0, 0, 0, 0, 1]);
    close(stats.sources[0].share, 2.0 / 3.0);
    // In Berlin it is an hour later: the last play is of the next Monday.
    let local = world
        .app
        .http()
        .get(&format!("{path}?{WEEK}&tz=Europe/Berlin"))
        .await
        .is(200);
    local.shows(json!({"by_hour": hours(&[(11, 2), (0, 1)]), "by_weekday": [3, 0, 0, 0, 0, 0, 0], "plays": 3}));
    let local = local.parse::<TrackAnalytics>().details;
    assert_eq!(plays_of(&local.timeline), [2, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(local.timeline[0].bucket.to_string(), "2026-03-01T23:00:00.000Z");
}

#[tokio::test]
async fn all_time_of_a_track_agrees_with_the_short_form_and_what_is_not_valid_is_named() {
    let world = World::new().await;
    let path = format!("/api/v1/analytics/advanced/track-analytics/{}", world.igra);
    // All time: the plays on both sides of the week too, by month.
    let all = world.app.http().get(&path).await.is(200);
    all.shows(json!({"plays": 5, "listens": 6, "from": "2002-10-01T00:00:00.000Z"}));
    let all = all.parse::<TrackAnalytics>().details;
    assert_eq!(plays_of(&all.timeline)[..2], [1, 4]);
    // As Redis counts it, and as the short form has it.
    let track: Track = world
        .app
        .http()
        .read_as(&format!("/api/v1/tracks/{}", world.igra))
        .await;
    assert_eq!(track.plays, Some(all.totals.plays));
    let short = format!("/api/v1/analytics/clickhouse/track/{}/stats", world.igra);
    let short: ListeningStats<NamedTrack> = world.app.http().read_as(&short).await;
    let short = ListeningTotals {
        plays: short.stats.plays,
        listens: short.stats.listens,
        listeners: short.stats.listeners,
        listened_ms: short.stats.listened_ms,
        completion_rate: short.stats.completion_rate,
        skip_rate: short.stats.skip_rate,
    };
    assert_eq!(short, all.totals);
    let nothing = format!("{path}?from=2020-01-01T00:00:00.000Z&to=2020-01-02T00:00:00.000Z");
    let nothing = world.app.http().get(&nothing).await.is(200);
    nothing.shows(
        json!({"plays": 0, "completion_rate": null, "skip_rate": null, "drop_off": [], "sources": [], "next_tracks": []}),
    );
    let nothing = nothing.parse::<TrackAnalytics>().details;
    assert_eq!(plays_of(&nothing.timeline), vec![0; 24]);
    for (query, field) in [
        ("tz=Europe/Berlinn", "tz"),
        ("tz=%27", "tz"),
        ("period=week&from=2026-03-02T00:00:00.000Z", "period"),
        ("to=2026-03-02T00:00:00.000Z", "from"),
    ] {
        let refused = world.app.http().get(&format!("{path}?{query}")).await.is(422);
        assert_eq!(refused.faults(), [field], "{query}");
    }
    let path = format!("/api/v1/analytics/advanced/track-analytics/{}?tz=Nowhere", new_id());
    world.app.http().get(&path).await.is(404);
}

#[tokio::test]
async fn the_studio_is_for_the_owner_and_has_the_figures_counted_by_hand() {
    let world = World::new().await;
    let path = format!("/api/v1/analytics/artists/{}/studio", world.kino);
    let studio = world.label.http.get(&format!("{path}?{WEEK}")).await.is(200);
    studio.shows(json!({
        "artist": {"id": world.kino}, "plays": 3, "listeners": 2, "listened_ms": 560_000, "completion_rate": 0.75,
        "skip_rate": 0.25, "previous": {"plays": 1, "listeners": 1, "listened_ms": 180_000, "skip_rate": 0.0},
        "top_tracks": [{"plays": 3, "track": {"id": world.igra}}],
        "sources": [{"source": "web", "plays": 2}, {"source": null, "plays": 1}],
    }));
    let studio: Studio = studio.parse();
    assert_eq!(plays_of(&studio.stats.timeline), [2, 0, 0, 0, 0, 0, 1]);
    let of_mu = format!("/api/v1/analytics/artists/{}/studio?{WEEK}", world.mu);
    let of_mu = world.admin.http.get(&of_mu).await.is(200);
    of_mu.shows(json!({"plays": 5, "previous": {"plays": 0, "skip_rate": null}}));
    let other = world.app.artist_account("other").await;
    other.http.get(&path).await.is(403);
    world.ada.http.get(&path).await.is(403);
    world.app.http().get(&path).await.is(401);
    let nobody = format!("/api/v1/analytics/artists/{}/studio", new_id());
    world.label.http.get(&nobody).await.is(404);
}

#[tokio::test]
async fn figures_of_a_person_are_those_counted_by_hand() {
    let world = World::new().await;
    let path = |part: &str| format!("/api/v1/{part}/{}?{WEEK}", world.ada.id);
    let shown = world
        .ada
        .http
        .get(&path("analytics/advanced/user-analytics"))
        .await
        .is(200);
    let mut clock = vec![vec![0; 24]; 7];
    (clock[0][10], clock[0][12], clock[1][23]) = (2, 1, 1);
    let expected = json!({
        "plays": 4, "new_tracks": 2, "clock": clock, "streak": {"current": 0, "longest": 2},
        "sessions": {"count": 3, "average_ms": 736_666, "longest_ms": 1_830_000, "most_listens": 3},
    });
    shown.shows(expected);
    let habits = shown.parse::<UserAnalytics>().habits;
    close(habits.diversity.tracks, 1.0 - 6.0 / 16.0);
    close(habits.diversity.artists, 1.0 - 10.0 / 16.0);
    close(habits.diversity.genres, 1.0 - 13.0 / 25.0);
    close(habits.discovery_rate, 2.0 / 3.0);
    close(habits.loyalty.top_artists_share, 1.0);
    close(habits.loyalty.repeat_rate, 0.25);
    the_clock_is_local(&world).await;

    let stats = format!("/api/v1/users/{}/stats?{WEEK}", world.ada.id);
    let stats = world.ada.http.get(&stats).await.is(200);
    stats.shows(json!({
        "plays": 4, "listened_ms": 690_000, "unique_tracks": 3, "unique_artists": 2,
        "previous": {"plays": 1, "listened_ms": 180_000, "tracks": 1, "artists": 1},
        "genres": [{"genre": "rock", "plays": 3}, {"genre": "pop", "plays": 2}],
        "by_hour": hours(&[(10, 2), (12, 1), (23, 1)]), "by_weekday": [3, 1, 0, 0, 0, 0, 0],
        "top_tracks": [{"plays": 2, "track": {"id": world.luna}}, {"plays": 1}, {"plays": 1}],
        "top_artists": [{"plays": 3, "artist": {"id": world.mu}}, {"plays": 1}],
    }));
    let stats = stats.parse::<UserStats>().totals;
    assert_eq!(plays_by(&stats.by_day), [3, 1, 0, 0, 0, 0, 0]);
    let first = stats.by_day[0];
    assert_eq!(
        (first.day.to_string().as_str(), first.listened_ms),
        ("2026-03-02", 490_000)
    );
    let local = format!("/api/v1/analytics/user/{}/stats?{WEEK}&tz=Europe/Berlin", world.ada.id);
    let local = world.ada.http.get(&local).await.is(200);
    local.shows(json!({"by_weekday": [3, 0, 1, 0, 0, 0, 0], "streak": {"longest": 1}, "plays": 4}));
    let local = local.parse::<UserStats>().totals;
    assert_eq!(plays_by(&local.by_day), [3, 0, 1, 0, 0, 0, 0, 0]);
    let all = format!("/api/v1/users/{}/stats", world.ada.id);
    let all = world.ada.http.get(&all).await.is(200);
    all.shows(json!({"plays": 5, "previous": null, "streak": {"current": 0, "longest": 2}}));
    assert_eq!(all.parse::<UserStats>().totals.by_day.len(), 30);
}

/// In Berlin it is an hour later, and the last one is of Wednesday.
async fn the_clock_is_local(world: &World) {
    let path = "/api/v1/analytics/advanced/user-analytics";
    let path = format!("{path}/{}?{WEEK}&tz=Europe/Berlin", world.ada.id);
    let mut clock = vec![vec![0; 24]; 7];
    (clock[0][11], clock[0][13], clock[2][0]) = (2, 1, 1);
    let local = world.ada.http.get(&path).await.is(200);
    local.shows(json!({"clock": clock, "streak": {"longest": 1}}));
}

#[tokio::test]
async fn a_session_ends_with_a_pause_of_30_minutes_and_days_in_a_row_are_a_streak() {
    const MINUTE: i64 = 60_000;
    const LENGTH: i64 = 3 * MINUTE;
    let app = App::builder().without(Role::Search).start().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let began = now().millis() - 3 * 60 * MINUTE;
    // After the end of the one before: a millisecond less than 30 minutes, and 30 minutes.
    let second = began + LENGTH + 30 * MINUTE - 1;
    let third = second + LENGTH + 30 * MINUTE;
    let day = 24 * 60 * MINUTE;
    let listens = [began - 2 * day, began - day, began, second, third];
    let listens = listens.map(|at| listen(track, &Time::from_millis(at).to_string(), 180, None));
    ada.posts(&listens).await.is(202);
    app.settle_without(&["search"]).await;
    let path = format!("/api/v1/analytics/advanced/user-analytics/{}", ada.id);
    let shown = ada.http.get(&path).await.is(200);
    shown.shows(json!({
        "sessions": {"count": 4, "most_listens": 2, "longest_ms": second + LENGTH - began},
        "streak": {"current": 3, "longest": 3},
    }));
    // Whoever has not played anything for two days has none any more.
    let bob = app.listener("bob").await;
    let earlier = Time::from_millis(began - 3 * day).to_string();
    bob.posts(&[listen(track, &earlier, 180, None)]).await.is(202);
    app.settle_without(&["search"]).await;
    let path = format!("/api/v1/analytics/advanced/user-analytics/{}", bob.id);
    let shown = bob.http.get(&path).await.is(200);
    shown.shows(json!({"streak": {"current": 0, "longest": 1}, "sessions": {"count": 1}}));
}

#[tokio::test]
async fn the_whole_picture_is_ones_own_and_for_admins() {
    let world = World::new().await;
    let (id, own) = (world.ada.id, format!("/api/v1/analytics/user/analytics?{WEEK}"));
    let picture = world.ada.http.get(&own).await.is(200);
    picture.shows(
        json!({"user_id": id, "plays": 4, "habits": {"plays": 4, "sessions": {"count": 3}},
            "previous": {"plays": 1}, "top_artists": [{"artist": {"id": world.mu}}, {}]}),
    );
    let recent = picture.parse::<UserPicture>().recent;
    assert_eq!(recent.len(), 6);
    assert_eq!(recent[0].listen.listened_at.to_string(), "2026-03-03T23:30:00.000Z");
    assert_eq!(track_of(&recent[0]), world.luna);
    let path = format!("/api/v1/analytics/user/{id}?{WEEK}");
    for http in [&world.ada.http, &world.admin.http] {
        http.get(&path).await.is(200).shows(json!({"user_id": id, "plays": 4}));
    }
    for part in [path, format!("/api/v1/analytics/advanced/user-analytics/{id}")] {
        world.bob.http.get(&part).await.is(403);
        world.app.http().get(&part).await.is(401);
    }
    world.app.http().get(&own).await.is(401);
    let nobody = format!("/api/v1/analytics/user/{}?tz=Nowhere", new_id());
    world.admin.http.get(&nobody).await.is(404);
    let empty = world.label.http.get("/api/v1/analytics/user/analytics").await.is(200);
    empty.shows(
        json!({"plays": 0, "recent": [], "habits": {"plays": 0, "discovery_rate": null, "loyalty": {"repeat_rate": null},
            "diversity": {"tracks": null}, "sessions": {"count": 0, "average_ms": 0, "longest_ms": 0}}}),
    );
}

#[tokio::test]
async fn a_history_is_filtered_by_words_of_titles_and_artists() {
    let world = World::new().await;
    let (http, id) = (&world.ada.http, world.ada.id);
    let tracks = async |query: &str| {
        let path = format!("/api/v1/users/{id}/listening-history?{query}");
        let page: History<Listen> = http.read_as(&path).await;
        (page.items.iter().map(track_of).collect::<Vec<_>>(), page.next_cursor)
    };
    let (igra, luna, plain) = (world.igra, world.luna, world.plain);
    assert_eq!(tracks("q=IGR").await, (vec![igra; 3], None));
    // The artist's accent does not matter, and both words must be there.
    assert_eq!(tracks("q=mu").await.0, [luna, plain, luna]);
    assert_eq!(tracks("q=mu%20luna").await.0, vec![luna; 2]);
    assert_eq!(tracks("q=mu%20igra").await.0, []);
    assert_eq!(tracks("q=%21%3F").await.0, []);
    let (first, cursor) = tracks("q=igra&limit=2").await;
    assert_eq!(first.len(), 2);
    let rest = tracks(&format!("q=igra&limit=2&cursor={}", cursor.expect("more"))).await;
    assert_eq!(rest, (vec![igra], None));
    // A track has its new name at once, and not the one before.
    world.label.retitles(world.luna, "Солнце").await;
    world.app.settle().await;
    assert_eq!(tracks("q=luna").await.0, []);
    assert_eq!(tracks("q=солнце").await.0, vec![luna; 2]);
    let path = format!("/api/v1/users/{id}/listening-history?q=%20");
    assert_eq!(http.get(&path).await.is(422).faults(), ["q"]);
}

/// Plays by each of two people on the fourteenth, and then on the fifteenth.
async fn on_two_days(track: TrackId, people: [&Person; 2], plays: [u32; 4]) {
    for (at, count) in plays.into_iter().enumerate() {
        let (person, day) = (people[at % 2], 14 + at / 2);
        let at = |minute: u32| format!("2026-04-{day}T12:{minute:02}:00.000Z");
        let listens: Vec<Value> = (0..count).map(|minute| listen(track, &at(minute), 180, None)).collect();
        if !listens.is_empty() {
            person.posts(&listens).await.is(202);
        }
    }
}

#[tokio::test]
async fn what_rises_is_told_from_noise() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let mut tracks = Vec::new();
    // Five plays are enough, and a score just below 2 is not.
    for name in ["hit", "solo", "noise", "steady", "gone", "five", "below"] {
        let artist = label.creates_artist(name).await;
        tracks.push(label.creates_track(artist, name).await);
    }
    // Plays by ada and bob in the day before, and in the day.
    let plays = [
        [1, 0, 5, 4],
        [0, 0, 9, 0],
        [0, 0, 2, 2],
        [3, 2, 3, 3],
        [0, 0, 9, 9],
        [0, 0, 3, 2],
        [1, 1, 4, 4],
    ];
    for (track, plays) in tracks.iter().zip(plays) {
        on_two_days(*track, [&ada, &bob], plays).await;
    }
    label.deletes_track(tracks[4]).await;
    app.settle().await;
    let path = "/api/v1/analytics/trends?from=2026-04-15T00:00:00.000Z&to=2026-04-16T00:00:00.000Z";
    let shown = app.http().get(path).await.is(200);
    shown.shows(json!({"rising": [
        {"track": {"id": tracks[0]}, "plays": 9, "previous_plays": 1, "growth": 8.0},
        {"track": {"id": tracks[5]}, "plays": 5, "previous_plays": 0, "growth": null},
    ]}));
    let trends: Trends = shown.parse();
    close(trends.rising[0].rise.score, 8.0 / 10.0_f64.sqrt());
    // The artist of what was deleted is still there, and rose from nothing.
    let artists = json!([
        {"artist": {"name": "gone"}, "plays": 18, "previous_plays": 0, "growth": null},
        {"artist": {"name": "hit"}, "plays": 9, "previous_plays": 1},
        {"artist": {"name": "five"}, "plays": 5, "previous_plays": 0},
    ]);
    shown.shows(json!({"rising_artists": artists}));
    assert_eq!(trends.timeline.len(), 24);
    let noon = trends.timeline[12];
    assert_eq!(noon.bucket.to_string(), "2026-04-15T12:00:00.000Z");
    assert_eq!((noon.plays, noon.listeners), (59, 2));
    let refused = app.http().get("/api/v1/analytics/trends?period=all").await.is(422);
    assert_eq!(refused.faults(), ["period"]);
    let week = app.http().get("/api/v1/analytics/trends").await.is(200);
    week.shows(json!({"rising": [], "rising_artists": []}));
}
