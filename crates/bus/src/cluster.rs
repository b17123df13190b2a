//! Asks the brokers whether they answer and where partitions end.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use events::Topic;
use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    config::ClientConfig,
    consumer::{BaseConsumer, Consumer as _},
};

use crate::{BusConfig, Error, context::Spoken};

/// Events that may have piled up in a client that nobody polls.
const EVENTS: usize = 1_000;
const EVENT: Duration = Duration::from_millis(50);
/// A client that was not used for this long is closed when another one is needed.
const KEPT: Duration = Duration::from_mins(5);

/// One partition, named without the topic prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// With its prefix only at the broker.
    pub topic: Topic,
    /// From 0.
    pub number: i32,
}

/// A place in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionOffset {
    /// Where the offset counts.
    pub partition: Partition,
    /// From 0; -1 is the beginning, wherever that is by now.
    pub offset: i64,
}

/// A connection for metadata and offsets. Clones share it.
#[derive(Clone)]
pub struct Cluster {
    client: Arc<BaseConsumer<Spoken>>,
    bus: Arc<BusConfig>,
    groups: Groups,
}

/// A client for each group whose offsets were asked for: librdkafka asks only for those of a client's own group. They are kept,
/// since to make one takes longer than the question.
#[derive(Clone, Default)]
struct Groups(Arc<Mutex<BTreeMap<String, Kept>>>);

struct Kept {
    client: Arc<BaseConsumer>,
    used: Instant,
}

impl Groups {
    /// Blocks for a moment, when a client is made or closed.
    fn client(&self, bus: &BusConfig, group: &str) -> Result<Arc<BaseConsumer>, Error> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = groups.get_mut(group) {
            kept.used = Instant::now();
            return Ok(Arc::clone(&kept.client));
        }
        let client = Arc::new(probe(bus).set("group.id", group).create::<BaseConsumer>()?);
        let kept = Kept {
            client: Arc::clone(&client),
            used: Instant::now(),
        };
        // Of generations that are gone.
        let unused = groups.extract_if(.., |_, kept| kept.used.elapsed() > KEPT);
        let unused: Vec<_> = unused.collect();
        groups.insert(group.to_owned(), kept);
        drop(groups);
        drop(unused);
        Ok(client)
    }
}

impl Cluster {
    /// Fails only for invalid settings: the client connects by itself, as soon as a broker answers.
    pub fn new(bus: &BusConfig) -> Result<Self, Error> {
        Ok(Self {
            client: Arc::new(bus.client().create_with_context(Spoken::default())?),
            bus: Arc::new(bus.clone()),
            groups: Groups::default(),
        })
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn bus(&self) -> &BusConfig {
        &self.bus
    }

    /// Succeeds when a broker answers within `timeout`.
    pub async fn health(&self, timeout: Duration) -> Result<(), Error> {
        let (client, topic) = (self.client.clone(), self.bus.topic(Topic::Listens));
        blocking(timeout, move || match client.fetch_metadata(Some(&topic), timeout) {
            Ok(_) => Ok(()),
            Err(error) => Err(explained(&client, error.into())),
        })
        .await
    }

    /// Every partition of the topics. A missing topic has none.
    pub async fn partitions(&self, topics: &[Topic], timeout: Duration) -> Result<Vec<Partition>, Error> {
        let (client, bus, topics) = (self.client.clone(), self.bus.clone(), topics.to_vec());
        blocking(timeout, move || {
            let mut all = Vec::new();
            for topic in topics {
                let metadata = client.fetch_metadata(Some(&bus.topic(topic)), timeout)?;
                let partitions = metadata
                    .topics()
                    .iter()
                    .flat_map(rdkafka::metadata::MetadataTopic::partitions);
                all.extend(partitions.map(|partition| Partition {
                    topic,
                    number: partition.id(),
                }));
            }
            Ok(all)
        })
        .await
    }

    /// The offset that the next message of each partition will get. Fails when one of the partitions does not exist.
    pub async fn ends(&self, partitions: &[Partition], timeout: Duration) -> Result<Vec<PartitionOffset>, Error> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let (client, bus, partitions) = (self.client.clone(), self.bus.clone(), partitions.to_vec());
        blocking(timeout, move || {
            let mut asked = TopicPartitionList::with_capacity(partitions.len());
            for partition in &partitions {
                // ListOffsets takes the end as a time of -1, and answers for all partitions of a broker at once.
                asked.add_partition_offset(&bus.topic(partition.topic), partition.number, Offset::End)?;
            }
            let answer = client.offsets_for_times(asked, timeout)?;
            partitions
                .into_iter()
                .map(|partition| read(&answer, &bus, partition))
                .collect()
        })
        .await
    }

    /// [`Self::ends`] of every partition of the topics.
    pub async fn end_offsets(&self, topics: &[Topic], timeout: Duration) -> Result<Vec<PartitionOffset>, Error> {
        let partitions = self.partitions(topics, timeout).await?;
        self.ends(&partitions, timeout).await
    }

