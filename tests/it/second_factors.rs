//! A second factor of sign-ins, and links that an admin makes.

use access::{Keys, Tokens};
use events::{Time, UserId};
use http_kit::Problem;
use serde_json::{Value, json};
use tests::{Answer, App, PASSWORD, Person, new_id, now};
use write_api::{OneTimeLink, RecoveryCodes, TotpSecret, TotpState};

pub(crate) const TOTP: &str = "/api/v1/auth/totp";
pub(crate) const OTHER_PASSWORD: &str = "crimson loom pattern 1804";

/// What the person's app shows at a moment. Made by the service's own keys, which have the examples of the RFC as tests.
pub(crate) async fn code(app: &App, person: &Person, at: Time) -> String {
    let query = "SELECT nonce FROM second_factors WHERE user_id = $1";
    let nonce: Vec<u8> = app.sql().query_one(query, &[&person.id.0]).await.unwrap().get(0);
    let keys = Keys::new(app.setting("JONQUIL_SECRET").as_bytes());
    keys.totp_code(person.id, &nonce, at)
}

async fn signs_in(app: &App, more: Value) -> Answer {
    let mut account = json!({"username": "ada", "password": PASSWORD});
    for (name, value) in more.as_object().unwrap() {
        account[name] = value.clone();
    }
    app.http().post("/api/v1/auth/login-json", &account).await
}

fn later(steps: i64) -> Time {
    Time::from_millis(now().millis() + steps * 30_000)
}

#[tokio::test]
async fn with_a_second_factor_a_sign_in_needs_a_code_once() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    let post = async |path: &str, body: Value| ada.http.post(&format!("{TOTP}{path}"), &body).await;
    assert_eq!(
        ada.http.read_as::<TotpState>(TOTP).await,
        TotpState {
            enabled: false,
            recovery_codes_left: 0
        }
    );
    let confirms = |code: &str| json!({"password": PASSWORD, "code": code});
    post("/confirm", confirms("000000")).await.is(409);
    let secret: TotpSecret = post("", json!({})).await.is(200).parse();
    assert_eq!(secret.secret.len(), 32);
    assert_eq!(
        secret.uri,
        format!("otpauth://totp/Jonquil:ada?secret={}&issuer=Jonquil", secret.secret)
    );
    // Not confirmed: nothing needs it yet.
    signs_in(&app, json!({})).await.is(200);
    assert_eq!(post("/confirm", confirms("abcdef")).await.is(422).faults(), ["code"]);
    let first = code(&app, &ada, now()).await;
    // Whoever has only a session for a moment cannot lock the person out with a factor of their own.
    let guess = json!({"password": OTHER_PASSWORD, "code": first});
    assert_eq!(post("/confirm", guess).await.is(422).faults(), ["password"]);
    let elsewhere: Tokens = signs_in(&app, json!({})).await.is(200).parse();
    let codes: RecoveryCodes = post("/confirm", confirms(&first)).await.is(200).parse();
    assert_eq!(codes.recovery_codes.len(), 10);
    is_over(&app, &elsewhere).await;
    post("", json!({})).await.is(409);

    sign_ins_take_a_code_once(&app, &ada, &first, &codes).await;
    it_is_ended_with_the_password_and_a_code(&app, &ada, &codes).await;
}

/// Whoever signed in with fewer factors is out.
async fn is_over(app: &App, session: &Tokens) {
    let there = app.http().with(&session.access_token);
    there.get("/api/v1/auth/me").await.is(401);
    let refresh = json!({"refresh_token": session.refresh_token});
    app.http().post("/api/v1/auth/refresh", &refresh).await.is(401);
}

