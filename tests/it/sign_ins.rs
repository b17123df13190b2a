//! Guessing passwords: what is under way is no failure, and an attack from many addresses does not reach whoever is known.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, App, Http, PASSWORD, eventually};
use tokio::task::JoinSet;

use crate::job_kinds::quiet;

const FAILURES: &str = "SELECT count(*) FROM login_failures";
/// Passwords that are hashed at once: one for each thread of the service.
const TURNS: usize = 2;

async fn behind_proxy() -> App {
    let app = App::builder().setting("JONQUIL_TRUSTED_PROXIES", "127.0.0.1");
    app.setting("JONQUIL_HTTP_WORKERS", "2").start().await
}

async fn signs_in(http: &Http, address: &str, name: &str, password: &str) -> Answer {
    let request = http
        .request(Method::POST, "/api/v1/auth/login-json")
        .header("X-Forwarded-For", address);
    http.send(request.json(&json!({"username": name, "password": password})))
        .await
}

/// Moves every failure into the past.
async fn later(app: &App, seconds: u32) {
    let later = format!("UPDATE login_failures SET failed_at = failed_at - interval '{seconds} seconds'");
    app.sql().execute(&later, &[]).await.unwrap();
}

fn is_slowed(answer: Answer, name: &str) {
    let answer = answer.is(429);
    let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=128).contains(&seconds), "{name}: {seconds}");
}

#[tokio::test]
async fn right_sign_ins_under_way_are_no_failures() {
    let app = behind_proxy().await;
    app.listener("ada").await;
    for _ in 0..9 {
        signs_in(&app.http(), "192.0.2.1", "ada", "wrong").await.is(401);
    }
    let http = app.http();
    let all = join_all((0..40).map(|_| signs_in(&http, "192.0.2.1", "ada", PASSWORD))).await;
    let statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200; 40]);
    assert_eq!(app.number(FAILURES).await, 9);
}

#[tokio::test]
async fn of_wrong_sign_ins_at_once_few_more_than_the_limit_are_looked_at() {
    let app = behind_proxy().await;
    app.listener("ada").await;
    let http = app.http();
    let mut guesses = vec!["wrong"; 60];
    guesses.push(PASSWORD);
    let guesses = guesses
        .iter()
        .map(|password| signs_in(&http, "192.0.2.1", "ada", password));
    let all = join_all(guesses).await;
    let with = |status| all.iter().filter(|answer| answer.status == status).count();
    assert!((10..10 + TURNS).contains(&with(401)), "{}", with(401));
    assert_eq!(with(401) + with(429) + with(200), 61);
    assert_eq!(usize::try_from(app.number(FAILURES).await).unwrap(), with(401));
}

