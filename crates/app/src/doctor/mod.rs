//! `jonquil doctor`: looks at every engine, topic, read model and folder, and says what to do about what it finds.

mod engines;
mod read_models;

use std::time::Duration;

use serde::Serialize;
use store::{Reader, StoreConfig, StoreError};

use crate::{Config, tls};

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// Something does not work.
    Broken,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub state: State,
    /// What was looked at.
    pub about: &'static str,
    /// What was seen.
    pub seen: String,
    /// What to do; none when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
}

impl Check {
    fn ok(about: &'static str, seen: impl Into<String>) -> Self {
        Self {
            state: State::Ok,
            about,
            seen: seen.into(),
            advice: None,
        }
    }

    fn warning(about: &'static str, seen: impl Into<String>, advice: &'static str) -> Self {
        Self {
            state: State::Warning,
            about,
            seen: tls::explained(&seen.into()),
            advice: Some(advice),
        }
    }

    fn broken(about: &'static str, seen: impl Into<String>, advice: &'static str) -> Self {
        Self {
            state: State::Broken,
            ..Self::warning(about, seen, advice)
        }
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The worst of all.
    pub state: State,
    /// In the order of the data: from Postgres to the read models.
    pub checks: Vec<Check>,
}

impl Diagnosis {
    /// For a terminal: a line for each check, and below it what to do.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |check: &Check| {
            let state = match check.state {
                State::Ok => "ok",
                State::Warning => "warning",
                State::Broken => "BROKEN",
            };
            let advice = check
                .advice
                .map_or_else(String::new, |advice| format!("         → {advice}\n"));
            format!("{state:8} {:14} {}\n{advice}", check.about, check.seen)
        };
        self.checks.iter().map(line).collect()
    }

    /// Whether something does not work.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.state == State::Broken
    }
}

/// Looks at everything at once. It changes nothing, and needs no running role.
pub async fn doctor(config: &Config) -> Diagnosis {
    let (postgres, replica, kafka, read_models, objects) = tokio::join!(
        engines::postgres(config),
        engines::replica(config),
        engines::kafka(config),
        read_models::look(config),
        engines::objects(config),
    );
    let folder = engines::upload_folder(config);
    let all = [postgres, replica, kafka, read_models, objects, folder];
    let checks: Vec<Check> = all.into_iter().flatten().collect();
    let state = checks.iter().map(|check| check.state).max().unwrap_or(State::Ok);
    Diagnosis { state, checks }
}

/// A way to Postgres for a few looks.
fn reader(config: &Config) -> Result<Reader, StoreError> {
    Reader::new(&StoreConfig {
        connections: 1,
        ..config.store.clone()
    })
}
