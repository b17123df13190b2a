//! Consumes in a group from positions that the read models keep.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use events::Topic;
use rdkafka::{
    ClientContext, Message as _, Offset, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, StreamConsumer},
    error::{KafkaError, KafkaResult},
    message::{BorrowedMessage, Headers as _},
    types::{RDKafkaErrorCode as Code, RDKafkaRespErr},
};
use tokio::sync::Notify;

use crate::{BusConfig, ConsumerConfig, Error, Partition, PartitionOffset, context::Log};

/// A member of a consumer group. Where it reads from is said by [`Self::assign`], not by committed offsets.
pub struct Consumer {
    client: StreamConsumer<Membership>,
}

/// A decision of the group. The client reads nothing until it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// This member owns these partitions and no others. Answer with [`Consumer::assign`].
    Assigned(Vec<Partition>),
    /// This member owns no partition any more. Answer with [`Consumer::release`].
    Revoked,
}

/// What [`Consumer::next`] received.
pub enum Next<'c> {
    /// From an assigned partition.
    Message(Received<'c>),
    /// Must be answered.
    Rebalance(Rebalance),
}

/// A message, borrowed from the client's memory.
pub struct Received<'c> {
    topic: Topic,
    message: BorrowedMessage<'c>,
}

impl Received<'_> {
    /// Where it was read.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition {
            topic: self.topic,
            number: self.message.partition(),
        }
    }

    /// In its partition.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.message.offset()
    }

    /// The id of its aggregate, when an event.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.message.key()
    }

    /// None is a tombstone.
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        self.message.payload()
    }

    /// The value of the first header of that name, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.message, name)
    }

    /// When it was published, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn published(&self) -> Option<i64> {
        self.message.timestamp().to_millis()
    }
}

pub(crate) fn header<'m>(message: &'m BorrowedMessage<'_>, name: &str) -> Option<&'m str> {
    let mut headers = message.headers()?.iter();
    let found = headers.find(|header| header.key == name)?;
    std::str::from_utf8(found.value?).ok()
}

impl Consumer {
    /// Joins the group. Topics may be created later. Fails only for invalid settings.
    pub fn subscribe(bus: &BusConfig, config: &ConsumerConfig, topics: &[Topic]) -> Result<Self, Error> {
        let client: StreamConsumer<Membership> = config.client(bus).create_with_context(Membership::new(bus))?;
        let names: Vec<_> = topics.iter().map(|topic| bus.topic(*topic)).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        client.subscribe(&names)?;
        Ok(Self { client })
    }

