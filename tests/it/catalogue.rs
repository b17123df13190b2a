//! The catalogue: what is written is found, what is changed is changed everywhere, what is gone stays gone.

use events::{AlbumId, ArtistId, Change, Encoded, Event, Kind, Topic, TrackId};
use http_kit::Page;
use representations::{Artist, Track};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, SearchResults, new_id};
use uuid::Uuid;

fn late(record: &tests::Record, topic: Topic) -> Encoded {
    let (meta, _) = record.event();
    Encoded {
        topic,
        key: Some(record.key.clone()),
        sequence: meta.sequence,
        payload: record.payload.clone(),
    }
}

async fn artist(app: &App, id: ArtistId) -> Artist {
    app.http().read_as(&format!("/api/v1/artists/{id}")).await
}

async fn track(app: &App, id: TrackId) -> Track {
    app.http().read_as(&format!("/api/v1/tracks/{id}")).await
}

#[tokio::test]
async fn a_deleted_track_stays_gone_when_its_older_events_come_late() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Pachka sigaret").await;
    app.settle().await;
    assert_eq!(app.search("pachka").await.tracks, [track]);

    label.retitles(track, "Spokoynaya noch").await;
    app.settle().await;
    assert_eq!(app.search("pachka").await.tracks, []);
    assert_eq!(app.search("spokoynaya").await.tracks, [track]);

    label.deletes_track(track).await;
    app.settle().await;
    assert_eq!(app.search("spokoynaya").await.tracks, []);
    app.http().get(&format!("/api/v1/tracks/{track}")).await.is(404);

    let published = app.records(Topic::Tracks).await;
    assert_eq!(published.len(), 3);
    let older: Vec<_> = published[..2]
        .iter()
        .map(|record| late(record, Topic::Tracks))
        .collect();
    app.publishes(&older).await;
    app.settle().await;
    for words in ["pachka", "spokoynaya"] {
        assert_eq!(app.search(words).await, SearchResults::default());
        assert_eq!(app.indexed(Kind::Track, words).await, Vec::<Uuid>::new());
    }
    assert_eq!(app.indexed(Kind::Artist, "kino").await, [kino.0]);
}

#[tokio::test]
async fn a_renamed_artist_is_found_by_the_new_name_only() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let song = label.creates_track(kino, "Igra").await;
    label.renames(kino, "Группа крови").await;
    app.settle().await;

    let nothing = app.search("kino").await;
    assert_eq!(nothing, SearchResults::default());
    let found = app.search("gruppa krovi").await;
    assert_eq!(
        found,
        SearchResults {
            artists: vec![kino],
            albums: vec![album],
            tracks: vec![song],
            playlists: Vec::new(),
        }
    );
    assert_eq!(track(&app, song).await.artist.name, "Группа крови");

    let last = app.records(Topic::Tracks).await.pop().expect("events");
    let (meta, Event::Track(Change::Updated(state))) = last.event() else {
        panic!("an update")
    };
    assert_eq!((meta.sequence, state.artist.name.as_str()), (Some(2), "Группа крови"));
}

#[tokio::test]
async fn a_rename_reaches_the_tracks_that_are_created_meanwhile() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let artist = label.creates_artist("Before").await;
    let creates = async {
        let mut tracks = Vec::new();
        for number in 0..20 {
            tracks.push(label.creates_track(artist, &format!("Song {number}")).await);
        }
        tracks
    };
    let renames = async {
        for number in 0..8 {
            label.renames(artist, &format!("Name {number}")).await;
        }
        label.renames(artist, "After").await;
    };
    let (tracks, ()) = tokio::join!(creates, renames);
    app.settle().await;

    let mut last = std::collections::HashMap::new();
    for record in app.records(Topic::Tracks).await {
        let (_, Event::Track(change)) = record.event() else {
            panic!("a track")
        };
        last.insert(record.key.clone(), change.state().expect("a state").artist.name.clone());
    }
    for track in &tracks {
        assert_eq!(last[&track.to_string()], "After", "{track}");
    }
    let found: Page<Track> = app.http().read_as("/api/v1/tracks/search/?q=after&limit=100").await;
    assert_eq!(found.total, tracks.len() as u64);
}

