//! Credits in the read models: found by every name, counted once for every main and featured artist. What was written
//! before there were credits is as it was; a read model that is made anew answers when it has caught up.

use std::{fs, path::Path};

use bus::Message;
use chrono::TimeDelta;
use events::{ArtistId, Change, Credit, CreditRole, Event, Kind, Listen, ListenerId, Meta, Named, TrackId, TrackState};
use read_analytics::{Span, Zone};
use read_counters::ChartWindow;
use read_search::Query;
use representations::Track;
use serde_json::{Value, json};
use tests::{Answer, App, Http, Role, new_id, now};
use uuid::Uuid;

pub(super) const READ_MODELS: [Role; 3] = [Role::Search, Role::Analytics, Role::Counters];

fn artist(name: &str) -> Named<ArtistId> {
    Named {
        id: ArtistId(new_id()),
        name: name.to_owned(),
    }
}

fn credit(artist: &Named<ArtistId>, role: CreditRole, credited_as: Option<&str>) -> Credit {
    Credit {
        role: role.into(),
        credited_as: credited_as.map(str::to_owned),
        ..Credit::main(artist.clone())
    }
}

fn track(title: &str, credits: Vec<Credit>) -> TrackState {
    TrackState {
        id: TrackId(new_id()),
        title: title.to_owned(),
        artist: credits[0].artist.clone(),
        credits,
        album: None,
        duration_ms: Some(180_000),
        genres: vec!["rock".to_owned()],
        ..TrackState::example()
    }
}

fn listen(track: &TrackState, listener: ListenerId, artist_ids: Vec<ArtistId>) -> Listen {
    Listen {
        event_id: new_id(),
        listener_id: listener,
        track_id: track.id,
        artist_id: track.artist.id,
        artist_ids,
        album_id: None,
        genres: track.genres.clone(),
        duration_ms: track.duration_ms,
        listened_at: now(),
        ms_played: 180_000,
        counted: true,
        source: None,
        device: None,
        context: None,
    }
}

async fn publishes(app: &App, sequence: Option<i64>, events: impl IntoIterator<Item = Event>) {
    let encoded = events.into_iter().map(|event| {
        let meta = Meta {
            id: new_id(),
            time: now(),
            sequence,
            traceparent: None,
        };
        event.encode(&meta).unwrap()
    });
    app.publishes(&encoded.collect::<Vec<_>>()).await;
}

/// Tracks listed with an artist.
async fn tracks_of(app: &App, artist: ArtistId) -> Vec<Uuid> {
    let query = Query {
        artist_id: Some(artist.0),
        ..Query::default()
    };
    let hits = app.index().search(Kind::Track, &query).await.unwrap().hits;
    hits.iter().map(|hit| hit.id).collect()
}

async fn artists_plays(app: &App, artists: &[ArtistId]) -> Vec<u64> {
    let ids: Vec<Uuid> = artists.iter().map(|artist| artist.0).collect();
    app.counters().plays(Kind::Artist, &ids).await.unwrap()
}

