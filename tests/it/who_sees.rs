//! What is private, and to whom it is shown.

use serde_json::json;
use tests::{App, new_id};

#[tokio::test]
async fn admins_see_who_listens_and_others_how_many() {
    let app = App::start().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let (label, admin) = (app.artist_account("label").await, app.admin("root").await);
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    ada.hears(track).await;
    app.settle().await;
    bob.hears(track).await;
    app.settle().await;
    let path = "/api/v1/analytics/realtime/active-users";
    for http in [app.http(), ada.http.clone(), label.http.clone()] {
        let seen = http.read(path).await;
        assert_eq!(seen, json!({"window_seconds": 300, "count": 2}));
    }
    let seen = admin.http.read(path).await;
    // The latest first.
    let items = json!([{"username": "bob"}, {"username": "ada", "id": ada.id}]);
    tests::shows(&seen, json!({"count": 2, "items": items}));
    assert!(seen["items"][0]["last_listen_at"].as_str() > seen["items"][1]["last_listen_at"].as_str());
    assert!(!seen.to_string().contains("listener_id"));

    app.sql()
        .execute("DELETE FROM users WHERE username = 'bob'", &[])
        .await
        .unwrap();
    let seen = admin.http.read(path).await;
    tests::shows(&seen, json!({"count": 2, "items": [{"username": "ada"}]}));
}

#[tokio::test]
async fn what_a_person_heard_is_forbidden_and_of_nobody_it_is_not_there() {
    let app = App::start().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let admin = app.admin("root").await;
    for part in ["stats", "listening-history"] {
        for prefix in ["users", "analytics/user"] {
            let path = |id: &str| format!("/api/v1/{prefix}/{id}/{part}");
            ada.http.get(&path(&bob.id.to_string())).await.is(403);
            admin.http.get(&path(&bob.id.to_string())).await.is(200);
            bob.http.get(&path(&bob.id.to_string())).await.is(200);
            for http in [&ada.http, &admin.http] {
                http.get(&path(&new_id().to_string())).await.is(404);
            }
        }
    }
}

#[tokio::test]
async fn an_address_of_mail_is_shown_to_its_owner_and_admins_only() {
    let app = App::start().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let admin = app.admin("root").await;
    let path = format!("/api/v1/users/{}", ada.id);
    for http in [app.http(), bob.http.clone()] {
        let seen = http.read(&path).await;
        assert!(
            !seen.to_string().contains("example.org") && seen.get("is_active").is_none(),
            "{seen}"
        );
    }
    for http in [ada.http.clone(), admin.http.clone()] {
        http.get(&path).await.is(200).shows(json!({"email": "ada@example.org"}));
    }
}
