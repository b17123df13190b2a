//! What people like, whom they follow, and what they keep for the next device.

use events::{Event, Topic, TrackId, UserId};
use http_kit::{History, Page};
use read_api::{FavouriteIds, LikedItem, QueuedTracks};
use representations::{Album, Artist, Favourite, PlayQueue};
use serde_json::{Value, json};
use tests::{Answer, App, Person, new_id};

fn of(person: &Person, rest: &str) -> String {
    format!("/api/v1/users/{}/{rest}", person.id)
}

async fn puts(person: &Person, rest: &str) -> Answer {
    person.http.put(&of(person, rest), &json!({})).await
}

#[tokio::test]
async fn what_people_like_is_kept_in_order_and_published_under_the_pseudonym() {
    let app = App::without_read_models().await;
    let (label, ada, bob) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.listener("bob").await,
    );
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let track = label.creates_track(kino, "Igra").await;
    for liked in [
        format!("track/{track}"),
        format!("album/{album}"),
        format!("artist/{kino}"),
    ] {
        let added: Favourite = puts(&ada, &format!("favourites/{liked}")).await.is(200).parse();
        let again: Favourite = puts(&ada, &format!("favourites/{liked}")).await.is(200).parse();
        assert_eq!(added, again, "twice is once");
        let seen: Favourite = ada.http.read_as(&of(&ada, &format!("favourites/{liked}"))).await;
        assert_eq!(seen, added);
    }
    let listed: History<LikedItem> = ada.http.read_as(&of(&ada, "favourites?limit=2")).await;
    let kinds: Vec<_> = listed.items.iter().map(|item| item.favourite.kind.name()).collect();
    assert_eq!(kinds, ["artist", "album"]);
    assert_eq!(listed.items[1].album.as_ref().unwrap().title, "Noch");
    let cursor = listed.next_cursor.unwrap();
    let rest: History<LikedItem> = ada
        .http
        .read_as(&of(&ada, &format!("favourites?limit=2&cursor={cursor}")))
        .await;
    assert_eq!((rest.items.len(), rest.next_cursor), (1, None));
    assert_eq!(rest.items[0].track.as_ref().unwrap().title, "Igra");
    let albums: History<LikedItem> = ada.http.read_as(&of(&ada, "favourites?type=album")).await;
    assert_eq!(albums.items.len(), 1);
    let ids: FavouriteIds = ada.http.read_as(&of(&ada, "favourites/ids")).await;
    assert_eq!(
        (ids.tracks, ids.albums, ids.artists),
        (vec![track.0], vec![album.0], vec![kino.0])
    );

    ada.http
        .delete(&of(&ada, &format!("favourites/track/{track}")))
        .await
        .is(204);
    ada.http
        .delete(&of(&ada, &format!("favourites/track/{track}")))
        .await
        .is(404);
    ada.http
        .get(&of(&ada, &format!("favourites/track/{track}")))
        .await
        .is(404);
    let own: FavouriteIds = bob.http.read_as(&of(&bob, "favourites/ids")).await;
    assert_eq!(own, FavouriteIds::default());

    app.settle_outbox().await;
    likes_are_published_under_the_pseudonym(&app, &ada, track).await;
}

async fn likes_are_published_under_the_pseudonym(app: &App, ada: &Person, removed_track: TrackId) {
    let listener = "SELECT listener_id::text FROM users WHERE id = $1";
    let listener: String = app.sql().query_one(listener, &[&ada.id.0]).await.unwrap().get(0);
    let records = app.records(Topic::Favourites).await;
    assert_eq!(records.len(), 4, "an event each, and none for doing it twice");
    for record in &records {
        assert_eq!(record.key, listener);
        assert!(!String::from_utf8_lossy(&record.payload).contains(&ada.id.to_string()));
    }
    let Event::FavouriteRemoved(removed) = records[3].event().1 else {
        panic!("{:?}", records[3])
    };
    assert_eq!(removed.id, removed_track.0);
}

