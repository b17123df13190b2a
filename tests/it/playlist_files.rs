//! Playlists as files: what is exported is imported again, and real files give a report.

use events::TrackId;
use read_api::OpenPlaylist;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{Answer, App, Person, eventually, shared_data};
use uuid::Uuid;
use write_api::ImportedPlaylist;

async fn imports(person: &Person, name: &str, bytes: Vec<u8>, title: Option<&str>) -> Answer {
    let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
    let form = match title {
        Some(title) => form.text("title", title.to_owned()),
        None => form,
    };
    let request = person.http.request(Method::POST, "/api/v1/playlists/import");
    person.http.send(request.multipart(form)).await
}

async fn tracks_of(person: &Person, playlist: Uuid) -> Vec<TrackId> {
    let open: OpenPlaylist = person.http.read_as(&format!("/api/v1/playlists/{playlist}")).await;
    open.items.iter().map(|item| item.track.as_ref().unwrap().id).collect()
}

#[tokio::test]
async fn what_is_exported_is_imported_again() {
    let app = App::start().await;
    let (ada, bob) = (app.artist_account("ada").await, app.listener("bob").await);
    let kino = ada.creates_artist("Кино").await;
    let igra = ada.creates_track(kino, "Игра & <more>").await;
    let noch = ada.creates_track(kino, "Noch").await;
    let gone = ada.creates_track(kino, "Gone").await;
    let far = ["far"; 200].join("\n");
    let fields =
        json!({"title": "Road", "description": far, "visibility": "public", "track_ids": [noch, igra, gone, noch]});
    let id = ada.http.post("/api/v1/playlists/", &fields).await.is(201).id();
    ada.deletes_track(gone).await;
    for (format, content_type, surest) in [
        ("m3u8", "audio/x-mpegurl; charset=utf-8", 1.0),
        ("xspf", "application/xspf+xml; charset=utf-8", 1.0),
        ("jspf", "application/jspf+json", 1.0),
    ] {
        let path = format!("/api/v1/playlists/{id}/export?format={format}");
        let file = ada.http.get(&path).await.is(200);
        assert_eq!(file.header("content-type"), content_type);
        assert_eq!(
            file.header("content-disposition"),
            format!("attachment; filename=\"playlist.{format}\"")
        );
        bob.http.get(&path).await.is(403);
        app.http().get(&path).await.is(401);

        let imported: ImportedPlaylist = imports(&bob, "x", file.bytes.to_vec(), None).await.is(201).parse();
        let list = &imported.playlist;
        assert_eq!((list.title.as_str(), list.owner.id), ("Road", bob.id), "{format}");
        let described = list.description.as_deref();
        assert_eq!(
            described.is_some_and(|text| text == far),
            format != "m3u8",
            "M3U has no place for it"
        );
        assert_eq!(
            tracks_of(&bob, imported.playlist.id.0).await,
            [noch, igra, noch],
            "{format}"
        );
        let are_sure = imported.matched.iter().all(|entry| entry.certainty >= surest);
        assert!(are_sure, "{format}");
        the_gap_is_missed(&imported);
    }
    ada.http.get(&format!("/api/v1/playlists/{id}/export")).await.is(422);
    ada.http
        .get(&format!("/api/v1/playlists/{id}/export?format=pls"))
        .await
        .is(422);
    ada.http
        .put(&format!("/api/v1/playlists/{id}"), &json!({"visibility": "private"}))
        .await
        .is(200);
    bob.http
        .get(&format!("/api/v1/playlists/{id}/export?format=xspf"))
        .await
        .is(404);
}

fn the_gap_is_missed(imported: &ImportedPlaylist) {
    let lines: Vec<usize> = imported.matched.iter().map(|entry| entry.line).collect();
    let [missed] = &imported.missed[..] else {
        panic!("{:?}", imported.missed)
    };
    assert_eq!(
        (lines, missed.line, missed.title.as_deref()),
        (vec![1, 2, 4], 3, Some("Gone"))
    );
}

#[tokio::test]
async fn entries_are_found_by_ids_and_names_and_what_is_missed_is_said() {
    let app = App::start().await;
    let ada = app.artist_account("ada").await;
    let (kino, splean) = (ada.creates_artist("Kino").await, ada.creates_artist("Splean").await);
    let mbid = "2cfad207-3f55-4aec-8120-86cf66e34d59";
    let by_id = json!({"title": "Pesnya", "artist_id": kino, "external_ids": {"mbid": mbid}});
    let by_id = ada.creates_track_with(&by_id).await;
    let by_isrc = json!({"title": "Utro", "artist_id": kino, "external_ids": {"isrc": "RUA1D1200001"}});
    let by_isrc = ada.creates_track_with(&by_isrc).await;
    let igra = ada.creates_track(kino, "Igra").await;
    let noch = ada.creates_track(splean, "Noch (Remastered 2012)").await;
    let file = json!({"playlist": {"title": "From elsewhere", "track": [
        {"title": "anything", "identifier": format!("https://musicbrainz.org/recording/{mbid}")},
        {"title": "IGRA", "creator": "kino", "duration": 181_000},
        {"title": "Noch", "creator": "Splean feat. Kino"},
        {"title": "Igra", "creator": "Splean"},
        {"title": "anything", "identifier": ["isrc:RU-A1D-12-00001"]},
        {"title": "Igra"},
        {"creator": "Kino"},
    ]}});
    let imported = imports(&ada, "x.jspf", file.to_string().into_bytes(), Some("Mine"))
        .await
        .is(201);
    assert_eq!(imported.header("etag"), "\"2\"");
    let imported: ImportedPlaylist = imported.parse();
    assert_eq!(imported.playlist.title, "Mine");
    let found: Vec<(usize, TrackId, f64)> = imported
        .matched
        .iter()
        .map(|entry| (entry.line, entry.track.id, entry.certainty))
        .collect();
    assert_eq!(
        found,
        [(1, by_id, 1.0), (2, igra, 0.9), (3, noch, 0.8), (5, by_isrc, 1.0)]
    );
    assert_eq!(
        tracks_of(&ada, imported.playlist.id.0).await,
        [by_id, igra, noch, by_isrc]
    );
    let missed: Vec<usize> = imported.missed.iter().map(|entry| entry.line).collect();
    assert_eq!(missed, [4, 6, 7]);
    assert!(
        imported.missed[1].reason.contains("no artist"),
        "{}",
        imported.missed[1].reason
    );
}

