//! Reads `kafka/topics.toml`.

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

/// Unless the file says otherwise a topic has keys, and its number of partitions is protected.
fn keyed() -> bool {
    true
}

#[derive(Clone, Debug)]
pub(crate) struct TopicSpec {
    /// With the prefix.
    pub(crate) name: String,
    pub(crate) partitions: i32,
    /// The key chooses the partition, so another number of partitions breaks the order.
    pub(crate) keyed: bool,
    pub(crate) settings: BTreeMap<String, String>,
}

pub(crate) fn topic_specs(bus: &BusConfig) -> Result<Vec<TopicSpec>, Error> {
    let file: File = toml::from_str(FILE).map_err(|error| Error::Settings(format!("kafka/topics.toml: {error}")))?;
    let specs = file.topics.iter().map(|(name, entry)| {
        let settings = file.settings.get(&entry.settings);
        let settings = settings.ok_or_else(|| Error::Settings(format!("{name}: no settings.{}", entry.settings)))?;
        let mut settings = settings.clone();
        if let Some(replicas) = bus.min_insync_replicas {
            settings.insert("min.insync.replicas".to_owned(), replicas.to_string());
        }
        let name = format!("{}{name}", bus.topic_prefix);
        Ok(TopicSpec {
            name,
            partitions: entry.partitions,
            keyed: entry.keyed,
            settings,
        })
    });
    specs.collect()
}
