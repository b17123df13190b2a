//! The first story: somebody registers, puts an artist into the catalogue, and anybody finds it.

use access::Tokens;
use http_kit::Problem;
use reqwest::Method;
use serde_json::json;
use tests::{App, PASSWORD, Person};

#[tokio::test]
async fn a_created_artist_is_found_whatever_the_accents_the_script_and_the_slips() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Кино").await;
    let bjork = label.creates_artist("Björk").await;
    let metallica = label.creates_artist("Metallica").await;
    app.settle().await;

    for words in ["кино", "Кино", "kino", "KINO"] {
        assert_eq!(app.search(words).await.artists, [kino], "{words}");
    }
    for words in ["björk", "bjork", "Bjørk"] {
        assert_eq!(app.search(words).await.artists, [bjork], "{words}");
    }
    for words in ["metalica", "metallcia", "металлика"] {
        assert_eq!(app.search(words).await.artists, [metallica], "{words}");
    }
    assert_eq!(app.search("beethoven").await, tests::SearchResults::default());
}

#[tokio::test]
async fn an_artist_is_read_by_id_with_its_version_as_the_etag() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let created = label
        .http
        .post(
            "/api/v1/artists",
            &json!({"name": "Kino", "country": "su", "genres": ["Rock"]}),
        )
        .await;
    let created = created.is(201);
    assert_eq!(created.header("etag"), "\"1\"");
    let id = created.id();

    let read = app.http().get(&format!("/api/v1/artists/{id}/")).await.is(200);
    assert_eq!(read.header("etag"), "\"1\"");
    assert_eq!(read.header("content-type"), "application/json");
    assert_eq!(read.json(), created.json());
    read.shows(json!({"country": "SU", "genres": ["rock"], "version": 1, "plays": 0, "tracks_count": 0}));

    label.renames(events::ArtistId(id), "Кино").await;
    let read = app.http().get(&format!("/api/v1/artists/{id}")).await.is(200);
    assert_eq!(read.header("etag"), "\"2\"");
    // Versions are for If-Match; plays change without one, so nothing is ever "not modified".
    let again = app
        .http()
        .request(Method::GET, &format!("/api/v1/artists/{id}"))
        .header("If-None-Match", "\"2\"");
    app.http().send(again).await.is(200);
}

#[tokio::test]
async fn one_signs_in_by_form_and_by_json() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let form = app.http().request(Method::POST, "/api/v1/auth/login");
    let form = form.form(&[("username", "Ada"), ("password", PASSWORD), ("grant_type", "password")]);
    let by_form = app.http().send(form).await;
    let by_email = json!({"username": "ada@example.org", "password": PASSWORD});
    let by_json = app.http().post("/api/v1/auth/login-json", &by_email).await;
    for answer in [by_form, by_json] {
        let tokens: Tokens = answer.is(200).parse();
        assert_eq!((tokens.token_type.as_str(), tokens.expires_in), ("bearer", 900));
        let signed_in = app.http().with(&tokens.access_token);
        assert_eq!(signed_in.get("/api/v1/auth/me").await.is(200).id(), ada.id.0);
    }
}

#[tokio::test]
async fn the_service_says_what_it_is_and_how_it_is() {
    let app = App::start().await;
    app.http().get("/").await.is(200).shows(json!({"name": "jonquil"}));
    assert_eq!(app.http().read("/ping").await, json!({"ping": "pong"}));
    let ok = json!({"status": "ok"});
    let engines = json!({"postgres": ok, "kafka": ok, "elasticsearch": ok, "clickhouse": ok, "redis": ok, "s3": ok});
    let health = app.http().get("/health").await.is(200);
    health.shows(json!({"status": "ok", "checks": engines}));
    app.http().get("/ready").await.is(200);
    let missing = app.http().get("/nowhere").await.is(404);
    assert_eq!(missing.header("content-type"), "application/problem+json");
    let problem: Problem = missing.parse();
    assert_eq!(problem.request_id, missing.header("x-request-id"));
}

#[tokio::test]
async fn a_listener_puts_nothing_into_the_catalogue() {
    let app = App::start().await;
    let ada: Person = app.listener("ada").await;
    let kino = json!({"name": "Kino"});
    ada.http.post("/api/v1/artists/", &kino).await.is(403);
    app.http().post("/api/v1/artists/", &kino).await.is(401);
    app.http()
        .with("not.a.token")
        .post("/api/v1/artists/", &kino)
        .await
        .is(401);
    assert_eq!(
        app.number("SELECT count(*) FROM outbox WHERE topic <> 'jonquil.users.v1'")
            .await,
        0
    );
}
