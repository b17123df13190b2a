//! Accounts: registering, signing in, staying signed in, being stopped, and what others see.

use std::time::Duration;

use access::{Keys, Tokens};
use domain::{Session, SessionId};
use events::{Role, Topic};
use http_kit::Problem;
use jonquil::{Config, NewAccount, create_user};
use representations::User;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, App, PASSWORD, Person, eventually_within, new_id, now};
use uuid::Uuid;

const LATER: &str = "UPDATE login_failures SET failed_at = failed_at - interval '5 minutes'";

async fn signs_in(app: &App, name: &str, password: &str) -> Answer {
    app.http()
        .post(
            "/api/v1/auth/login-json",
            &json!({"username": name, "password": password}),
        )
        .await
}

async fn refreshes(app: &App, token: &str) -> Answer {
    app.http()
        .post("/api/v1/auth/refresh", &json!({"refresh_token": token}))
        .await
}

/// A problem without what is of one request only.
fn problem(answer: Answer, status: u16) -> Value {
    let mut problem = answer.is(status).json();
    for own in ["request_id", "instance"] {
        problem.as_object_mut().unwrap().remove(own);
    }
    problem
}

async fn pseudonym(app: &App, person: &Person) -> String {
    let row = app
        .sql()
        .query_one("SELECT listener_id::text FROM users WHERE id = $1", &[&person.id.0])
        .await;
    row.unwrap().get(0)
}

async fn session_of(app: &App, person: &Person) -> Uuid {
    let of = "SELECT id FROM sessions WHERE user_id = $1";
    app.sql().query_one(of, &[&person.id.0]).await.unwrap().get(0)
}

#[tokio::test]
async fn what_registers_must_be_valid_and_new() {
    let app = App::start().await;
    let register = async |username: &str, email: &str, password: &str| {
        let account = json!({"username": username, "email": email, "password": password});
        app.http().post("/api/v1/auth/register", &account).await
    };
    let ada = register("Ada", "Ada@example.org", PASSWORD).await.is(201);
    ada.shows(json!({"username": "ada", "role": "listener", "is_active": true, "email": "ada@example.org"}));
    assert_eq!(ada.json().get("password_hash"), None);
    let taken: Problem = register("ADA", "other@example.org", PASSWORD).await.is(409).parse();
    assert!(taken.detail.contains("username"), "{taken:?}");
    let taken: Problem = register("other", "ada@EXAMPLE.org", PASSWORD).await.is(409).parse();
    assert!(taken.detail.contains("address"), "{taken:?}");
    for (username, email, password, field) in [
        ("ab", "a@example.org", PASSWORD, "username"),
        ("a b c", "a@example.org", PASSWORD, "username"),
        ("abc", "nowhere", PASSWORD, "email"),
        ("abc", "a@example.org", "short", "password"),
        ("abc", "a@example.org", "password1234", "password"),
        ("abcdefghij", "a@example.org", "abcdefghij", "password"),
    ] {
        assert_eq!(
            register(username, email, password).await.is(422).faults(),
            [field],
            "{username} {email}"
        );
    }
    assert_eq!(
        register("", "", "").await.is(422).faults(),
        ["username", "email", "password"]
    );
    let weak: Problem = register("abc", "a@example.org", "password1234").await.is(422).parse();
    assert!(weak.errors[0].message.contains("too easy to guess: "), "{weak:?}");
    assert_eq!(app.number("SELECT count(*) FROM users").await, 1);
    assert_eq!(
        app.number("SELECT count(*) FROM outbox WHERE topic = 'jonquil.users.v1'")
            .await,
        1
    );
}

