//! What a stranger makes of the OpenAPI document: requests that fit it, requests that do not, and requests one after another, as
//! every role. A few seconds here; `cargo xtask fuzz` runs it for longer.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;
use tests::{App, Http, PASSWORD, Person, python_tool};
use tokio::task::JoinSet;
use write_api::NewApiKey;

/// No 5xx, no status, type, header or body that the document does not name, no fault that is taken, nothing right that is
/// refused, nothing without a token.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance,negative_data_rejection,valid_data_is_taken,ignored_auth";
/// The check that is ours.
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/fuzz_checks.py");
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/schemathesis.toml");
/// Seconds of a run where nobody asks for more.
const SHORT: &str = "10";
/// Each is a run, else the time is over before requests follow one another; with what it says when it asked something.
const PHASES: [(&str, &str); 2] = [
    ("examples,coverage,fuzzing", "Coverage (in"),
    ("stateful", "Stateful (in"),
];
/// What of an admin an API key may do.
const SCOPES: [&str; 4] = ["library", "playlists", "catalogue:read", "admin:read"];
/// Would sign itself out, leave, or never end.
const LEFT_OUT: [&str; 4] = ["log_out", "end_session", "delete_user", "stream_platform_stats"];

struct Run {
    tool: PathBuf,
    base: String,
    /// A header that says who asks.
    who: Option<String>,
    seconds: String,
}

impl Run {
    fn run(&self, (phases, asked): (&str, &str)) -> Result<(), String> {
        let mut command = Command::new(&self.tool);
        command.args(["--config-file", SETTINGS, "run", &format!("{}/openapi.json", self.base)]);
        command.args(["--max-time", &self.seconds, "--checks", CHECKS]);
        if self.seconds == SHORT {
            // A few requests to every operation, the same ones each time.
            command.args(["--seed", "1", "--max-examples", "2"]);
        }
        command.env("SCHEMATHESIS_HOOKS", HOOKS);
        command.args(["--phases", phases]);
        command.args(["--warnings", "off", "--no-color", "--continue-on-failure"]);
        command.current_dir(self.tool.parent().unwrap_or(Path::new("/")));
        for operation in LEFT_OUT {
            command.args(["--exclude-operation-id", operation]);
        }
        if let Some(who) = &self.who {
            command.args(["-H", who]);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        let [said, failed] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if output.status.success() && said.contains(asked) {
            return Ok(());
        }
        Err(format!("{said}\n{failed}"))
    }
}

async fn token(http: &Http, username: &str) -> String {
    let account = json!({"username": username, "password": PASSWORD});
    let signed_in = http.post("/api/v1/auth/login-json", &account).await.is(200).json();
    let token = signed_in["access_token"].as_str().expect("a token");
    format!("Authorization: Bearer {token}")
}

async fn key(of: &Person) -> String {
    let key = json!({"name": "fuzz", "scopes": SCOPES});
    let made: NewApiKey = of.http.post("/api/v1/auth/api-keys", &key).await.is(201).parse();
    format!("X-Api-Key: {}", made.secret)
}

#[tokio::test]
async fn nothing_undocumented_comes_back_whatever_is_sent_and_whoever_sends_it() {
    let Some(tool) = python_tool("schemathesis") else {
        return;
    };
    let seconds = env::var("JONQUIL_FUZZ_SECONDS").unwrap_or_else(|_| SHORT.to_owned());
    let app = App::start().await;
    let label = app.artist_account("artist").await;
    let kino = label.creates_artist("Kino").await;
    label.creates_track(kino, "Igra").await;
    app.listener("listener").await;
    let admin = app.admin("admin").await;
    let mut callers = vec![("nobody", None), ("a key", Some(key(&admin).await))];
    for role in ["listener", "artist", "admin"] {
        callers.push((role, Some(token(&app.http(), role).await)));
    }
    let mut runs = JoinSet::new();
    for (caller, who) in callers {
        let run = Run {
            tool: tool.clone(),
            base: app.http().base().to_owned(),
            who,
            seconds: seconds.clone(),
        };
        runs.spawn_blocking(move || {
            let failed = PHASES.into_iter().find_map(|phases| run.run(phases).err())?;
            Some(format!("as {caller}:\n{failed}"))
        });
    }
    let failed: Vec<String> = runs.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
