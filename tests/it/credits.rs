//! Credits, as people meet them: uploaded with the tags of a file, shown, searched, counted, renamed, taken away.

use std::collections::BTreeSet;

use events::{
    ArtistId,
    CreditRole::{self, Featured, Main},
    TrackId,
};
use http_kit::{Page, Problem};
use read_api::{Chart, NamedArtist};
use representations::{Album, Artist, Track};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{App, Container, Person, Wav};
use uuid::Uuid;

/// Ids of the three artists at MusicBrainz, as a tag has them.
const MBIDS: [&str; 3] = [
    "f9b7d6e0-6b1c-4d0e-9d3a-2b6a5b1f7e11",
    "66c662b6-6e2f-4930-8610-912e24c63ed1",
    "0b1c2d3e-6b1c-4d0e-9d3a-2b6a5b1f7e22",
];

async fn uploads(by: &Person, extension: &str, file: Vec<u8>) -> Track {
    let file = Part::bytes(file).file_name(format!("song.{extension}"));
    let form = Form::new().part("file", file);
    let request = by.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    by.http.send(request.multipart(form)).await.is(201).parse()
}

/// Name and role of each credit, in order.
fn credits(work: &Track) -> Vec<(&str, CreditRole)> {
    let credits = work.credits.iter();
    credits
        .map(|credit| (credit.artist.name.as_str(), credit.role.known().expect("a known role")))
        .collect()
}

fn artist_of(work: &Track, at: usize) -> ArtistId {
    work.credits[at].artist.id
}

async fn artist(app: &App, id: ArtistId) -> Artist {
    app.http().get(&format!("/api/v1/artists/{id}")).await.is(200).parse()
}

async fn track(app: &App, id: TrackId) -> Track {
    app.http().get(&format!("/api/v1/tracks/{id}")).await.is(200).parse()
}

/// The tracks listed with an artist.
async fn tracks_of(app: &App, id: ArtistId) -> Vec<TrackId> {
    let page = app.http().get(&format!("/api/v1/artists/{id}/tracks")).await;
    let page: Page<Track> = page.is(200).parse();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.iter().map(|track| track.id).collect()
}

/// Uploads a song of each container, whose tags name two main artists and a featured one.
async fn uploads_each_container(label: &Person) -> Vec<Track> {
    let mut uploaded = Vec::new();
    for container in Container::ALL {
        let tags = [
            ("title", "Igra"),
            ("artist", "Кино & AC/DC feat. Алиса"),
            ("artists", "Кино"),
            ("artists", "AC/DC"),
            ("artists", "Алиса"),
            ("artist_id", MBIDS[0]),
            ("artist_id", MBIDS[1]),
            ("artist_id", MBIDS[2]),
        ];
        let shown = uploads(label, container.extension(), container.bytes(&tags)).await;
        let expected = [("Кино", Main), ("AC/DC", Main), ("Алиса", Featured)];
        assert_eq!(credits(&shown), expected, "{container:?}");
        assert_eq!(shown.artist_line, "Кино & AC/DC feat. Алиса", "{container:?}");
        assert_eq!(shown.artist.name, "Кино");
        uploaded.push(shown);
    }
    uploaded
}

/// What a search finds of tracks, and in no order.
async fn found(app: &App, words: &str) -> BTreeSet<TrackId> {
    app.search(words).await.tracks.into_iter().collect()
}

#[tokio::test]
async fn what_every_container_credits_is_shown_searched_counted_and_renamed() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let listener = app.listener("listener").await;
    let uploaded = uploads_each_container(&label).await;
    assert_eq!(app.number("SELECT count(*) FROM artists").await, 3);
    for song in &uploaded {
        // The sounds of this story are shorter than a play that counts.
        let path = format!("/api/v1/tracks/{}", song.id);
        label.http.put(&path, &json!({"duration_ms": 180_000})).await.is(200);
        listener.hears(song.id).await;
    }
    app.settle().await;
    let all: BTreeSet<TrackId> = uploaded.iter().map(|track| track.id).collect();
    for (at, words) in ["kino", "ac/dc", "алиса"].into_iter().enumerate() {
        let id = artist_of(&uploaded[0], at);
        assert_eq!(found(&app, words).await, all, "{words}");
        assert_eq!(BTreeSet::from_iter(tracks_of(&app, id).await), all, "{words}");
        let shown = artist(&app, id).await;
        assert_eq!(shown.external_ids["mbid"], MBIDS[at], "{words}");
        assert_eq!(shown.plays, Some(all.len() as u64), "{words}");
    }
    label.renames(artist_of(&uploaded[0], 2), "Leningrad").await;
    app.settle().await;
    assert_eq!(found(&app, "leningrad").await, all);
    assert_eq!(found(&app, "алиса").await, BTreeSet::new());
    for song in &uploaded {
        assert_eq!(track(&app, song.id).await.artist_line, "Кино & AC/DC feat. Leningrad");
    }
}

