//! Which artist and which album a file means.

use std::sync::atomic::{AtomicU32, Ordering};

use representations::{Album, Artist, Track};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use tests::{App, Container, Person};

/// Files with other titles are other files.
static SONGS: AtomicU32 = AtomicU32::new(1);

const ONE: &str = "f9b7d6e0-6b1c-4d0e-9d3a-2b6a5b1f7e11";
const OTHER: &str = "0c1d2e3f-1111-4222-8333-444455556666";

/// Uploads a file with these tags, whose title nobody else has.
async fn uploads(by: &Person, tags: &[(&str, &str)]) -> Track {
    let title = format!("Song {}", SONGS.fetch_add(1, Ordering::Relaxed));
    let file = Container::Mp3.bytes(&[&[("title", title.as_str())], tags].concat());
    let form = Form::new().part("file", Part::bytes(file).file_name("song.mp3"));
    let request = by.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    by.http.send(request.multipart(form)).await.is(201).parse()
}

async fn artist_of(by: &Person, track: &Track) -> Artist {
    let path = format!("/api/v1/artists/{}", track.artist.id);
    by.http.get(&path).await.is(200).parse()
}

async fn album_of(by: &Person, tags: &[(&str, &str)]) -> Album {
    let track = uploads(by, tags).await;
    let path = format!("/api/v1/albums/{}", track.album.expect("an album").id);
    by.http.get(&path).await.is(200).parse()
}

#[tokio::test]
async fn ids_keep_artists_apart_or_together_before_names_do() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let named = uploads(&label, &[("artist", "Kino")]).await;
    let identified = uploads(&label, &[("artist", "KINO"), ("artist_id", ONE)]).await;
    assert_eq!(identified.artist.id, named.artist.id, "an id fills the gap");
    assert_eq!(artist_of(&label, &named).await.external_ids["mbid"], ONE);

    let other = uploads(&label, &[("artist", "Kino"), ("artist_id", OTHER)]).await;
    assert_ne!(other.artist.id, named.artist.id, "two ids are two artists");
    let again = uploads(&label, &[("artist", "Kino"), ("artist_id", OTHER)]).await;
    assert_eq!(again.artist.id, other.artist.id);
    assert_eq!(uploads(&label, &[("artist", "Kino")]).await.artist.id, named.artist.id);

    let cyrillic = uploads(&label, &[("artist", "Кино"), ("artist_id", ONE)]).await;
    assert_eq!(cyrillic.artist.id, named.artist.id, "one id is one artist");
    assert_eq!(cyrillic.artist_line, "Кино", "shown as the file has it");
}

#[tokio::test]
async fn an_id_in_a_file_is_not_written_into_anothers_profile() {
    let app = App::start().await;
    let (kino, label) = (app.artist_account("kino").await, app.artist_account("label").await);
    let profile = kino.creates_artist("Kino").await;
    let body = serde_json::json!({ "user_id": kino.id });
    kino.http
        .put(&format!("/api/v1/artists/{profile}"), &body)
        .await
        .is(200);
    let track = uploads(&label, &[("artist", "Kino"), ("artist_id", ONE)]).await;
    assert_eq!(track.artist.id, profile);
    assert!(artist_of(&label, &track).await.external_ids.is_empty());
    let track = uploads(&kino, &[("artist", "Kino"), ("artist_id", ONE)]).await;
    assert_eq!(artist_of(&label, &track).await.external_ids["mbid"], ONE);
}

#[tokio::test]
async fn albums_named_as_their_artist_are_told_apart_by_their_years() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let album = async |title: &str, date: &str| {
        let tags = [("artist", "Weezer"), ("album", title), ("date", date)];
        album_of(&label, &tags).await.id
    };
    let blue = album("Weezer", "1994").await;
    assert_ne!(album("WEEZER", "2001-05-15").await, blue);
    assert_eq!(album("weezer", "1994-05-10").await, blue);
    assert_eq!(album("Weezer", "").await, blue, "without a year it is the first");
    assert_eq!(album("Pinkerton", "1996").await, album("Pinkerton", "1997").await);
}

#[tokio::test]
async fn ids_keep_albums_apart_or_together_before_titles_do() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let album = async |title: &str, tags: &[(&str, &str)]| {
        let tags = [&[("artist", "Kino"), ("album", title)], tags].concat();
        album_of(&label, &tags).await
    };
    let first = album("46", &[]).await.id;
    let identified = album("46", &[("album_id", ONE)]).await;
    assert_eq!((identified.id, identified.external_ids["mbid"].as_str()), (first, ONE));
    assert_ne!(album("46", &[("album_id", OTHER)]).await.id, first);
    assert_eq!(album("Forty-six", &[("album_id", ONE)]).await.id, first);
    assert_eq!(app.number("SELECT count(*) FROM albums").await, 2);
}

#[tokio::test]
async fn a_compilation_is_one_album_by_various_artists() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let compilations: [&[(&str, &str)]; 5] = [
        &[("artist", "A"), ("compilation", "1")],
        &[("artist", "B"), ("compilation", "1")],
        &[("artist", "C"), ("album_artist", "Various Artists")],
        &[("artist", "D"), ("album_artist", "VA"), ("compilation", "1")],
        &[
            ("artist", "E"),
            ("album_artist", "various  artists"),
            ("compilation", "0"),
        ],
    ];
    let mut ids = Vec::new();
    for tags in compilations {
        let album = album_of(&label, &[&[("album", "Hits")], tags].concat()).await;
        assert_eq!(album.artist.name, "Various Artists");
        assert_eq!(album.album_type, events::AlbumType::Compilation);
        ids.push(album.id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let best = album_of(
        &label,
        &[
            ("album", "Hits"),
            ("artist", "Queen & Bowie"),
            ("album_artist", "Queen"),
            ("compilation", "1"),
        ],
    )
    .await;
    assert_eq!(
        (best.artist.name.as_str(), best.album_type),
        ("Queen", events::AlbumType::Compilation.into())
    );
    let plain = album_of(&label, &[("album", "Hits"), ("artist", "F"), ("compilation", "0")]).await;
    assert_eq!(
        (plain.artist.name.as_str(), plain.album_type),
        ("F", events::AlbumType::Album.into())
    );
}

#[tokio::test]
async fn names_from_before_are_found_after_the_migration() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let tags = [("artist", "Straße"), ("album", "Größe")];
    let before = uploads(&label, &tags).await;
    // What the migration leaves for its second part.
    let emptied = "UPDATE artists SET name_key = ''; UPDATE albums SET title_key = ''";
    app.sql().batch_execute(emptied).await.expect("emptied");
    let _ = app.runs(&["migrate"]);
    let after = uploads(&label, &[("artist", "STRASSE"), ("album", "GRÖSSE")]).await;
    assert_eq!(after.artist.id, before.artist.id);
    assert_eq!(after.album.map(|album| album.id), before.album.map(|album| album.id));
}