#[tokio::test]
async fn a_stale_if_match_changes_nothing() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let path = format!("/api/v1/artists/{kino}");
    let put = async |condition: &str, name: &str| {
        let request = label
            .http
            .request(Method::PUT, &path)
            .header("If-Match", condition)
            .json(&json!({"name": name}));
        label.http.send(request).await
    };
    put("\"1\"", "One").await.is(200);
    put("\"1\"", "Two").await.is(412);
    put("W/\"2\"", "Two").await.is(412);
    put("\"7\", \"2\"", "Three").await.is(200);
    put("*", "Four").await.is(200);
    let stale = label.http.request(Method::DELETE, &path).header("If-Match", "\"3\"");
    label.http.send(stale).await.is(412);
    assert_eq!(artist(&app, kino).await.name, "Four");
}

#[tokio::test]
async fn an_absent_field_stays_and_null_clears() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let all =
        json!({"name": "Kino", "bio": "A band", "country": "RU", "genres": ["rock"], "external_ids": {"spotify": "x"}});
    let id = label.http.post("/api/v1/artists/", &all).await.is(201).id();
    let path = format!("/api/v1/artists/{id}");
    label.http.put(&path, &json!({"country": null})).await.is(200);
    app.http()
        .get(&path)
        .await
        .is(200)
        .shows(json!({"bio": "A band", "country": null, "genres": ["rock"], "external_ids": {"spotify": "x"}}));
    assert_eq!(
        label.http.put(&path, &json!({"name": null})).await.is(422).faults(),
        ["name"]
    );

    let album = label.creates_album(ArtistId(id), "Noch").await;
    let song = json!({"title": "Igra", "artist_id": id, "album_id": album, "duration_ms": 1000, "track_number": 2});
    let song = label.creates_track_with(&song).await;
    label
        .http
        .put(
            &format!("/api/v1/tracks/{song}"),
            &json!({"album_id": null, "duration_ms": null}),
        )
        .await
        .is(200);
    let song = track(&app, song).await;
    assert_eq!((song.album, song.duration_ms, song.track_number), (None, None, Some(2)));
}

#[tokio::test]
async fn an_artist_with_tracks_is_deleted_only_with_all_that_is_theirs() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let track = json!({"title": "Igra", "artist_id": kino, "album_id": album});
    let track = label.creates_track_with(&track).await;
    label.http.delete(&format!("/api/v1/artists/{kino}")).await.is(409);
    label
        .http
        .delete(&format!("/api/v1/artists/{kino}?cascade=true"))
        .await
        .is(204);
    for path in [
        format!("artists/{kino}"),
        format!("albums/{album}"),
        format!("tracks/{track}"),
    ] {
        app.http().get(&format!("/api/v1/{path}")).await.is(404);
    }
    app.settle().await;
    for words in ["kino", "noch", "igra"] {
        assert_eq!(app.search(words).await, SearchResults::default(), "{words}");
        for kind in Kind::ALL {
            assert_eq!(app.indexed(kind, words).await, Vec::<Uuid>::new(), "{words}");
        }
    }
}

#[tokio::test]
async fn an_artist_never_takes_the_works_of_others_along() {
    let app = App::start().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let admin = app.admin("root").await;
    let kino = label.creates_artist("Kino").await;
    label.creates_track(kino, "Igra").await;
    let theirs = other.creates_track(kino, "Cover").await;
    let path = format!("/api/v1/artists/{kino}?cascade=true");
    label.http.delete(&path).await.is(409);
    assert_eq!(track(&app, theirs).await.version, 1);
    admin.http.delete(&path).await.is(204);
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 0);
}

#[tokio::test]
async fn tracks_outlive_their_album() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album: AlbumId = label.creates_album(kino, "Noch").await;
    let song = json!({"title": "Igra", "artist_id": kino, "album_id": album});
    let song: TrackId = label.creates_track_with(&song).await;
    label.http.delete(&format!("/api/v1/albums/{album}")).await.is(204);
    let left = track(&app, song).await;
    assert_eq!((left.album, left.version), (None, 2));
    app.settle().await;
    assert_eq!(app.indexed(Kind::Album, "noch").await, Vec::<Uuid>::new());
    assert_eq!(app.indexed(Kind::Track, "noch").await, Vec::<Uuid>::new());
    assert_eq!(app.search("igra").await.tracks, [song]);
}

