//! A search in two steps: what matches as typed comes alone where it fills the page, and what is similar only where it does
//! not. And what was probably meant.

use events::TrackId;
use http_kit::Page;
use read_api::MultiAnswer;
use representations::Track;
use serde_json::json;
use tests::{Answer, App, Person};

async fn asks(app: &App, path: &str, query: &[(&str, &str)]) -> Answer {
    let request = app.http().request(reqwest::Method::GET, path).query(query);
    app.http().send(request).await.is(200)
}

async fn search(app: &App, query: &[(&str, &str)]) -> MultiAnswer {
    asks(app, "/api/v1/search/multi/", query).await.parse()
}

async fn meant(app: &App, words: &str) -> Option<String> {
    search(app, &[("q", words)]).await.did_you_mean
}

fn tracks(found: &MultiAnswer) -> Vec<TrackId> {
    found.tracks.items.iter().map(|hit| hit.item.id).collect()
}

#[tokio::test]
async fn similar_names_come_only_where_the_page_is_not_full() {
    let app = App::start().await;
    let label: Person = app.artist_account("label").await;
    let artist = label.creates_artist("Various").await;
    let typed = [
        label.creates_track(artist, "Mellow").await,
        label.creates_track(artist, "Mellow Yellow").await,
    ];
    let similar = label.creates_track(artist, "Mellov").await;
    app.settle().await;

    let full = search(&app, &[("q", "mellow"), ("limit", "2")]).await;
    assert_eq!(tracks(&full), typed);
    assert_eq!(full.tracks.total, 2);
    let highlight = full.tracks.items[1].relevance.highlight.as_deref();
    assert_eq!(highlight, Some("<em>Mellow</em> Yellow"));

    let wide = search(&app, &[("q", "mellow"), ("limit", "3")]).await;
    assert_eq!(tracks(&wide), [typed[0], typed[1], similar]);
    assert_eq!(wide.tracks.total, 3);
    // The pages of one kind go on in the same order.
    let mut pages = Vec::new();
    for offset in ["0", "2"] {
        let query = [("q", "mellow"), ("limit", "2"), ("offset", offset)];
        let page: Page<Track> = asks(&app, "/api/v1/tracks/search/", &query).await.parse();
        pages.push(page.items.len());
    }
    assert_eq!(pages, [2, 0]);
}

#[tokio::test]
async fn words_that_several_kinds_have_whole_are_no_slip() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let artist = label.creates_artist("Harvest").await;
    label.creates_album(artist, "Harvest Moon").await;
    let various = label.creates_artist("Various").await;
    let typed = label.creates_track(various, "Harvest").await;
    let similar = label.creates_track(various, "Harvast").await;
    app.settle().await;

    let found = async |words: &str| tracks(&search(&app, &[("q", words)]).await);
    assert_eq!(found("harvest").await, [typed]);
    // Unfinished, it may be a slip.
    assert_eq!(found("harves").await, [typed, similar]);
    // One kind alone shows all that is similar.
    let found = app.http().get("/api/v1/tracks/search/?q=harvest").await.is(200);
    found.shows(json!({"total": 2}));
}

#[tokio::test]
async fn two_words_that_a_name_begins_with_are_no_slip() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let artist = label.creates_artist("Harvest").await;
    label.creates_album(artist, "Silver Moon").await;
    let similar = label.creates_track(artist, "Silvar Moonrise").await;
    app.settle().await;
    let found = async |words: &str| tracks(&search(&app, &[("q", words)]).await);
    assert_eq!(found("silver moo").await, []);
    assert_eq!(found("silvir moo").await, [similar]);
}

#[tokio::test]
async fn one_slip_comes_before_two() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let artist = label.creates_artist("Various").await;
    // Of equals the first created comes first.
    let two = label.creates_track(artist, "Vuelve").await;
    let one = label.creates_track(artist, "Vuelvo").await;
    app.settle().await;
    let found = search(&app, &[("q", "vruelvo")]).await;
    assert_eq!(tracks(&found), [one, two]);
}

