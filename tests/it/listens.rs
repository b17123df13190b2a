//! Listens: what counts, that each counts once, and what is told about them.

use events::{Encoded, Kind, Time, Topic, TrackId};
use http_kit::History;
use read_api::{Chart, HistoryTrack, Listen, NamedTrack};
use read_counters::PlatformCounts;
use representations::Track;
use serde_json::{Value, json};
use tests::{App, Person, new_id, now};
use uuid::Uuid;
use write_api::BatchOutcome;

async fn catalogue(app: &App) -> (Person, Vec<TrackId>) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let mut tracks = Vec::new();
    for (title, duration) in [
        ("Long", json!(180_000)),
        ("Short", json!(30_000)),
        ("Unknown", Value::Null),
    ] {
        let track =
            json!({"title": title, "artist_id": kino, "album_id": album, "duration_ms": duration, "genres": ["rock"]});
        tracks.push(label.creates_track_with(&track).await);
    }
    (label, tracks)
}

async fn plays(app: &App, track: TrackId) -> u64 {
    app.counters()
        .plays(Kind::Track, &[track.0])
        .await
        .expect("Redis answers")[0]
}

async fn history(person: &Person) -> Vec<Listen> {
    let path = format!("/api/v1/users/{}/listening-history?limit=100", person.id);
    let history: History<Listen> = person.http.read_as(&path).await;
    history.items
}

fn track_of(listen: &Listen) -> TrackId {
    match &listen.track {
        HistoryTrack::Known(track) => track.id,
        HistoryTrack::Gone(track) => track.id,
    }
}

async fn track(app: &App, id: TrackId) -> Track {
    app.http().read_as(&format!("/api/v1/tracks/{id}")).await
}

#[tokio::test]
async fn a_play_counts_from_half_of_the_track_or_four_minutes_on() {
    let app = App::start().await;
    let (label, tracks) = catalogue(&app).await;
    let hour = json!({"title": "Hour", "artist_id": label.creates_artist("Om").await, "duration_ms": 3_600_000});
    let hour = label.creates_track_with(&hour).await;
    let (long, short, unknown) = (tracks[0], tracks[1], tracks[2]);
    let table = [
        (long, 90_000, true),
        (long, 89_999, false),
        (long, 900_000, true),
        (short, 30_000, false),
        (unknown, 30_000, true),
        (unknown, 29_999, false),
        (hour, 240_000, true),
        (hour, 239_999, false),
    ];
    let ada = app.listener("ada").await;
    let event =
        |(track, ms, _): &(TrackId, i64, bool)| json!({"track_id": track, "ms_played": ms, "event_id": new_id()});
    let events: Vec<_> = table.iter().map(event).collect();
    let accepted = ada.posts(&events).await.is(202);
    accepted.shows(json!({"accepted": 8, "rejected": []}));
    app.settle().await;

    let listens = history(&ada).await;
    for (event, (track, ms, counted)) in events.iter().zip(table) {
        let listen = listens
            .iter()
            .find(|listen| json!(listen.listen.event_id) == event["event_id"])
            .expect("it is kept");
        assert_eq!((listen.listen.counted, track_of(listen)), (counted, track), "{ms}");
        let ms_played = if track == long { ms.min(180_000) } else { ms };
        assert_eq!(listen.listen.ms_played, ms_played);
    }
    assert_eq!(
        [
            plays(&app, long).await,
            plays(&app, short).await,
            plays(&app, unknown).await
        ],
        [2, 0, 1]
    );
}

#[tokio::test]
async fn the_same_event_counts_once_however_often_it_comes() {
    let app = App::start().await;
    let (_, tracks) = catalogue(&app).await;
    let ada = app.listener("ada").await;
    let event = json!({"event_id": new_id(), "track_id": tracks[0], "ms_played": 180_000, "listened_at": now()});
    for _ in 0..5 {
        ada.posts(std::slice::from_ref(&event)).await.is(202);
    }
    app.settle().await;
    assert_eq!(app.events_on(Topic::Listens).await, 5);
    assert_eq!(
        (plays(&app, tracks[0]).await, app.analytics().counts().await.unwrap()),
        (1, 1)
    );

    // The relay of another data centre, a replay, a producer of old: the same bytes at other offsets.
    let published = app.records(Topic::Listens).await;
    let copies: Vec<Encoded> = published
        .iter()
        .map(|record| Encoded {
            topic: Topic::Listens,
            key: Some(record.key.clone()),
            sequence: None,
            payload: record.payload.clone(),
        })
        .collect();
    app.publishes(&copies).await;
    app.settle().await;
    assert_eq!(app.events_on(Topic::Listens).await, 10);
    assert_eq!(
        (plays(&app, tracks[0]).await, app.analytics().counts().await.unwrap()),
        (1, 1)
    );
    assert_eq!(history(&ada).await.len(), 1);
    assert_eq!(track(&app, tracks[0]).await.plays, Some(1));
}