#[tokio::test]
async fn a_play_counts_once_for_each_main_and_featured_artist() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let mut wav = Wav::named(40_000, 1, "Igra (feat. Алиса)", "Кино");
    wav.tags.push(("IART", "AC/DC".to_owned()));
    let shown = uploads(&label, "wav", wav.bytes()).await;
    assert_eq!(shown.artist_line, "Кино & AC/DC feat. Алиса");
    assert_eq!(shown.title, "Igra (feat. Алиса)", "the title stays as it was tagged");
    let composer = label.creates_artist("Composer").await;
    let mut with_composer: Vec<Value> = (0..3)
        .map(|at| json!({"artist_id": artist_of(&shown, at), "role": shown.credits[at].role}))
        .collect();
    with_composer.push(json!({"artist_id": composer, "role": "composer"}));
    let path = format!("/api/v1/tracks/{}", shown.id);
    label.http.put(&path, &json!({"credits": with_composer})).await.is(200);
    let listener = app.listener("listener").await;
    listener.hears(shown.id).await;
    app.settle().await;
    for (at, plays) in [(0, 1), (1, 1), (2, 1), (3, 0)] {
        let credited = track(&app, shown.id).await;
        let id = artist_of(&credited, at);
        assert_eq!(
            artist(&app, id).await.plays,
            Some(plays),
            "{}",
            credits(&credited)[at].0
        );
        let stats = format!("/api/v1/analytics/clickhouse/artist/{id}/stats");
        let stats = app.http().get(&stats).await.is(200);
        stats.shows(json!({"plays": plays, "listeners": plays}));
    }
    let chart: Chart<NamedArtist> = app.http().read_as("/api/v1/artists/popular/?period=day").await;
    assert_eq!(chart.items.len(), 3, "{chart:?}");
}

#[tokio::test]
async fn a_rename_reaches_every_work_that_credits_the_artist() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let (kino, alisa) = (label.creates_artist("Kino").await, label.creates_artist("Алиса").await);
    let credited = json!([{"artist_id": kino}, {"artist_id": alisa, "role": "featured"}]);
    let album = json!({"title": "Noch", "credits": credited});
    let album: Album = label.http.post("/api/v1/albums/", &album).await.is(201).parse();
    let song = label
        .creates_track_with(&json!({"title": "Igra", "credits": credited}))
        .await;
    label.renames(alisa, "Alisa of Leningrad").await;
    let renamed = track(&app, song).await;
    assert_eq!(renamed.artist_line, "Kino feat. Alisa of Leningrad");
    assert_eq!(renamed.version, 2);
    let album = app.http().get(&format!("/api/v1/albums/{}", album.id)).await;
    let album: Album = album.is(200).parse();
    assert_eq!(album.artist_line, "Kino feat. Alisa of Leningrad");
    app.settle().await;
    assert_eq!(app.search("leningrad").await.tracks, [song]);
    assert_eq!(app.search("leningrad").await.albums.len(), 1);
    assert_eq!(
        app.search("алиса").await.tracks,
        [song],
        "the new name has the old word in it"
    );
    label.renames(alisa, "Leningrad").await;
    app.settle().await;
    assert_eq!(app.search("алиса").await.tracks, Vec::<TrackId>::new());
}

