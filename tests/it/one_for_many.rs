//! One answer for many: what is shared, what never is, and what it says of itself.

use events::TrackId;
use futures_util::future::join_all;
use http_kit::Page;
use read_api::{Chart, NamedTrack};
use representations::Track;
use reqwest::{
    Method,
    header::{IF_NONE_MATCH, USER_AGENT},
    multipart::{Form, Part},
};
use serde_json::json;
use tests::{Answer, App, Http, Wav};

/// As long as an answer is kept at most.
const KEPT: (&str, &str) = ("JONQUIL_ANSWERS_KEPT_MS", "250");

async fn unless(http: &Http, path: &str, tag: &str) -> Answer {
    http.send(http.request(Method::GET, path).header(IF_NONE_MATCH, tag))
        .await
}

#[tokio::test]
async fn an_answer_has_a_weak_tag_that_changes_with_what_it_says() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Noch").await;
    label.hears(track).await;
    app.settle().await;
    for path in [
        "/api/v1/tracks/",
        "/api/v1/tracks/search/?q=noch",
        "/api/v1/search/multi/?q=noch",
        "/api/v1/tracks/popular/?period=day",
        "/api/v1/artists/popular/?period=week",
        "/api/v1/analytics/realtime/platform-stats",
    ] {
        let first = app.http().get(path).await.is(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        let said = ["cache-control", "vary"].map(|name| first.header(name));
        assert_eq!(said, ["public, no-cache", "Authorization"], "{path}");
        let same = unless(&app.http(), path, &tag).await.is(304);
        assert_eq!((same.header("etag"), same.bytes.len()), (tag.as_str(), 0), "{path}");
        unless(&app.http(), path, "W/\"another\"").await.is(200);
    }

    let list = "/api/v1/tracks/";
    let before = app.http().get(list).await.header("etag").to_owned();
    label.retitles(track, "Den").await;
    let after = unless(&app.http(), list, &before).await.is(200);
    assert_ne!(after.header("etag"), before);
    after.shows(serde_json::json!({"items": [{"title": "Den"}]}));
}

#[tokio::test]
async fn an_address_that_is_signed_for_one_person_is_never_shared() {
    let app = App::builder().setting(KEPT.0, KEPT.1).start().await;
    let label = app.artist_account("label").await;
    let file = Part::bytes(Wav::named(1_000, 1, "Noch", "Kino").bytes()).file_name("noch.wav");
    let upload = label.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    let upload = upload.multipart(Form::new().part("file", file));
    let song = TrackId(label.http.send(upload).await.is(201).id());
    app.settle().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let path = "/api/v1/tracks/";
    let url = |page: Page<Track>| {
        page.items
            .into_iter()
            .find(|track| track.id == song)
            .unwrap()
            .stream_url
    };
    let nobody = app.http();
    let of = async |http: &Http| url(http.read_as(path).await);
    for _ in 0..3 {
        let all = tokio::join!(of(&ada.http), of(&nobody), of(&bob.http), of(&nobody), of(&ada.http));
        assert_eq!((&all.1, &all.3), (&None, &None), "nobody gets none");
        for (person, url) in [(&ada, &all.0), (&bob, &all.2), (&ada, &all.4)] {
            let url = url.as_deref().expect("an address");
            assert!(
                url.contains(&person.id.0.simple().to_string()),
                "{}: {url}",
                person.username
            );
        }
    }
    let own = ada.http.get(path).await.is(200);
    assert_eq!(
        (own.header("cache-control"), own.header("etag")),
        ("private, no-cache", "")
    );
}

#[tokio::test]
async fn a_request_with_a_consistency_token_passes_by_what_is_kept() {
    let app = App::builder().setting(KEPT.0, KEPT.1).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    for number in 1..10_u64 {
        app.http().get("/api/v1/tracks/").await.is(200);
        let track = json!({"artist_id": kino, "title": format!("Track {number}")});
        let made = label.http.post("/api/v1/tracks/", &track).await.is(201);
        let list = app.http().request(Method::GET, "/api/v1/tracks/");
        let list = list.header("X-Consistency-Token", made.header("x-consistency-token"));
        let list = app.http().send(list).await.is(200);
        assert_eq!(list.parse::<Page<Track>>().total, number);
    }
}

#[tokio::test]
async fn many_who_ask_at_once_get_the_same_chart() {
    let app = App::builder().setting(KEPT.0, KEPT.1).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Noch").await;
    label.hears(track).await;
    app.settle().await;
    let path = "/api/v1/tracks/popular/?period=month";
    let http = app.http();
    let ask = |number: u32| http.send(http.request(Method::GET, path).header(USER_AGENT, number.to_string()));
    let charts = join_all((0..100).map(ask)).await;
    let mut made: Vec<_> = charts
        .into_iter()
        .map(|chart| chart.is(200).parse::<Chart<NamedTrack>>())
        .inspect(|chart| assert_eq!((chart.items.len(), chart.items[0].item.track.id), (1, track)))
        .map(|chart| chart.generated_at)
        .collect();
    made.dedup();
    assert!(made.len() < 50, "{} charts were made for 100 who asked", made.len());
}
