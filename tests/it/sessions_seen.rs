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