#[tokio::test]
async fn whoever_hangs_up_has_tried_too() {
    let app = behind_proxy().await;
    app.listener("ada").await;
    let request = app.http().request(Method::POST, "/api/v1/auth/login-json");
    let request = request.json(&json!({"username": "ada", "password": "wrong"}));
    // Long enough to get to the hash, not to its end. Sent until one was in time for that.
    eventually("a guess without its answer is counted", async || {
        let sent = request.try_clone().unwrap().timeout(Duration::from_millis(8)).send();
        assert!(sent.await.is_err(), "answered before a password can be hashed");
        (app.number(FAILURES).await > 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn guesses_from_many_addresses_slow_down_strangers_and_nobody_else() {
    let app = behind_proxy().await;
    let ada = app.listener("ada").await;
    app.listener("bob").await;
    let http = app.http();
    let strange = |number: usize| format!("192.0.2.{number}");
    signs_in(&http, "198.51.100.7", "ada", PASSWORD).await.is(200);
    for name in ["ada", "nobody", "ada@example.org"] {
        for number in 0..10 {
            signs_in(&http, &strange(number), name, "wrong").await.is(401);
        }
        // Each failure more makes the pause twice as long, up to two minutes.
        let more = "INSERT INTO login_failures (account, address, failed_at) \
                    SELECT $1, 'elsewhere ' || n, now() FROM generate_series(1, 8) n";
        app.sql().execute(more, &[&name]).await.unwrap();
        is_slowed(signs_in(&http, &strange(10), name, "wrong").await, name);
        is_slowed(signs_in(&http, &strange(11), name, PASSWORD).await, name);
        later(&app, 128).await;
        signs_in(&http, &strange(12), name, "wrong").await.is(401);
        is_slowed(signs_in(&http, &strange(13), name, PASSWORD).await, name);
    }
    // The owner from where she signed in, her session, and others from the attacker's addresses.
    signs_in(&http, "198.51.100.7", "ada", PASSWORD).await.is(200);
    let token = json!({"refresh_token": ada.refresh_token});
    http.post("/api/v1/auth/refresh", &token).await.is(200);
    signs_in(&http, &strange(14), "bob", PASSWORD).await.is(200);
    // From elsewhere after the pause, and then this is known as well.
    later(&app, 128).await;
    signs_in(&http, "203.0.113.9", "ada", PASSWORD).await.is(200);
    signs_in(&http, &strange(15), "ada", "wrong").await.is(401);
    signs_in(&http, "203.0.113.9", "ada", PASSWORD).await.is(200);
    is_slowed(signs_in(&http, &strange(16), "ada", PASSWORD).await, "ada");
    // An address is known for 30 days, a failure counts for an hour.
    let month = "UPDATE sign_in_addresses SET signed_in_at = signed_in_at - interval '30 days'";
    app.sql().execute(month, &[]).await.unwrap();
    is_slowed(signs_in(&http, "203.0.113.9", "ada", PASSWORD).await, "ada");
    later(&app, 3_600).await;
    signs_in(&http, "203.0.113.9", "ada", PASSWORD).await.is(200);
}

#[tokio::test]
async fn what_is_kept_of_sign_ins_is_bounded() {
    let app = behind_proxy().await;
    app.listener("ada").await;
    let many = "INSERT INTO sign_in_addresses SELECT id, 'address ' || n, now() - n * interval '1 hour' \
                FROM users, generate_series(1, 300) n";
    app.sql().execute(many, &[]).await.unwrap();
    signs_in(&app.http(), "198.51.100.7", "ada", PASSWORD).await.is(200);
    assert_eq!(app.number("SELECT count(*) FROM sign_in_addresses").await, 100);
    let month = "UPDATE sign_in_addresses SET signed_in_at = signed_in_at - interval '30 days'";
    app.sql().execute(month, &[]).await.unwrap();
    signs_in(&app.http(), "198.51.100.7", "ada", PASSWORD).await.is(200);
    assert_eq!(app.number("SELECT count(*) FROM sign_in_addresses").await, 1);

    signs_in(&app.http(), "192.0.2.1", "ada", "wrong").await.is(401);
    later(&app, 3_601).await;
    signs_in(&app.http(), "192.0.2.2", "ada", "wrong").await.is(401);
    assert_eq!(app.number(FAILURES).await, 1);
}

#[tokio::test]
async fn however_many_register_a_sign_in_does_not_wait_for_them() {
    let app = quiet().await;
    app.listener("ada").await;
    let mut registering = JoinSet::new();
    for number in 0..80 {
        let http = app.http();
        registering.spawn(async move {
            let name = format!("crowd{number}");
            let account = json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD});
            http.post("/api/v1/auth/register", &account).await.status
        });
    }
    // From the first one on that is answered, the others wait for their turn.
    let mut answered = vec![registering.join_next().await.expect("one").expect("an answer")];
    app.http()
        .post(
            "/api/v1/auth/login-json",
            &json!({"username": "ada", "password": PASSWORD}),
        )
        .await
        .is(200);
    while let Some(one) = registering.try_join_next() {
        answered.push(one.expect("an answer"));
    }
    assert!(registering.len() > 40, "the sign-in waited for {answered:?}");
    while let Some(one) = registering.join_next().await {
        answered.push(one.expect("an answer"));
    }
    // One that would be too late is told to come again.
    assert!(
        answered.iter().all(|status| matches!(status, 201 | 503)),
        "{answered:?}"
    );
    assert!(
        answered.iter().filter(|status| **status == 201).count() > 1,
        "{answered:?}"
    );
}