#[tokio::test]
async fn an_artist_that_goes_takes_along_what_it_leads_and_leaves_the_rest() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let (kino, alisa) = (label.creates_artist("Kino").await, label.creates_artist("Alisa").await);
    let by_both = |first: ArtistId, second: ArtistId, role: &str| {
        json!({"title": "Song", "duration_ms": 180_000,
        "credits": [{"artist_id": first}, {"artist_id": second, "role": role}]})
    };
    let led = label.creates_track_with(&by_both(alisa, kino, "main")).await;
    let featuring = label.creates_track_with(&by_both(kino, alisa, "featured")).await;
    let composed = label.creates_track_with(&by_both(kino, alisa, "composer")).await;
    assert_eq!(
        tracks_of(&app, alisa).await,
        [featuring, led],
        "a composer's work is not listed"
    );
    assert_eq!(artist(&app, alisa).await.tracks_count, 2);
    let path = format!("/api/v1/artists/{alisa}");
    let refused: Problem = label.http.delete(&path).await.is(409).parse();
    assert!(refused.detail.contains("cascade=true"), "{refused:?}");
    label.http.delete(&format!("{path}?cascade=true")).await.is(204);
    app.http().get(&format!("/api/v1/tracks/{led}")).await.is(404);
    for song in [featuring, composed] {
        let left = track(&app, song).await;
        assert_eq!(credits(&left), [("Kino", Main)]);
        assert_eq!((left.artist_line.as_str(), left.version), ("Kino", 2));
    }
    app.settle().await;
    let mut found = app.search("song").await.tracks;
    found.sort_unstable();
    assert_eq!(found, [featuring, composed]);
    assert_eq!(app.search("alisa").await.tracks, Vec::<TrackId>::new());
}

#[tokio::test]
async fn an_artist_featured_on_works_of_others_may_go_but_not_one_who_leads_them() {
    let app = App::start().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let (guest, leader) = (
        label.creates_artist("Guest").await,
        label.creates_artist("Leader").await,
    );
    let own = other.creates_artist("Own").await;
    let featuring = json!([{"artist_id": own}, {"artist_id": guest, "role": "featured"}]);
    let song = other
        .creates_track_with(&json!({"title": "Song", "credits": featuring}))
        .await;
    other.creates_track(leader, "Led").await;
    let gone = format!("/api/v1/artists/{leader}?cascade=true");
    label.http.delete(&gone).await.is(409);
    let gone = format!("/api/v1/artists/{guest}?cascade=true");
    label.http.delete(&gone).await.is(204);
    assert_eq!(track(&app, song).await.artist_line, "Own");
}

#[tokio::test]
async fn bad_credits_are_refused_by_name_and_only_to_who_may() {
    let app = App::start().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let kino = label.creates_artist("Kino").await;
    let song = label.creates_track(kino, "Igra").await;
    let create = async |body: Value| label.http.post("/api/v1/tracks/", &body).await.is(422).faults();
    for credits in [
        json!([]),
        json!([{"artist_id": kino, "role": "featured"}]),
        json!([{"artist_id": kino}, {"artist_id": kino, "role": "featured"}]),
    ] {
        let field = if credits == json!([]) { "artist_id" } else { "credits" };
        assert_eq!(
            create(json!({"title": "Song", "credits": credits})).await,
            [field],
            "{credits}"
        );
    }
    let unknown = json!([{"artist_id": kino}, {"artist_id": Uuid::nil(), "role": "producer"}]);
    assert_eq!(
        create(json!({"title": "Song", "credits": unknown})).await,
        ["artist_id"]
    );
    let role = create(json!({"title": "Song", "credits": [{"artist_id": kino, "role": "singer"}]})).await;
    assert_eq!(role, ["credits[0].role"]);
    let field = create(json!({"title": "Song", "credits": [{"artist_id": kino, "as": "K"}]})).await;
    assert_eq!(field, ["credits[0].as"]);

    // Who may is answered before what is wrong with the body.
    let path = format!("/api/v1/tracks/{song}");
    let nonsense = json!({"credits": "nonsense"});
    app.http().put(&path, &nonsense).await.is(401);
    other.http.put(&path, &nonsense).await.is(403);
    label
        .http
        .put(&format!("/api/v1/tracks/{}", Uuid::nil()), &nonsense)
        .await
        .is(404);
    assert_eq!(label.http.put(&path, &nonsense).await.is(422).faults(), ["credits"]);
    assert_eq!(track(&app, song).await.version, 1);
}

/// A process of the version before, while it is being replaced, creates works without rows of credits.
#[tokio::test]
async fn a_work_without_rows_of_credits_is_one_of_its_main_artist() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let song = json!({"title": "Igra", "artist_id": kino, "duration_ms": 180_000});
    let song = label.creates_track_with(&song).await;
    app.sql().batch_execute("DELETE FROM track_credits").await.unwrap();
    let shown = track(&app, song).await;
    assert_eq!(credits(&shown), [("Kino", Main)]);
    assert_eq!(shown.artist_line, "Kino");
    app.listener("listener").await.hears(song).await;
    label.retitles(song, "Igra 2").await;
    assert_eq!(tracks_of(&app, kino).await, [song], "a change writes its credits");
    app.settle().await;
    assert_eq!(artist(&app, kino).await.plays, Some(1));
}