async fn sign_ins_take_a_code_once(app: &App, ada: &Person, first: &str, codes: &RecoveryCodes) {
    let asked: Problem = signs_in(app, json!({})).await.is(401).parse();
    assert!(asked.r#type.ends_with("totp-required"), "{asked:?}");
    // A wrong password does not show that there is one.
    let wrong = json!({"username": "ada", "password": "wrong"});
    let wrong: Problem = app.http().post("/api/v1/auth/login-json", &wrong).await.is(401).parse();
    assert!(!wrong.r#type.contains("totp"), "{wrong:?}");
    let used = json!({ "code": first });
    signs_in(app, used).await.is(401);
    let next = json!({"code": code(app, ada, later(1)).await});
    signs_in(app, next.clone()).await.is(200);
    signs_in(app, next).await.is(401);
    let recovery = json!({"recovery_code": codes.recovery_codes[0].to_lowercase()});
    signs_in(app, recovery.clone()).await.is(200);
    signs_in(app, recovery).await.is(401);
    assert_eq!(
        ada.http.read_as::<TotpState>(TOTP).await,
        TotpState {
            enabled: true,
            recovery_codes_left: 9
        }
    );
    // The form takes it too.
    let form = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("recovery_code", codes.recovery_codes[1].as_str()),
    ];
    let request = app
        .http()
        .request(reqwest::Method::POST, "/api/v1/auth/login")
        .form(&form);
    app.http().send(request).await.is(200);
    // What failed counts.
    assert_eq!(
        app.number("SELECT count(*) FROM login_failures WHERE account = 'ada'")
            .await,
        5
    );
}

async fn it_is_ended_with_the_password_and_a_code(app: &App, ada: &Person, codes: &RecoveryCodes) {
    let [_, _, recovery_code, other_code, ..] = codes.recovery_codes.as_slice() else {
        panic!("{codes:?}")
    };
    let end = async |body: Value| {
        let request = ada.http.request(reqwest::Method::DELETE, TOTP);
        ada.http.send(request.json(&body)).await
    };
    let wrong = json!({"password": "wrong", "recovery_code": recovery_code});
    assert_eq!(end(wrong).await.is(422).faults(), ["password"]);
    assert_eq!(
        end(json!({"password": PASSWORD, "code": "000000"}))
            .await
            .is(422)
            .faults(),
        ["code"]
    );
    assert_eq!(end(json!({"password": PASSWORD})).await.is(422).faults(), ["code"]);
    let elsewhere = json!({"recovery_code": other_code});
    let elsewhere: Tokens = signs_in(app, elsewhere).await.is(200).parse();
    end(json!({"password": PASSWORD, "recovery_code": recovery_code}))
        .await
        .is(204);
    is_over(app, &elsewhere).await;
    ada.http.get("/api/v1/auth/me").await.is(200);
    signs_in(app, json!({})).await.is(200);
}

#[tokio::test]
async fn whoever_guesses_codes_has_to_wait() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    ada.http.post(TOTP, &json!({})).await.is(200);
    let first = code(&app, &ada, now()).await;
    ada.http
        .post(
            &format!("{TOTP}/confirm"),
            &json!({ "password": PASSWORD, "code": first }),
        )
        .await
        .is(200);
    for _ in 0..10 {
        signs_in(&app, json!({"code": "guess"})).await.is(401);
    }
    let next = json!({"code": code(&app, &ada, later(1)).await});
    signs_in(&app, next).await.is(429);
}

#[tokio::test]
async fn an_admin_makes_a_link_for_a_new_password_that_is_good_once() {
    let app = App::without_read_models().await;
    let (root, ada) = (app.admin("root").await, app.listener("ada").await);
    let path = format!("/api/v1/users/{}/password-reset", ada.id);
    ada.http.post(&path, &json!({})).await.is(403);
    root.http
        .post(
            &format!("/api/v1/users/{}/password-reset", UserId(new_id())),
            &json!({}),
        )
        .await
        .is(404);
    let old: OneTimeLink = root.http.post(&path, &json!({})).await.is(201).parse();
    let link: OneTimeLink = root.http.post(&path, &json!({})).await.is(201).parse();
    assert_eq!(link.url, format!("/app/password-reset#token={}", link.token));
    let reset = async |token: &str, password: &str| {
        let body = json!({"token": token, "password": password});
        app.http().post("/api/v1/auth/password-reset/confirm", &body).await
    };
    reset(&old.token, OTHER_PASSWORD).await.is(401);
    reset("made up", OTHER_PASSWORD).await.is(401);
    // A weak one does not use the link up.
    assert_eq!(reset(&link.token, "password12").await.is(422).faults(), ["password"]);
    reset(&link.token, OTHER_PASSWORD).await.is(204);
    reset(&link.token, OTHER_PASSWORD).await.is(401);
    signs_in(&app, json!({})).await.is(401);
    signs_in(&app, json!({"password": OTHER_PASSWORD})).await.is(200);
    ada.http.get("/api/v1/auth/me").await.is(401);
    let refresh = json!({"refresh_token": ada.refresh_token});
    app.http().post("/api/v1/auth/refresh", &refresh).await.is(401);

    let late: OneTimeLink = root.http.post(&path, &json!({})).await.is(201).parse();
    app.sql()
        .execute(
            "UPDATE one_time_links SET expires_at = now() - interval '1 second'",
            &[],
        )
        .await
        .unwrap();
    reset(&late.token, PASSWORD).await.is(401);
    let stored = "SELECT count(*) FROM one_time_links WHERE length(mac) = 32";
    assert_eq!(app.number(stored).await, 1);
}

