//! A command that is sent again with its `Idempotency-Key` is done once.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{Answer, App, Person};

async fn posts(by: &Person, path: &str, key: &str, body: &Value) -> Answer {
    let request = by.http.request(Method::POST, path).header("idempotency-key", key);
    by.http.send(request.json(body)).await
}

#[tokio::test]
async fn a_command_sent_again_is_answered_the_same_and_done_once() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = json!({"name": "Kino"});
    let first = posts(&label, "/api/v1/artists/", "a", &kino).await.is(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let token = first.header("x-consistency-token").to_owned();
    assert!(!token.is_empty());
    // Without its slash it is the same route.
    let again = posts(&label, "/api/v1/artists", "a", &kino).await.is(201);
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(
        (again.header("etag"), again.header("idempotency-replayed")),
        ("\"1\"", "true")
    );
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(
        again.header("x-consistency-token"),
        token,
        "it names the transaction that did it"
    );
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 1);
    app.settle_outbox().await;
    assert_eq!(
        app.number("SELECT count(*) FROM outbox WHERE topic = 'jonquil.artists.v1'")
            .await,
        1
    );

    // The key is of one person and one route.
    let other = app.artist_account("other").await;
    assert_ne!(
        posts(&other, "/api/v1/artists/", "a", &kino).await.is(201).id(),
        first.id()
    );
    let album = json!({"title": "Noch", "artist_id": first.id(), "album_type": "album"});
    posts(&label, "/api/v1/albums/", "a", &album).await.is(201);
    let track = json!({"title": "Igra", "artist_id": first.id()});
    let track_id = posts(&label, "/api/v1/tracks/", "a", &track).await.is(201).id();
    assert_eq!(
        posts(&label, "/api/v1/tracks/", "a", &track).await.is(201).id(),
        track_id
    );
}

#[tokio::test]
async fn a_report_and_what_an_admin_answers_are_done_once() {
    let app = App::without_read_models().await;
    let (label, ada, root) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.admin("root").await,
    );
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    let other = label.creates_track(kino, "Noch").await;
    let twice = async |by: &Person, path: &str, body: &Value, status: u16| {
        let first = posts(by, path, "a", body).await.is(status);
        let again = posts(by, path, "a", body).await.is(status);
        assert_eq!(
            (again.header("idempotency-replayed"), &again.bytes),
            ("true", &first.bytes),
            "{path}"
        );
        first
    };
    let work = |id: events::TrackId| json!({"type": "track", "id": id, "reason": "It is mine."});
    let report = twice(&ada, "/api/v1/reports", &work(track), 201).await.id();
    let answer = json!({"action": "takedown", "reason": "It is Ada's."});
    twice(&root, &format!("/api/v1/admin/reports/{report}/resolve"), &answer, 200).await;
    twice(&root, "/api/v1/admin/takedowns", &work(other), 201).await;
    assert_eq!(app.number("SELECT count(*) FROM reports").await, 1);
    assert_eq!(app.number("SELECT count(*) FROM takedowns").await, 2);
}

#[tokio::test]
async fn a_key_with_another_body_is_refused_and_a_refusal_is_not_kept() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    posts(&label, "/api/v1/artists/", "a", &json!({"name": "Kino"}))
        .await
        .is(201);
    let other = posts(&label, "/api/v1/artists/", "a", &json!({"name": "Alisa"}))
        .await
        .is(422);
    assert_eq!(other.faults(), ["Idempotency-Key"]);

    let absent = tests::new_id();
    let album = json!({"title": "Noch", "artist_id": absent, "album_type": "album"});
    assert_eq!(
        posts(&label, "/api/v1/albums/", "b", &album).await.is(422).faults(),
        ["artist_id"]
    );
    assert_eq!(
        app.number("SELECT count(*) FROM idempotency_keys WHERE key = 'b'")
            .await,
        0
    );
    // So the key is free for what is right.
    let kino = label.creates_artist("Kino").await;
    let album = json!({"title": "Noch", "artist_id": kino, "album_type": "album"});
    posts(&label, "/api/v1/albums/", "b", &album).await.is(201);

    let long = "k".repeat(256);
    for key in [&long, "a\tb"] {
        let refused = posts(&label, "/api/v1/artists/", key, &json!({"name": "A"})).await;
        assert_eq!(refused.is(422).faults(), ["Idempotency-Key"], "{key:?}");
    }
    let listener = app.listener("listener").await;
    posts(&listener, "/api/v1/artists/", &long, &json!({"name": "A"}))
        .await
        .is(403);
}

