//! Listens that are sent again: what a client needs to know so that they count once.

use events::Kind;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, App, Person, now};
use write_api::{BatchOutcome, ListenIdentity};

async fn posts_with_key(by: &Person, body: &Value) -> Answer {
    let request = by.http.request(Method::POST, "/api/v1/analytics/listening-events");
    by.http
        .send(request.header("Idempotency-Key", "batch-7").json(body))
        .await
}

#[tokio::test]
async fn an_answer_says_what_to_send_again() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let ada = app.listener("ada").await;
    let play = json!({"track_id": track, "ms_played": 180_000});
    let bad = json!({"track_id": track, "ms_played": -1});
    let answer: BatchOutcome = ada.posts(&[play.clone(), bad, play]).await.is(202).parse();
    assert!(answer.events[1].is_none());
    let again = [0, 2].map(|place| {
        let ListenIdentity { event_id, listened_at } = answer.events[place].expect("taken");
        json!({"track_id": track, "ms_played": 180_000, "event_id": event_id, "listened_at": listened_at})
    });
    let repeated: BatchOutcome = ada.posts(&again).await.is(202).parse();
    assert_eq!(repeated.events, [answer.events[0], answer.events[2]]);

    let one = ada
        .http
        .post(&format!("/api/v1/tracks/{track}/listen"), &json!({}))
        .await
        .is(202)
        .json();
    let path = format!("/api/v1/tracks/{track}/listen");
    assert_eq!(ada.http.post(&path, &one).await.is(202).json(), one);
    app.settle().await;
    let plays = app
        .counters()
        .plays(Kind::Track, &[track.0])
        .await
        .expect("Redis answers");
    assert_eq!((plays, app.analytics().counts().await.unwrap()), (vec![3], 3));
}

/// A key makes the same ids again, but not the same time, and a `UUIDv4` has none inside: after midnight (UTC) it would be
/// another listen.
#[tokio::test]
async fn with_a_key_an_event_without_its_time_is_refused() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let play = json!({"track_id": track, "ms_played": 180_000});
    let timed = json!({"track_id": track, "ms_played": 180_000, "listened_at": now()});
    let known = json!({"track_id": track, "ms_played": 180_000, "event_id": tests::new_id()});
    let random_id = uuid::Builder::from_random_bytes(tests::new_id().into_bytes()).into_uuid();
    let random = json!({"track_id": track, "ms_played": 180_000, "event_id": random_id});
    for timeless in [&play, &random] {
        let refused = posts_with_key(&label, &json!({"events": [timed, known, timeless]})).await;
        assert_eq!(refused.is(422).faults(), ["events[2].listened_at"]);
    }
    assert_eq!(posts_with_key(&label, &play).await.is(422).faults(), ["listened_at"]);
    let both = json!({"events": [timed, known]});
    let taken: BatchOutcome = posts_with_key(&label, &both).await.is(202).parse();
    assert_eq!(taken.accepted, 2);
    let again: BatchOutcome = posts_with_key(&label, &both).await.is(202).parse();
    assert_eq!(taken.events, again.events);
    for key in ["", "\u{e9}", &"k".repeat(256)] {
        let request = label.http.request(Method::POST, "/api/v1/analytics/listening-events");
        let request = request.header("Idempotency-Key", key.as_bytes()).json(&timed);
        assert_eq!(
            label.http.send(request).await.is(422).faults(),
            ["Idempotency-Key"],
            "{key}"
        );
    }
}

#[tokio::test]
async fn a_batch_is_a_list_of_events_and_nothing_else() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let post = async |body: Value| {
        let answer = ada.http.post("/api/v1/analytics/listening-events", &body).await;
        answer.is(422).faults()
    };
    assert_eq!(post(json!({"events": null})).await, ["events"]);
    assert_eq!(post(json!({"events": {}})).await, ["events"]);
    assert_eq!(post(json!({"events": [{}], "colour": "red"})).await, ["colour"]);
    // As many as fit into the body: the answer does not depend on reading them all.
    assert_eq!(post(json!({"events": vec![1; 3_000_000]})).await, ["events"]);
}
