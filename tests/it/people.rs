//! Accounts that admins make and list, that people change, and that people leave.

use std::time::Duration;

use access::Tokens;
use events::{Event, Role as AccountRole, Topic, TrackId, UserId};
use http_kit::Page;
use representations::{Artist, User};
use serde_json::{Value, json};
use tests::{Answer, App, PASSWORD, Person, eventually_within, new_id};
use uuid::Uuid;

const OTHER_PASSWORD: &str = "crimson loom pattern 1804";

async fn signs_in(app: &App, name: &str, password: &str) -> Answer {
    let account = json!({"username": name, "password": password});
    app.http().post("/api/v1/auth/login-json", &account).await
}

fn path(id: UserId) -> String {
    format!("/api/v1/users/{id}")
}

/// Within the time that is promised.
async fn stops(person: &Person) {
    eventually_within(Duration::from_millis(5_500), "the access token stops", async || {
        (person.http.get("/api/v1/auth/me").await.status == 401).then_some(())
    })
    .await;
}

/// The events of an account: version, type and role, in order.
async fn events_of(app: &App, id: UserId) -> Vec<(i64, &'static str, Option<String>)> {
    app.settle_outbox().await;
    let records = app.records(Topic::Users).await;
    let of = records.iter().filter(|record| record.key == id.to_string());
    of.map(|record| {
        let (meta, event) = record.event();
        let kind = event.type_name();
        let role = match event {
            Event::User(events::Change::Created(state) | events::Change::Updated(state)) => {
                Some(serde_json::to_value(&state.role).unwrap().as_str().unwrap().to_owned())
            }
            _ => None,
        };
        (meta.sequence.unwrap(), kind, role)
    })
    .collect()
}

#[tokio::test]
async fn admins_list_accounts_newest_first_by_role_and_by_how_a_name_begins() {
    let app = App::without_read_models().await;
    let admin = app.admin("root").await;
    for name in ["ada", "ad_am", "bob"] {
        app.listener(name).await;
    }
    app.artist_account("label").await;
    let named = json!({"display_name": "Übermorgen"});
    let bob = admin
        .http
        .read_as::<Page<User>>("/api/v1/users/?q=BOB")
        .await
        .items
        .remove(0);
    admin.http.put(&path(bob.id), &named).await.is(200);
    let listed = async |query: &str| {
        let page: Page<User> = admin.http.read_as(&format!("/api/v1/users/{query}")).await;
        assert!(page.items.iter().all(|user| user.email.is_some()), "{query}");
        (
            page.items.into_iter().map(|user| user.username).collect::<Vec<_>>(),
            page.total,
        )
    };
    let all = ["label", "bob", "ad_am", "ada", "root"].map(str::to_owned).to_vec();
    assert_eq!(listed("").await, (all.clone(), 5));
    assert_eq!(listed("?limit=2&offset=1").await, (all[1..3].to_vec(), 5));
    assert_eq!(listed("?q=AD").await, (vec!["ad_am".to_owned(), "ada".to_owned()], 2));
    // A wildcard of the database is a letter here.
    assert_eq!(listed("?q=ad_").await, (vec!["ad_am".to_owned()], 1));
    assert_eq!(listed("?q=%25").await, (Vec::new(), 0));
    assert_eq!(listed("?q=%C3%BCber").await, (vec!["bob".to_owned()], 1));
    assert_eq!(listed("?q=label@example").await, (vec!["label".to_owned()], 1));
    assert_eq!(listed("?role=listener&q=ad").await.1, 2);
    assert_eq!(listed("?role=admin").await, (vec!["root".to_owned()], 1));
    // A cursor goes on where the page ended.
    let page: Page<User> = admin.http.read_as("/api/v1/users/?limit=4").await;
    let rest = listed(&format!("?limit=4&cursor={}", page.next_cursor.unwrap())).await;
    assert_eq!(rest.0, ["root"]);
    for (query, field) in [
        ("role=king", "role"),
        ("q=", "q"),
        ("limit=0", "limit"),
        ("name=a", "name"),
    ] {
        let refused = admin.http.get(&format!("/api/v1/users/?{query}")).await.is(422);
        assert_eq!(refused.faults(), [field], "{query}");
    }
    app.http().get("/api/v1/users/").await.is(401);
}

