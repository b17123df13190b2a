//! The engines that Jonquil uses, run natively: one file for each engine, behind one trait.

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
pub use self::lifecycle::{delete_data, hold, keep, release, remove_orphans, start, stop, stop_keeping};
pub use self::postgres::binaries as postgres_programs;
use crate::checkout::Checkout;
use crate::error::Result;
use crate::prerequisites::Need;
use crate::process::Service;

/// How one engine is fetched, started and checked.
pub trait Engine: Sync {
    /// Its name in messages.
    fn name(&self) -> &'static str;
    /// Its name in paths and JSON.
    fn key(&self) -> &'static str;
    /// The variable with its address. If it is set, the engine is external and is not started.
    fn variable(&self) -> &'static str;
    /// The ports it listens on; the first is for clients.
    fn ports(&self, checkout: &Checkout) -> Vec<u16>;
    /// Its address for clients.
    fn url(&self, checkout: &Checkout) -> Result<String>;
    /// More environment variables for clients.
    fn more_variables(&self, _checkout: &Checkout) -> Result<Vec<(&'static str, String)>> {
        Ok(Vec::new())
    }
    /// What must be installed to fetch and run it.
    fn needs(&self) -> Vec<Need>;
    /// Fetches its programs into the cache.
    fn fetch(&self) -> Result<()>;
    /// Creates data and config in `home` if they are missing; returns the command that starts it.
    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command>;
    /// Whether it responds in its own protocol.
    fn answers(&self, checkout: &Checkout) -> bool;
    /// Runs after it is ready: creates what clients expect, such as a database.
    fn finish(&self, _checkout: &Checkout) -> Result<()> {
        Ok(())
    }
    /// The signal for an orderly shutdown.
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
    /// Process record and log.
    pub service: Service,
    /// The engine's data and config.
    pub data: PathBuf,
}

pub const ENGINES: [&dyn Engine; 6] = [
    &postgres::Postgres,
    &redis::Redis,
    &kafka::Kafka,
    &elasticsearch::Elasticsearch,
    &clickhouse::ClickHouse,
    &s3::S3,
];

/// Whether this engine is run by somebody else, at the address in its variable.
pub fn is_external(engine: &dyn Engine) -> bool {
    env::var_os(engine.variable()).is_some_and(|url| !url.is_empty())
}

/// Whether the engines run for half an hour on a machine that is thrown away, as in continuous integration.
fn are_short_lived() -> bool {
    env::var_os("JONQUIL_ENGINES_SHORT_LIVED").is_some()
}

/// What a Java virtual machine is told beside its heap.
fn jvm_flags() -> &'static [&'static str] {
    // The second compiler takes a minute of two processors before what it makes pays.
    if are_short_lived() {
        &["-XX:TieredStopAtLevel=1"]
    } else {
        &[]
    }
}

pub fn home(checkout: &Checkout, engine: &dyn Engine) -> Home {
    let folder = checkout.engines().join(engine.key());
    Home {
        data: checkout.data(engine.key(), engine.refuses_root()),
        service: Service::new(folder),
    }
}

/// Every variable that a client of the engines needs.
pub fn variables(checkout: &Checkout) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for engine in ENGINES {
        if let Ok(url) = env::var(engine.variable())
            && is_external(engine)
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
