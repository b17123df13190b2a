//! Where one is signed in, and the refresh token as a cookie.

use access::Tokens;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, App, Http, PASSWORD, Person, new_id};
use write_api::{SignInSession, SignInSessions};

const SESSIONS: &str = "/api/v1/auth/sessions";

async fn signs_in(app: &App, user_agent: &str, query: &str) -> Answer {
    let path = format!("/api/v1/auth/login-json{query}");
    let request = app.http().request(Method::POST, &path).header("user-agent", user_agent);
    let account = json!({"username": "ada", "password": PASSWORD});
    app.http().send(request.json(&account)).await.is(200)
}

async fn sessions(person: &Person) -> Vec<SignInSession> {
    person.http.read_as::<SignInSessions>(SESSIONS).await.items
}

/// What a browser would send back.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().unwrap().to_owned()
}

async fn refreshes(http: &Http, cookie: &str, query: &str) -> Answer {
    let path = format!("/api/v1/auth/refresh{query}");
    http.send(http.request(Method::POST, &path).header("cookie", cookie))
        .await
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_one_of_them() {
    let app = App::without_read_models().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let phone: Tokens = signs_in(&app, &"Phone ".repeat(100), "").await.parse();
    let seen = sessions(&ada).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(seen.iter().map(|one| one.current).collect::<Vec<_>>(), [false, true]);
    assert_eq!(seen[0].user_agent.as_ref().unwrap().chars().count(), 300);
    for one in &seen {
        let days = (one.expires_at.millis() - one.last_used_at.millis()) / 86_400_000;
        assert_eq!((days, one.created_at), (30, one.last_used_at));
    }
    let path = format!("{SESSIONS}/{}", seen[0].id);
    bob.http.delete(&path).await.is(404);
    app.http().delete(&path).await.is(401);
    ada.http.delete(&format!("{SESSIONS}/{}", new_id())).await.is(404);
    ada.http.delete(&path).await.is(204);
    ada.http.delete(&path).await.is(404);
    app.http()
        .with(&phone.access_token)
        .get("/api/v1/auth/me")
        .await
        .is(401);
    let refresh = json!({"refresh_token": phone.refresh_token});
    app.http().post("/api/v1/auth/refresh", &refresh).await.is(401);
    assert_eq!(sessions(&ada).await.len(), 1);
    // What is over is not shown, even before it is swept.
    app.sql()
        .execute("UPDATE sessions SET turned_at = now() - interval '31 days'", &[])
        .await
        .unwrap();
    assert!(sessions(&ada).await.is_empty());
}

#[tokio::test]
async fn the_refresh_token_comes_as_a_cookie_on_request() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    let answer = signs_in(&app, "page", "?cookie=true").await;
    let set = answer.header("set-cookie").to_owned();
    assert_eq!(answer.json()["refresh_token"], Value::Null);
    for part in [
        "jonquil_refresh=",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/api/v1/auth",
        "Max-Age=2592000",
    ] {
        assert!(set.contains(part), "{set}");
    }
    assert!(
        !set.contains("Secure"),
        "a browser takes no secure cookie without TLS: {set}"
    );
    let turned = refreshes(&app.http(), &format!("other=1; {}", cookie(&answer)), "")
        .await
        .is(200);
    assert_eq!(turned.json()["refresh_token"], Value::Null);
    assert_ne!(cookie(&turned), cookie(&answer));
    let access = turned.json()["access_token"].as_str().unwrap().to_owned();
    let page = app.http().with(&access);
    page.get("/api/v1/auth/me").await.is(200);
    // From the body to the cookie.
    let path = "/api/v1/auth/refresh?cookie=true";
    let moved = app
        .http()
        .post(path, &json!({"refresh_token": ada.refresh_token}))
        .await
        .is(200);
    assert!(moved.header("set-cookie").starts_with("jonquil_refresh="));
    // Signing out takes it away.
    let request = page
        .request(Method::POST, "/api/v1/auth/logout")
        .header("cookie", cookie(&turned));
    let out = page.send(request).await.is(204);
    assert!(
        out.header("set-cookie").starts_with("jonquil_refresh=; Max-Age=0; "),
        "{}",
        out.header("set-cookie")
    );
    refreshes(&app.http(), &cookie(&turned), "").await.is(401);
}