#[tokio::test]
async fn what_is_gone_is_not_liked_and_ones_likes_are_ones_own() {
    let app = App::without_read_models().await;
    let (label, ada, bob) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.listener("bob").await,
    );
    let root = app.admin("root").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    let liked = format!("favourites/track/{track}");
    for (path, status) in [
        (format!("favourites/track/{}", new_id()), 404),
        (format!("favourites/album/{track}"), 404),
        (format!("favourites/song/{track}"), 404),
        ("favourites/track/x".to_owned(), 404),
        (format!("following/{}", new_id()), 404),
    ] {
        puts(&ada, &path).await.is(status);
    }
    for rest in [
        liked.as_str(),
        "favourites",
        "favourites/ids",
        "following",
        "new-releases",
        "queue",
        "queue/tracks",
        "preferences",
    ] {
        bob.http.get(&of(&ada, rest)).await.is(403);
        app.http().get(&of(&ada, rest)).await.is(401);
        let nobody = format!("/api/v1/users/{}/{rest}", UserId(new_id()));
        bob.http.get(&nobody).await.is(404);
    }
    bob.http.put(&of(&ada, &liked), &json!({})).await.is(403);
    root.http.put(&of(&ada, &liked), &json!({})).await.is(200);
    root.http.get(&of(&ada, &liked)).await.is(200);
    for (query, field) in [("type=song", "type"), ("limit=0", "limit"), ("cursor=x", "cursor")] {
        assert_eq!(
            ada.http
                .get(&of(&ada, &format!("favourites?{query}")))
                .await
                .is(422)
                .faults(),
            [field]
        );
    }
    label.deletes_track(track).await;
    let listed: History<LikedItem> = ada.http.read_as(&of(&ada, "favourites")).await;
    assert!(listed.items.is_empty(), "what was deleted is left out");
    a_playlist_is_liked_while_it_is_public(&ada, &bob, &label).await;
    let many = "INSERT INTO favourites SELECT id, 'track', gen_random_uuid(), now() \
                FROM users, generate_series(1, 20000) WHERE username = 'bob'";
    app.sql().execute(many, &[]).await.unwrap();
    puts(&bob, &format!("favourites/artist/{kino}")).await.is(409);
}

/// One of bob's; what is private now is neither shown to others nor liked anew.
async fn a_playlist_is_liked_while_it_is_public(ada: &Person, bob: &Person, other: &Person) {
    let fields = json!({"title": "Road", "visibility": "public"});
    let playlist = bob.http.post("/api/v1/playlists/", &fields).await.is(201).id();
    let liked = format!("favourites/playlist/{playlist}");
    puts(ada, &liked).await.is(200);
    let shown = async || {
        let page = ada.http.get(&of(ada, "favourites?type=playlist")).await.is(200);
        page.json()["items"].as_array().unwrap().clone()
    };
    tests::shows(
        &json!(shown().await),
        json!([{"playlist": {"id": playlist, "title": "Road"}}]),
    );
    let private = json!({"visibility": "private"});
    bob.http
        .put(&format!("/api/v1/playlists/{playlist}"), &private)
        .await
        .is(200);
    assert_eq!(shown().await, Vec::<Value>::new());
    puts(other, &liked).await.is(404);
}

#[tokio::test]
async fn the_albums_of_followed_artists_are_listed_by_their_release() {
    let app = App::without_read_models().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let (kino, mu, other) = (
        label.creates_artist("Kino").await,
        label.creates_artist("Zvuki Mu").await,
        label.creates_artist("Other").await,
    );
    let creates = async |body: Value| label.http.post("/api/v1/albums/", &body).await.is(201).id();
    let old =
        creates(json!({"title": "Old", "artist_id": kino, "album_type": "album", "release_date": "1988-01-05"})).await;
    let both = creates(
        json!({"title": "Both", "album_type": "album", "release_date": "1999-01-01", "credits": [
        {"artist_id": kino, "role": "main"}, {"artist_id": mu, "role": "featured"}]}),
    )
    .await;
    let undated = creates(json!({"title": "Undated", "artist_id": mu, "album_type": "album"})).await;
    creates(json!({"title": "Not followed", "artist_id": other, "album_type": "album"})).await;
    let releases = async || {
        let page: Page<Album> = ada.http.read_as(&of(&ada, "new-releases")).await;
        (
            page.items.into_iter().map(|album| album.id.0).collect::<Vec<_>>(),
            page.total,
        )
    };
    assert_eq!(releases().await, (Vec::new(), 0));
    for artist in [kino, mu] {
        puts(&ada, &format!("following/{artist}")).await.is(200);
        puts(&ada, &format!("following/{artist}")).await.is(200);
    }
    assert_eq!(releases().await, (vec![both, old, undated], 3));
    let page: Page<Album> = ada.http.read_as(&of(&ada, "new-releases?limit=1&offset=1")).await;
    assert_eq!((page.items[0].id.0, page.total), (old, 3));
    let followed: Page<Artist> = ada.http.read_as(&of(&ada, "following")).await;
    let names: Vec<_> = followed.items.iter().map(|artist| artist.name.as_str()).collect();
    assert_eq!(names, ["Zvuki Mu", "Kino"]);
    ada.http.delete(&of(&ada, &format!("following/{mu}"))).await.is(204);
    ada.http.delete(&of(&ada, &format!("following/{mu}"))).await.is(404);
    ada.http.get(&of(&ada, &format!("following/{mu}"))).await.is(404);
    ada.http.get(&of(&ada, &format!("following/{kino}"))).await.is(200);
    assert_eq!(releases().await, (vec![both, old], 2));
    label
        .http
        .delete(&format!("/api/v1/artists/{kino}?cascade=true"))
        .await
        .is(204);
    assert_eq!(releases().await, (Vec::new(), 0));
}