#[tokio::test]
async fn a_track_of_several_artists_is_found_by_each_name() {
    let app = App::start().await;
    let (kino, mu, bjork, eno) = (artist("Кино"), artist("Звуки Му"), artist("Björk"), artist("Brian Eno"));
    let credits = vec![
        credit(&kino, CreditRole::Main, None),
        credit(&mu, CreditRole::Main, Some("Mamonov")),
        credit(&bjork, CreditRole::Featured, None),
        credit(&eno, CreditRole::Producer, Some("Oblique")),
    ];
    let igra = track("Igra", credits);
    publishes(&app, Some(1), [Event::Track(Change::Created(igra.clone()))]).await;
    app.settle().await;
    for words in [
        "kino",
        "zvuki mu",
        "mamonov",
        "bjork",
        "igra bjork",
        "brian eno",
        "oblique",
        "obli",
    ] {
        assert_eq!(app.indexed(Kind::Track, words).await, [igra.id.0], "{words}");
    }
    for (artist, listed) in [(&kino, true), (&mu, true), (&bjork, true), (&eno, false)] {
        let expected: &[Uuid] = if listed { &[igra.id.0] } else { &[] };
        assert_eq!(tracks_of(&app, artist.id).await, expected, "{}", artist.name);
    }

    // A name in a main artist's place outweighs the same name in the crew.
    let here_come = track("Here Come", vec![credit(&eno, CreditRole::Main, None)]);
    publishes(&app, Some(1), [Event::Track(Change::Created(here_come.clone()))]).await;
    app.settle().await;
    assert_eq!(app.indexed(Kind::Track, "brian eno").await, [here_come.id.0, igra.id.0]);

    // One credit is renamed: the document is replaced whole.
    let mut renamed = igra.clone();
    renamed.credits[2].artist.name = "Gudmundsdottir".to_owned();
    publishes(&app, Some(2), [Event::Track(Change::Updated(renamed))]).await;
    app.settle().await;
    assert_eq!(app.indexed(Kind::Track, "gudmundsdottir").await, [igra.id.0]);
    assert_eq!(app.indexed(Kind::Track, "bjork").await, Vec::<Uuid>::new());
    assert_eq!(tracks_of(&app, bjork.id).await, [igra.id.0]);
}

#[tokio::test]
async fn a_play_counts_once_for_each_main_and_featured_artist() {
    let app = App::start().await;
    let (kino, mu, bjork, eno) = (artist("Кино"), artist("Звуки Му"), artist("Björk"), artist("Brian Eno"));
    let performers = [kino.id, mu.id, bjork.id];
    let igra = track("Igra", vec![credit(&kino, CreditRole::Main, None)]);
    let [one, two] = [(); 2].map(|()| ListenerId(new_id()));
    let first = listen(&igra, one, performers.to_vec());
    let listens = [
        first.clone(),
        // The same again, and an artist named twice.
        first,
        listen(&igra, two, [performers.as_slice(), &performers].concat()),
        Listen {
            ms_played: 10_000,
            counted: false,
            ..listen(&igra, two, performers.to_vec())
        },
    ];
    publishes(&app, None, listens.map(|listen| Event::Listened(Box::new(listen)))).await;
    app.settle().await;

    assert_eq!(
        artists_plays(&app, &[kino.id, mu.id, bjork.id, eno.id]).await,
        [2, 2, 2, 0]
    );
    let mut expected: Vec<(Uuid, u64)> = performers.map(|artist| (artist.0, 2)).to_vec();
    expected.sort_unstable();
    counters_have(&app, &expected, igra.id).await;
    analytics_have(&app, &expected, igra.id).await;
    let analytics = app.analytics();
    let of = analytics
        .user_stats(&two.into(), Span::ALL, &Zone::utc(), now())
        .await
        .unwrap();
    assert_eq!(
        (
            of.totals.played.plays,
            of.totals.played.unique_artists,
            of.top_artists.len()
        ),
        (1, 3, 3)
    );
    assert_eq!(analytics.artist_stats(eno.id, now()).await.unwrap().stats.listens, 0);
}

/// Two plays of one track for each artist, in every chart of Redis.
async fn counters_have(app: &App, expected: &[(Uuid, u64)], track: TrackId) {
    for window in [ChartWindow::AllTime, ChartWindow::Day { now: now() }] {
        let mut chart = app.counters().top(Kind::Artist, window, 10).await.unwrap();
        chart.sort_unstable();
        assert_eq!(chart, expected, "{window:?}");
    }
    let platform = app.counters().platform(now()).await.unwrap();
    assert_eq!(
        (platform.counts.plays_last_hour, platform.top_now),
        (2, vec![(track.0, 2)])
    );
}

