//! `jonquil demo` fills an empty installation with real music and a generated listening history.
//!
//! It is a client of the HTTP API and uses no engine. When it runs again, also after a kill, it adds only what is missing.

mod api;
mod debian;
mod history;
mod listeners;
mod music;
mod progress;
mod tones;

use std::{io, path::PathBuf};

use api::Api;
use listeners::Plan;

/// What to load, and into which service.
pub struct Options {
    /// Address of the API, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// The artist account that uploads the music.
    pub username: String,
    pub password: String,
    /// Length of the listening history in days, until now.
    pub days: u32,
    /// The same seed generates the same history for the same days.
    pub seed: u64,
}

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No connection, or no response.
    #[error("{doing}: {url} is not reachable: {reason}. Is Jonquil running there? `cargo xtask status` shows it")]
    Unreachable { url: String, doing: String, reason: String },
    /// The API refused the request.
    #[error("{doing} was refused ({status}): {detail}")]
    Refused { doing: String, status: u16, detail: String },
    /// A response without a field that this version needs.
    #[error("{doing}: the response has no {missing}; does the service run another version of `jonquil`?")]
    Unexpected { doing: String, missing: &'static str },
    #[error("cannot read {}: {reason}", path.display())]
    File { path: PathBuf, reason: io::Error },
}

/// Loads the demo and shows its progress on stderr. After an error, what was loaded so far stays.
pub async fn run(options: Options) -> Result<(), DemoError> {
    let api = Api::new(&options.url)?;
    let token = api.sign_in(&options.username, &options.password).await?;
    let pieces = music::collect().await;
    let tracks = music::upload(&api, &token, &pieces).await?;
    let plan = Plan {
        secret: &options.password,
        days: options.days,
        seed: options.seed,
    };
    let history = match listeners::post(&api, &tracks, &plan).await? {
        0 => "the listeners are of another artist's demo, no listens added".to_owned(),
        listens => format!("{listens} generated listens over {} days", options.days),
    };
    progress::line(&format!("demo: {} tracks; {history}", tracks.len()));
    Ok(())
}
