//! What an operator does with the binary.

use access::Tokens;
use events::{PlaylistId, Topic};
use representations::Track;
use serde_json::json;
use tests::{App, PASSWORD, Role};

#[tokio::test]
async fn republishing_heals_a_topic_that_lost_events() {
    let mut app = App::builder().without(Role::Relay).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let track = label.creates_track(kino, "Igra").await;
    let playlist = json!({"title": "Kino", "visibility": "public"});
    let playlist = PlaylistId(label.http.post("/api/v1/playlists/", &playlist).await.is(201).id());
    // Events that were acknowledged and are gone: a topic restored from an old copy.
    app.sql()
        .execute("UPDATE outbox SET published_at = now()", &[])
        .await
        .unwrap();
    app.starts(&[Role::Relay]).await;
    app.settle().await;
    assert_eq!(app.search("kino").await, tests::SearchResults::default());

    for what in ["artists", "albums", "tracks", "playlists"] {
        drop(app.runs(&["republish", what]));
    }
    app.settle().await;
    let found = app.search("kino").await;
    assert_eq!(
        (found.artists, found.albums, found.tracks, found.playlists),
        (vec![kino], vec![album], vec![track], vec![playlist])
    );

    // After a Postgres restore versions are behind the read model's: they are bumped beyond them.
    drop(app.runs(&["republish", "tracks", "--bump", "100"]));
    app.settle().await;
    let last = app.records(Topic::Tracks).await.pop().expect("an event");
    let shown: Track = app.http().read_as(&format!("/api/v1/tracks/{track}")).await;
    assert_eq!((last.event().0.sequence, shown.version), (Some(101), 101));
    label.retitles(track, "Spokoynaya").await;
    app.settle().await;
    assert_eq!(app.search("spokoynaya").await.tracks, [track]);
}

#[tokio::test]
async fn the_first_admin_is_made_on_the_command_line() {
    let app = App::start().await;
    let arguments = [
        "users",
        "create",
        "--username",
        "root",
        "--email",
        "root@example.org",
        "--role",
        "admin",
    ];
    drop(app.runs_with(&arguments, &[("JONQUIL_NEW_PASSWORD", PASSWORD)]));
    let login = json!({"username": "root", "password": PASSWORD});
    let signed_in = app.http().post("/api/v1/auth/login-json", &login).await.is(200);
    let root = app.http().with(&signed_in.parse::<Tokens>().access_token);
    let me = root.get("/api/v1/auth/me").await.is(200);
    me.shows(json!({"role": "admin"}));
}