#[tokio::test]
async fn nobody_makes_oneself_an_admin() {
    let app = App::start().await;
    let mut account = json!({"username": "root", "email": "r@example.org", "password": PASSWORD});
    let register = async |account: &Value| app.http().post("/api/v1/auth/register", account).await;
    for role in ["admin", "king", "Admin", ""] {
        account["role"] = role.into();
        assert_eq!(register(&account).await.is(422).faults(), ["role"], "{role}");
    }
    account["role"] = Value::Null;
    account["is_active"] = true.into();
    assert_eq!(register(&account).await.is(422).faults(), ["is_active"]);
    account.as_object_mut().unwrap().remove("is_active");
    account.as_object_mut().unwrap().remove("email");
    assert_eq!(register(&account).await.is(422).faults(), ["email"]);
    assert_eq!(app.number("SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn artists_register_only_where_the_operator_lets_them() {
    let app = App::builder()
        .setting("JONQUIL_OPEN_ARTIST_SIGNUP", "false")
        .start()
        .await;
    let artist = json!({"username": "label", "email": "l@example.org", "password": PASSWORD, "role": "artist"});
    assert_eq!(
        app.http().post("/api/v1/auth/register", &artist).await.is(422).faults(),
        ["role"]
    );
    let ada = app.listener("ada").await;
    drop(
        ada.http
            .post("/api/v1/artists/", &json!({"name": "Kino"}))
            .await
            .is(403),
    );
    let (album, track) = (
        json!({"title": "Noch", "artist_id": new_id()}),
        json!({"title": "Igra", "artist_id": new_id()}),
    );
    drop(ada.http.post("/api/v1/albums/", &album).await.is(403));
    drop(ada.http.post("/api/v1/tracks/", &track).await.is(403));
}

#[tokio::test]
async fn the_operator_makes_an_admin_and_no_name_twice() {
    let app = App::start().await;
    let needed = [
        "POSTGRES_URL",
        "KAFKA_URL",
        "ELASTICSEARCH_URL",
        "CLICKHOUSE_URL",
        "REDIS_URL",
        "S3_URL",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "SECRET",
    ];
    let lookup = |name: &str| {
        let known = name
            .strip_prefix("JONQUIL_")
            .is_some_and(|short| needed.contains(&short));
        known.then(|| app.setting(name).to_owned())
    };
    let config = Config::from_lookup(lookup).unwrap_or_else(|faults| panic!("{faults}"));
    let root = |password: &str| NewAccount {
        username: "Root".to_owned(),
        email: "root@example.org".to_owned(),
        password: password.to_owned(),
        role: Role::Admin,
    };
    let weak = create_user(&config, root("password12"))
        .await
        .expect_err("a weak password")
        .to_string();
    assert!(weak.contains("password") && !weak.contains("password12"), "{weak}");
    assert!(create_user(&config, root(PASSWORD)).await.unwrap());
    assert!(
        !create_user(&config, root(PASSWORD)).await.unwrap(),
        "the name is taken"
    );

    let tokens: Tokens = signs_in(&app, "root", PASSWORD).await.is(200).parse();
    let me = app.http().with(&tokens.access_token).get("/api/v1/auth/me").await;
    me.is(200).shows(json!({"role": "admin", "username": "root"}));
    assert_eq!(
        app.number("SELECT count(*) FROM outbox WHERE topic = 'jonquil.users.v1'")
            .await,
        1
    );
}

#[tokio::test]
async fn one_signs_in_by_form_or_json_with_name_or_address_and_faults_look_alike() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let form = async |name: &str, password: &str| {
        let request = app.http().request(Method::POST, "/api/v1/auth/login");
        let fields = [
            ("username", name),
            ("password", password),
            ("grant_type", "password"),
            ("scope", ""),
        ];
        app.http().send(request.form(&fields)).await
    };
    for name in ["ada", "ADA", " ada ", "ada@example.org", "Ada@Example.org"] {
        for answer in [form(name, PASSWORD).await, signs_in(&app, name, PASSWORD).await] {
            let tokens: Tokens = answer.is(200).parse();
            let signed_in = app.http().with(&tokens.access_token);
            assert_eq!(signed_in.get("/api/v1/auth/me").await.is(200).id(), ada.id.0, "{name}");
        }
    }
    let wrong = problem(signs_in(&app, "ada", "wrong").await, 401);
    for (name, password) in [
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("a\0", "b"),
        ("ada", ""),
    ] {
        assert_eq!(problem(signs_in(&app, name, password).await, 401), wrong, "{name:?}");
    }
    assert_eq!(problem(form("nobody", PASSWORD).await, 401), wrong);
    assert_eq!(
        app.http()
            .post("/api/v1/auth/login-json", &json!({"username": "ada"}))
            .await
            .is(422)
            .faults(),
        ["password"]
    );
}

#[tokio::test]
async fn after_ten_failures_an_address_waits_whatever_the_account() {
    let app = App::start().await;
    let (_, _) = (app.listener("ada").await, app.listener("bob").await);
    for _ in 0..12 {
        drop(signs_in(&app, "bob", PASSWORD).await.is(200));
    }
    for _ in 0..10 {
        drop(signs_in(&app, "ada", "wrong").await.is(401));
    }
    // The right password too, and another's: whoever guesses does not learn that it was right.
    for name in ["ada", "bob", "nobody"] {
        let refused = signs_in(&app, name, PASSWORD).await.is(429);
        assert_eq!(refused.header("retry-after"), "300", "{name}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    app.sql().execute(LATER, &[]).await.unwrap();
    for name in ["ada", "bob"] {
        drop(signs_in(&app, name, PASSWORD).await.is(200));
    }
}

#[tokio::test]
async fn nobody_locks_another_out() {
    let app = App::builder()
        .setting("JONQUIL_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    app.listener("ada").await;
    let from = async |address: &str, password: &str| {
        let request = app
            .http()
            .request(Method::POST, "/api/v1/auth/login-json")
            .header("X-Forwarded-For", address);
        app.http()
            .send(request.json(&json!({"username": "ada", "password": password})))
            .await
    };
    for _ in 0..10 {
        drop(from("192.0.2.1", "wrong").await.is(401));
    }
    drop(from("192.0.2.1", PASSWORD).await.is(429));
    drop(from("192.0.2.2", PASSWORD).await.is(200));
}

#[tokio::test]
async fn only_what_the_service_signed_and_not_too_long_ago_is_a_token() {
    let app = App::start().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let keys = Keys::new(app.setting("JONQUIL_SECRET").as_bytes());
    let at = |seconds: i64| events::Time::from_millis(now().millis() + seconds * 1000);
    let ids = [session_of(&app, &ada).await, session_of(&app, &bob).await, new_id()];
    let [ada_session, bob_session, no_session] = ids.map(SessionId);
    let token = |keys: &Keys, id, seconds| {
        let session = Session {
            id,
            user_id: ada.id,
            generation: 0,
            began_at: at(seconds),
            turned_at: at(seconds),
        };
        keys.tokens_of(&session, now()).unwrap().access_token
    };
    let me = async |token: &str| app.http().with(token).get("/api/v1/auth/me").await;
    let good = token(&keys, ada_session, 0);
    assert_eq!(me(&good).await.is(200).id(), ada.id.0);
    assert_eq!(me(&token(&keys, ada_session, -14 * 60)).await.is(200).id(), ada.id.0);

    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let [_, payload, signature] = parts(&good).try_into().expect("a JWT has three parts");
    let (header_of_bob, payload_of_bob) = (
        parts(&token(&keys, bob_session, 0))[0].clone(),
        parts(&token(&keys, bob_session, 0))[1].clone(),
    );
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"; // {"alg":"none","typ":"JWT"}
    for forged in [
        token(
            &Keys::new(b"another secret, of the same length as that"),
            ada_session,
            0,
        ),
        token(&keys, ada_session, -15 * 60),
        token(&keys, ada_session, 60),
        token(&keys, no_session, 0),
        format!("{none}.{payload}."),
        format!("{none}.{payload}"),
        format!("{none}.{payload}.{signature}"),
        format!("{header_of_bob}.{payload_of_bob}.{signature}"),
        format!("{header_of_bob}.{payload}."),
        ada.refresh_token.clone(),
        "x".to_owned(),
    ] {
        let refused = me(&forged).await.is(401);
        assert_eq!(refused.header("content-type"), "application/problem+json");
        // A bad token is refused where none is asked for as well.
        drop(app.http().with(&forged).get("/api/v1/tracks/").await.is(401));
    }
    let basic = app
        .http()
        .request(Method::GET, "/api/v1/auth/me")
        .header("Authorization", "Basic YWRhOng=");
    drop(app.http().send(basic).await.is(401));
}

#[tokio::test]
async fn a_disabled_and_a_deleted_account_are_stopped_within_five_seconds() {
    let app = App::start().await;
    let people = [app.listener("ada").await, app.listener("bob").await];
    for person in &people {
        drop(person.http.get("/api/v1/auth/me").await.is(200));
    }
    app.sql()
        .execute("UPDATE users SET is_active = false WHERE username = 'ada'", &[])
        .await
        .unwrap();
    app.sql()
        .execute("DELETE FROM users WHERE username = 'bob'", &[])
        .await
        .unwrap();
    for person in &people {
        eventually_within(
            Duration::from_millis(5_500),
            "the access token is refused",
            async || (person.http.get("/api/v1/auth/me").await.status == 401).then_some(()),
        )
        .await;
        drop(
            person
                .http
                .get(&format!("/api/v1/users/{}/stats", person.id))
                .await
                .is(401),
        );
        drop(signs_in(&app, &person.username, PASSWORD).await.is(401));
        drop(refreshes(&app, &person.refresh_token).await.is(401));
    }
}

#[tokio::test]
async fn others_see_of_a_person_what_is_public() {
    let app = App::start().await;
    let (ada, bob) = (app.listener("ada").await, app.artist_account("bob").await);
    let admin = app.admin("root").await;
    let path = format!("/api/v1/users/{}", ada.id);
    let public = ["created_at", "display_name", "id", "role", "username"];
    for seen in [
        app.http().get(&path).await.is(200).json(),
        bob.http.get(&path).await.is(200).json(),
    ] {
        let mut fields: Vec<&str> = seen.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, public);
    }
    for person in [&ada, &admin] {
        let seen = person.http.get(&path).await.is(200);
        seen.shows(json!({"email": "ada@example.org", "email_verified": false}));
    }
    let all = [
        "library",
        "playlists",
        "events:write",
        "catalogue:read",
        "catalogue:write",
        "admin:read",
        "admin",
    ];
    for (person, scopes) in [(&ada, &all[..4]), (&bob, &all[..5]), (&admin, &all[..])] {
        let me: User = person.http.read_as("/api/v1/auth/me").await;
        assert_eq!(me.scopes.unwrap_or_default(), scopes);
    }
}

#[tokio::test]
async fn no_answer_shows_a_pseudonym() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let (label, admin) = (app.artist_account("label").await, app.admin("root").await);
    let artist = label.creates_artist("Kino").await;
    let track = label.creates_track(artist, "Igra").await;
    let listener = pseudonym(&app, &ada).await;
    let simple = listener.replace('-', "");
    let hides = |answer: &Answer, what: &str| {
        let shown = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.bytes)).to_lowercase();
        assert!(
            !shown.contains(&listener) && !shown.contains(&simple) && !shown.contains("listener_id"),
            "{what}: {shown}"
        );
    };
    hides(
        &ada.http
            .post(&format!("/api/v1/tracks/{track}/listen"), &json!({}))
            .await
            .is(202),
        "listen",
    );
    hides(
        &ada.posts(&[json!({"track_id": track, "ms_played": 180_000})])
            .await
            .is(202),
        "listening-events",
    );
    hides(&signs_in(&app, "ada", PASSWORD).await.is(200), "login");
    hides(&refreshes(&app, &ada.refresh_token).await.is(200), "refresh");
    app.settle().await;
    let id = ada.id;
    for path in [
        "auth/me".to_owned(),
        format!("users/{id}"),
        format!("users/{id}/stats"),
        format!("users/{id}/listening-history"),
        format!("analytics/user/{id}/stats"),
        format!("analytics/user/{id}/listening-history"),
        format!("tracks/{track}"),
        format!("artists/{artist}"),
        "tracks/popular?period=day".to_owned(),
        "tracks/popular?period=week".to_owned(),
        "analytics/realtime/platform-stats".to_owned(),
        "analytics/realtime/active-users".to_owned(),
        format!("analytics/clickhouse/track/{track}/stats"),
        format!("analytics/clickhouse/artist/{artist}/stats"),
        "analytics/clickhouse/health".to_owned(),
    ] {
        for person in [&ada, &admin] {
            hides(&person.http.get(&format!("/api/v1/{path}")).await, &path);
        }
    }
    assert!(!jonquil::openapi().to_json().unwrap().contains("listener_id"));
}

#[tokio::test]
async fn what_is_told_of_an_account_names_nobody() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    ada.hears(track).await;
    app.settle().await;
    let listener = pseudonym(&app, &ada).await;
    for topic in Topic::ALL {
        for record in app.records(topic).await {
            let text = String::from_utf8_lossy(&record.payload).into_owned();
            assert!(!text.contains("example.org") && !text.contains("\"ada\""), "{text}");
            let both = text.contains(&listener) && text.contains(&ada.id.to_string());
            assert!(!both, "an account beside its pseudonym: {text}");
        }
    }
    let listens = app.records(Topic::Listens).await;
    assert_eq!(
        listens.iter().map(|record| record.key.as_str()).collect::<Vec<_>>(),
        [listener.as_str()]
    );
}
