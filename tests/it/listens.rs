//! Listens: what counts, that each counts once, and what is told about them.

use events::{Encoded, Kind, Topic, TrackId};
use serde_json::{Value, json};
use tests::{App, Person, new_id, now};
use uuid::Uuid;

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

async fn history(person: &Person) -> Vec<Value> {
    let history = person
        .http
        .get(&format!("/api/v1/users/{}/listening-history?limit=100", person.id))
        .await;
    history.is(200).json()["items"].as_array().cloned().unwrap()
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
    let accepted = ada.posts(&events).await.is(202).json();
    assert_eq!((&accepted["accepted"], &accepted["rejected"]), (&json!(8), &json!([])));
    app.settle().await;

    let listens = history(&ada).await;
    for (event, (track, ms, counted)) in events.iter().zip(table) {
        let listen = listens
            .iter()
            .find(|listen| listen["event_id"] == event["event_id"])
            .expect("it is kept");
        assert_eq!(
            (&listen["counted"], &listen["track"]["id"]),
            (&json!(counted), &json!(track)),
            "{ms}"
        );
        let ms_played = if track == long { ms.min(180_000) } else { ms };
        assert_eq!(listen["ms_played"], ms_played);
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
            key: record.key.clone(),
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
    let track = app.http().read(&format!("/api/v1/tracks/{}", tracks[0])).await;
    assert_eq!(track["plays"], 1);
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
    let track = app.http().read(&format!("/api/v1/tracks/{}", tracks[0])).await;
    assert_eq!(track["plays"], 3);
    for kind in ["artist", "album"] {
        let id = track[kind]["id"].as_str().unwrap();
        let thing = app.http().read(&format!("/api/v1/{kind}s/{id}")).await;
        assert_eq!(thing["plays"], 4, "{kind}");
    }
    let path = format!("/api/v1/analytics/clickhouse/track/{}/stats", tracks[0]);
    let stats = app.http().read(&path).await;
    assert_eq!(
        (&stats["plays"], &stats["listeners"], &stats["listens"]),
        (&json!(3), &json!(2), &json!(3))
    );
    let id = track["artist"]["id"].as_str().unwrap();
    let stats = app
        .http()
        .read(&format!("/api/v1/analytics/clickhouse/artist/{id}/stats"))
        .await;
    assert_eq!(
        (&stats["plays"], &stats["top_tracks"][0]["plays"]),
        (&json!(4), &json!(3))
    );
}

#[tokio::test]
async fn every_chart_says_the_same_of_the_same_plays() {
    let app = App::start().await;
    let tracks = heard_by_two(&app).await;
    for chart in ["tracks/popular/", "analytics/popular-tracks"] {
        for period in ["day", "week", "month", "year", "all"] {
            let chart = app.http().read(&format!("/api/v1/{chart}?period={period}")).await;
            let items = chart["items"].as_array().unwrap();
            let place = |item: &Value| [item["rank"].clone(), item["plays"].clone(), item["listeners"].clone()];
            let places: Vec<_> = items.iter().map(place).collect();
            assert_eq!(json!(places), json!([[1, 3, 2], [2, 1, 1]]), "{period}");
            assert_eq!(items[0]["track"]["id"], json!(tracks[0]), "{period}");
        }
    }
    for chart in ["artists/popular/", "albums/popular/", "analytics/popular-artists"] {
        let chart = app.http().read(&format!("/api/v1/{chart}?period=day")).await;
        assert_eq!(
            (&chart["items"][0]["plays"], &chart["items"][1]),
            (&json!(4), &Value::Null)
        );
    }
    let rock = app.http().read("/api/v1/analytics/popular-tracks?genre=rock").await;
    assert_eq!(rock["items"][0]["plays"], 3);
    let pop = app.http().read("/api/v1/analytics/popular-tracks?genre=pop").await;
    assert_eq!(pop["items"], json!([]));
}

#[tokio::test]
async fn what_happens_right_now_shows_at_once() {
    let app = App::start().await;
    let tracks = heard_by_two(&app).await;
    let live = app.http().read("/api/v1/analytics/realtime/platform-stats").await;
    assert_eq!(
        (&live["active_users"], &live["plays_last_hour"]),
        (&json!(2), &json!(4))
    );
    assert_eq!(live["top_now"][0]["track"]["id"], json!(tracks[0]));
    let active = app.http().read("/api/v1/analytics/realtime/active-users").await;
    assert_eq!(active["count"], 2);
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
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ada.http.read(&format!("{path}{cursor}")).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["listened_at"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    let newest_first: Vec<String> = (0..25).rev().map(|n| at(n).to_string()).collect();
    assert_eq!(seen, newest_first);

    let admin = app.admin("root").await;
    for stats in [
        format!("/api/v1/users/{}/stats", ada.id),
        format!("/api/v1/analytics/user/{}/stats", ada.id),
    ] {
        let own = ada.http.read(&stats).await;
        assert_eq!(
            (&own["plays"], &own["listened_ms"], &own["unique_tracks"]),
            (&json!(25), &json!(2_500_000), &json!(1))
        );
        assert_eq!(own["top_tracks"][0]["track"]["id"], json!(tracks[0]));
        assert_eq!(own["genres"][0], json!({"genre": "rock", "plays": 25}));
        bob.http.get(&stats).await.is(403);
        app.http().get(&stats).await.is(401);
        admin.http.get(&stats).await.is(200);
    }
    bob.http.get(&path).await.is(403);
    app.http().get(&path).await.is(401);
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
    let answer = ada.posts(&events).await.is(202).json();
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(992), &json!(1)));
    let rejected: Vec<_> = answer["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| bad["index"].as_i64().unwrap())
        .collect();
    assert_eq!(rejected, (993..1000).collect::<Vec<_>>());
    let ids = answer["event_ids"].as_array().unwrap();
    assert_eq!((ids.len(), &ids[992], &ids[993]), (1000, &ids[0], &Value::Null));
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
            .json()
    };
    let (first, again) = (post().await, post().await);
    assert_eq!(first["event_ids"], again["event_ids"]);
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
    assert_eq!(oldest["listened_at"], "2023-11-14T22:13:20.000Z");
}
