//! Accounts: registering, signing in, staying signed in, and being stopped.

use serde_json::json;
use tests::{App, PASSWORD, eventually};

#[tokio::test]
async fn what_registers_must_be_valid_and_new() {
    let app = App::start().await;
    let register = async |username: &str, email: &str, password: &str| {
        let account = json!({"username": username, "email": email, "password": password});
        app.http().post("/api/v1/auth/register", &account).await
    };
    let ada = register("Ada", "Ada@example.org", PASSWORD).await.is(201).json();
    assert_eq!((&ada["username"], &ada["role"], &ada["is_active"]), (&json!("ada"), &json!("listener"), &json!(true)));
    assert_eq!(ada.get("listener_id"), None, "the pseudonym is never shown");
    assert_eq!(ada.get("password_hash"), None);
    drop(register("ADA", "other@example.org", PASSWORD).await.is(409));
    drop(register("other", "ada@EXAMPLE.org", PASSWORD).await.is(409));
    for (username, email, password, field) in [
        ("ab", "a@example.org", PASSWORD, "username"),
        ("a b c", "a@example.org", PASSWORD, "username"),
        ("abc", "nowhere", PASSWORD, "email"),
        ("abc", "a@example.org", "short", "password"),
        ("abc", "a@example.org", "password1234", "password"),
        ("abcdefghij", "a@example.org", "abcdefghij", "password"),
    ] {
        assert_eq!(register(username, email, password).await.is(422).faults(), [field], "{username} {email}");
    }
    let all = register("", "", "").await.is(422).faults();
    assert_eq!(all, ["username", "email", "password"]);
    let admin = json!({"username": "root", "email": "r@example.org", "password": PASSWORD, "role": "admin"});
    assert_eq!(app.http().post("/api/v1/auth/register", &admin).await.is(422).faults(), ["role"]);
}

#[tokio::test]
async fn artists_register_only_where_the_operator_lets_them() {
    let app = App::builder().setting("JONQUIL_OPEN_ARTIST_SIGNUP", "false").start().await;
    let artist = json!({"username": "label", "email": "l@example.org", "password": PASSWORD, "role": "artist"});
    assert_eq!(app.http().post("/api/v1/auth/register", &artist).await.is(422).faults(), ["role"]);
    drop(app.listener("ada").await);
}

#[tokio::test]
async fn ten_wrong_passwords_are_enough() {
    let app = App::start().await;
    app.listener("ada").await;
    let login = async |name: &str, password: &str| {
        app.http().post("/api/v1/auth/login-json", &json!({"username": name, "password": password})).await
    };
    let unknown = login("nobody", PASSWORD).await.is(401).json();
    for _ in 0..9 {
        let wrong = login("ada", "wrong").await.is(401).json();
        assert_eq!(wrong["detail"], unknown["detail"], "an unknown name is not told apart");
    }
    let refused = login("ada", PASSWORD).await.is(429);
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    // Five minutes later.
    app.sql().execute("UPDATE login_failures SET failed_at = failed_at - interval '5 minutes'", &[]).await.unwrap();
    drop(login("ada", PASSWORD).await.is(200));
    for _ in 0..5 {
        drop(login("ada", PASSWORD).await.is(200));
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_a_copy_ends_the_session() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let refresh = async |token: &str| app.http().post("/api/v1/auth/refresh", &json!({"refresh_token": token})).await;
    let text = |answer: tests::Answer| answer.is(200).json()["refresh_token"].as_str().unwrap().to_owned();
    let second = text(refresh(&ada.refresh_token).await);
    // A lost answer, or a second tab.
    let sibling = text(refresh(&ada.refresh_token).await);
    assert_ne!(second, sibling);
    let third = text(refresh(&second).await);

    app.sql().execute("UPDATE refresh_tokens SET used_at = used_at - interval '11 seconds'", &[]).await.unwrap();
    drop(refresh(&ada.refresh_token).await.is(401));
    for revoked in [&third, &sibling] {
        drop(refresh(revoked).await.is(401));
    }
    drop(refresh("no token").await.is(401));
    let stored = "SELECT count(*) FROM refresh_tokens WHERE convert_from(hash, 'LATIN1') = $1";
    let stored = app.sql().query_one(stored, &[&third]).await.unwrap();
    assert_eq!(stored.get::<_, i64>(0), 0, "tokens are stored as hashes");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let token = json!({"refresh_token": ada.refresh_token});
    drop(app.http().post("/api/v1/auth/logout", &token).await.is(401));
    drop(ada.http.post("/api/v1/auth/logout", &token).await.is(204));
    drop(app.http().post("/api/v1/auth/refresh", &token).await.is(401));
}

#[tokio::test]
async fn a_disabled_account_is_stopped_within_seconds() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    drop(ada.http.get("/api/v1/auth/me").await.is(200));
    app.sql().execute("UPDATE users SET is_active = false", &[]).await.unwrap();
    eventually("the access token is refused", async || {
        (ada.http.get("/api/v1/auth/me").await.status == 401).then_some(())
    })
    .await;
    let login = json!({"username": "ada", "password": PASSWORD});
    drop(app.http().post("/api/v1/auth/login-json", &login).await.is(401));
    drop(app.http().post("/api/v1/auth/refresh", &json!({"refresh_token": ada.refresh_token})).await.is(401));
}

#[tokio::test]
async fn others_see_of_a_person_what_is_public() {
    let app = App::start().await;
    let (ada, bob) = (app.listener("ada").await, app.artist_account("bob").await);
    let admin = app.admin("root").await;
    let path = format!("/api/v1/users/{}", ada.id);
    for seen in [app.http().get(&path).await.is(200).json(), bob.http.get(&path).await.is(200).json()] {
        assert_eq!((&seen["username"], seen.get("email"), seen.get("is_active")), (&json!("ada"), None, None));
    }
    for seen in [ada.http.get(&path).await.is(200).json(), admin.http.get(&path).await.is(200).json()] {
        assert_eq!(seen["email"], "ada@example.org");
        assert_eq!(seen.get("listener_id"), None);
    }
    let scopes = async |person: &tests::Person| person.http.get("/api/v1/auth/me").await.is(200).json()["scopes"].clone();
    assert_eq!(scopes(&ada).await, json!(["library", "events:write"]));
    assert_eq!(scopes(&bob).await, json!(["library", "events:write", "catalogue:write"]));
    assert_eq!(scopes(&admin).await, json!(["library", "events:write", "catalogue:write", "admin"]));
}

#[tokio::test]
async fn what_is_told_of_an_account_names_nobody() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    ada.hears(track).await;
    app.settle().await;
    let listener: String = {
        let row = app.sql().query_one("SELECT listener_id::text FROM users WHERE username = 'ada'", &[]).await;
        row.unwrap().get(0)
    };
    for topic in events::Topic::ALL {
        for record in app.records(topic).await {
            let text = String::from_utf8_lossy(&record.payload).into_owned();
            assert!(!text.contains("example.org") && !text.contains("\"ada\""), "{text}");
            let both = text.contains(&listener) && text.contains(&ada.id.to_string());
            assert!(!both, "an account beside its pseudonym: {text}");
        }
    }
    let heard = app.records(events::Topic::Listens).await;
    assert_eq!(heard.iter().map(|record| record.key.as_str()).collect::<Vec<_>>(), [listener.as_str()]);
}
