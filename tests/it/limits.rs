//! How often one address or one person may do something: whoever does it too often waits, and nobody else does.

use futures_util::future::join_all;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{Answer, App, Http, PASSWORD, Wav};

const AT_ONCE: usize = 50;
/// Rounds until it is too much: the largest burst is ten of them. The others are for what is refilled meanwhile.
const ROUNDS: usize = 200;

async fn from(http: &Http, address: &str, path: &str, body: &Value) -> Answer {
    let request = http.request(Method::POST, path).header("X-Forwarded-For", address);
    http.send(request.json(body)).await
}

/// Sends it from one address until that is too often; how it was refused.
async fn too_often(http: &Http, path: &str, body: &Value) -> Answer {
    for _ in 0..ROUNDS {
        let answers = join_all((0..AT_ONCE).map(|_| from(http, "192.0.2.1", path, body))).await;
        if let Some(refused) = answers.into_iter().find(|answer| answer.status == 429) {
            return refused;
        }
    }
    panic!("{path} is not limited")
}

#[track_caller]
fn shows(answer: &Answer, standing: &str) {
    let shown = answer.header("ratelimit");
    assert!(shown.starts_with(standing), "{shown} and not {standing}");
}

#[tokio::test]
async fn whoever_signs_in_registers_or_refreshes_too_often_waits_and_nobody_else_does() {
    let app = App::builder().setting("JONQUIL_TRUSTED_PROXIES", "127.0.0.1");
    let app = app.without_read_models().start().await;
    let ada = app.listener("ada").await;
    // Refused before a password is looked at: nobody has so long a name.
    let nobody = json!({"username": "a".repeat(300), "password": "x"});
    for (path, body, what, status) in [
        ("/api/v1/auth/login-json", nobody, "sign-in", 401),
        ("/api/v1/auth/register", json!({}), "register", 422),
        ("/api/v1/auth/refresh", json!({"refresh_token": "x"}), "refresh", 401),
    ] {
        let refused = too_often(&app.http(), path, &body).await;
        let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=2).contains(&seconds), "{seconds}");
        shows(&refused, &format!("\"{what}\";r=0;"));
        refused.shows(json!({"type": "/problems/too-many"}));
        let other = from(&app.http(), "192.0.2.2", path, &body).await.is(status);
        shows(&other, &format!("\"{what}\";r=499;"));
    }
    let right = json!({"username": "ada", "password": PASSWORD});
    let other = from(&app.http(), "192.0.2.2", "/api/v1/auth/login-json", &right).await;
    other.is(200);
    let token = json!({"refresh_token": ada.refresh_token});
    let other = from(&app.http(), "192.0.2.2", "/api/v1/auth/refresh", &token).await;
    other.is(200);
    // The form has no other limit than JSON.
    let form = app.http().request(Method::POST, "/api/v1/auth/login");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let form = form
        .header("X-Forwarded-For", "192.0.2.3")
        .body("username=nobody&password=x");
    shows(&app.http().send(form).await.is(401), "\"sign-in\";r=499;");
}

/// Two thousand streams are too many for a story: how many are left is in the answer. That it is a 429 in the end, the tests of
/// the limiter show.
#[tokio::test]
async fn each_stream_and_each_upload_is_counted_for_its_person() {
    let app = App::without_read_models().await;
    let (label, other) = (app.artist_account("label").await, app.listener("other").await);
    let sound = Wav::named(1_000, 1, "Igra", "Kino").bytes();
    let form = Form::new().part("file", Part::bytes(sound).file_name("igra.wav"));
    let upload = label.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    let uploaded = label.http.send(upload.multipart(form)).await.is(201);
    shows(&uploaded, "\"upload\";r=999;");
    let stream = format!("/api/v1/tracks/{}/stream", uploaded.id());
    for person in [&label, &other] {
        shows(&person.http.get(&stream).await.is(200), "\"stream\";r=1999;");
    }
}
