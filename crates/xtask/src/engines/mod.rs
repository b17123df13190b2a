//! The engines that Jonquil stands on, run natively: one file per engine behind one trait.

mod clickhouse;
mod clickhouse_host;
mod elasticsearch;
mod kafka;
mod lifecycle;
mod postgres;
mod redis;
mod s3;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::Signal;

pub use self::clickhouse_host::host as clickhouse_host;
pub use self::elasticsearch::java_home;
pub use self::lifecycle::{delete_data, hold, keep, keep_no_longer, release, start, stop};
pub use self::postgres::binaries as postgres_programs;
use crate::checkout::Checkout;
use crate::fault::Result;
use crate::prerequisites::Need;
use crate::process::Service;

/// How one engine is fetched, started and asked.
pub trait Engine: Sync {
    /// Its name, for humans.
    fn name(&self) -> &'static str;
    /// Its name in paths.
    fn key(&self) -> &'static str;
    /// The variable that holds its address; if the human has set it, the engine is theirs and is not started.
    fn variable(&self) -> &'static str;
    /// The ports that it listens on; the first is the one that clients know.
    fn ports(&self, checkout: &Checkout) -> Vec<u16>;
    /// Its address for clients.
    fn url(&self, checkout: &Checkout) -> Result<String>;
    /// What else clients have to know, as environment variables.
    fn more_variables(&self, _checkout: &Checkout) -> Result<Vec<(&'static str, String)>> {
        Ok(Vec::new())
    }
    /// What the machine must have to fetch and to run it.
    fn needs(&self) -> Vec<Need>;
    /// Sees that its programs are on this machine.
    fn fetch(&self) -> Result<()>;
    /// Makes its data and config in `home` if they are not there yet, and tells how it is started.
    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command>;
    /// Whether it answers in its own protocol.
    fn answers(&self, checkout: &Checkout) -> bool;
    /// Once it answers: what clients expect to find in it.
    fn finish(&self, _checkout: &Checkout) -> Result<()> {
        Ok(())
    }
    /// The signal that makes it end in order.
    fn stop_signal(&self) -> Signal {
        Signal::SIGTERM
    }
    /// Whether it refuses to run as root.
    fn refuses_root(&self) -> bool {
        false
    }
}

/// The folders of one engine in one checkout.
pub struct Home {
    /// Record and log, ours.
    pub service: Service,
    /// Data and config, the engine's.
    pub data: PathBuf,
}

/// Every engine.
pub const ENGINES: [&dyn Engine; 6] = [
    &postgres::Postgres,
    &redis::Redis,
    &kafka::Kafka,
    &elasticsearch::Elasticsearch,
    &clickhouse::ClickHouse,
    &s3::S3,
];

/// Whether the human brought this engine.
pub fn is_given(engine: &dyn Engine) -> bool {
    env::var_os(engine.variable()).is_some_and(|url| !url.is_empty())
}

/// The folders of an engine.
pub fn home(checkout: &Checkout, engine: &dyn Engine) -> Home {
    let folder = checkout.engines().join(engine.key());
    let data = if engine.refuses_root() {
        checkout.private().join(engine.key())
    } else {
        folder.clone()
    };
    Home {
        service: Service::new(folder),
        data,
    }
}

/// Every variable that a client of the engines needs: those that the human gave, then ours.
pub fn variables(checkout: &Checkout) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for engine in ENGINES {
        if let Ok(url) = env::var(engine.variable())
            && is_given(engine)
        {
            variables.push((engine.variable().to_owned(), url));
            continue;
        }
        variables.push((engine.variable().to_owned(), engine.url(checkout)?));
        variables.extend(
            engine
                .more_variables(checkout)?
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    Ok(variables)
}