/// Signs in through a proxy that sends these headers; the cookie's attributes, and where an exported playlist's tracks are.
async fn seen_through(app: &App, headers: &[(&str, &str)]) -> (String, String) {
    let with = |method: Method, path: &str| {
        let request = app.http().request(method, path);
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
    };
    let account = json!({"username": "ada", "password": PASSWORD});
    let login = with(Method::POST, "/api/v1/auth/login-json?cookie=true").json(&account);
    let answer = app.http().send(login).await.is(200);
    let token = answer.parse::<Value>()["access_token"].clone();
    let http = app.http().with(token.as_str().unwrap());
    let list = http.read("/api/v1/playlists/").await["items"][0]["id"].clone();
    let export = format!("/api/v1/playlists/{}/export?format=m3u8", list.as_str().unwrap());
    let export = with(Method::GET, &export).bearer_auth(token.as_str().unwrap());
    let file = app.http().send(export).await.is(200);
    let file = String::from_utf8(file.bytes.to_vec()).unwrap();
    let track = file.lines().find(|line| line.starts_with("http")).unwrap();
    let base = track.split("/api/").next().unwrap().to_owned();
    (answer.header("set-cookie").to_owned(), base)
}

async fn with_a_list(app: &App) {
    let ada = app.artist_account("ada").await;
    let kino = ada.creates_artist("Kino").await;
    let igra = ada.creates_track(kino, "Igra").await;
    let list = json!({"title": "Road", "track_ids": [igra]});
    ada.http.post("/api/v1/playlists/", &list).await.is(201);
}

#[tokio::test]
async fn where_the_service_is_nobody_but_its_operator_and_a_believed_proxy_says() {
    let made_up = [
        ("forwarded", "proto=https;host=evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
    ];
    let app = App::without_read_models().await;
    with_a_list(&app).await;
    let (cookie, base) = seen_through(&app, &made_up).await;
    assert!(
        cookie.starts_with("jonquil_refresh=") && !cookie.contains("Secure"),
        "{cookie}"
    );
    assert_eq!(base, app.http().base());

    let behind = App::builder().without_read_models();
    let behind = behind.setting("JONQUIL_TRUSTED_PROXIES", "127.0.0.1").start().await;
    with_a_list(&behind).await;
    let (cookie, base) = seen_through(&behind, &made_up).await;
    assert!(
        cookie.starts_with("__Secure-jonquil_refresh=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    let refresh = behind.http().request(Method::POST, "/api/v1/auth/refresh");
    let refresh = refresh.header("x-forwarded-proto", "https");
    let refresh = refresh.header("cookie", cookie.split(';').next().unwrap());
    behind.http().send(refresh).await.is(200);
    assert_eq!(base, behind.http().base().replace("http://", "https://"));
    assert!(!seen_through(&behind, &[]).await.0.contains("Secure"));

    let public = App::builder().without_read_models();
    let public = public
        .setting("JONQUIL_PUBLIC_URL", "https://music.example/")
        .start()
        .await;
    with_a_list(&public).await;
    let (cookie, base) = seen_through(&public, &made_up[..2]).await;
    assert!(cookie.contains("; Secure"), "{cookie}");
    assert_eq!(base, "https://music.example");
}

#[tokio::test]
async fn a_refresh_with_neither_body_nor_cookie_is_refused() {
    let app = App::without_read_models().await;
    app.listener("ada").await;
    refreshes(&app.http(), "other=1", "").await.is(401);
    app.http().post("/api/v1/auth/refresh", &Value::Null).await.is(401);
    refreshes(&app.http(), "jonquil_refresh=x", "").await.is(401);
    refreshes(&app.http(), "jonquil_refresh=", "").await.is(401);
    let refused = refreshes(&app.http(), "jonquil_refresh=x", "?cookie=perhaps")
        .await
        .is(422);
    assert_eq!(refused.faults(), ["cookie"]);
    let form = app.http().request(Method::POST, "/api/v1/auth/login?cookie=true");
    let form = form.form(&[("username", "ada"), ("password", PASSWORD)]);
    assert!(
        app.http()
            .send(form)
            .await
            .is(200)
            .header("set-cookie")
            .contains("jonquil_refresh=")
    );
}
