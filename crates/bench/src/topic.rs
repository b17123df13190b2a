//! Reads a topic back beside the service: a run counts only when its events are there, each once.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer as _},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::BenchError;

const TIMEOUT: Duration = Duration::from_secs(10);
/// For the events of a whole run.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

pub struct Topic {
    pub name: String,
    brokers: String,
    consumer: BaseConsumer,
}

pub struct Content {
    pub count: u64,
    /// Different ids.
    pub distinct: u64,
    /// Of the payloads.
    pub bytes: u64,
}

#[derive(Deserialize)]
struct Identity {
    id: Uuid,
}

impl Topic {
    pub fn new(brokers: &str, name: String) -> Result<Self, BenchError> {
        let mut settings = ClientConfig::new();
        settings
            .set("bootstrap.servers", brokers)
            .set("group.id", "bench")
            .set("enable.auto.commit", "false");
        Ok(Self {
            name,
            brokers: brokers.to_owned(),
            consumer: settings.create()?,
        })
    }

    pub fn ends(&self) -> Result<Vec<i64>, BenchError> {
        let metadata = self.consumer.fetch_metadata(Some(&self.name), TIMEOUT)?;
        let partitions = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
        let end = |partition| Ok(self.consumer.fetch_watermarks(&self.name, partition, TIMEOUT)?.1);
        (0..i32::try_from(partitions)?).map(end).collect()
    }

    /// Reads everything after these ends.
    pub fn since(&self, from: &[i64]) -> Result<Content, BenchError> {
        let to = self.ends()?;
        let mut left: i64 = to.iter().zip(from).map(|(to, from)| to - from).sum();
        let mut assigned = TopicPartitionList::new();
        for (partition, offset) in (0..).zip(from) {
            assigned.add_partition_offset(&self.name, partition, Offset::Offset(*offset))?;
        }
        self.consumer.assign(&assigned)?;
        let mut ids = HashSet::new();
        let mut content = Content {
            count: 0,
            distinct: 0,
            bytes: 0,
        };
        let until = Instant::now() + READ_TIMEOUT;
        while left > 0 && Instant::now() < until {
            let Some(message) = self.consumer.poll(Duration::from_secs(1)) else {
                continue;
            };
            let message = message?;
            let value = message.payload().unwrap_or_default();
            ids.insert(serde_json::from_slice::<Identity>(value)?.id);
            content.count += 1;
            content.bytes += value.len() as u64;
            left -= 1;
        }
        self.consumer.unassign()?;
        content.distinct = ids.len() as u64;
        Ok(content)
    }

    /// Deletes every topic whose name begins with `prefix`.
    pub async fn delete_all(&self, prefix: &str) -> Result<(), BenchError> {
        let metadata = self.consumer.fetch_metadata(None, TIMEOUT)?;
        let names: Vec<&str> = metadata
            .topics()
            .iter()
            .map(rdkafka::metadata::MetadataTopic::name)
            .collect();
        let ours: Vec<&str> = names.into_iter().filter(|name| name.starts_with(prefix)).collect();
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &self.brokers).create()?;
        if !ours.is_empty() {
            admin
                .delete_topics(&ours, &AdminOptions::new().request_timeout(Some(TIMEOUT)))
                .await?;
        }
        Ok(())
    }
}