#[tokio::test]
async fn what_is_not_understood_is_refused_by_name() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let faults = async |path: &str, body: Value| label.http.post(path, &body).await.is(422).faults();
    assert_eq!(
        faults("/api/v1/artists/", json!({"name": "A", "nmae": "B"})).await,
        ["nmae"]
    );
    assert_eq!(faults("/api/v1/artists/", json!({})).await, ["name"]);
    assert_eq!(faults("/api/v1/artists/", json!({"name": 7})).await, ["name"]);
    assert_eq!(
        faults("/api/v1/artists/", json!({"name": "A", "country": "Russia"})).await,
        ["country"]
    );
    assert_eq!(
        faults("/api/v1/tracks/", json!({"title": "A", "artist_id": new_id()})).await,
        ["artist_id"]
    );
    let nowhere = json!({"title": "A", "artist_id": kino, "album_id": new_id()});
    assert_eq!(faults("/api/v1/tracks/", nowhere).await, ["album_id"]);
    for path in ["artists", "albums", "tracks", "users"] {
        app.http().get(&format!("/api/v1/{path}/{}", new_id())).await.is(404);
        app.http().get(&format!("/api/v1/{path}/no-uuid")).await.is(404);
    }
    label
        .http
        .put("/api/v1/tracks/no-uuid", &json!({"title": "A"}))
        .await
        .is(404);
    label.http.delete(&format!("/api/v1/albums/{}", new_id())).await.is(404);
    assert_eq!(
        app.http().get("/api/v1/tracks/?limit=101").await.is(422).faults(),
        ["limit"]
    );
    assert_eq!(
        app.http().get("/api/v1/tracks/?limit=many").await.is(422).faults(),
        ["limit"]
    );
    assert_eq!(
        app.http().get("/api/v1/tracks/?offset=10001").await.is(422).faults(),
        ["offset"]
    );
}

#[tokio::test]
async fn only_the_owner_or_an_admin_changes_a_thing() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let other: Person = app.artist_account("other").await;
    let admin = app.admin("root").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let track = label.creates_track(kino, "Igra").await;
    for path in [
        format!("tracks/{track}"),
        format!("albums/{album}"),
        format!("artists/{kino}"),
    ] {
        let path = format!("/api/v1/{path}");
        other.http.put(&path, &json!({"genres": ["pop"]})).await.is(403);
        other.http.delete(&path).await.is(403);
        app.http().delete(&path).await.is(401);
        admin.http.put(&path, &json!({"genres": ["rock"]})).await.is(200);
    }
    let bound = json!({"name": "Mine", "user_id": label.id});
    other.http.post("/api/v1/artists/", &bound).await.is(403);
    let own = label.http.post("/api/v1/artists/", &bound).await.is(201).id();
    label.http.post("/api/v1/artists/", &bound).await.is(409);
    let of_user = app
        .http()
        .get(&format!("/api/v1/artists/by-user/{}", label.id))
        .await
        .is(200);
    assert_eq!(of_user.id(), own);
    let (account, artist) = (other.id, new_id());
    for path in [
        format!("artists/by-user/{account}"),
        format!("artists/by-user/{artist}"),
        format!("albums/{artist}/tracks"),
        format!("albums/artist/{artist}"),
        format!("artists/{artist}/albums"),
        format!("artists/{artist}/tracks"),
    ] {
        app.http().get(&format!("/api/v1/{path}")).await.is(404);
    }
}

#[tokio::test]
async fn a_key_that_the_database_cannot_hold_is_refused_as_one_that_is_not_there() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let fields = json!({"name": "Kino", "cover_key": "covers/\0"});
    let refused = label.http.post("/api/v1/artists/", &fields).await.is(422);
    refused.shows(json!({"errors": [{"field": "cover_key"}]}));
    let kino = label.creates_artist("Kino").await;
    let fields = json!({"title": "Igra", "artist_id": kino, "s3_key": "\0"});
    let refused = label.http.post("/api/v1/tracks/", &fields).await.is(422);
    refused.shows(json!({"errors": [{"field": "s3_key"}]}));
    label.http.get("/api/v1/s3/tracks/%00/stream").await.is(404);
    label.http.delete("/api/v1/s3/tracks/%00").await.is(404);
}
