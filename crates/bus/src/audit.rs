//! Compares the topics with `kafka/topics.toml`, and changes nothing.

use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;

use crate::{
    BusConfig, Error,
    migrate::{changed, leaders, refused},
    topics::topic_specs,
};

/// What differs, a line for each topic that does: it is missing, has another number of partitions, a partition without
/// leader, or other settings. Topics are named with their prefix.
///
/// # Errors
/// The broker does not answer within [`BusConfig::request_timeout`], or refuses to show a topic.
pub async fn audit(bus: &BusConfig) -> Result<Vec<String>, Error> {
    let topics = topic_specs(bus)?;
    let found = leaders(bus, &topics).await?;
    let mut differences = Vec::new();
    let mut there = Vec::new();
    for topic in &topics {
        let (name, wants) = (&topic.name, usize::try_from(topic.partitions).unwrap_or_default());
        match found.get(name) {
            None => differences.push(format!("{name} is missing")),
            Some(leaders) if leaders.iter().any(|leader| *leader < 0) => {
                differences.push(format!("{name} has a partition without a leader"));
            }
            Some(leaders) if leaders.len() != wants => {
                differences.push(format!("{name} has {} partitions, not {wants}", leaders.len()));
            }
            Some(_) => there.push(topic),
        }
    }
    let admin: AdminClient<DefaultClientContext> = bus.client().create()?;
    let options = AdminOptions::new().request_timeout(Some(bus.request_timeout));
    let named: Vec<_> = there
        .iter()
        .map(|topic| ResourceSpecifier::Topic(&topic.name))
        .collect();
    if named.is_empty() {
        return Ok(differences);
    }
    for described in admin.describe_configs(&named, &options).await? {
        let described = described.map_err(|code| refused("reading the topics' settings".to_owned(), code))?;
        let OwnedResourceSpecifier::Topic(name) = &described.specifier else {
            continue;
        };
        let topic = there.iter().find(|topic| topic.name == *name);
        if topic.is_some_and(|topic| changed(topic, &described).is_some()) {
            differences.push(format!("{name} has other settings"));
        }
    }
    Ok(differences)
}
