//! Texts that nobody expects, one at a time in requests that are right but for them.

use std::fs;

use representations::User;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, PASSWORD, Person, new_id};
use uuid::Uuid;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/openapi.json");
/// Lines of what is answered, the method, the path and a body in which nothing is odd.
const RIGHT: &str = include_str!("../fixtures/right_bodies.txt");

fn odd() -> [String; 7] {
    let long = "x".repeat(10_000);
    ["\0", "a\0b", "\u{fffe}", "\u{202e}abc", "\u{1f3b8}", "a\u{7f}", &long].map(str::to_owned)
}

/// What the names in paths and bodies stand for.
async fn world(admin: &Person) -> Vec<(&'static str, String)> {
    let kino = admin.creates_artist("Kino").await;
    let album = admin.creates_album(kino, "Noch").await;
    let track = admin.creates_track(kino, "Igra").await;
    let playlist = json!({"title": "Road", "track_ids": [track]});
    let playlist = admin.http.post("/api/v1/playlists/", &playlist).await.is(201).id();
    let me: User = admin.http.read_as("/api/v1/auth/me").await;
    let ids = [
        ("{artist_id}", kino.0),
        ("{album_id}", album.0),
        ("{track_id}", track.0),
        ("{playlist_id}", playlist),
        ("{user_id}", me.id.0),
        ("{new_id}", new_id()),
    ];
    let ids = ids.map(|(name, id): (_, Uuid)| (name, id.to_string()));
    ids.into_iter().chain([("{password}", PASSWORD.to_owned())]).collect()
}

fn filled(text: &str, world: &[(&str, String)]) -> String {
    let names = world.iter();
    names.fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// The body once for each text in it, with that text in place of it.
fn spoilt(body: &Value, text: &str) -> Vec<Value> {
    let parts: Vec<(String, &Value)> = match body {
        Value::String(_) => return vec![json!(text)],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), item))
            .collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
        _ => return Vec::new(),
    };
    let mut bodies = Vec::new();
    for (key, part) in parts {
        for part in spoilt(part, text) {
            let mut whole = body.clone();
            *whole.pointer_mut(&format!("/{key}")).unwrap() = part;
            bodies.push(whole);
        }
    }
    bodies
}

#[tokio::test]
async fn an_odd_text_in_any_place_of_a_body_is_no_defect() {
    let app = App::without_read_models().await;
    let admin = app.admin("admin").await;
    let world = world(&admin).await;
    for line in RIGHT.lines() {
        // Who was wrong too often has to wait, and would be asked nothing else.
        app.sql().execute("DELETE FROM login_failures", &[]).await.unwrap();
        let line = filled(line, &world);
        let [status, method, path, body] = line.splitn(4, ' ').collect::<Vec<_>>().try_into().unwrap();
        let method: Method = method.parse().unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let send = async |body: &Value| {
            let request = admin.http.request(method.clone(), &format!("/api/v1/{path}"));
            admin.http.send(request.json(body)).await
        };
        send(&body).await.is(status.parse().unwrap());
        for body in odd().iter().flat_map(|text| spoilt(&body, text)) {
            let answer = send(&body).await;
            assert!(answer.status < 500, "{method} {path} {body}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn an_odd_text_in_any_query_is_no_defect() {
    let app = App::start().await;
    let admin = app.admin("admin").await;
    let world = world(&admin).await;
    let document: Value = serde_json::from_slice(&fs::read(DOCUMENT).unwrap()).unwrap();
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = filled(path, &world);
        let parameters = operations["get"]["parameters"].as_array().into_iter().flatten();
        let named = parameters.filter(|parameter| parameter["in"] == "query");
        for name in named.filter_map(|parameter| parameter["name"].as_str()) {
            for text in odd() {
                let request = admin.http.request(Method::GET, &path).query(&[(name, text)]);
                let answer = admin.http.send(request).await;
                assert!(answer.status < 500, "{path} {name}: {answer:?}");
                asked += 1;
            }
        }
    }
    assert!(asked > 500, "only {asked} requests");
    admin.http.get("/api/v1/artists/%00").await.is(404);
}
