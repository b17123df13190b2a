//! Projectors die between the data and the position, and read what is no event. The figures are the same.

use std::time::{Duration, Instant};

use bus::Message;
use events::{Kind, Topic, TrackId};
use serde_json::json;
use tests::{App, Person, Role, eventually, eventually_within, new_id, now};

async fn one_track(app: &App) -> (Person, TrackId) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    (label, track)
}

async fn is_at_the_end(app: &App, model: &str, topic: Topic) -> bool {
    let held: i64 = app
        .positions(model)
        .await
        .iter()
        .filter(|at| at.topic == topic)
        .map(|at| at.next)
        .sum();
    held == app.events_on(topic).await
}

#[tokio::test]
async fn a_search_projector_killed_before_its_position_stores_the_same_again() {
    let app = App::builder().without(Role::Search).start().await;
    let (label, track) = one_track(&app).await;
    app.settle_without(&["search"]).await;
    let first = app.spawns("search", "search::stored=pause");
    eventually("the document is there", async || {
        (app.search("igra").await.tracks == [track]).then_some(())
    })
    .await;
    assert!(
        !is_at_the_end(&app, "search", Topic::Tracks).await,
        "it did not stop at the failpoint"
    );
    first.kill();
    label.retitles(track, "Noch").await;
    let _second = app.spawns("search", "");
    app.settle().await;
    assert_eq!(app.search("noch").await.tracks, [track]);
    assert_eq!(app.search("igra").await.tracks, []);
    let listed = app.http().get("/api/v1/tracks/").await.is(200);
    listed.shows(json!({"total": 1}));
}

#[tokio::test]
async fn an_analytics_projector_killed_before_its_position_counts_no_listen_twice() {
    let app = App::builder().without(Role::Analytics).start().await;
    let (label, track) = one_track(&app).await;
    for _ in 0..3 {
        label.hears(track).await;
    }
    let first = app.spawns("analytics", "analytics::stored=pause");
    eventually("the rows are there", async || {
        (app.analytics().counts().await.ok()? > 0).then_some(())
    })
    .await;
    assert!(
        !is_at_the_end(&app, "analytics", Topic::Listens).await,
        "it did not stop at the failpoint"
    );
    first.kill();
    // What comes meanwhile cuts the batch differently.
    label.hears(track).await;
    let _second = app.spawns("analytics", "");
    app.settle().await;
    assert_eq!(app.analytics().counts().await.unwrap(), 4);
    let stats = label.http.get(&format!("/api/v1/users/{}/stats", label.id)).await;
    stats.is(200).shows(json!({"plays": 4, "listened_ms": 720_000}));
}

#[tokio::test]
async fn a_counters_projector_killed_after_its_script_counts_no_listen_twice() {
    let app = App::builder().without(Role::Counters).start().await;
    let (label, track) = one_track(&app).await;
    for _ in 0..3 {
        label.hears(track).await;
    }
    let plays = async || app.counters().plays(Kind::Track, &[track.0]).await.unwrap()[0];
    let first = app.spawns("counters", "counters::stored=pause");
    eventually("the plays are counted", async || (plays().await > 0).then_some(())).await;
    // Neither without the other: nobody has to look up later whether these were counted.
    let held = app.positions("counters").await;
    let held = held.iter().filter(|at| at.topic == Topic::Listens);
    assert_eq!(held.map(|at| at.next.cast_unsigned()).sum::<u64>(), plays().await);
    first.kill();
    label.hears(track).await;
    let _second = app.spawns("counters", "");
    app.settle().await;
    assert_eq!(plays().await, 4);
}

#[tokio::test]
async fn a_killed_projector_reads_on_soon_after_its_restart() {
    let app = App::builder().without(Role::Counters).start().await;
    let (label, track) = one_track(&app).await;
    let first = app.spawns("counters", "");
    label.hears(track).await;
    app.settle().await;
    first.kill();
    label.hears(track).await;
    let began = Instant::now();
    let _second = app.spawns("counters", "");
    // Its name in the group is its own, so nobody waits for the dead one's session (10 s) to end.
    eventually_within(Duration::from_secs(9), "the second play is counted", async || {
        (app.counters().plays(Kind::Track, &[track.0]).await.unwrap()[0] == 2).then_some(())
    })
    .await;
    eprintln!("read again {:.1} s after its start", began.elapsed().as_secs_f32());
}

#[tokio::test]
async fn what_is_no_event_goes_to_the_dead_letters_and_the_next_one_is_projected() {
    let app = App::start().await;
    let (label, track) = one_track(&app).await;
    let key = track.to_string();
    let message = |topic, payload| Message {
        topic,
        key: Some(key.as_bytes()),
        payload,
        headers: Vec::new(),
    };
    let unknown = json!({"specversion": "1.0", "id": new_id(), "source": "/x", "type": "jonquil.track.danced.v1",
        "subject": key, "time": now(), "sequence": 9, "data": {}})
    .to_string();
    app.settle().await;
    let poison = vec![
        message(Topic::Tracks, Some(b"no event".as_slice())),
        message(Topic::Tracks, None),
        message(Topic::Tracks, Some(unknown.as_bytes())),
        message(Topic::Listens, Some(b"\xff\xfe".as_slice())),
    ];
    app.publishes_messages(poison).await;
    label.retitles(track, "Noch").await;
    label.hears(track).await;
    app.settle().await;
    assert_eq!(app.search("noch").await.tracks, [track]);
    assert_eq!(app.analytics().counts().await.unwrap(), 1);
    assert_eq!(app.counters().plays(Kind::Track, &[track.0]).await.unwrap(), [1]);

    let letters = app.records(Topic::DeadLetters).await;
    let mut who: Vec<_> = letters
        .iter()
        .map(|letter| (letter.header("topic"), letter.header("projector")))
        .collect();
    who.sort_unstable();
    let (tracks, listens) = (Topic::Tracks.name(), Topic::Listens.name());
    // Each read model has its own; the event of an unknown type is passed over.
    let expected = [
        (listens, "analytics"),
        (listens, "counters"),
        (tracks, "analytics"),
        (tracks, "analytics"),
        (tracks, "counters"),
        (tracks, "counters"),
        (tracks, "search"),
        (tracks, "search"),
    ];
    assert_eq!(who, expected);
    let letter = letters
        .iter()
        .find(|letter| letter.payload == b"no event")
        .expect("the bytes as they came");
    assert_eq!(
        (letter.key.as_str(), letter.header("reason"), letter.header("offset")),
        (key.as_str(), "malformed", "1")
    );
    assert!(!letter.header("error").is_empty() && !letter.header("time").is_empty());
}