#[tokio::test]
async fn while_the_first_one_runs_the_second_one_is_sent_away() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    // What a command of another process holds that has not ended yet.
    let held = format!("{} POST /api/v1/artists a", label.id);
    let lock = "SELECT pg_advisory_lock(hashtextextended($1, 0))";
    app.sql().execute(lock, &[&held]).await.unwrap();
    let refused = posts(&label, "/api/v1/artists/", "a", &json!({"name": "Kino"}))
        .await
        .is(409);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 0);
    app.sql()
        .execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", &[&held])
        .await
        .unwrap();
    posts(&label, "/api/v1/artists/", "a", &json!({"name": "Kino"}))
        .await
        .is(201);
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = json!({"name": "Kino"});
    let sent = (0..12).map(|_| posts(&label, "/api/v1/artists/", "a", &kino));
    let answers = futures_util::future::join_all(sent).await;
    let done: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert!(!done.is_empty());
    assert!(done.iter().all(|answer| answer.bytes == done[0].bytes));
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)));
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 1);
}

#[tokio::test]
async fn after_a_day_a_key_is_new_again() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let kino = json!({"name": "Kino"});
    let first = posts(&label, "/api/v1/artists/", "a", &kino).await.is(201).id();
    let aged = "UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 second'";
    app.sql().execute(aged, &[]).await.unwrap();
    assert_ne!(posts(&label, "/api/v1/artists/", "a", &kino).await.is(201).id(), first);
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys").await, 1);
}

#[tokio::test]
async fn playlists_and_accounts_are_made_once() {
    let app = App::without_read_models().await;
    let (label, ada, root) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.admin("root").await,
    );
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let road = json!({"title": "Road"});
    let first = posts(&ada, "/api/v1/playlists/", "a", &road).await.is(201);
    let again = posts(&ada, "/api/v1/playlists/", "a", &road).await.is(201);
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(app.number("SELECT count(*) FROM playlists").await, 1);

    let path = format!("/api/v1/playlists/{}/tracks", first.id());
    let tracks = json!({"track_ids": [track, track]});
    let grown = posts(&ada, &path, "a", &tracks).await.is(200);
    let again = posts(&ada, &path, "a", &tracks).await.is(200);
    assert_eq!((again.bytes, again.status), (grown.bytes, 200));
    assert_eq!(app.number("SELECT count(*) FROM playlist_items").await, 2);
    let other = posts(&ada, &path, "a", &json!({"track_ids": [track]})).await.is(422);
    assert_eq!(other.faults(), ["Idempotency-Key"]);

    // The boundary of a form differs each time; what is in it does not.
    let file = |text: &str| Form::new().part("file", Part::text(text.to_owned()).file_name("road.m3u"));
    let imports = async |text: &str| {
        let request = ada.http.request(Method::POST, "/api/v1/playlists/import");
        ada.http
            .send(request.header("idempotency-key", "a").multipart(file(text)))
            .await
    };
    let text = "#EXTM3U\n#EXTINF:1,Kino - Igra\nigra.mp3\n";
    let imported = imports(text).await.is(201);
    assert_eq!(imports(text).await.is(201).bytes, imported.bytes);
    assert_eq!(app.number("SELECT count(*) FROM playlists").await, 2);
    assert_eq!(imports("#EXTM3U\n").await.is(422).faults(), ["Idempotency-Key"]);

    let bob = json!({"username": "bob", "email": "bob@example.org", "password": tests::PASSWORD});
    let made = posts(&root, "/api/v1/users/", "a", &bob).await.is(201);
    assert_eq!(
        posts(&root, "/api/v1/users/", "a", &bob).await.is(201).bytes,
        made.bytes
    );
    let another = json!({"username": "bob", "email": "bob@example.org", "password": "another violet engine 1844"});
    let refused = posts(&root, "/api/v1/users/", "a", &another).await.is(422);
    assert_eq!(refused.faults(), ["Idempotency-Key"]);
}
