//! Works that somebody reports and an admin takes down: nobody sees them but their owner and admins, until they are put back.

use domain::Parents;
use events::TrackId;
use http_kit::{History, Page};
use read_api::{HistoryTrack, Listen, OpenPlaylist};
use representations::{Album, Artist, Report, StoredFile, Takedown, Track};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{App, Person, Wav, eventually, new_id};

const REPORTS: &str = "/api/v1/admin/reports";
const TAKEDOWNS: &str = "/api/v1/admin/takedowns";

fn of(kind: &str, id: &impl ToString) -> Value {
    json!({"type": kind, "id": id.to_string(), "reason": "It is mine."})
}

/// Statuses of what shows a work to this person.
async fn statuses(person: &Person, paths: &[String]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in paths {
        statuses.push(person.http.get(path).await.status);
    }
    statuses
}

/// Where a track and its audio are read.
async fn paths_of(owner: &Person, track: TrackId) -> Vec<String> {
    let sent: Page<StoredFile> = owner
        .http
        .read_as(&format!("/api/v1/s3/tracks/user/{}", owner.id))
        .await;
    let key = &sent.items[0].s3_key;
    let by_id = ["", "/stream", "/waveform", "/similar"].map(|rest| format!("/api/v1/tracks/{track}{rest}"));
    let by_key = ["stream", "url"].map(|rest| format!("/api/v1/s3/tracks/{key}/{rest}"));
    by_id.into_iter().chain(by_key).collect()
}

/// The tracks of a playlist; none where there is a gap.
async fn items_of(person: &Person, playlist: uuid::Uuid) -> Vec<Option<TrackId>> {
    let open: OpenPlaylist = person.http.read_as(&format!("/api/v1/playlists/{playlist}")).await;
    open.items
        .iter()
        .map(|item| item.track.as_ref().map(|track| track.id))
        .collect()
}

async fn uploads(label: &Person) -> TrackId {
    let sound = Wav::named(31_000, 1, "Igra", "Kino").bytes();
    let form = Form::new().part("file", Part::bytes(sound).file_name("igra.wav"));
    let upload = label.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    TrackId(label.http.send(upload.multipart(form)).await.is(201).id())
}

#[tokio::test]
async fn what_is_taken_down_is_seen_by_its_owner_and_admins_until_it_is_put_back() {
    let app = App::start().await;
    let (label, ada, root) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.admin("root").await,
    );
    let track = uploads(&label).await;
    let artist = label
        .http
        .read_as::<Track>(&format!("/api/v1/tracks/{track}"))
        .await
        .artist
        .id;
    ada.hears(track).await;
    app.settle().await;
    let paths = paths_of(&label, track).await;
    assert_eq!(statuses(&ada, &paths).await, [200; 6]);

    let report = ada.http.post("/api/v1/reports", &of("track", &track)).await.is(201);
    ada.http.post("/api/v1/reports", &of("track", &track)).await.is(409);
    let answer = json!({"action": "takedown", "reason": "The rights are with Ada."});
    let path = format!("{REPORTS}/{}/resolve", report.id());
    ada.http.post(&path, &answer).await.is(403);
    let resolved: Report = root.http.post(&path, &answer).await.is(200).parse();
    assert!(resolved.is_taken_down);
    assert_eq!(resolved.title.as_deref(), Some("Igra"));
    root.http.post(&path, &answer).await.is(409);
    let open: Page<Report> = root.http.read_as(REPORTS).await;
    assert_eq!(open.total, 0);
    let done: Page<Report> = root.http.read_as(&format!("{REPORTS}?status=resolved")).await;
    assert_eq!((done.total, done.items[0].id), (1, report.id()));

    app.settle().await;
    assert_eq!(statuses(&ada, &paths).await, [404; 6]);
    its_owner_and_admins_see_why(&[&label, &root], &paths).await;
    let own: Page<Takedown> = label
        .http
        .read_as(&format!("/api/v1/users/{}/takedowns", label.id))
        .await;
    assert_eq!((own.total, own.items[0].id), (1, track.0));
    nobody_finds(&app, &ada, track, artist.0).await;
    // Its owner may change it, others do not know that it is there.
    label.retitles(track, "Spokoynaya").await;
    let other = app.artist_account("other").await;
    other.http.put(&paths[0], &json!({"title": "A"})).await.is(404);
    other.http.post("/api/v1/reports", &of("track", &track)).await.is(404);

    let path = format!("{TAKEDOWNS}/{track}");
    label.http.delete(&path).await.is(403);
    root.http.delete(&path).await.is(204);
    root.http.delete(&path).await.is(404);
    app.settle().await;
    assert_eq!(statuses(&ada, &paths).await, [200; 6]);
    assert_eq!(app.search("spokoynaya").await.tracks, [track]);
    let chart = app.http().read("/api/v1/tracks/popular/?period=all").await;
    tests::shows(&chart, json!({"items": [{"plays": 1, "track": {"id": track}}]}));
}

