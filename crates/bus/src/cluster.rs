//! Questions to the brokers: are they there, how long are the topics.

use std::{sync::Arc, time::Duration};

use events::Topic;
use rdkafka::{
    Offset, TopicPartitionList,
    config::ClientConfig,
    consumer::{BaseConsumer, Consumer as _},
};

use crate::{BusConfig, Error};

/// A partition of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// The topic.
    pub topic: Topic,
    /// Its number.
    pub number: i32,
}

/// An offset in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The partition.
    pub partition: Partition,
    /// The offset.
    pub offset: i64,
}

/// A connection for questions. Clones share it.
#[derive(Clone)]
pub struct Cluster {
    client: Arc<BaseConsumer>,
    bus: Arc<BusConfig>,
}

impl Cluster {
    /// Makes the client; it connects by itself, now or when a broker is there.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn new(bus: &BusConfig) -> Result<Self, Error> {
        Ok(Self {
            client: Arc::new(bus.client().create()?),
            bus: Arc::new(bus.clone()),
        })
    }

    /// Whether a broker answers within `timeout`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn health(&self, timeout: Duration) -> Result<(), Error> {
        let (client, topic) = (self.client.clone(), self.bus.topic(Topic::Listens));
        blocking(timeout, move || {
            client.fetch_metadata(Some(&topic), timeout)?;
            Ok(())
        })
        .await
    }

    /// Every partition of the topics. A topic that does not exist has none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
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

    /// The offset the next message of each partition will get: one request a broker.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also when one of the partitions does not exist.
    pub async fn ends(&self, partitions: &[Partition], timeout: Duration) -> Result<Vec<PartitionOffset>, Error> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let (client, bus, partitions) = (self.client.clone(), self.bus.clone(), partitions.to_vec());
        blocking(timeout, move || {
            let mut asked = TopicPartitionList::with_capacity(partitions.len());
            for partition in &partitions {
                // To the broker the end is a time, -1 (ListOffsets).
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
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_offsets(&self, topics: &[Topic], timeout: Duration) -> Result<Vec<PartitionOffset>, Error> {
        let partitions = self.partitions(topics, timeout).await?;
        self.ends(&partitions, timeout).await
    }

    /// Whether no message is left at or after `from`: whatever offsets follow were compacted away, deleted by retention
    /// or are control records. Reads the partition beside the group, so it needs no membership.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn is_empty_from(&self, from: PartitionOffset, timeout: Duration) -> Result<bool, Error> {
        let bus = self.bus.clone();
        // Asked first: only an end that was there before the reader began is vouched for.
        blocking(timeout * 2, move || {
            let reader: BaseConsumer = probe(&bus).create()?;
            let mut start = TopicPartitionList::new();
            let PartitionOffset { partition, offset } = from;
            start.add_partition_offset(&bus.topic(partition.topic), partition.number, Offset::Offset(offset))?;
            reader.assign(&start)?;
            let began = std::time::Instant::now();
            while began.elapsed() < timeout {
                match reader.poll(Duration::from_millis(100)) {
                    Some(Ok(_)) => return Ok(false),
                    Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => return Ok(true),
                    Some(Err(_)) | None => {}
                }
            }
            Err(Error::Unavailable(
                "the partition's end was not reached in time".to_owned(),
            ))
        })
        .await
    }
}

/// A reader that never joins a group: the name is only there because the client wants one.
fn probe(bus: &BusConfig) -> ClientConfig {
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

/// The client's questions block their thread; the future may be dropped, the thread ends by its own timeout.
pub(crate) async fn blocking<T: Send + 'static>(
    timeout: Duration,
    question: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let answer = tokio::time::timeout(
        timeout + Duration::from_millis(200),
        tokio::task::spawn_blocking(question),
    );
    match answer.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Error::Unavailable("the question was interrupted".to_owned())),
        Err(_) => Err(Error::Unavailable(format!(
            "no answer within {} ms",
            timeout.as_millis()
        ))),
    }
}