#[tokio::test]
async fn an_admin_makes_accounts_of_any_role() {
    let app = App::without_read_models().await;
    let (admin, ada) = (app.admin("root").await, app.listener("ada").await);
    let mut account = json!({"username": "Judge", "email": "j@example.org", "password": PASSWORD, "role": "admin"});
    ada.http.post("/api/v1/users/", &account).await.is(403);
    let made = admin.http.post("/api/v1/users/", &account).await.is(201);
    assert_eq!(made.header("etag"), "\"1\"");
    let user: User = made.parse();
    assert_eq!((user.username.as_str(), user.role), ("judge", AccountRole::Admin));
    let tokens: Tokens = signs_in(&app, "judge", PASSWORD).await.is(200).parse();
    let judge = app.http().with(&tokens.access_token);
    judge.get("/api/v1/users/").await.is(200);
    assert_eq!(
        events_of(&app, user.id).await,
        [(1, "jonquil.user.registered.v1", Some("admin".to_owned()))]
    );
    admin.http.post("/api/v1/users/", &account).await.is(409);
    account["role"] = Value::Null;
    account["password"] = "short".into();
    account["email"] = "nowhere".into();
    let refused = admin.http.post("/api/v1/users/", &account).await.is(422);
    assert_eq!(refused.faults(), ["email", "password"]);
    account["is_active"] = true.into();
    assert_eq!(
        admin.http.post("/api/v1/users/", &account).await.is(422).faults(),
        ["is_active"]
    );
}

#[tokio::test]
async fn people_change_their_own_name_and_address_and_no_role() {
    let app = App::without_read_models().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    app.sql()
        .execute("UPDATE users SET email_verified = true", &[])
        .await
        .unwrap();
    let changed = ada
        .http
        .put(&path(ada.id), &json!({"display_name": "Lady Ada"}))
        .await
        .is(200);
    assert_eq!(changed.header("etag"), "\"2\"");
    changed.shows(json!({"display_name": "Lady Ada", "email_verified": true}));
    let changed = ada
        .http
        .put(
            &path(ada.id),
            &json!({"email": "Lady@example.org", "current_password": PASSWORD}),
        )
        .await
        .is(200);
    changed.shows(json!({"email": "lady@example.org", "email_verified": false}));
    signs_in(&app, "lady@example.org", PASSWORD).await.is(200);
    ada.http
        .put(&path(ada.id), &json!({"display_name": null}))
        .await
        .is(200)
        .shows(json!({"display_name": "ada"}));
    ada.http
        .put(
            &path(ada.id),
            &json!({"email": "bob@example.org", "current_password": PASSWORD}),
        )
        .await
        .is(409);

    changes_are_refused(&app, &ada, &bob).await;
    // Of two who read the same version one is refused.
    let stale = ada
        .http
        .request(reqwest::Method::PUT, &path(ada.id))
        .header("if-match", "\"1\"");
    ada.http.send(stale.json(&json!({"display_name": "A"}))).await.is(412);
    let fresh = ada
        .http
        .request(reqwest::Method::PUT, &path(ada.id))
        .header("if-match", "\"4\"");
    ada.http.send(fresh.json(&json!({"display_name": "A"}))).await.is(200);
    let versions: Vec<i64> = events_of(&app, ada.id).await.into_iter().map(|event| event.0).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
}