async fn its_owner_and_admins_see_why(people: &[&Person], paths: &[String]) {
    for person in people {
        assert_eq!(statuses(person, paths).await, [200; 6]);
        let shown: Track = person.http.read_as(&paths[0]).await;
        let note = shown.taken_down.expect("a note");
        assert_eq!(
            (note.reason.as_str(), note.with_album),
            ("The rights are with Ada.", false)
        );
    }
}

/// It is in no list, search or chart, and nobody new can do anything with it.
async fn nobody_finds(app: &App, ada: &Person, track: TrackId, artist: uuid::Uuid) {
    assert_eq!(app.search("igra").await.tracks, []);
    for list in [
        "/api/v1/tracks/".to_owned(),
        format!("/api/v1/tracks/?artist_id={artist}"),
        format!("/api/v1/artists/{artist}/tracks"),
        "/api/v1/tracks/popular/?period=all".to_owned(),
        "/api/v1/tracks/popular/".to_owned(),
    ] {
        let found = app.http().read(&list).await;
        assert_eq!(found["items"], json!([]), "{list}");
        assert!(found.get("total").is_none_or(|total| total == 0), "{list}");
    }
    let shown: Artist = app.http().read_as(&format!("/api/v1/artists/{artist}")).await;
    assert_eq!(shown.tracks_count, 0);
    let favourite = format!("/api/v1/users/{}/favourites/track/{track}", ada.id);
    ada.http.put(&favourite, &json!({})).await.is(404);
    let playlist = json!({"title": "Road", "track_ids": [track]});
    assert_eq!(
        ada.http.post("/api/v1/playlists/", &playlist).await.is(422).faults(),
        ["track_ids"]
    );
    let history = format!("/api/v1/users/{}/listening-history", ada.id);
    let history: History<Listen> = ada.http.read_as(&history).await;
    assert!(matches!(&history.items[0].track, HistoryTrack::Gone(gone) if gone.id == track));
}

/// And for nobody else.
async fn its_tracks_are_listed_for(seers: &[&Person], other: &Person, path: &str, track: TrackId) {
    other.http.get(path).await.is(404);
    for person in seers {
        let tracks: Page<Track> = person.http.read_as(path).await;
        let shown = |shown: &Track| (shown.id, shown.taken_down.is_some());
        assert_eq!(tracks.items.iter().map(shown).collect::<Vec<_>>(), [(track, true)]);
        let next: Page<Track> = person.http.read_as(&format!("{path}?offset=1")).await;
        assert_eq!((next.total, next.items.len()), (1, 0));
    }
}

#[tokio::test]
async fn an_album_goes_with_its_tracks_and_its_owner_cannot_bring_them_back() {
    let app = App::builder().without(tests::Role::Analytics).start().await;
    let (label, ada, root) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.admin("root").await,
    );
    let artist = label.creates_artist("Kino").await;
    let album = label.creates_album(artist, "Noch").await;
    let fields = json!({"title": "Igra", "artist_id": artist, "album_id": album});
    let track = label.creates_track_with(&fields).await;
    let playlist = json!({"title": "Road", "visibility": "public", "track_ids": [track]});
    let playlist = ada.http.post("/api/v1/playlists/", &playlist).await.is(201).id();
    app.settle_without(&["analytics"]).await;

    ada.http.post(TAKEDOWNS, &of("album", &album)).await.is(403);
    root.http.post(TAKEDOWNS, &of("album", &new_id())).await.is(404);
    let empty = json!({"type": "album", "id": album, "reason": " "});
    assert_eq!(root.http.post(TAKEDOWNS, &empty).await.is(422).faults(), ["reason"]);
    let down: Takedown = root.http.post(TAKEDOWNS, &of("album", &album)).await.is(201).parse();
    assert_eq!((down.title.as_str(), down.owner_id), ("Noch", Some(label.id)));
    root.http.post(TAKEDOWNS, &of("album", &album)).await.is(409);
    app.settle_without(&["analytics"]).await;

    let (album_path, track_path) = (format!("/api/v1/albums/{album}"), format!("/api/v1/tracks/{track}"));
    let both = [album_path.clone(), track_path.clone()];
    assert_eq!(statuses(&ada, &both).await, [404; 2]);
    assert_eq!(statuses(&label, &both).await, [200; 2]);
    its_tracks_are_listed_for(&[&label, &root], &ada, &format!("{album_path}/tracks"), track).await;
    let shown: Album = label.http.read_as(&album_path).await;
    assert_eq!(
        (shown.tracks_count, shown.taken_down.map(|note| note.reason)),
        (1, Some("It is mine.".to_owned()))
    );
    let shown: Track = label.http.read_as(&track_path).await;
    assert!(shown.taken_down.is_some_and(|note| note.with_album));
    let found = app.search("noch").await;
    assert_eq!((found.albums, found.tracks), (vec![], vec![]));
    // In playlists it leaves a gap that can be seen.
    assert_eq!(items_of(&ada, playlist).await, [None]);
    let of_artist = format!("/api/v1/artists/{artist}");
    for list in ["albums", "tracks"] {
        let page = app.http().get(&format!("{of_artist}/{list}")).await.is(200);
        page.shows(json!({"items": [], "total": 0}));
    }
    let shown: Artist = app.http().read_as(&of_artist).await;
    assert_eq!((shown.albums_count, shown.tracks_count), (0, 0));

    label.http.put(&track_path, &json!({"album_id": null})).await.is(409);
    label.http.delete(&album_path).await.is(409);
    root.http.delete(&format!("{TAKEDOWNS}/{album}")).await.is(204);
    app.settle_without(&["analytics"]).await;
    assert_eq!(statuses(&ada, &both).await, [200; 2]);
    let found = app.search("noch").await;
    assert_eq!((found.albums, found.tracks), (vec![album], vec![track]));
    assert_eq!(items_of(&ada, playlist).await, [Some(track)]);
    label.http.put(&track_path, &json!({"album_id": null})).await.is(200);
}

