//! What the log says of those who were refused, and what it never says.

use access::Tokens;
use serde_json::json;
use tests::{App, Http, PASSWORD, Person, eventually, now};

use crate::{
    second_factors::{OTHER_PASSWORD, TOTP, code},
    webhook_receiver::{PATH as WEBHOOKS, TRACK_CREATED},
};

/// A new address, password and second factor; and an upload from inside.
async fn changes_its_ways_in(app: &App, http: &Http, of: &Person) {
    let own = format!("/api/v1/users/{}", of.id);
    let change = json!({"email": "other@example.org", "password": OTHER_PASSWORD, "current_password": PASSWORD});
    http.put(&own, &change).await.is(200);
    http.post(TOTP, &json!({})).await.is(200);
    let shown = json!({"password": OTHER_PASSWORD, "code": code(app, of, now()).await});
    http.post(&format!("{TOTP}/confirm"), &shown).await.is(200);
    let hook = json!({"url": "https://169.254.169.254/latest", "types": [TRACK_CREATED]});
    assert_eq!(http.post(WEBHOOKS, &hook).await.is(422).faults(), ["url"]);
}

#[tokio::test]
async fn guesses_and_forbidden_things_are_logged_without_names_and_secrets() {
    let app = App::without_read_models().await;
    let somebody = app.listener("somebody").await;
    let api = app.spawns_as("api", "of-the-log", "");
    let http = eventually("the api listens", async || api.http()).await;
    let sign_in = async |password: &str| {
        let account = json!({"username": "somebody", "password": password});
        http.post("/api/v1/auth/login-json", &account).await
    };
    sign_in("a wrong password").await.is(401);
    let tokens: Tokens = sign_in(PASSWORD).await.is(200).parse();
    let me = http.with(&tokens.access_token);
    changes_its_ways_in(&app, &me, &somebody).await;
    let forbidden = http.with(&tokens.access_token).get("/api/v1/jobs/").await.is(403);
    http.with(&tokens.access_token)
        .post("/api/v1/auth/logout", &json!({}))
        .await
        .is(204);
    let log = eventually("it is logged", async || {
        let log = api.log();
        log.contains("signed out").then_some(log)
    })
    .await;
    let line = |text: &str| {
        log.lines()
            .find(|line| line.contains(text))
            .unwrap_or_else(|| panic!("no {text}: {log}"))
    };
    for said in [
        "request refused",
        "/api/v1/auth/login-json",
        "client=127.0.0.1",
        "request_id=",
    ] {
        assert!(line("/problems/wrong-credentials").contains(said), "{said}: {log}");
    }
    assert!(line("/problems/forbidden").contains(forbidden.header("x-request-id")));
    for said in ["user_id=", "client=127.0.0.1", "factors=\"password\""] {
        assert!(line("signed in").contains(said), "{said}: {log}");
    }
    for said in [
        "a password was changed",
        "an e-mail address was changed",
        "a second factor was set up",
        "signed out",
    ] {
        assert!(line(said).contains("user_id="), "{said}: {log}");
    }
    assert!(line("an address that is not public was refused").contains("169.254.169.254"));
    for secret in [
        "somebody",
        "a wrong password",
        PASSWORD,
        OTHER_PASSWORD,
        "example.org",
        &tokens.access_token,
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
}
