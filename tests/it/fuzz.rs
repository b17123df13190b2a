//! What a stranger makes of the OpenAPI document: requests that fit it and requests that do not, as every role. Runs by
//! `cargo xtask fuzz`, which has the tool; skipped without it.

use std::{env, ffi::OsString, process::Command};

use tests::{App, Http};

/// 5xx, statuses and bodies that the document does not name, faults that are taken.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
    negative_data_rejection,ignored_auth";

fn run(tool: &OsString, base: &str, token: Option<&str>, seconds: &str) -> Result<(), String> {
    let mut command = Command::new(tool);
    command.args(["run", &format!("{base}/openapi.json"), "--max-time", seconds]);
    command.args([
        "--checks",
        CHECKS,
        "--phases",
        "examples,coverage,fuzzing",
        "--warnings",
        "off",
    ]);
    // It would sign itself out, and every later answer were 401.
    command.args(["--exclude-path", "/api/v1/auth/logout", "--no-color"]);
    if let Some(token) = token {
        command.args(["-H", &format!("Authorization: Bearer {token}")]);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        Ok(())
    } else {
        Err(said.into_owned())
    }
}

async fn token(http: &Http, username: &str) -> String {
    let account = serde_json::json!({"username": username, "password": tests::PASSWORD});
    let signed_in = http.post("/api/v1/auth/login-json", &account).await.is(200).json();
    signed_in["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn nothing_undocumented_comes_back_whatever_is_sent_and_whoever_sends_it() {
    let Some(tool) = env::var_os("JONQUIL_SCHEMATHESIS") else {
        eprintln!("skipped: `cargo xtask fuzz` runs it");
        return;
    };
    let seconds = env::var("JONQUIL_FUZZ_SECONDS").unwrap_or_else(|_| "25".to_owned());
    let app = App::start().await;
    let label = app.artist_account("artist").await;
    let kino = label.creates_artist("Kino").await;
    label.creates_track(kino, "Igra").await;
    app.listener("listener").await;
    app.admin("admin").await;
    let mut failed = String::new();
    for role in [None, Some("listener"), Some("artist"), Some("admin")] {
        let token = match role {
            Some(role) => Some(token(&app.http(), role).await),
            None => None,
        };
        let (tool, base, seconds) = (tool.clone(), app.http().base().to_owned(), seconds.clone());
        let ended = tokio::task::spawn_blocking(move || run(&tool, &base, token.as_deref(), &seconds));
        if let Err(said) = ended.await.expect("the tool ran") {
            failed.push_str(&format!("as {}:\n{said}\n", role.unwrap_or("nobody")));
        }
    }
    assert!(failed.is_empty(), "{failed}");
}