async fn changes_are_refused(app: &App, ada: &Person, bob: &Person) {
    for (body, field) in [
        (json!({"email": "x"}), "email"),
        (json!({"email": null}), "email"),
        (json!({"display_name": ""}), "display_name"),
        (json!({"username": "eve"}), "username"),
        (json!({"role": "king"}), "role"),
    ] {
        assert_eq!(
            ada.http.put(&path(ada.id), &body).await.is(422).faults(),
            [field],
            "{body}"
        );
    }
    for body in [
        json!({"role": "admin"}),
        json!({"is_active": false}),
        json!({"role": "listener"}),
    ] {
        ada.http.put(&path(ada.id), &body).await.is(403);
    }
    // Who may comes before what is wrong with the body.
    for body in [json!({}), json!({"x": 1})] {
        bob.http.put(&path(ada.id), &body).await.is(403);
        app.http().put(&path(ada.id), &body).await.is(401);
        ada.http.put(&path(UserId(new_id())), &body).await.is(404);
    }
}

#[tokio::test]
async fn a_new_password_needs_the_present_one_and_ends_every_other_session() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    let elsewhere: Tokens = signs_in(&app, "ada", PASSWORD).await.is(200).parse();
    let change = async |body: Value| ada.http.put(&path(ada.id), &body).await;
    assert_eq!(
        change(json!({"password": OTHER_PASSWORD})).await.is(422).faults(),
        ["current_password"]
    );
    let wrong = json!({"password": OTHER_PASSWORD, "current_password": OTHER_PASSWORD});
    assert_eq!(change(wrong).await.is(422).faults(), ["current_password"]);
    assert_eq!(
        app.number("SELECT count(*) FROM login_failures WHERE account = 'ada'")
            .await,
        1
    );
    // Nor does an address, which links for a new password are sent to.
    let moved = json!({"email": "eve@example.org"});
    assert_eq!(change(moved.clone()).await.is(422).faults(), ["current_password"]);
    // An admin, or whoever has an admin's session, takes no account that way either.
    let by_admin = app.admin("root").await.http.put(&path(ada.id), &moved).await;
    assert_eq!(by_admin.is(422).faults(), ["current_password"]);
    let weak = json!({"password": "ada@example.org", "current_password": PASSWORD});
    assert_eq!(change(weak).await.is(422).faults(), ["password"]);

    change(json!({"password": OTHER_PASSWORD, "current_password": PASSWORD}))
        .await
        .is(200);
    signs_in(&app, "ada", PASSWORD).await.is(401);
    signs_in(&app, "ada", OTHER_PASSWORD).await.is(200);
    ada.http.get("/api/v1/auth/me").await.is(200);
    app.http()
        .with(&elsewhere.access_token)
        .get("/api/v1/auth/me")
        .await
        .is(401);
    let refresh = json!({"refresh_token": elsewhere.refresh_token});
    app.http().post("/api/v1/auth/refresh", &refresh).await.is(401);
}

#[tokio::test]
async fn whoever_guesses_the_present_password_has_to_wait() {
    let app = App::without_read_models().await;
    let ada = app.listener("ada").await;
    let guess = json!({"password": OTHER_PASSWORD, "current_password": "a guess"});
    for _ in 0..10 {
        ada.http.put(&path(ada.id), &guess).await.is(422);
    }
    ada.http.put(&path(ada.id), &guess).await.is(429);
    let right = json!({"password": OTHER_PASSWORD, "current_password": PASSWORD});
    ada.http.put(&path(ada.id), &right).await.is(429);
}