/// Two plays of the first track by one person; one play of it and one of the third by another.
async fn heard_by_two(app: &App) -> Vec<TrackId> {
    let (_, tracks) = catalogue(app).await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    for _ in 0..2 {
        ada.hears(tracks[0]).await;
    }
    bob.hears(tracks[0]).await;
    bob.hears(tracks[2]).await;
    app.settle().await;
    tracks
}

#[tokio::test]
async fn a_play_shows_on_the_track_the_artist_and_the_album() {
    let app = App::start().await;
    let tracks = heard_by_two(&app).await;
    let track = track(&app, tracks[0]).await;
    assert_eq!(track.plays, Some(3));
    let (artist, album) = (track.artist.id, track.album.expect("an album").id);
    for path in [format!("artists/{artist}"), format!("albums/{album}")] {
        let thing = app.http().get(&format!("/api/v1/{path}")).await.is(200);
        thing.shows(json!({"plays": 4}));
    }
    let path = format!("/api/v1/analytics/clickhouse/track/{}/stats", tracks[0]);
    let stats = app.http().get(&path).await.is(200);
    stats.shows(json!({"plays": 3, "listeners": 2, "listens": 3}));
    let path = format!("/api/v1/analytics/clickhouse/artist/{artist}/stats");
    let stats = app.http().get(&path).await.is(200);
    stats.shows(json!({"plays": 4, "top_tracks": [{"plays": 3}, {"plays": 1}]}));
}

#[tokio::test]
async fn every_chart_says_the_same_of_the_same_plays() {
    let app = App::start().await;
    let tracks = heard_by_two(&app).await;
    for chart in ["tracks/popular/", "analytics/popular-tracks"] {
        for period in ["day", "week", "month", "year", "all"] {
            let path = format!("/api/v1/{chart}?period={period}");
            let chart: Chart<NamedTrack> = app.http().read_as(&path).await;
            let places = chart.items.iter();
            let places: Vec<_> = places
                .map(|item| (item.rank, item.plays.plays, item.plays.listeners))
                .collect();
            assert_eq!(places, [(1, 3, Some(2)), (2, 1, Some(1))], "{path}");
            assert_eq!(chart.items[0].item.track.id, tracks[0], "{path}");
        }
    }
    for chart in ["artists/popular/", "albums/popular/", "analytics/popular-artists"] {
        let chart = app.http().get(&format!("/api/v1/{chart}?period=day")).await.is(200);
        chart.shows(json!({"items": [{"plays": 4}]}));
    }
    for chart in ["albums/popular/", "analytics/popular-artists"] {
        for (query, field) in [
            ("period=hour", "period"),
            ("from=today", "from"),
            ("period=day&from=2026-01-01T00:00:00Z", "period"),
            ("limit=0", "limit"),
        ] {
            let refused = app.http().get(&format!("/api/v1/{chart}?{query}")).await.is(422);
            assert_eq!(refused.faults(), [field], "{chart}?{query}");
        }
    }
    for (genre, items) in [("rock", json!([{"plays": 3}, {"plays": 1}])), ("pop", json!([]))] {
        let path = format!("/api/v1/analytics/popular-tracks?genre={genre}");
        app.http().get(&path).await.is(200).shows(json!({ "items": items }));
    }
}

#[tokio::test]
async fn what_happens_right_now_shows_at_once() {
    let app = App::start().await;
    let tracks = heard_by_two(&app).await;
    let realtime = async |what: &str| {
        let path = format!("/api/v1/analytics/realtime/{what}");
        app.http().get(&path).await.is(200)
    };
    let top_now = json!([{"track": {"id": tracks[0]}}, {"track": {"id": tracks[2]}}]);
    let live = realtime("platform-stats").await;
    live.shows(json!({"active_users": 2, "plays_last_hour": 4, "top_now": top_now}));
    realtime("active-users").await.shows(json!({"count": 2}));
}