    /// When the first messages at or after these places were published, the oldest of them: in milliseconds since the Unix
    /// epoch. None when none is found within `timeout`. Reads the partitions outside any group.
    pub async fn oldest_after(&self, places: &[PartitionOffset], timeout: Duration) -> Result<Option<i64>, Error> {
        let (bus, places) = (self.bus.clone(), places.to_vec());
        blocking(timeout * 2, move || {
            let reader: BaseConsumer = probe(&bus).create()?;
            let mut starts = TopicPartitionList::with_capacity(places.len());
            let mut waiting = HashSet::with_capacity(places.len());
            for PartitionOffset { partition, offset } in places {
                let topic = bus.topic(partition.topic);
                starts.add_partition_offset(&topic, partition.number, Offset::Offset(offset))?;
                waiting.insert((topic, partition.number));
            }
            reader.assign(&starts)?;
            let (began, mut oldest) = (Instant::now(), None);
            while began.elapsed() < timeout && !waiting.is_empty() {
                let Some(Ok(message)) = reader.poll(Duration::from_millis(100)) else {
                    continue;
                };
                if waiting.remove(&(message.topic().to_owned(), message.partition())) {
                    oldest = [oldest, message.timestamp().to_millis()].into_iter().flatten().min();
                }
            }
            Ok(oldest)
        })
        .await
    }

    /// The notes that members of a group left with their offsets ([`crate::Consumer::commit`]), in any order. The group is
    /// not joined. Its name is without the prefix.
    pub async fn notes(&self, group: &str, partitions: &[Partition], timeout: Duration) -> Result<Vec<String>, Error> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let (bus, groups, partitions) = (self.bus.clone(), self.groups.clone(), partitions.to_vec());
        let group = format!("{}{group}", bus.topic_prefix);
        blocking(timeout, move || {
            let reader = groups.client(&bus, &group)?;
            // What a client has to say of its connections piles up until somebody polls.
            while reader.poll(Duration::ZERO).is_some() {}
            let mut asked = TopicPartitionList::with_capacity(partitions.len());
            for partition in &partitions {
                asked.add_partition(&bus.topic(partition.topic), partition.number);
            }
            let committed = reader.committed_offsets(asked, timeout)?;
            let notes = committed
                .elements()
                .into_iter()
                .map(|entry| entry.metadata().to_owned());
            Ok(notes.filter(|note| !note.is_empty()).collect())
        })
        .await
    }

    /// Whether no message follows at or after `from`: the offsets there were compacted away, deleted by retention, or
    /// are control records. Reads the partition outside any group.
    pub async fn is_empty_from(&self, from: PartitionOffset, timeout: Duration) -> Result<bool, Error> {
        let bus = self.bus.clone();
        blocking(timeout * 2, move || {
            let reader: BaseConsumer = probe(&bus).create()?;
            let mut start = TopicPartitionList::new();
            let PartitionOffset { partition, offset } = from;
            start.add_partition_offset(&bus.topic(partition.topic), partition.number, Offset::Offset(offset))?;
            reader.assign(&start)?;
            let began = Instant::now();
            while began.elapsed() < timeout {
                match reader.poll(Duration::from_millis(100)) {
                    Some(Ok(_)) => return Ok(false),
                    Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => return Ok(true),
                    Some(Err(_)) | None => {}
                }
            }
            Err(Error::Unavailable(
                "the end of the partition was not reached in time".to_owned(),
            ))
        })
        .await
    }
}

/// What the client gives as the reason why it has no connection: an event, which waits until somebody polls.
fn explained(client: &BaseConsumer<Spoken>, error: Error) -> Error {
    for _ in 0..EVENTS {
        // Of a consumer that has no partitions every message is an event.
        // With no time at all a poll ends at the first line of the log.
        if client.poll(EVENT).is_none() {
            break;
        }
    }
    match (error, client.context().reason()) {
        (Error::Unavailable(_), Some(reason)) => Error::Unavailable(reason),
        (error, _) => error,
    }
}

/// A reader that never joins a group: librdkafka requires a group id all the same.
pub(crate) fn probe(bus: &BusConfig) -> ClientConfig {
    let mut client = bus.client();
    client
        .set("group.id", format!("{}jonquil-probe", bus.topic_prefix))
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("fetch.message.max.bytes", "65536")
        .set("queued.max.messages.kbytes", "1024");
    client
}

fn read(answer: &TopicPartitionList, bus: &BusConfig, partition: Partition) -> Result<PartitionOffset, Error> {
    let found = answer.find_partition(&bus.topic(partition.topic), partition.number);
    let found = found.ok_or_else(|| Error::Unavailable("a partition is missing from the answer".to_owned()))?;
    found.error()?;
    match found.offset() {
        Offset::Offset(offset) => Ok(PartitionOffset { partition, offset }),
        other => Err(Error::Unavailable(format!("an end offset is {other:?}"))),
    }
}

/// librdkafka's requests block their thread. When this future is dropped the thread still ends by its own timeout.
pub(crate) async fn blocking<T: Send + 'static>(
    timeout: Duration,
    request: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let answer = tokio::time::timeout(
        timeout + Duration::from_millis(200),
        tokio::task::spawn_blocking(request),
    );
    match answer.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Error::Unavailable("the request was interrupted".to_owned())),
        Err(_) => Err(Error::Unavailable(format!(
            "no answer within {} ms",
            timeout.as_millis()
        ))),
    }
}