#[tokio::test]
async fn artists_and_playlists_are_reported_too_and_answered_without_a_takedown() {
    let app = App::without_read_models().await;
    let (ada, eve, root) = (
        app.listener("ada").await,
        app.listener("eve").await,
        app.admin("root").await,
    );
    let artist = app.artist_account("label").await.creates_artist("Kino").await;
    let road = json!({"title": "Road", "visibility": "public"});
    let road = eve.http.post("/api/v1/playlists/", &road).await.is(201).id();
    let own = json!({"title": "My own"});
    let own = eve.http.post("/api/v1/playlists/", &own).await.is(201).id();

    let of_artist: Report = ada
        .http
        .post("/api/v1/reports", &of("artist", &artist))
        .await
        .is(201)
        .parse();
    assert_eq!(
        (of_artist.work_id, of_artist.title.as_deref()),
        (artist.0, Some("Kino"))
    );
    ada.http.post("/api/v1/reports", &of("artist", &artist)).await.is(409);
    let of_road = ada
        .http
        .post("/api/v1/reports", &of("playlist", &road))
        .await
        .is(201)
        .id();
    // A private one is not there, and nothing is what it is not.
    for (kind, id) in [
        ("playlist", own),
        ("playlist", artist.0),
        ("artist", road),
        ("artist", new_id()),
    ] {
        ada.http.post("/api/v1/reports", &of(kind, &id)).await.is(404);
    }
    eve.http.post("/api/v1/reports", &of("playlist", &own)).await.is(201);
    let unknown = ada.http.post("/api/v1/reports", &of("user", &eve.id)).await.is(422);
    assert_eq!(unknown.faults(), ["type"]);

    let open: Page<Report> = root.http.read_as(REPORTS).await;
    let titles: Vec<_> = open.items.iter().map(|report| report.title.as_deref()).collect();
    assert_eq!(titles, [Some("Kino"), Some("Road"), Some("My own")]);
    let path = format!("{REPORTS}/{of_road}/resolve");
    let takedown = json!({"action": "takedown", "reason": "No."});
    assert_eq!(root.http.post(&path, &takedown).await.is(422).faults(), ["action"]);
    let gone = format!("/api/v1/playlists/{road}");
    root.http.delete(&gone).await.is(204);
    let dismissed = json!({"action": "dismiss", "reason": "It is deleted."});
    let answered: Report = root.http.post(&path, &dismissed).await.is(200).parse();
    assert_eq!((answered.title, answered.is_taken_down), (None, false));
    root.http.post(&path, &dismissed).await.is(409);
    // The other one of the same person stays open.
    let open: Page<Report> = root.http.read_as(REPORTS).await;
    assert_eq!((open.total, open.items[0].id), (2, of_artist.id));
}

#[tokio::test]
async fn a_report_waits_for_no_work_and_its_answer_holds_the_work_first() {
    let app = App::without_read_models().await;
    let (ada, root) = (app.listener("ada").await, app.admin("root").await);
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let mut other = app.begins().await;
    other
        .track(track, &Parents::default())
        .await
        .unwrap()
        .expect("the track");
    // Else it would hold the account and wait for the track, while somebody who holds the track waits for the account.
    let report = ada
        .http
        .post("/api/v1/reports", &of("track", &track))
        .await
        .is(201)
        .id();

    let takedown = json!({"action": "takedown", "reason": "The rights are with Ada."});
    let path = format!("{REPORTS}/{report}/resolve");
    let answer = root.http.post(&path, &takedown);
    let looks = async {
        eventually("the answer waits for the track", async || {
            (app.waiting().await > 0).then_some(())
        })
        .await;
        let free = "SELECT count(*) FROM (SELECT FROM reports FOR UPDATE SKIP LOCKED) AS free";
        assert_eq!(app.number(free).await, 1, "it does not hold the report meanwhile");
        drop(other);
    };
    let (answer, ()) = tokio::join!(answer, looks);
    assert!(answer.is(200).parse::<Report>().is_taken_down);
}
