//! What the log says of those who were refused, and what it never says.

use access::Tokens;
use serde_json::json;
use tests::{App, PASSWORD, eventually};

#[tokio::test]
async fn guesses_and_forbidden_things_are_logged_without_names_and_secrets() {
    let app = App::without_read_models().await;
    app.listener("somebody").await;
    let api = app.spawns_as("api", "of-the-log", "");
    let http = eventually("the api listens", async || api.http()).await;
    let sign_in = async |password: &str| {
        let account = json!({"username": "somebody", "password": password});
        http.post("/api/v1/auth/login-json", &account).await
    };
    sign_in("a wrong password").await.is(401);
    let tokens: Tokens = sign_in(PASSWORD).await.is(200).parse();
    let forbidden = http.with(&tokens.access_token).get("/api/v1/jobs/").await.is(403);
    let log = eventually("it is logged", async || {
        let log = api.log();
        log.contains("/problems/forbidden").then_some(log)
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
    assert!(line("signed in").contains("user_id="));
    for secret in ["somebody", "a wrong password", PASSWORD, &tokens.access_token] {
        assert!(!log.contains(secret), "{secret}");
    }
}
