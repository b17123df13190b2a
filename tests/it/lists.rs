//! Lists without words: their orders, their pages, their totals, and which engine they need.

use http_kit::Page;
use serde::Deserialize;
use serde_json::json;
use tests::{App, Engine, Person, eventually, new_id};

/// Seven tracks of one artist: their lengths, of which two are unknown and two alike.
const LENGTHS: [Option<i64>; 7] = [
    Some(60_000),
    None,
    Some(40_000),
    Some(90_000),
    Some(40_000),
    None,
    Some(50_000),
];

async fn catalogue(app: &App) -> (Person, String, Vec<String>) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let mut ids = Vec::new();
    for (number, length) in LENGTHS.iter().enumerate() {
        let track = json!({"title": format!("Track {number}"), "artist_id": kino, "duration_ms": length,
            "genres": ["rock"]});
        ids.push(label.creates_track_with(&track).await.to_string());
    }
    (label, kino.to_string(), ids)
}

/// What artists, albums and tracks have in common.
#[derive(Deserialize)]
struct Item {
    id: String,
    plays: Option<u64>,
}

async fn page(app: &App, list: &str) -> Page<Item> {
    app.http().read_as(&format!("/api/v1/{list}")).await
}

fn ids(page: &Page<Item>) -> Vec<String> {
    page.items.iter().map(|item| item.id.clone()).collect()
}

/// The whole list, page by page by its cursors; each page has the whole list's total.
async fn walked(app: &App, list: &str, total: usize) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(app, &format!("{list}limit=2{cursor}")).await;
        assert_eq!(page.total, total as u64, "{list}");
        seen.extend(ids(&page));
        let Some(next) = page.next_cursor else {
            return seen;
        };
        cursor = format!("&cursor={next}");
    }
}

/// The same list by offsets, and by cursors.
async fn holds(app: &App, list: &str, expected: &[String]) {
    let whole = page(app, &format!("{list}limit=100")).await;
    assert_eq!(ids(&whole), expected, "{list}");
    assert_eq!((whole.total, whole.next_cursor), (expected.len() as u64, None));
    assert_eq!(walked(app, list, expected.len()).await, expected, "{list} by cursors");
    for offset in 0..=expected.len() {
        let page = page(app, &format!("{list}limit=1&offset={offset}")).await;
        let expected: Vec<String> = expected.iter().skip(offset).take(1).cloned().collect();
        assert_eq!(ids(&page), expected, "{list} at {offset}");
    }
}

#[tokio::test]
async fn a_list_without_words_needs_no_elasticsearch_and_shows_a_track_at_once() {
    let app = App::builder().behind_proxy(Engine::Elasticsearch).start().await;
    app.proxy(Engine::Elasticsearch).refuse();
    let (label, kino, tracks) = catalogue(&app).await;
    let newest: Vec<String> = tracks.iter().rev().cloned().collect();
    holds(&app, "tracks/?", &newest).await;
    holds(&app, "tracks/?sort=created_at&", &newest).await;
    holds(&app, &format!("tracks/?artist_id={kino}&"), &newest).await;
    holds(&app, &format!("artists/{kino}/tracks?"), &newest).await;
    holds(&app, "artists/?", std::slice::from_ref(&kino)).await;

    let artist = kino.parse().map(events::ArtistId).unwrap();
    let mut albums = Vec::new();
    for released in [Some("1988-01-01"), None, Some("1990-05-05"), Some("1000-01-01"), None] {
        let album = json!({"title": "Noch", "artist_id": artist, "release_date": released});
        albums.push(
            label
                .http
                .post("/api/v1/albums/", &album)
                .await
                .is(201)
                .id()
                .to_string(),
        );
    }
    let newest: Vec<String> = albums.iter().rev().cloned().collect();
    for list in ["albums/?", "albums/recent/?", &format!("albums/artist/{kino}?")] {
        holds(&app, list, &newest).await;
    }
    let by_release: Vec<String> = [2, 0, 3, 4, 1].map(|at| albums[at].clone()).to_vec();
    holds(&app, "albums/?sort=release_date&", &by_release).await;

    for list in ["tracks/?genre=rock", "tracks/?sort=title", "tracks/?year=1988"] {
        app.http().get(&format!("/api/v1/{list}")).await.is(503);
    }
    app.proxy(Engine::Elasticsearch).pass();
}

#[tokio::test]
async fn tracks_are_listed_by_length_and_unknown_ones_are_last() {
    let app = App::start().await;
    let (_, _, tracks) = catalogue(&app).await;
    let mut expected: Vec<(i64, String)> = LENGTHS
        .iter()
        .zip(&tracks)
        .map(|(length, id)| (length.unwrap_or(i64::MAX), id.clone()))
        .collect();
    expected.sort();
    let expected: Vec<String> = expected.into_iter().map(|(_, id)| id).collect();
    holds(&app, "tracks/?sort=duration&", &expected).await;
    for cursor in ["o2", "c5.abc", "d5", "dx.019ab0f47c3e7d158a520c9d7a3f1b13", "e30"] {
        app.http()
            .get(&format!("/api/v1/tracks/?sort=duration&cursor={cursor}"))
            .await
            .is(422);
    }
}