#[tokio::test]
async fn plays_right_now_are_counted_by_when_they_began() {
    const DAY_MS: i64 = 86_400_000;
    let app = App::start().await;
    let (_, tracks) = catalogue(&app).await;
    let ada = app.listener("ada").await;
    let asked = now().millis();
    let began = [5, 3 * 60, 30 * 60, 2 * 3_600].map(|seconds_ago| asked - seconds_ago * 1_000);
    let listen = |at| json!({"track_id": tracks[0], "ms_played": 100_000, "listened_at": Time::from_millis(at)});
    ada.posts(&began.map(listen)).await.is(202);
    app.settle().await;

    let today = began
        .iter()
        .filter(|at| at.div_euclid(DAY_MS) == asked.div_euclid(DAY_MS));
    let expected = PlatformCounts {
        active_users: 1,
        plays_last_minute: 1,
        plays_last_5_minutes: 2,
        plays_last_hour: 3,
        plays_today: today.count() as u64,
    };
    let counted = app.counters().platform(Time::from_millis(asked)).await;
    assert_eq!(counted.expect("Redis answers").counts, expected);
    let live = app
        .http()
        .get("/api/v1/analytics/realtime/platform-stats")
        .await
        .is(200);
    live.shows(json!({"plays_last_hour": 3, "plays_today": expected.plays_today}));
}

#[tokio::test]
async fn a_play_under_the_path_of_the_analytics_is_a_listen() {
    let app = App::start().await;
    let (_, tracks) = catalogue(&app).await;
    let ada = app.listener("ada").await;
    let path = |track: TrackId| format!("/api/v1/analytics/clickhouse/track/{track}/play");
    let play = json!({"event_id": new_id(), "ms_played": 100_000});
    for path in [
        path(tracks[0]),
        path(tracks[0]),
        format!("/api/v1/tracks/{}/listen", tracks[0]),
    ] {
        ada.http.post(&path, &play).await.is(202);
    }
    app.settle().await;
    assert_eq!(plays(&app, tracks[0]).await, 1);
    assert_eq!(history(&ada).await.len(), 1);

    app.http().post(&path(tracks[0]), &play).await.is(401);
    ada.http.post(&path(TrackId(new_id())), &play).await.is(404);
    let wrong = json!({"ms_played": -1});
    assert_eq!(
        ada.http.post(&path(tracks[0]), &wrong).await.is(422).faults(),
        ["ms_played"]
    );
    let health = app.http().read("/api/v1/analytics/clickhouse/health").await;
    let version = app.analytics_sql("SELECT version()").await;
    tests::shows(&health, json!({"status": "ok", "version": version}));
    assert!(health["latency_ms"].is_u64(), "{health}");
    let tables = health["tables"].as_array().expect("tables");
    let listens = tables.iter().find(|table| table["name"] == "listens").expect("listens");
    assert!(listens["rows"].as_u64() > Some(0), "{listens}");
}

#[tokio::test]
async fn ones_own_history_and_statistics_are_for_oneself() {
    let app = App::start().await;
    let (_, tracks) = catalogue(&app).await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let start = now().millis() - 25 * 60_000;
    let at = |minute: i64| events::Time::from_millis(start + minute * 60_000);
    let events: Vec<_> = (0..25)
        .map(|n| json!({"track_id": tracks[0], "ms_played": 100_000, "listened_at": at(n)}))
        .collect();
    ada.posts(&events).await.is(202);
    app.settle().await;

    let path = format!("/api/v1/users/{}/listening-history?limit=10", ada.id);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: History<Listen> = ada.http.read_as(&format!("{path}{cursor}")).await;
        seen.extend(page.items.iter().map(|item| item.listen.listened_at));
        let Some(next) = page.next_cursor else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, (0..25).rev().map(at).collect::<Vec<_>>());

    let admin = app.admin("root").await;
    for stats in [
        format!("/api/v1/users/{}/stats", ada.id),
        format!("/api/v1/analytics/user/{}/stats", ada.id),
    ] {
        let own = ada.http.get(&stats).await.is(200);
        own.shows(json!({"plays": 25, "listened_ms": 2_500_000, "unique_tracks": 1,
            "top_tracks": [{"track": {"id": tracks[0]}}], "genres": [{"genre": "rock", "plays": 25}]}));
        bob.http.get(&stats).await.is(403);
        app.http().get(&stats).await.is(401);
        admin.http.get(&stats).await.is(200);
    }
    bob.http.get(&path).await.is(403);
    app.http().get(&path).await.is(401);
    let twin = |person: &str| format!("/api/v1/analytics/user/{person}/listening-history?limit=10");
    let id = ada.id.to_string();
    let own = ada.http.get(&path).await.is(200).bytes;
    assert_eq!(ada.http.get(&twin(&id)).await.is(200).bytes, own);
    bob.http.get(&twin(&id)).await.is(403);
    app.http().get(&twin(&id)).await.is(401);
    admin.http.get(&twin(&new_id().to_string())).await.is(404);
    let wrong = format!("{}&cursor=x", twin(&id));
    assert_eq!(ada.http.get(&wrong).await.is(422).faults(), ["cursor"]);
}

