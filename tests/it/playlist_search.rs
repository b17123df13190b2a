//! Public playlists are found by their titles; private ones are not even in the index.

use events::PlaylistId;
use read_search::Index;
use serde_json::{Value, json};
use tests::{App, Person};

async fn creates(person: &Person, title: &str, visibility: &str) -> PlaylistId {
    let fields = json!({"title": title, "visibility": visibility});
    PlaylistId(person.http.post("/api/v1/playlists/", &fields).await.is(201).id())
}

async fn changes(person: &Person, id: PlaylistId, fields: &Value) {
    person
        .http
        .put(&format!("/api/v1/playlists/{id}"), fields)
        .await
        .is(200);
}

#[tokio::test]
async fn a_playlist_is_found_while_it_is_public_and_by_its_present_title() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let road = creates(&ada, "Дорога домой", "public").await;
    let secret = creates(&ada, "Doroga secret", "private").await;
    app.settle().await;
    assert_eq!(app.search("doroga").await.playlists, [road]);
    assert_eq!(app.indexed(Index::Playlists, "doroga").await, [road.0]);
    let found = app.http().read("/api/v1/search/multi/?q=doroga&types=playlist").await;
    tests::shows(
        &found,
        json!({"playlists": {"total": 1, "items": [{"title": "Дорога домой", "owner": {"username": "ada"},
        "highlight": "<em>Дорога</em> домой"}]}, "tracks": {"total": 0}}),
    );
    assert_eq!(found["top_result"]["type"], "playlist");
    let found = app.http().read("/api/v1/search/multi/?q=doroga&types=track").await;
    tests::shows(&found, json!({"playlists": {"total": 0, "items": []}}));

    changes(&ada, secret, &json!({"visibility": "public"})).await;
    changes(&ada, road, &json!({"title": "Sunrise"})).await;
    app.settle().await;
    assert_eq!(app.indexed(Index::Playlists, "doroga").await, [secret.0]);
    assert_eq!(app.indexed(Index::Playlists, "sunrise").await, [road.0]);

    // What is in the catalogue comes first.
    let label = app.artist_account("label").await;
    label.creates_artist("Sunrise").await;
    app.settle().await;
    let found = app.http().read("/api/v1/search/multi/?q=sunrise").await;
    assert_eq!(
        (&found["top_result"]["type"], &found["playlists"]["total"]),
        (&json!("artist"), &json!(1))
    );

    changes(&ada, secret, &json!({"visibility": "private"})).await;
    ada.http.delete(&format!("/api/v1/playlists/{road}")).await.is(204);
    app.settle().await;
    for words in ["doroga", "sunrise"] {
        assert!(app.indexed(Index::Playlists, words).await.is_empty(), "{words}");
        assert_eq!(app.search(words).await.playlists, []);
    }
}
