//! `jonquil demo`: a first screen that is not empty. Real music and a made-up listening history, put in through the HTTP
//! API as any client would; it uses no engine. Run again, or killed and run again, it adds only what is missing.

mod api;
mod debian;
mod history;
mod listeners;
mod music;
mod progress;
mod tones;

use std::{io, path::PathBuf};

use api::Api;

/// What to load, and where.
pub struct Options {
    /// Where the API answers, as `http://127.0.0.1:8080`.
    pub url: String,
    /// The artist account whose music it becomes.
    pub username: String,
    /// Its password.
    pub password: String,
    /// Length of the listening history, in days before now.
    pub days: u32,
    /// The same seed makes the same history of the same days.
    pub seed: u64,
}

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody answers, or the connection breaks off.
    #[error("{url} does not answer while {doing}: {reason}. Is Jonquil running there? `cargo xtask status` tells")]
    Unreachable {
        /// Where.
        url: String,
        /// What was being done.
        doing: String,
        /// What was seen.
        reason: String,
    },
    /// The API says no.
    #[error("{doing} was refused ({status}): {detail}")]
    Refused {
        /// What was being done.
        doing: String,
        /// The HTTP status.
        status: u16,
        /// The API's reason, for a person.
        detail: String,
    },
    /// An answer in a form that this version does not know.
    #[error("{doing}: the answer has no {missing}; is this `jonquil` of another version than the service?")]
    Unexpected {
        /// What was being done.
        doing: String,
        /// What was looked for.
        missing: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
}

/// Loads the demo, with progress on stderr.
///
/// # Errors
/// [`Failure`], told to the person who started it; what was loaded until then stays.
pub async fn run(options: Options) -> Result<(), Failure> {
    let api = Api::new(&options.url)?;
    let token = api.sign_in(&options.username, &options.password).await?;
    let pieces = music::collect().await;
    let tracks = music::upload(&api, &token, &pieces).await?;
    let listens = listeners::post(&api, &tracks, options.days, options.seed).await?;
    let said = match listens {
        0 => "the listeners of the demo are there already: no listens added".to_owned(),
        listens => format!("{listens} listens of {} days, made up and labelled so", options.days),
    };
    progress::line(&format!("demo: {} tracks; {said}", tracks.len()));
    Ok(())
}