#[tokio::test]
async fn an_admin_gives_roles_and_disables_and_the_tokens_stop() {
    let app = App::builder().apis(2).without(tests::Role::Search).start().await;
    let (admin, ada) = (app.admin("root").await, app.listener("ada").await);
    let there = ada.at(&app.api(1));
    there.http.get("/api/v1/auth/me").await.is(200);
    admin
        .http
        .put(&path(ada.id), &json!({"role": "artist"}))
        .await
        .is(200)
        .shows(json!({"role": "artist"}));
    eventually_within(Duration::from_millis(5_500), "the role is seen", async || {
        let artist = there.http.post("/api/v1/artists/", &json!({"name": "Kino"})).await;
        (artist.status == 201).then_some(())
    })
    .await;
    admin
        .http
        .put(&path(ada.id), &json!({"is_active": false}))
        .await
        .is(200)
        .shows(json!({"is_active": false}));
    assert_eq!(
        ada.http.get("/api/v1/auth/me").await.status,
        401,
        "at once where it was done"
    );
    stops(&there).await;
    signs_in(&app, "ada", PASSWORD).await.is(401);
    admin.http.put(&path(ada.id), &json!({"is_active": true})).await.is(200);
    signs_in(&app, "ada", PASSWORD).await.is(200);
    let roles: Vec<_> = events_of(&app, ada.id)
        .await
        .into_iter()
        .filter_map(|event| event.2)
        .collect();
    assert_eq!(roles, ["listener", "artist", "artist", "artist"]);
}

#[tokio::test]
async fn whoever_leaves_takes_the_account_along_and_leaves_the_works() {
    let app = App::builder().apis(2).start().await;
    let (admin, ada, bob) = (
        app.admin("root").await,
        app.artist_account("ada").await,
        app.listener("bob").await,
    );
    let there = ada.at(&app.api(1));
    let profile = json!({"name": "Kino", "user_id": ada.id});
    let kino = ada.http.post("/api/v1/artists/", &profile).await.is(201).id();
    let track = ada.creates_track(events::ArtistId(kino), "Igra").await;
    signs_in(&app, "ada", "wrong").await.is(401);
    there.http.get("/api/v1/auth/me").await.is(200);

    bob.http.delete(&path(ada.id)).await.is(403);
    app.http().delete(&path(ada.id)).await.is(401);
    ada.http.delete(&path(UserId(new_id()))).await.is(404);
    let stale = ada
        .http
        .request(reqwest::Method::DELETE, &path(ada.id))
        .header("if-match", "\"7\"");
    ada.http.send(stale).await.is(412);
    ada.http.delete(&path(ada.id)).await.is(204);

    assert_eq!(
        ada.http.get("/api/v1/auth/me").await.status,
        401,
        "at once where it was done"
    );
    stops(&there).await;
    signs_in(&app, "ada", PASSWORD).await.is(401);
    app.http().get(&path(ada.id)).await.is(404);
    admin.http.delete(&path(ada.id)).await.is(404);
    for table in ["sessions", "sign_in_addresses"] {
        let left = format!("SELECT count(*) FROM {table} WHERE user_id = $1");
        let left: i64 = app.sql().query_one(&left, &[&ada.id.0]).await.unwrap().get(0);
        assert_eq!(left, 0, "{table}");
    }
    assert_eq!(
        app.number("SELECT count(*) FROM login_failures WHERE account = 'ada'")
            .await,
        1,
        "of now"
    );
    the_works_are_nobodys(&app, kino, track).await;
    let events = events_of(&app, ada.id).await;
    assert_eq!(events.last(), Some(&(2, "jonquil.user.deleted.v1", None)));
    // The name is free again, and it is another account.
    let again = app.listener("ada").await;
    assert_ne!(again.id, ada.id);
    admin.http.delete(&path(again.id)).await.is(204);
}

async fn the_works_are_nobodys(app: &App, kino: Uuid, track: TrackId) {
    let shown: Artist = app.http().read_as(&format!("/api/v1/artists/{kino}")).await;
    assert_eq!((shown.user_id, shown.version), (None, 2));
    app.http().get(&format!("/api/v1/tracks/{track}")).await.is(200);
    app.settle().await;
    let last = app.records(Topic::Artists).await.pop().unwrap().event().1;
    let Event::Artist(events::Change::Updated(profile)) = last else {
        panic!("{last:?}")
    };
    assert_eq!(profile.user_id, None);
}
