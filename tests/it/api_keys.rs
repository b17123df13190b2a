//! API keys: a program acts in a person's name, within what its key is for.

use std::{collections::HashSet, time::Duration};

use access::Keys;
use domain::ApiKeyId;
use events::Topic;
use http_kit::Problem;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, App, Http, Person, eventually_within, new_id};
use write_api::{ApiKeys, BatchOutcome, NewApiKey};

const KEYS: &str = "/api/v1/auth/api-keys";

async fn makes(person: &Person, scopes: &[&str]) -> NewApiKey {
    let key = json!({"name": "home", "scopes": scopes});
    person.http.post(KEYS, &key).await.is(201).parse()
}

/// A request under a key, with a JSON body where there is one.
async fn under(http: &Http, key: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = http.request(method, path).header("X-Api-Key", key);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    http.send(request).await
}

async fn gets(app: &App, key: &str, path: &str) -> Answer {
    under(&app.http(), key, Method::GET, path, None).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_stored_as_a_mac() {
    let app = App::without_read_models().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let made = ada
        .http
        .post(KEYS, &json!({"name": " home ", "scopes": ["library", "events:write"]}))
        .await
        .is(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let made: NewApiKey = made.parse();
    assert!(made.secret.starts_with("jq_"), "{}", made.secret);
    assert_eq!((made.key.name.as_str(), made.key.last_used_at), ("home", None));
    let listed = ada.http.get(KEYS).await.is(200);
    assert!(!String::from_utf8_lossy(&listed.bytes).contains("secret"));
    let listed: ApiKeys = listed.parse();
    assert_eq!(listed.items[0].scopes, ["library", "events:write"]);
    assert!(bob.http.read_as::<ApiKeys>(KEYS).await.items.is_empty());
    let stored: Vec<u8> = app
        .sql()
        .query_one("SELECT mac FROM api_keys", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(stored.len(), 32);

    gets(&app, &made.secret, "/api/v1/auth/me").await.is(200).shows(json!({
        "username": "ada", "scopes": ["library", "events:write"],
    }));
    let listed: ApiKeys = ada.http.read_as(KEYS).await;
    assert!(listed.items[0].last_used_at.is_some());
    for (body, field) in [
        (json!({"name": "", "scopes": ["library"]}), "name"),
        (json!({"name": "a", "scopes": []}), "scopes"),
        (json!({"name": "a", "scopes": ["root"]}), "scopes"),
        (json!({"name": "a", "scopes": ["admin"]}), "scopes"),
        (
            json!({"name": "a", "scopes": ["library"], "expires_at": "2020-01-01T00:00:00Z"}),
            "expires_at",
        ),
        (json!({"name": "a", "scopes": ["library"], "secret": "mine"}), "secret"),
    ] {
        assert_eq!(ada.http.post(KEYS, &body).await.is(422).faults(), [field], "{body}");
    }
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_no_more() {
    let app = App::without_read_models().await;
    let ada = app.artist_account("ada").await;
    let track = ada.creates_track(ada.creates_artist("Kino").await, "Igra").await;
    let library = makes(&ada, &["library"]).await.secret;
    let events = makes(&ada, &["events:write"]).await.secret;
    let catalogue = makes(&ada, &["catalogue:write"]).await.secret;
    let http = app.http();
    let artist = || Some(json!({"name": "Zvuki Mu"}));
    under(&http, &catalogue, Method::POST, "/api/v1/artists/", artist())
        .await
        .is(201);
    under(&http, &events, Method::POST, "/api/v1/artists/", artist())
        .await
        .is(403);
    let listen = format!("/api/v1/tracks/{track}/listen");
    under(&http, &events, Method::POST, &listen, Some(json!({})))
        .await
        .is(202);
    let refused = under(&http, &library, Method::POST, &listen, Some(json!({})))
        .await
        .is(403);
    let refused: Problem = refused.parse();
    assert!(refused.detail.contains("events:write"), "{refused:?}");
    assert_eq!(app.events_on(Topic::Listens).await, 1);
    // What anybody may see, a key for something else may see too.
    for key in [&library, &events, &catalogue] {
        gets(&app, key, &format!("/api/v1/tracks/{track}")).await.is(200);
    }
    // The account itself is for a person who signed in.
    let all = [
        "library",
        "playlists",
        "events:write",
        "catalogue:read",
        "catalogue:write",
    ];
    let all = makes(&ada, &all).await.secret;
    let own = format!("/api/v1/users/{}", ada.id);
    for (method, path) in [
        (Method::GET, KEYS),
        (Method::POST, KEYS),
        (Method::GET, "/api/v1/auth/sessions"),
        (Method::POST, "/api/v1/auth/logout"),
        (Method::PUT, own.as_str()),
        (Method::DELETE, own.as_str()),
    ] {
        under(&http, &all, method.clone(), path, Some(json!({}))).await.is(403);
    }
    gets(&app, &all, &own)
        .await
        .is(200)
        .shows(json!({"email": "ada@example.org"}));
}

#[tokio::test]
async fn an_admins_key_acts_as_an_admin_only_with_that_scope() {
    let app = App::without_read_models().await;
    let (root, ada) = (app.admin("root").await, app.listener("ada").await);
    let library = makes(&root, &["library"]).await.secret;
    let reads = makes(&root, &["library", "admin:read"]).await.secret;
    let admin = makes(&root, &["admin"]).await.secret;
    let of_ada = format!("/api/v1/users/{}", ada.id);
    for (key, sees, lists, makes) in [
        (&library, false, 403, 403),
        (&reads, true, 200, 403),
        (&admin, true, 200, 422),
    ] {
        let seen = gets(&app, key, &of_ada).await.is(200).json();
        // With `admin` alone nothing but what anybody sees of one's library.
        let is_shown = sees && key != &admin;
        assert_eq!(seen.get("email").is_some(), is_shown, "{seen}");
        gets(&app, key, "/api/v1/users/").await.is(lists);
        let made = under(&app.http(), key, Method::POST, "/api/v1/users/", Some(json!({}))).await;
        made.is(makes);
    }
    // Whoever is no admin any more has no admin's key.
    app.sql()
        .execute("UPDATE users SET role = 'listener' WHERE username = 'root'", &[])
        .await
        .unwrap();
    eventually_within(Duration::from_millis(5_500), "the key acts as a listener", async || {
        (gets(&app, &admin, "/api/v1/users/").await.status == 403).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_program_reports_many_listens_with_its_scope_and_those_of_others_only_as_an_admin() {
    let app = App::without_read_models().await;
    let (label, ada, root) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.admin("root").await,
    );
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let posts = async |by: &Person, scopes: &[&str], event: Value| {
        let key = makes(by, scopes).await.secret;
        let body = Some(json!({ "events": [event] }));
        under(
            &app.http(),
            &key,
            Method::POST,
            "/api/v1/analytics/listening-events",
            body,
        )
        .await
    };
    let own = json!({"track_id": track, "ms_played": 180_000});
    posts(&ada, &["library"], own.clone()).await.is(403);
    let outcome = posts(&ada, &["events:write"], own).await.is(202);
    outcome.shows(json!({"accepted": 1, "rejected": []}));

    let of_ada = json!({"track_id": track, "ms_played": 180_000, "user_id": ada.id});
    let outcome: BatchOutcome = posts(&root, &["events:write"], of_ada.clone()).await.is(202).parse();
    assert_eq!((outcome.accepted, outcome.rejected.len()), (0, 1));
    assert!(
        outcome.rejected[0].error.starts_with("user_id"),
        "{}",
        outcome.rejected[0].error
    );
    let outcome = posts(&root, &["events:write", "admin"], of_ada).await.is(202);
    outcome.shows(json!({"accepted": 1, "rejected": []}));
    let records = app.records(Topic::Listens).await;
    let keys: HashSet<&str> = records.iter().map(|record| record.key.as_str()).collect();
    assert_eq!((records.len(), keys.len()), (2, 1), "both are of ada");
}

#[tokio::test]
async fn a_key_ends_with_its_day_with_its_deletion_and_with_its_account() {
    let app = App::builder().apis(2).without(tests::Role::Search).start().await;
    let (root, ada, bob) = (
        app.admin("root").await,
        app.listener("ada").await,
        app.listener("bob").await,
    );
    let stops = async |key: &str| {
        eventually_within(Duration::from_millis(5_500), "the key stops", async || {
            let there = app.api(1);
            let answer = under(&there, key, Method::GET, "/api/v1/auth/me", None).await;
            (answer.status == 401).then_some(())
        })
        .await;
    };
    let works = async |key: &str| {
        under(&app.api(1), key, Method::GET, "/api/v1/auth/me", None)
            .await
            .is(200);
    };
    let (deleted, expired, orphan) = (
        makes(&ada, &["library"]).await,
        makes(&ada, &["library"]).await,
        makes(&ada, &["library"]).await,
    );
    for key in [&deleted, &expired, &orphan] {
        works(&key.secret).await;
    }
    bob.http.delete(&format!("{KEYS}/{}", deleted.key.id)).await.is(404);
    ada.http.delete(&format!("{KEYS}/{}", deleted.key.id)).await.is(204);
    ada.http.delete(&format!("{KEYS}/{}", deleted.key.id)).await.is(404);
    gets(&app, &deleted.secret, "/api/v1/auth/me").await.is(401);
    stops(&deleted.secret).await;
    let past = "UPDATE api_keys SET expires_at = now() WHERE id = $1";
    app.sql().execute(past, &[&expired.key.id]).await.unwrap();
    stops(&expired.secret).await;
    root.http.delete(&format!("/api/v1/users/{}", ada.id)).await.is(204);
    stops(&orphan.secret).await;
    assert_eq!(app.number("SELECT count(*) FROM api_keys").await, 0);
}

#[tokio::test]
async fn a_key_that_was_made_up_is_refused() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    let made = makes(&ada, &["library"]).await;
    let other = Keys::new(b"another secret, of the same length as that");
    let (forged, _) = other.new_api_key(ApiKeyId(made.key.id), [7; 32]);
    let (unknown, _) = other.new_api_key(ApiKeyId(new_id()), [7; 32]);
    for key in [
        &forged,
        &unknown,
        "",
        "jq_",
        "x",
        &made.secret[1..],
        &format!("{}A", made.secret),
    ] {
        gets(&app, key, "/api/v1/auth/me").await.is(401);
        // Also where nobody has to sign in.
        gets(&app, key, "/api/v1/artists/").await.is(401);
    }
    let request = ada
        .http
        .request(Method::GET, "/api/v1/auth/me")
        .header("X-Api-Key", &made.secret);
    ada.http.send(request).await.is(401);
    // A key is no token.
    app.http().with(&made.secret).get("/api/v1/auth/me").await.is(401);
}

#[tokio::test]
async fn an_account_has_fifty_keys_at_most_and_uses_are_noted_once_a_minute() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    let made = makes(&ada, &["library"]).await;
    let many = "INSERT INTO api_keys SELECT gen_random_uuid(), id, 'n', '{library}', '', now() \
                FROM users, generate_series(1, 48)";
    app.sql().execute(many, &[]).await.unwrap();
    makes(&ada, &["library"]).await;
    ada.http
        .post(KEYS, &json!({"name": "one more", "scopes": ["library"]}))
        .await
        .is(409);

    let used = async || {
        let at = "SELECT (extract(epoch FROM last_used_at) * 1000)::bigint FROM api_keys WHERE id = $1";
        let row = app.sql().query_one(at, &[&made.key.id]).await.unwrap();
        row.get::<_, Option<i64>>(0)
    };
    assert_eq!(used().await, None);
    let store = app.store(1);
    let at = |seconds: i64| events::Time::from_millis(1_800_000_000_000 + seconds * 1_000);
    let mut noted = Vec::new();
    for seconds in [0, 59, 61, 100, 122] {
        store.note_key_use(ApiKeyId(made.key.id), at(seconds)).await.unwrap();
        noted.push(used().await.unwrap() - at(0).millis());
    }
    assert_eq!(noted, [0, 0, 61_000, 61_000, 122_000]);
}