/// The same in ClickHouse, by two listeners.
async fn analytics_have(app: &App, expected: &[(Uuid, u64)], track: TrackId) {
    let analytics = app.analytics();
    let (from, to) = (now().plus(TimeDelta::hours(-1)), now());
    let chart = analytics
        .top(Kind::Artist, from, Some(to), Some("rock"), 10)
        .await
        .unwrap();
    let ids: Vec<Uuid> = expected.iter().map(|(id, _)| *id).collect();
    let details = analytics.details(Kind::Artist, &ids, from, Some(to)).await.unwrap();
    for rows in [chart, details] {
        let mut rows: Vec<_> = rows
            .iter()
            .map(|row| (row.id, row.plays.plays, row.plays.listeners, row.plays.listened_ms))
            .collect();
        rows.sort_unstable();
        let each = expected.iter().map(|(id, _)| (*id, 2, Some(2), Some(370_000)));
        assert_eq!(rows, each.collect::<Vec<_>>());
    }
    for (artist, _) in expected {
        let of = analytics.artist_stats(ArtistId(*artist), now()).await.unwrap();
        assert_eq!((of.stats.plays, of.stats.listeners, of.stats.listens), (2, 2, 3));
        let top: Vec<_> = of.top_tracks.iter().map(|top| (top.id, top.plays)).collect();
        assert_eq!(top, [(track.0, 2)]);
    }
}

/// An event as it was written, by its name and its form.
fn frozen(name: &str, form: &str) -> (Value, Event) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/frozen");
    let text = fs::read_to_string(folder.join(format!("jonquil.{name}.v1.{form}.json"))).expect("a frozen event");
    let (_, event) = Event::decode(Some(text.as_bytes())).expect("an event of the contract");
    (serde_json::from_str(&text).expect("JSON"), event)
}

/// Publishes events from before there were credits, in the order in which they happened; the track that they are about.
pub(super) async fn publishes_events_before_credits(app: &App) -> TrackId {
    let names = [
        "artist.created",
        "album.created",
        "track.created",
        "track.updated",
        "listened",
    ];
    publishes_frozen(app, &names.map(|name| frozen(name, "before-credits"))).await
}

async fn publishes_frozen(app: &App, events: &[(Value, Event)]) -> TrackId {
    let written: Vec<(String, String)> = events
        .iter()
        .map(|(json, _)| (json["subject"].as_str().unwrap().to_owned(), json.to_string()))
        .collect();
    let messages = events.iter().zip(&written).map(|((_, event), (key, payload))| Message {
        topic: event.topic(),
        key: Some(key.as_bytes()),
        payload: Some(payload.as_bytes()),
        headers: Vec::new(),
    });
    app.publishes_messages(messages.collect()).await;
    TrackId(of_before(3))
}

/// The ids of those events.
fn of_before(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_1b2c_0000_7000_8000_0000_0000_0000 + number)
}

#[tokio::test]
async fn events_before_credits_are_of_their_one_artist() {
    let app = App::start().await;
    let track = publishes_events_before_credits(&app).await.0;
    app.settle().await;

    let (artist, album) = (ArtistId(of_before(1)), of_before(2));
    for (kind, found) in [(Kind::Artist, artist.0), (Kind::Album, album), (Kind::Track, track)] {
        assert_eq!(app.indexed(kind, "kino").await, [found], "{kind:?}");
    }
    assert_eq!(tracks_of(&app, artist).await, [track]);
    assert_eq!(artists_plays(&app, &[artist]).await, [1]);
    let chart = app
        .counters()
        .top(Kind::Artist, ChartWindow::AllTime, 10)
        .await
        .unwrap();
    assert_eq!(chart, [(artist.0, 1)]);
    let stats = app.analytics().artist_stats(artist, now()).await.unwrap();
    assert_eq!((stats.stats.plays, stats.stats.listened_ms), (1, 240_000));
}

