//! What is done with playlists, and which of them listens name.

use events::{Event, PlaylistAction, Topic, TrackId};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Engine, Person, new_id};
use uuid::Uuid;
use write_api::RecordedEvent;

const EVENTS: &str = "/api/v1/analytics/events/playlist";

struct Scene {
    ada: Person,
    bob: Person,
    track: TrackId,
    private: Uuid,
    public: Uuid,
}

impl Scene {
    async fn new(app: &App) -> Self {
        let (ada, bob) = (app.artist_account("ada").await, app.listener("bob").await);
        let track = ada.creates_track(ada.creates_artist("Kino").await, "Igra").await;
        let creates = async |visibility: &str| {
            let fields = json!({"title": "Road", "visibility": visibility, "track_ids": [track]});
            ada.http.post("/api/v1/playlists/", &fields).await.is(201).id()
        };
        let (private, public) = (creates("private").await, creates("public").await);
        Self {
            ada,
            bob,
            track,
            private,
            public,
        }
    }
}

#[tokio::test]
async fn what_is_done_with_a_playlist_is_an_event_that_names_nobody() {
    let app = App::start().await;
    let Scene {
        ada,
        bob,
        track,
        private,
        public,
    } = Scene::new(&app).await;
    let does = async |person: &Person, body: Value| person.http.post(EVENTS, &body).await;
    let played = json!({"playlist_id": public, "action": "played", "track_id": track});
    let recorded: RecordedEvent = does(&bob, played.clone()).await.is(202).parse();
    does(&bob, json!({"playlist_id": public, "action": "followed"}))
        .await
        .is(202);
    does(&ada, json!({"playlist_id": private, "action": "shared"}))
        .await
        .is(202);

    app.http().post(EVENTS, &played).await.is(401);
    activity_is_refused(&bob, private, public).await;

    app.settle().await;
    let records = app.records(Topic::PlaylistActivity).await;
    assert_eq!(records.len(), 3);
    let first = records
        .iter()
        .find(|record| record.event().0.id == recorded.event_id)
        .unwrap();
    let Event::PlaylistActivity(activity) = first.event().1 else {
        panic!("{first:?}")
    };
    assert_eq!(first.key, public.to_string());
    assert!(activity.action == PlaylistAction::Played && activity.track_id == Some(track));
    for record in &records {
        let text = String::from_utf8_lossy(&record.payload);
        assert!(
            [ada.id, bob.id].iter().all(|id| !text.contains(&id.to_string())),
            "{text}"
        );
    }

    // Sent twice by the producer, it counts once.
    let again = first.event().1.encode(&first.event().0).unwrap();
    app.publishes(&[again]).await;
    app.settle().await;
    let kept = "SELECT arrayStringConcat(arraySort(groupArray(action)), ' ') FROM playlist_activity FINAL";
    let database = app.analytics().database().to_owned();
    assert_eq!(app.analytics_sql(kept).await, "followed played shared", "{database}");
}

async fn activity_is_refused(bob: &Person, private: Uuid, public: Uuid) {
    let does = async |body: Value| bob.http.post(EVENTS, &body).await;
    does(json!({"playlist_id": private, "action": "played"})).await.is(404);
    does(json!({"playlist_id": new_id(), "action": "played"})).await.is(404);
    let refused = async |body: Value| does(body).await.is(422).faults();
    assert_eq!(refused(json!({"playlist_id": public})).await, ["action"]);
    assert_eq!(
        refused(json!({"playlist_id": public, "action": "burned"})).await,
        ["action"]
    );
    assert_eq!(
        refused(json!({"playlist_id": public, "action": "played", "track_id": new_id()})).await,
        ["track_id"]
    );
}

#[tokio::test]
async fn without_the_broker_an_event_is_refused_and_not_lost_silently() {
    let app = App::builder().behind_proxy(Engine::Kafka).start().await;
    let Scene { bob, public, .. } = Scene::new(&app).await;
    app.proxy(Engine::Kafka).refuse();
    let played = json!({"playlist_id": public, "action": "played"});
    let refused = bob
        .http
        .send(bob.http.request(Method::POST, EVENTS).json(&played))
        .await
        .is(503);
    assert_ne!(refused.header("retry-after"), "");
}

#[tokio::test]
async fn a_listen_names_a_playlist_only_while_it_is_public() {
    let app = App::start().await;
    let Scene {
        ada,
        bob,
        track,
        private,
        public,
    } = Scene::new(&app).await;
    let from = |id: Uuid| json!({"type": "playlist", "id": id});
    let path = format!("/api/v1/tracks/{track}/listen");
    ada.http.post(&path, &json!({"context": from(private)})).await.is(202);
    bob.http.post(&path, &json!({"context": from(public)})).await.is(202);
    let listen = |context: Value| json!({"track_id": track, "ms_played": 180_000, "context": context});
    let album = json!({"type": "album", "id": new_id()});
    let events = [
        listen(from(private)),
        listen(from(public)),
        listen(from(new_id())),
        listen(album.clone()),
    ];
    bob.posts(&events).await.is(202).shows(json!({"accepted": 4}));
    let mut seen = Vec::new();
    for record in app.records(Topic::Listens).await {
        let Event::Listened(listen) = record.event().1 else {
            panic!("{record:?}")
        };
        let context = listen.context.unwrap();
        seen.push((context.kind.name().to_owned(), context.id));
    }
    seen.sort();
    let playlist = |id| ("playlist".to_owned(), id);
    let mut expected = vec![
        ("album".to_owned(), album["id"].as_str().unwrap().parse().ok()),
        playlist(None),
        playlist(None),
        playlist(None),
        playlist(Some(public)),
        playlist(Some(public)),
    ];
    expected.sort();
    assert_eq!(seen, expected);
}