#[tokio::test]
async fn a_link_for_a_new_password_ends_with_the_address_and_the_password_of_its_time() {
    let app = App::without_read_models().await;
    let (root, ada) = (app.admin("root").await, app.listener("ada").await);
    let own = format!("/api/v1/users/{}", ada.id);
    for change in [
        json!({"email": "other@example.org", "current_password": PASSWORD}),
        json!({"password": OTHER_PASSWORD, "current_password": PASSWORD}),
    ] {
        let link = root.http.post(&format!("{own}/password-reset"), &json!({})).await;
        let link: OneTimeLink = link.is(201).parse();
        ada.http.put(&own, &change).await.is(200);
        let reset = json!({"token": link.token, "password": "wet leaves and late trains"});
        let confirm = "/api/v1/auth/password-reset/confirm";
        app.http().post(confirm, &reset).await.is(401);
    }
    signs_in(&app, json!({"password": OTHER_PASSWORD})).await.is(200);
}

#[tokio::test]
async fn a_link_proves_the_address_that_it_was_made_for() {
    let app = App::without_read_models().await;
    let (root, ada) = (app.admin("root").await, app.listener("ada").await);
    let own = format!("/api/v1/users/{}", ada.id);
    let path = format!("{own}/email-confirmation");
    let confirm = async |token: &str| {
        app.http()
            .post("/api/v1/auth/email/confirm", &json!({ "token": token }))
            .await
    };
    ada.http.post(&path, &json!({})).await.is(403);
    let link: OneTimeLink = root.http.post(&path, &json!({})).await.is(201).parse();
    let moved = json!({"email": "other@example.org", "current_password": PASSWORD});
    ada.http.put(&own, &moved).await.is(200);
    confirm(&link.token).await.is(401);
    let link: OneTimeLink = root.http.post(&path, &json!({})).await.is(201).parse();
    // It is for nothing else.
    let reset = json!({"token": link.token, "password": OTHER_PASSWORD});
    app.http()
        .post("/api/v1/auth/password-reset/confirm", &reset)
        .await
        .is(401);
    confirm(&link.token).await.is(204);
    confirm(&link.token).await.is(401);
    ada.http
        .get(&own)
        .await
        .is(200)
        .shows(json!({"email": "other@example.org", "email_verified": true}));
}

/// Sets the person's second factor up.
async fn sets_up(app: &App, person: &Person) -> RecoveryCodes {
    person.http.post(TOTP, &json!({})).await.is(200);
    let shown = json!({"password": PASSWORD, "code": code(app, person, now()).await});
    person
        .http
        .post(&format!("{TOTP}/confirm"), &shown)
        .await
        .is(200)
        .parse()
}

fn is_asked_for_one(refused: Answer) {
    let problem: Problem = refused.is(403).parse();
    assert_eq!(problem.r#type, "/problems/second-factor-needed");
    assert!(
        problem.detail.contains("/api/v1/auth/totp"),
        "it says the way on: {problem:?}"
    );
}

#[tokio::test]
async fn whoever_must_have_a_second_factor_can_do_nothing_else_before() {
    let app = App::builder()
        .without_read_models()
        .setting("JONQUIL_SECOND_FACTOR_FOR", "admins")
        .start()
        .await;
    let (root, ada) = (app.admin("root").await, app.listener("ada").await);
    // Others decide themselves.
    ada.http.get("/api/v1/playlists/").await.is(200);
    for path in [
        "/api/v1/users/",
        "/api/v1/playlists/",
        "/api/v1/auth/api-keys",
        "/api/v1/auth/sessions",
    ] {
        is_asked_for_one(root.http.get(path).await);
    }
    let key = json!({"name": "key", "scopes": ["admin:read"]});
    is_asked_for_one(root.http.post("/api/v1/auth/api-keys", &key).await);
    root.http.get("/api/v1/auth/me").await.is(200);
    // What is for all is for them too, as for anybody.
    let public = json!({"title": "Road"});
    let private = ada.http.post("/api/v1/playlists/", &public).await.is(201).id();
    root.http.get("/api/v1/artists/").await.is(200);
    root.http.get(&format!("/api/v1/playlists/{private}")).await.is(404);
    let codes = sets_up(&app, &root).await;
    for path in ["/api/v1/users/".to_owned(), format!("/api/v1/playlists/{private}")] {
        root.http.get(&path).await.is(200);
    }
    root.http.post("/api/v1/auth/api-keys", &key).await.is(201);
    // Without it they are where they began.
    let end = json!({"password": PASSWORD, "recovery_code": codes.recovery_codes[0]});
    let request = root.http.request(reqwest::Method::DELETE, TOTP);
    root.http.send(request.json(&end)).await.is(204);
    is_asked_for_one(root.http.get("/api/v1/users/").await);
    let request = root.http.request(reqwest::Method::POST, "/api/v1/auth/logout");
    root.http.send(request).await.is(204);
}
