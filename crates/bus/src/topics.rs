//! What `kafka/topics.toml` says about each topic.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{BusConfig, Error};

const FILE: &str = include_str!("../../../kafka/topics.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    settings: BTreeMap<String, BTreeMap<String, String>>,
    topics: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    partitions: i32,
    settings: String,
    #[serde(default = "keyed")]
    keyed: bool,
}

/// Topics have keys unless they say otherwise: the careful default.
fn keyed() -> bool {
    true
}

/// A topic as it should be.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Its name at the broker.
    pub(crate) name: String,
    pub(crate) partitions: i32,
    /// Whether the order of its messages hangs on the number of partitions.
    pub(crate) keyed: bool,
    pub(crate) settings: BTreeMap<String, String>,
}

pub(crate) fn wanted(bus: &BusConfig) -> Result<Vec<Wanted>, Error> {
    let file: File = toml::from_str(FILE).map_err(|error| Error::Settings(format!("kafka/topics.toml: {error}")))?;
    let wanted = file.topics.iter().map(|(name, entry)| {
        let settings = file.settings.get(&entry.settings);
        let settings = settings.ok_or_else(|| Error::Settings(format!("{name}: no settings.{}", entry.settings)))?;
        let mut settings = settings.clone();
        if let Some(replicas) = bus.min_insync_replicas {
            settings.insert("min.insync.replicas".to_owned(), replicas.to_string());
        }
        let name = format!("{}{name}", bus.topic_prefix);
        Ok(Wanted {
            name,
            partitions: entry.partitions,
            keyed: entry.keyed,
            settings,
        })
    });
    wanted.collect()
}