    /// Waits for the next message or rebalance. Cancel-safe. Must be called also while paused: a member that does not
    /// call it for five minutes is removed from the group (`max.poll.interval.ms`).
    ///
    /// # Errors
    /// Only [`Error::Fatal`]: another process consumes under this instance id. The client retries everything else.
    pub async fn next(&self) -> Result<Next<'_>, Error> {
        let membership = self.client.context();
        loop {
            if let Some(rebalance) = membership.rebalances().pop_front() {
                return Ok(Next::Rebalance(rebalance));
            }
            let received = tokio::select! {
                biased;
                // Rebalances first: a message that comes after one belongs to the next assignment.
                () = membership.changed.notified() => continue,
                received = self.client.recv() => received,
            };
            match received {
                Ok(message) => {
                    if let Some(topic) = membership.bus.by_name(message.topic()) {
                        return Ok(Next::Message(Received { topic, message }));
                    }
                }
                Err(KafkaError::MessageConsumption(Code::Fatal | Code::Fenced | Code::FencedInstanceId)) => {
                    return Err(self.fatal());
                }
                Err(error @ KafkaError::MessageConsumptionFatal(_)) => {
                    tracing::debug!(%error, "fatal error of the kafka consumer");
                    return Err(self.fatal());
                }
                // The client retries, and has logged why.
                Err(error) => tracing::debug!(%error, "kafka not readable"),
            }
        }
    }

    fn fatal(&self) -> Error {
        let reason = self.client.client().fatal_error().map(|(_, reason)| reason);
        Error::Fatal(reason.unwrap_or_else(|| "another process consumes under this instance id".to_owned()))
    }

    /// Answers [`Rebalance::Assigned`]: reads each partition from its offset, whatever was committed. An offset below 0,
    /// or one that retention has deleted, means the oldest message. After an error a new rebalance follows.
    pub fn assign(&self, offsets: &[PartitionOffset]) -> Result<(), Error> {
        self.client.context().unanswered.store(false, Ordering::SeqCst);
        Ok(self.client.assign(&self.list(offsets)?)?)
    }

    /// Answers [`Rebalance::Revoked`]. No message of the old assignment comes after it.
    pub fn release(&self) -> Result<(), Error> {
        self.client.context().unanswered.store(false, Ordering::SeqCst);
        Ok(self.client.unassign()?)
    }

    /// Stops fetching. Messages that were fetched before may still come, and are not fetched again.
    pub fn pause(&self) -> Result<(), Error> {
        Ok(self.client.pause(&self.client.assignment()?)?)
    }

    /// Fetches on after the last message that came.
    pub fn resume(&self) -> Result<(), Error> {
        Ok(self.client.resume(&self.client.assignment()?)?)
    }

    /// Commits offsets to the group for operators' lag tools, and with each a note of at most 4,096 bytes, which
    /// [`crate::Cluster::notes`] reads. No read model depends on them, so a failure is only logged.
    pub fn commit(&self, offsets: &[PartitionOffset], note: &str) {
        if offsets.is_empty() {
            return;
        }
        let committed = self
            .list(offsets)
            .and_then(|list| Ok(self.client.commit(&annotated(list, note), CommitMode::Async)?));
        if let Err(error) = committed {
            tracing::debug!(%error, "offsets not committed");
        }
    }

    fn list(&self, offsets: &[PartitionOffset]) -> Result<TopicPartitionList, Error> {
        let bus = &self.client.context().bus;
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for PartitionOffset { partition, offset } in offsets {
            let from = if *offset < 0 {
                Offset::Beginning
            } else {
                Offset::Offset(*offset)
            };
            list.add_partition_offset(&bus.topic(partition.topic), partition.number, from)?;
        }
        Ok(list)
    }

    /// Disconnects without leaving the group: the instance keeps its partitions for a session timeout, and a restart
    /// within it needs no rebalance.
    pub async fn close(self) {
        // Dropping the client joins its threads.
        if tokio::time::timeout(Duration::from_secs(5), tokio::task::spawn_blocking(move || drop(self)))
            .await
            .is_err()
        {
            tracing::warn!("kafka consumer not closed in time");
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let membership = self.client.context();
        membership.closing.store(true, Ordering::SeqCst);
        // With an unanswered rebalance the client's close would wait for ever.
        if membership.unanswered.load(Ordering::SeqCst) {
            let _ = self.client.unassign();
        }
    }
}

fn annotated(list: TopicPartitionList, note: &str) -> TopicPartitionList {
    for mut entry in list.elements() {
        entry.set_metadata(note);
    }
    list
}

/// Queues rebalances until the reader answers them. The client waits for the answer, and its heartbeats go on.
struct Membership {
    bus: BusConfig,
    log: Log,
    rebalances: Mutex<VecDeque<Rebalance>>,
    changed: Notify,
    unanswered: AtomicBool,
    closing: AtomicBool,
}

impl Membership {
    fn new(bus: &BusConfig) -> Self {
        Self {
            bus: bus.clone(),
            log: Log::default(),
            rebalances: Mutex::default(),
            changed: Notify::new(),
            unanswered: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        }
    }

    fn rebalances(&self) -> MutexGuard<'_, VecDeque<Rebalance>> {
        self.rebalances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Membership {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.log.line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(&error, reason);
    }
}

impl ConsumerContext for Membership {
    fn rebalance(&self, client: &BaseConsumer<Self>, code: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        // Nobody answers any more, and the client's close waits for an answer.
        if self.closing.load(Ordering::SeqCst) {
            let _ = client.unassign();
            return;
        }
        let rebalance = if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            let assigned = partitions.elements().into_iter().filter_map(|element| {
                Some(Partition {
                    topic: self.bus.by_name(element.topic())?,
                    number: element.partition(),
                })
            });
            Rebalance::Assigned(assigned.collect())
        } else {
            Rebalance::Revoked
        };
        self.unanswered.store(true, Ordering::SeqCst);
        self.rebalances().push_back(rebalance);
        self.changed.notify_one();
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(%error, "offsets not committed");
        }
    }
}