#[tokio::test]
async fn events_with_credits_as_they_were_written_count_for_each_of_their_artists() {
    let app = App::start().await;
    let works = ["track.created", "listened"].map(|name| frozen(name, "credits"));
    let track = publishes_frozen(&app, &works).await;
    app.settle().await;
    let artists = [1, 6].map(|number| ArtistId(of_before(number)));
    for artist in artists {
        assert_eq!(tracks_of(&app, artist).await, [track.0]);
        let stats = app.analytics().artist_stats(artist, now()).await.unwrap().stats;
        assert_eq!((stats.plays, stats.listened_ms), (1, 240_000));
    }
    assert_eq!(artists_plays(&app, &artists).await, [1, 1]);
    for name in ["kino", "zvuki mu", "zvuki my"] {
        assert_eq!(app.indexed(Kind::Track, name).await, [track.0], "{name}");
    }
}

/// What each read model answers, without what changes from one answer to the next.
async fn answers(http: &Http, listener: Uuid, track: TrackId) -> Vec<Value> {
    let mut all = Vec::new();
    for path in queries(listener) {
        let mut answer = http.get(&path).await.is(200).json();
        remove_addresses(&mut answer);
        if let Some(fields) = answer.as_object_mut() {
            fields.remove("to");
        }
        all.push(if answer["tracks"].is_object() {
            answer["tracks"]["items"].clone()
        } else if answer["items"].is_array() {
            answer["items"].clone()
        } else {
            answer
        });
    }
    let shown: Track = http.read_as(&format!("/api/v1/tracks/{track}")).await;
    all.push(json!(shown.plays));
    all
}

/// Addresses to listen at are signed anew for each answer.
fn remove_addresses(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            fields.remove("stream_url");
            fields.values_mut().for_each(remove_addresses);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_addresses),
        _ => {}
    }
}

fn queries(listener: Uuid) -> [String; 6] {
    [
        "/api/v1/search/multi/?q=igra".to_owned(),
        "/api/v1/tracks/?genre=rock".to_owned(),
        "/api/v1/tracks/popular/?period=day".to_owned(),
        "/api/v1/artists/popular/?period=week".to_owned(),
        format!("/api/v1/users/{listener}/stats"),
        format!("/api/v1/users/{listener}/listening-history"),
    ]
}

#[track_caller]
fn is_unavailable(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 503, "{path}: {}", String::from_utf8_lossy(&answer.bytes));
    assert!(
        answer.header("retry-after").parse::<u64>().is_ok(),
        "{path}: no Retry-After"
    );
}

#[tokio::test]
async fn read_models_made_anew_answer_once_they_have_caught_up() {
    let mut app = App::builder().without_read_models().start().await;
    app.starts(&READ_MODELS).await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let fields = json!({"title": "Igra", "artist_id": kino, "duration_ms": 180_000, "genres": ["rock"]});
    let track = label.creates_track_with(&fields).await;
    for _ in 0..3 {
        label.hears(track).await;
    }
    app.settle().await;
    // An empty deployment answers from its first moment on; this is one that was.
    let before = answers(&label.http, label.id.0, track).await;
    assert_eq!(before.last(), Some(&json!(3)));

    // What a version with a newer schema finds: topics full of events, and nothing of its own.
    app.stops(Role::Search).await;
    app.index().erase().await.unwrap();
    app.analytics().erase().await.unwrap();
    app.counters().erase().await.unwrap();
    for _ in 0..2 {
        drop(app.runs(&["migrate"]));
    }
    app.starts(&[Role::Api]).await;
    let label = label.at(&app.api(1));
    for path in queries(label.id.0) {
        is_unavailable(&label.http.get(&path).await, &path);
    }
    let read = label.http.get(&format!("/api/v1/tracks/{track}")).await.is(200);
    read.shows(json!({"title": "Igra", "plays": null}));

    app.starts(&READ_MODELS).await;
    app.settle().await;
    assert_eq!(answers(&label.http, label.id.0, track).await, before);
}
