//! Suggestions while somebody types.

use read_api::{SuggestedItem, Suggestions};
use reqwest::Method;
use serde_json::json;
use tests::{App, Engine, eventually};

async fn suggested(app: &App, typed: &str) -> Vec<SuggestedItem> {
    let request = app
        .http()
        .request(Method::GET, "/api/v1/search/suggest")
        .query(&[("q", typed)]);
    app.http().send(request).await.is(200).parse::<Suggestions>().items
}

fn titles(items: &[SuggestedItem]) -> Vec<(&str, &str)> {
    items
        .iter()
        .map(|item| (item.kind.as_str(), item.title.as_str()))
        .collect()
}

#[tokio::test]
async fn letters_become_names_of_every_kind() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Кино").await;
    let album = label.creates_album(kino, "Группа крови").await;
    let track = json!({"title": "Кинолента", "artist_id": kino, "album_id": album, "duration_ms": 180_000});
    let track = label.creates_track_with(&track).await;
    label.creates_track(kino, "Спокойная ночь").await;
    app.settle().await;

    // The whole name, then what begins so, then what is by that artist.
    let items = suggested(&app, "кино").await;
    assert_eq!(
        titles(&items),
        [
            ("artist", "Кино"),
            ("track", "Кинолента"),
            ("album", "Группа крови"),
            ("track", "Спокойная ночь")
        ]
    );
    assert_eq!((items[0].id, items[0].artist.as_deref()), (kino.0, None));
    assert_eq!((items[1].id, items[1].artist.as_deref()), (track.0, Some("Кино")));
    let albums = items.iter().map(|item| item.album_id).collect::<Vec<_>>();
    assert_eq!(albums, [None, Some(album.0), None, None], "whose cover is shown");
    // In another script, from one letter on, in the middle of a name, over its words, and with a slip.
    for typed in ["k", "ki", "kin", "кин"] {
        assert_eq!(suggested(&app, typed).await[0].title, "Кино", "{typed}");
    }
    for typed in [
        "krov",
        "gruppa k",
        "группа крови",
        "grupa krovi",
        "gruppa krovi kino",
        "gruppa krobi",
    ] {
        assert_eq!(suggested(&app, typed).await[0].id, album.0, "{typed}");
    }
    assert_eq!(suggested(&app, "zzz").await, []);

    // Playlists that are public come last, with whose they are.
    for (title, visibility) in [("Кино вечером", "public"), ("Кино ночью", "private")] {
        let playlist = json!({"title": title, "visibility": visibility});
        label.http.post("/api/v1/playlists/", &playlist).await.is(201);
    }
    app.settle().await;
    let items = suggested(&app, "кино в").await;
    assert_eq!(titles(&items), [("playlist", "Кино вечером")]);
    assert_eq!(items[0].artist.as_deref(), Some("label"));
    let items = suggested(&app, "кино").await;
    assert_eq!(
        titles(&items)[..3],
        [("artist", "Кино"), ("track", "Кинолента"), ("playlist", "Кино вечером")]
    );

    label.http.delete(&format!("/api/v1/tracks/{track}")).await.is(204);
    // Postgres knows at once, before the index does.
    assert!(suggested(&app, "кино").await.iter().all(|item| item.id != track.0));
}

#[tokio::test]
async fn at_most_ten_and_what_is_played_more_first() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let artist = label.creates_artist("Someone").await;
    let mut tracks = Vec::new();
    for number in 0..12 {
        tracks.push(label.creates_track(artist, &format!("Zebra {number}")).await);
    }
    let favourite = tracks[7];
    for _ in 0..3 {
        label.hears(favourite).await;
    }
    app.settle().await;
    assert_eq!(suggested(&app, "zeb").await.len(), 10);
    eventually("the plays are counted", async || {
        let first = suggested(&app, "zebra 7").await;
        (first.first()?.id == favourite.0).then_some(())
    })
    .await;
    let few = app.http().get("/api/v1/search/suggest?q=zeb&limit=3").await.is(200);
    assert_eq!(few.parse::<Suggestions>().items.len(), 3);
    for query in ["", "?q=", "?q=%20", "?q=a&limit=11", "?q=a&limit=0", "?q=a&what=1"] {
        app.http().get(&format!("/api/v1/search/suggest{query}")).await.is(422);
    }
}

#[tokio::test]
async fn without_the_index_it_says_when_to_come_again_and_without_counters_it_works() {
    let app = App::builder()
        .behind_proxy(Engine::Elasticsearch)
        .behind_proxy(Engine::Redis)
        .start()
        .await;
    let label = app.artist_account("label").await;
    label.creates_artist("Kino").await;
    app.settle().await;
    app.proxy(Engine::Redis).refuse();
    assert_eq!(titles(&suggested(&app, "ki").await), [("artist", "Kino")]);
    app.proxy(Engine::Elasticsearch).refuse();
    let answer = app.http().get("/api/v1/search/suggest?q=ki").await.is(503);
    assert!(answer.headers.contains_key("retry-after"));
}