#[tokio::test]
async fn a_track_that_is_deleted_while_its_playlist_is_imported_is_missed() {
    let app = App::without_read_models().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let kino = label.creates_artist("Kino").await;
    let (igra, noch) = (
        label.creates_track(kino, "Igra").await,
        label.creates_track(kino, "Noch").await,
    );
    let file = "#EXTM3U\n#EXTINF:180,Kino - Igra\n1.mp3\n#EXTINF:180,Kino - Noch\n2.mp3\n";
    // Held between the look-up and the new row, which needs the owner's.
    let mut held = app.begins().await;
    held.person_with_profile(ada.id).await.unwrap();
    let by = ada.clone();
    let importing = tokio::spawn(async move { imports(&by, "x.m3u8", file.into(), None).await });
    eventually("the import waits for its owner's row", async || {
        (app.waiting().await > 0).then_some(())
    })
    .await;
    label.deletes_track(igra).await;
    held.roll_back().await.unwrap();
    let imported: ImportedPlaylist = importing.await.unwrap().is(201).parse();
    let found: Vec<(usize, TrackId)> = imported.matched.iter().map(|it| (it.line, it.track.id)).collect();
    let missed: Vec<(usize, Option<&str>)> = imported
        .missed
        .iter()
        .map(|it| (it.line, it.title.as_deref()))
        .collect();
    assert_eq!((found, missed), (vec![(2, noch)], vec![(1, Some("Igra"))]));
    assert_eq!(tracks_of(&ada, imported.playlist.id.0).await, [noch]);
}

#[tokio::test]
async fn what_is_no_playlist_file_is_refused() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    assert_eq!(
        imports(&ada, "x", b"\0\x01".to_vec(), None).await.is(422).faults(),
        ["file"]
    );
    assert_eq!(
        imports(&ada, "x", b"<playlist>".to_vec(), None).await.is(422).faults(),
        ["file"]
    );
    assert_eq!(
        imports(&ada, "x", b"1.mp3\n".to_vec(), Some(" "))
            .await
            .is(422)
            .faults(),
        ["title"]
    );
    assert_eq!(
        imports(&ada, "x", "1.mp3\n".repeat(10_001).into_bytes(), None)
            .await
            .is(422)
            .faults(),
        ["file"]
    );
    imports(&ada, "x", vec![b'a'; 6 * 1024 * 1024], None).await.is(413);
    let request = ada.http.request(Method::POST, "/api/v1/playlists/import");
    ada.http
        .send(request.multipart(Form::new().text("colour", "red")))
        .await
        .is(422);
    let request = ada.http.request(Method::POST, "/api/v1/playlists/import");
    ada.http
        .send(request.multipart(Form::new().text("title", "Road")))
        .await
        .is(422);
    let request = ada
        .http
        .request(Method::POST, "/api/v1/playlists/import")
        .json(&json!({}));
    ada.http.send(request).await.is(415);
    assert_eq!(app.number("SELECT count(*) FROM playlists").await, 0);
}

#[tokio::test]
async fn real_files_of_every_form_are_read() {
    let Some(folder) = shared_data("formats/playlists") else {
        return;
    };
    let app = App::start().await;
    let ada = app.artist_account("ada").await;
    let (one, two) = (
        ada.creates_artist("Artist 1").await,
        ada.creates_artist("Artist 2").await,
    );
    let (first, second) = (
        ada.creates_track(one, "Song 1").await,
        ada.creates_track(two, "Song 2").await,
    );
    for name in ["example.m3u", "example.m3u8", "example.xspf", "example.jspf"] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let imported: ImportedPlaylist = imports(&ada, name, bytes, None).await.is(201).parse();
        assert_eq!(tracks_of(&ada, imported.playlist.id.0).await, [first, second], "{name}");
        assert!(
            imported
                .missed
                .iter()
                .any(|entry| entry.artist.as_deref() == Some("アーティスト3")),
            "{name}"
        );
    }
    // A page of ListenBrainz around a JSPF playlist.
    let page = std::fs::read(folder.join("listenbrainz-playlistPageProps.json")).unwrap();
    let page: Value = serde_json::from_slice(&page).unwrap();
    let playlist = json!({"playlist": page["playlist"]["playlist"]}).to_string();
    let imported: ImportedPlaylist = imports(&ada, "x", playlist.into_bytes(), None).await.is(201).parse();
    assert_eq!(imported.playlist.title, "1980s flashback jams");
    assert_eq!((imported.matched.len(), imported.missed.len()), (0, 1));
}