#[tokio::test]
async fn of_a_batch_a_bad_event_fails_alone() {
    let app = App::start().await;
    let (_, tracks) = catalogue(&app).await;
    let ada = app.listener("ada").await;
    let bob = app.listener("bob").await;
    let good = |n: i64| {
        json!({"event_id": new_id(), "track_id": tracks[0], "ms_played": 180_000,
        "listened_at": events::Time::from_millis(now().millis() - n * 1000)})
    };
    let mut events: Vec<Value> = (0..992).map(good).collect();
    events.push(events[0].clone());
    events.push(json!({"track_id": new_id(), "ms_played": 1}));
    events.push(json!({"track_id": tracks[0], "ms_played": -1}));
    events.push(json!({"track_id": tracks[0], "ms_played": 1, "colour": "red"}));
    events.push(json!({"track_id": tracks[0], "ms_played": 1, "user_id": bob.id}));
    events.push(json!({"track_id": tracks[0], "ms_played": 1, "listened_at": "2001-01-01T00:00:00Z"}));
    events.push(json!({"track_id": tracks[0], "ms_played": 1, "source": "a\0b"}));
    events.push(json!("no event"));
    assert_eq!(events.len(), 1000);
    let outcome: BatchOutcome = ada.posts(&events).await.is(202).parse();
    assert_eq!((outcome.accepted, outcome.duplicates), (992, 1));
    let rejected: Vec<_> = outcome.rejected.iter().map(|bad| bad.index).collect();
    assert_eq!(rejected, (993..1000).collect::<Vec<_>>());
    let ids = &outcome.event_ids;
    assert_eq!((ids.len(), ids[992], ids[993]), (1000, ids[0], None));
    app.settle().await;
    assert_eq!(
        (plays(&app, tracks[0]).await, app.analytics().counts().await.unwrap()),
        (992, 992)
    );

    events.push(good(0));
    ada.posts(&events).await.is(422);
    ada.posts(&[]).await.is(422);
}

#[tokio::test]
async fn an_event_over_64_kib_is_too_large() {
    let app = App::start().await;
    let (_, tracks) = catalogue(&app).await;
    let ada = app.listener("ada").await;
    let fat = json!({"track_id": tracks[0], "ms_played": 1, "source": "x".repeat(65 * 1024)});
    ada.posts(&[fat]).await.is(413);
    let body = "x".repeat(9 * 1024 * 1024);
    let request = ada
        .http
        .request(reqwest::Method::POST, "/api/v1/analytics/listening-events");
    ada.http
        .send(request.header("content-type", "application/json").body(body))
        .await
        .is(413);
    app.http()
        .post("/api/v1/analytics/listening-events", &json!({"events": []}))
        .await
        .is(401);
}

#[tokio::test]
async fn without_ids_the_key_of_the_request_makes_them() {
    let app = App::start().await;
    let (_, tracks) = catalogue(&app).await;
    let ada = app.listener("ada").await;
    let at = now();
    let body = json!({"events": [{"track_id": tracks[0], "ms_played": 180_000, "listened_at": at},
        {"track_id": tracks[0], "ms_played": 180_000, "listened_at": at}]});
    let post = async || {
        let request = ada
            .http
            .request(reqwest::Method::POST, "/api/v1/analytics/listening-events");
        ada.http
            .send(request.header("Idempotency-Key", "batch-7").json(&body))
            .await
            .is(202)
            .parse::<BatchOutcome>()
    };
    let (first, again) = (post().await, post().await);
    assert_eq!(first.event_ids, again.event_ids);
    app.settle().await;
    assert_eq!(plays(&app, tracks[0]).await, 2);

    // Of a UUIDv7 the time inside is when it was listens.
    let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_700_000_000, 0));
    ada.http
        .post(
            &format!("/api/v1/tracks/{}/listen", tracks[0]),
            &json!({"event_id": id}),
        )
        .await
        .is(202);
    app.settle().await;
    let oldest = history(&ada).await.pop().unwrap();
    assert_eq!(oldest.listen.listened_at.to_string(), "2023-11-14T22:13:20.000Z");
}