#[tokio::test]
async fn the_most_played_come_first_and_what_was_never_played_follows_by_id() {
    let app = App::start().await;
    let (label, kino, tracks) = catalogue(&app).await;
    let ada = app.listener("ada").await;
    let listens = [(5, 3), (1, 2), (6, 1)]
        .iter()
        .flat_map(|(at, plays)| vec![*at; *plays]);
    let listen = |at: usize| json!({"track_id": tracks[at], "ms_played": 180_000, "event_id": new_id()});
    ada.posts(&listens.map(listen).collect::<Vec<_>>()).await.is(202);
    app.settle().await;
    let expected: Vec<String> = [5, 1, 6, 0, 2, 3, 4].map(|at| tracks[at].clone()).to_vec();
    holds(&app, "tracks/?sort=plays&", &expected).await;
    let first = page(&app, "tracks/?sort=plays&limit=4").await;
    let plays: Vec<Option<u64>> = first.items.iter().map(|item| item.plays).collect();
    assert_eq!(plays, [Some(3), Some(2), Some(1), Some(0)]);
    holds(&app, "artists/?sort=plays&", std::slice::from_ref(&kino)).await;
    holds(&app, "albums/?sort=plays&", &[]).await;

    for filter in ["genre=rock", "year=1988", &format!("artist_id={kino}")] {
        let refused = app
            .http()
            .get(&format!("/api/v1/tracks/?sort=plays&{filter}"))
            .await
            .is(422);
        assert_eq!(refused.faults(), ["sort"], "{filter}");
    }
    app.http().get("/api/v1/albums/?sort=plays&type=album").await.is(422);
    app.http().get("/api/v1/artists/?sort=plays&country=RU").await.is(422);
    app.http().get("/api/v1/tracks/?sort=plays&cursor=x1").await.is(422);

    label
        .deletes_track(tracks[5].parse().map(events::TrackId).unwrap())
        .await;
    app.settle().await;
    eventually("the total is counted again", async || {
        (page(&app, "tracks/?sort=plays&limit=1").await.total == 6).then_some(())
    })
    .await;
    holds(&app, "tracks/?sort=plays&", &expected[1..]).await;
}

#[tokio::test]
async fn without_redis_there_is_no_order_by_plays() {
    let app = App::builder().behind_proxy(Engine::Redis).start().await;
    catalogue(&app).await;
    app.proxy(Engine::Redis).refuse();
    let away = app.http().get("/api/v1/tracks/?sort=plays").await.is(503);
    assert!(!away.header("retry-after").is_empty());
    app.http().get("/api/v1/tracks/").await.is(200);
    app.proxy(Engine::Redis).pass();
}

#[tokio::test]
async fn a_total_is_counted_for_all_who_ask_and_follows_what_is_there() {
    let app = App::start().await;
    let (label, kino, _) = catalogue(&app).await;
    let asks = (0..20).map(|_| async { page(&app, "tracks/?limit=2").await.total });
    let totals = futures_util::future::join_all(asks).await;
    assert_eq!(totals, [7; 20]);
    let artist = kino.parse().map(events::ArtistId).unwrap();
    label.creates_track(artist, "Eighth").await;
    eventually("the total is counted again", async || {
        (page(&app, "tracks/?limit=2").await.total == 8).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_list_with_one_filter_is_read_from_its_index() {
    let app = App::builder().behind_proxy(Engine::Elasticsearch).start().await;
    app.proxy(Engine::Elasticsearch).refuse();
    let label = app.artist_account("label").await;
    let (mut german, mut singles, mut of_1988) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..6 {
        let country = ["DE", "RU"][number % 2];
        let artist = json!({"name": format!("Band {number}"), "country": country});
        let artist = label.http.post("/api/v1/artists/", &artist).await.is(201).id();
        let (kind, released) = (
            ["single", "ep"][number / 3],
            ["1988-01-01", "1988-12-31", "1989-01-01"][number % 3],
        );
        let album = json!({"title": "Noch", "artist_id": artist, "album_type": kind, "release_date": released});
        let album = label
            .http
            .post("/api/v1/albums/", &album)
            .await
            .is(201)
            .id()
            .to_string();
        if country == "DE" {
            german.insert(0, artist.to_string());
        }
        if kind == "single" {
            singles.insert(0, album.clone());
        }
        if released.starts_with("1988") {
            of_1988.insert(0, album);
        }
    }
    holds(&app, "artists/?country=de&", &german).await;
    holds(&app, "albums/?type=single&", &singles).await;
    holds(&app, "albums/?year=1988&", &of_1988).await;
    holds(&app, "albums/?year=1990&", &[]).await;
    for both in [
        "albums/?type=single&year=1988",
        "albums/?type=single&sort=title",
        "artists/?country=DE&genre=rock",
    ] {
        app.http().get(&format!("/api/v1/{both}")).await.is(503);
    }
    app.proxy(Engine::Elasticsearch).pass();
}