#[tokio::test]
async fn a_queue_goes_on_at_the_next_device() {
    let app = App::without_read_models().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let path = of(&ada, "queue");
    let empty = ada.http.get(&path).await.is(200);
    assert_eq!(empty.header("etag"), "\"0\"");
    empty
        .shows(json!({"track_ids": [], "index": 0, "position_ms": 0, "repeat": "off", "shuffle": false, "version": 0}));
    let tracks: Vec<_> = (0..10_000).map(|_| new_id()).collect();
    let kept = ada
        .http
        .put(&path, &json!({"track_ids": tracks, "index": 7, "shuffle": true}))
        .await
        .is(200);
    assert_eq!(kept.header("etag"), "\"1\"");
    ada.http
        .put(&path, &json!({"position_ms": 93_000, "repeat": "all"}))
        .await
        .is(200);
    let queue: PlayQueue = ada.http.read_as(&path).await;
    assert_eq!(
        (queue.track_ids.len(), queue.index, queue.position_ms, queue.version),
        (10_000, 7, 93_000, 2)
    );
    assert!(queue.shuffle && queue.updated_at.is_some());
    let stale = ada
        .http
        .request(reqwest::Method::PUT, &path)
        .header("if-match", "\"1\"");
    ada.http.send(stale.json(&json!({"index": 1}))).await.is(412);
    for (body, field) in [
        (json!({"index": 10_000}), "index"),
        (json!({"track_ids": []}), ""),
        (json!({"position_ms": -1}), "position_ms"),
        (json!({"repeat": "twice"}), "repeat"),
        (json!({"shuffle": null}), "shuffle"),
        (json!({"tracks": []}), "tracks"),
    ] {
        let answer = ada.http.put(&path, &body).await;
        if field.is_empty() {
            answer.is(200);
        } else {
            assert_eq!(answer.is(422).faults(), [field], "{body}");
        }
    }
    bob.http.put(&path, &json!({})).await.is(403);
}

#[tokio::test]
async fn the_next_device_shows_the_tracks_of_a_queue() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let song = label.creates_track(kino, "Spokoynaya noch").await;
    let part =
        async |query: &str| -> QueuedTracks { ada.http.read_as(&of(&ada, &format!("queue/tracks{query}"))).await };
    let empty = part("").await;
    assert_eq!((empty.version, empty.total, empty.items.len()), (0, 0, 0));
    let queue = json!({"track_ids": [song, new_id(), song]});
    ada.http.put(&of(&ada, "queue"), &queue).await.is(200);
    let shown = |part: &QueuedTracks| -> Vec<Option<String>> {
        let titles = part.items.iter().map(|track| Some(track.as_ref()?.title.clone()));
        titles.collect()
    };
    let title = Some("Spokoynaya noch".to_owned());
    let whole = part("").await;
    assert_eq!((whole.version, whole.total), (1, 3));
    assert_eq!(shown(&whole), [title.clone(), None, title.clone()]);
    assert_eq!(shown(&part("?offset=1&limit=1").await), [None]);
    assert_eq!(shown(&part("?offset=2&limit=500").await), [title]);
    assert_eq!(shown(&part("?offset=3").await), []);
    for (query, field) in [("offset=10000", "offset"), ("limit=501", "limit"), ("limit=0", "limit")] {
        let answer = ada.http.get(&of(&ada, &format!("queue/tracks?{query}"))).await;
        assert_eq!(answer.is(422).faults(), [field], "{query}");
    }
}