#[tokio::test]
async fn what_was_meant_is_said_where_little_is_found() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let queen = label.creates_artist("Queen").await;
    label.creates_track(queen, "Bohemian Rhapsody").await;
    let kino = label.creates_artist("Кино").await;
    label.creates_track(kino, "Группа крови").await;
    app.settle().await;

    assert_eq!(
        meant(&app, "bohemain rapsody").await.as_deref(),
        Some("Bohemian Rhapsody")
    );
    assert_eq!(meant(&app, "quern bohemian").await.as_deref(), Some("Queen bohemian"));
    // A slip in the first letter is found by nothing, and the nearest name is still known.
    let found = search(&app, &[("q", "vohemian")]).await;
    assert_eq!(found.tracks.total, 0);
    assert_eq!(found.did_you_mean.as_deref(), Some("Bohemian"));
    // As typed, in another script or Romanisation, or like nothing at all: nothing to say.
    for words in ["bohemian", "группа", "gruppa krovi", "grupa", "xylophone"] {
        assert_eq!(meant(&app, words).await, None, "{words}");
    }
}

/// Tracks have the year of their album; an artist has none.
async fn only_tracks_of_the_genre_and_of_the_albums_years(app: &App) {
    let found = async |filter: &[(&str, &str)]| {
        let found = search(app, &[&[("q", "sirius")], filter].concat()).await;
        let tracks = found.tracks.items.into_iter().map(|hit| hit.item.title);
        let mut tracks: Vec<String> = tracks.collect();
        tracks.sort();
        (tracks, found.artists.total)
    };
    let (old, new, single) = ("Sirius Old Song", "Sirius New Song", "Sirius Single");
    let of = |titles: &[&str]| titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>();
    assert_eq!(found(&[]).await, (of(&[new, old, single]), 1));
    assert_eq!(found(&[("genre", "ROCK")]).await, (of(&[old]), 0));
    assert_eq!(found(&[("year_from", "1983")]).await, (of(&[new]), 0));
    assert_eq!(
        found(&[("year_from", "1982"), ("year_to", "1982")]).await,
        (of(&[old]), 0)
    );
    assert_eq!(found(&[("genre", "pop"), ("year_to", "2000")]).await, (of(&[]), 0));
}

#[tokio::test]
async fn filters_and_the_best_match_of_all_kinds() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let artist = label.creates_artist("Sirius").await;
    for (title, year, genre) in [("Sirius Old", 1982, "rock"), ("Sirius New", 2021, "pop")] {
        let album =
            json!({"title": title, "artist_id": artist, "release_date": format!("{year}-05-01"), "genres": [genre]});
        let album = label.http.post("/api/v1/albums/", &album).await.is(201).id();
        let track =
            json!({"title": format!("{title} Song"), "artist_id": artist, "album_id": album, "genres": [genre]});
        label.creates_track_with(&track).await;
    }
    label.creates_track(artist, "Sirius Single").await;
    app.settle().await;
    let titles = async |filter: &[(&str, &str)]| -> Vec<String> {
        let found = search(&app, &[&[("q", "sirius")], filter].concat()).await;
        found.albums.items.into_iter().map(|hit| hit.item.title).collect()
    };
    assert_eq!(titles(&[]).await.len(), 2);
    only_tracks_of_the_genre_and_of_the_albums_years(&app).await;
    assert_eq!(titles(&[("genre", "Rock")]).await, ["Sirius Old"]);
    assert_eq!(titles(&[("year_from", "2000")]).await, ["Sirius New"]);
    assert_eq!(titles(&[("year_to", "2000")]).await, ["Sirius Old"]);
    assert_eq!(
        titles(&[("year_from", "1983"), ("year_to", "2020")]).await,
        Vec::<String>::new()
    );
    asks(&app, "/api/v1/search/multi/", &[("q", "sirius")])
        .await
        .shows(json!({"top_result": {"type": "artist", "name": "Sirius"}}));
    app.http()
        .get("/api/v1/search/multi/?q=a&year_from=2020&year_to=2019")
        .await
        .is(422);
}
