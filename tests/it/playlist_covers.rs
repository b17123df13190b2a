//! The four covers of a playlist.

use events::{AlbumId, ArtistId, TrackId};
use image::{ImageFormat, Rgb, RgbImage};
use read_api::OpenPlaylist;
use representations::{Playlist, StoredFile};
use serde_json::json;
use tests::{App, Person};

use crate::s3_objects::{COVERS, sends};

/// The address of a picture of this shade.
async fn sends_cover(label: &Person, shade: u8) -> StoredFile {
    let mut png = std::io::Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(30, 20, Rgb([shade; 3]));
    picture.write_to(&mut png, ImageFormat::Png).unwrap();
    sends(label, COVERS, png.into_inner()).await.is(201).parse()
}

/// An album with a cover of its own, a track of it, and where the cover is read.
async fn album(label: &Person, artist: ArtistId, shade: u8) -> (AlbumId, TrackId, String) {
    let cover = sends_cover(label, shade).await;
    let fields = json!({"title": format!("Album {shade}"), "artist_id": artist, "cover_key": cover.s3_key});
    let album = AlbumId(label.http.post("/api/v1/albums/", &fields).await.is(201).id());
    (album, track_on(label, artist, Some(album)).await, cover.url)
}

async fn track_on(label: &Person, artist: ArtistId, album: Option<AlbumId>) -> TrackId {
    let fields = json!({"title": "Song", "artist_id": artist, "album_id": album});
    label.creates_track_with(&fields).await
}

async fn makes(person: &Person, tracks: &[TrackId]) -> Playlist {
    let fields = json!({"title": "Road", "visibility": "public", "track_ids": tracks});
    person.http.post("/api/v1/playlists/", &fields).await.is(201).parse()
}

#[tokio::test]
async fn the_first_four_covers_stand_for_a_playlist_each_once() {
    let app = App::without_read_models().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let kino = label.creates_artist("Kino").await;
    let mut albums = Vec::new();
    for shade in 0..5 {
        albums.push(album(&label, kino, shade).await);
    }
    let again = track_on(&label, kino, Some(albums[0].0)).await;
    let bare = track_on(&label, kino, None).await;
    let [first, second, third, fourth, fifth] = &albums[..] else {
        panic!("five albums")
    };
    let tracks = [second.1, bare, second.1, first.1, again, third.1, fourth.1, fifth.1];
    let playlist = makes(&ada, &tracks).await;
    assert_eq!(playlist.cover_urls, [&*second.2, &first.2, &third.2, &fourth.2]);
    app.http().get(&playlist.cover_urls[0]).await.is(200);
    assert_eq!(makes(&ada, &[bare]).await.cover_urls, Vec::<String>::new());
    // An uploaded file brings a picture of its own; that of the album, if there is one, stands for all of it.
    let own = sends_cover(&label, 9).await;
    let brought = "UPDATE tracks SET cover_key = $1 WHERE id = ANY($2)";
    let brought_by = vec![bare.0, again.0];
    app.sql().execute(brought, &[&own.s3_key, &brought_by]).await.unwrap();
    assert_eq!(makes(&ada, &[again, bare]).await.cover_urls, [&*first.2, &own.url]);

    // What is taken down or gone shows nothing; what stands after it does.
    let root = app.admin("root").await;
    let down = json!({"type": "album", "id": first.0, "reason": "The rights are elsewhere."});
    root.http.post("/api/v1/admin/takedowns", &down).await.is(201);
    label.deletes_track(third.1).await;
    let shown: OpenPlaylist = ada.http.read_as(&format!("/api/v1/playlists/{}", playlist.id)).await;
    let left = [&*second.2, &own.url, &fourth.2, &fifth.2];
    assert_eq!(shown.playlist.cover_urls, left);
}
