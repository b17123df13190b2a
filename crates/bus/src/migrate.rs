//! Creates and alters the topics as `kafka/topics.toml` says.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use rdkafka::{
    admin::{
        AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigSource, NewPartitions, NewTopic,
        OwnedResourceSpecifier, ResourceSpecifier, TopicReplication,
    },
    client::DefaultClientContext,
    types::RDKafkaErrorCode as Code,
};

use crate::{
    BusConfig, Cluster, Error,
    cluster::blocking,
    topics::{TopicSpec, topic_specs},
};

type Admin = AdminClient<DefaultClientContext>;

/// New topics have leaders within a second on a healthy cluster.
const USABLE_WITHIN: Duration = Duration::from_secs(30);

/// Creates missing topics, alters settings that differ, adds partitions, and waits until every partition has a leader.
///
/// Idempotent, also when it runs twice at once. Settings that the file does not name are kept. Partitions of a keyed
/// topic are only added with `allow_rekey`; Kafka cannot remove any.
pub async fn migrate(bus: &BusConfig, allow_rekey: bool) -> Result<(), Error> {
    let admin: Admin = bus.client().create()?;
    let options = AdminOptions::new()
        .request_timeout(Some(bus.request_timeout))
        .operation_timeout(Some(bus.request_timeout));
    let topics = topic_specs(bus)?;
    // An admin client only says that nobody answered.
    Cluster::new(bus)?.health(bus.request_timeout).await?;
    create(&admin, &options, bus, &topics).await?;
    wait_until_usable(bus, &topics).await?;
    partition(&admin, &options, bus, &topics, allow_rekey).await?;
    configure(&admin, &options, &topics).await?;
    wait_until_usable(bus, &topics).await
}

async fn create(admin: &Admin, options: &AdminOptions, bus: &BusConfig, topics: &[TopicSpec]) -> Result<(), Error> {
    // -1 is the broker's own default (KIP-464).
    let replication = bus.replication.unwrap_or(-1);
    let new: Vec<_> = topics
        .iter()
        .map(|topic| {
            let mut new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(replication));
            new.config = topic
                .settings
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            new
        })
        .collect();
    for result in admin.create_topics(&new, options).await? {
        match result {
            Ok(topic) => tracing::info!(topic, "topic created"),
            Err((_, Code::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(refused(topic, code)),
        }
    }
    Ok(())
}

async fn partition(
    admin: &Admin,
    options: &AdminOptions,
    bus: &BusConfig,
    topics: &[TopicSpec],
    allow_rekey: bool,
) -> Result<(), Error> {
    let counts = leaders(bus, topics).await?;
    for topic in topics {
        let has = counts.get(&topic.name).map_or(0, Vec::len);
        let wants = usize::try_from(topic.partitions).unwrap_or_default();
        if has == wants {
            continue;
        }
        if wants < has || (topic.keyed && !allow_rekey) {
            return Err(Error::Rekey {
                topic: topic.name.clone(),
                has,
                wants,
            });
        }
        let more = NewPartitions::new(&topic.name, wants);
        for result in admin.create_partitions([&more], options).await? {
            match result {
                Ok(topic) => tracing::warn!(topic, has, wants, "partitions added"),
                // Another `migrate` has added them meanwhile.
                Err((_, Code::InvalidPartitions)) => {}
                Err((topic, code)) => return Err(refused(topic, code)),
            }
        }
    }
    Ok(())
}

async fn configure(admin: &Admin, options: &AdminOptions, topics: &[TopicSpec]) -> Result<(), Error> {
    let named: Vec<_> = topics
        .iter()
        .map(|topic| ResourceSpecifier::Topic(&topic.name))
        .collect();
    for described in admin.describe_configs(&named, options).await? {
        let described = described.map_err(|code| refused("reading the topics' settings".to_owned(), code))?;
        let OwnedResourceSpecifier::Topic(name) = &described.specifier else {
            continue;
        };
        let Some(topic) = topics.iter().find(|topic| topic.name == *name) else {
            continue;
        };
        let Some(entries) = changed(topic, &described) else {
            continue;
        };
        let mut change = AlterConfig::new(ResourceSpecifier::Topic(name));
        change.entries = entries;
        for result in admin.alter_configs([&change], options).await? {
            if let Err((_, code)) = result {
                return Err(refused(name.clone(), code));
            }
        }
        tracing::info!(topic = name, "topic settings changed");
    }
    Ok(())
}

/// None when no setting differs. Otherwise all of the topic's own settings: the request replaces them together, and
/// would reset those of an operator to the broker's default.
pub(crate) fn changed<'a>(
    topic: &'a TopicSpec,
    described: &'a ConfigResource,
) -> Option<std::collections::HashMap<&'a str, &'a str>> {
    let differs = topic.settings.iter().any(|(key, value)| {
        let entry = described.get(key);
        entry.and_then(|entry| entry.value.as_deref()) != Some(value)
    });
    let own = described
        .entries
        .iter()
        .filter(|entry| entry.source == ConfigSource::DynamicTopic);
    let own = own.filter_map(|entry| Some((entry.name.as_str(), entry.value.as_deref()?)));
    let wanted = topic.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    differs.then(|| own.chain(wanted).collect())
}

async fn wait_until_usable(bus: &BusConfig, topics: &[TopicSpec]) -> Result<(), Error> {
    let began = Instant::now();
    loop {
        let led = leaders(bus, topics).await?;
        let missing = topics.iter().find(|topic| {
            led.get(&topic.name)
                .is_none_or(|leaders| leaders.is_empty() || leaders.iter().any(|leader| *leader < 0))
        });
        let Some(missing) = missing else { return Ok(()) };
        if began.elapsed() > USABLE_WITHIN {
            return Err(Error::Unavailable(format!(
                "{} has partitions without a leader",
                missing.name
            )));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The leader of each partition, by topic; -1 is none. Asks for all topics at once: a request for a single new topic may
/// reach a broker that does not know it yet.
pub(crate) async fn leaders(bus: &BusConfig, topics: &[TopicSpec]) -> Result<BTreeMap<String, Vec<i32>>, Error> {
    let names: BTreeSet<String> = topics.iter().map(|topic| topic.name.clone()).collect();
    let (client, timeout) = (bus.client(), bus.request_timeout);
    blocking(timeout, move || {
        let client: rdkafka::consumer::BaseConsumer = client.create()?;
        let metadata = rdkafka::consumer::Consumer::fetch_metadata(&client, None, timeout)?;
        let known = metadata.topics().iter().filter(|topic| names.contains(topic.name()));
        let leaders = known.map(|topic| {
            let leaders = topic
                .partitions()
                .iter()
                .map(rdkafka::metadata::MetadataPartition::leader);
            (topic.name().to_owned(), leaders.collect())
        });
        Ok(leaders.collect())
    })
    .await
}

pub(crate) fn refused(topic: String, code: Code) -> Error {
    Error::Refused {
        topic,
        reason: code.to_string(),
    }
}
