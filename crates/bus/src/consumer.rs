//! Consuming in a group, from positions that somebody else keeps.

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
    message::BorrowedMessage,
    types::{RDKafkaErrorCode as Code, RDKafkaRespErr},
};
use tokio::sync::Notify;

use crate::{BusConfig, ConsumerConfig, Error, Partition, PartitionOffset, context::Log};

/// A member of a consumer group. Offsets are never committed by themselves; see [`Self::assign`].
pub struct Consumer {
    client: StreamConsumer<Membership>,
}

/// What the group decided. Nothing moves on before it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// These partitions are ours, and no others. Answer with [`Consumer::assign`].
    Assigned(Vec<Partition>),
    /// No partition is ours any more. Answer with [`Consumer::release`].
    Revoked,
}

/// What comes next.
pub enum Next<'c> {
    /// A message.
    Message(Received<'c>),
    /// A change of the assignment; to be answered.
    Rebalance(Rebalance),
}

/// A message as it lies in the client's memory.
pub struct Received<'c> {
    topic: Topic,
    message: BorrowedMessage<'c>,
}

impl Received<'_> {
    /// Its partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition {
            topic: self.topic,
            number: self.message.partition(),
        }
    }

    /// Its offset.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.message.offset()
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.message.key()
    }

    /// Its value.
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        self.message.payload()
    }

    /// When it was published, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn published(&self) -> Option<i64> {
        self.message.timestamp().to_millis()
    }
}

impl Consumer {
    /// Joins the group. Topics that do not exist yet are waited for.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn subscribe(bus: &BusConfig, config: &ConsumerConfig, topics: &[Topic]) -> Result<Self, Error> {
        let client: StreamConsumer<Membership> = config.client(bus).create_with_context(Membership::new(bus))?;
        let names: Vec<_> = topics.iter().map(|topic| bus.topic(*topic)).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        client.subscribe(&names)?;
        Ok(Self { client })
    }

    /// Waits for the next message or rebalance. Cancel-safe. Must be called again and again, also while paused:
    /// a member that does not for five minutes is put out of the group.
    ///
    /// # Errors
    /// [`Error::Fatal`]: another process consumes under this instance id. Everything else is waited out.
    pub async fn next(&self) -> Result<Next<'_>, Error> {
        let membership = self.client.context();
        loop {
            if let Some(rebalance) = membership.asked().pop_front() {
                return Ok(Next::Rebalance(rebalance));
            }
            let received = tokio::select! {
                biased;
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
                    tracing::debug!(%error, "the consumer failed for good");
                    return Err(self.fatal());
                }
                // Waited out; the client has told its log.
                Err(error) => tracing::debug!(%error, "kafka cannot be read at the moment"),
            }
        }
    }

    fn fatal(&self) -> Error {
        let reason = self.client.client().fatal_error().map(|(_, reason)| reason);
        Error::Fatal(reason.unwrap_or_else(|| "another process consumes under this instance id".to_owned()))
    }

    /// Answers [`Rebalance::Assigned`]: reads each partition from its offset, whatever the group's own says.
    /// An offset of -1 or less, or one that is not there any more: from the oldest message.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the group has moved on; a new rebalance follows.
    pub fn assign(&self, offsets: &[PartitionOffset]) -> Result<(), Error> {
        self.client.context().unanswered.store(false, Ordering::SeqCst);
        Ok(self.client.assign(&self.list(offsets)?)?)
    }

    /// Answers [`Rebalance::Revoked`]; no message of before comes any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn release(&self) -> Result<(), Error> {
        self.client.context().unanswered.store(false, Ordering::SeqCst);
        Ok(self.client.unassign()?)
    }

    /// Stops fetching. Messages on their way may still come; they must not be thrown away.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn pause(&self) -> Result<(), Error> {
        Ok(self.client.pause(&self.client.assignment()?)?)
    }

    /// Goes on after the last message that came.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn resume(&self) -> Result<(), Error> {
        Ok(self.client.resume(&self.client.assignment()?)?)
    }

    /// Tells the group how far we are, for operators' tools. Nothing is read from it, so failures do not matter.
    pub fn report(&self, offsets: &[PartitionOffset]) {
        if offsets.is_empty() {
            return;
        }
        let told = self
            .list(offsets)
            .and_then(|list| Ok(self.client.commit(&list, CommitMode::Async)?));
        if let Err(error) = told {
            tracing::debug!(%error, "the group was not told how far we are");
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

    /// Leaves the brokers, but not the group: the instance keeps its partitions for a session timeout, so that it can
    /// be restarted without a rebalance.
    pub async fn close(self) {
        // Closing waits for the client's threads.
        if tokio::time::timeout(Duration::from_secs(5), tokio::task::spawn_blocking(move || drop(self)))
            .await
            .is_err()
        {
            tracing::warn!("the consumer does not close in time");
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let membership = self.client.context();
        membership.closing.store(true, Ordering::SeqCst);
        // The client does not close over an unanswered rebalance.
        if membership.unanswered.load(Ordering::SeqCst) {
            let _ = self.client.unassign();
        }
    }
}

/// Keeps what the group asks until the loop has time to answer: the client waits, and its heartbeats go on.
struct Membership {
    bus: BusConfig,
    log: Log,
    asked: Mutex<VecDeque<Rebalance>>,
    changed: Notify,
    unanswered: AtomicBool,
    closing: AtomicBool,
}

impl Membership {
    fn new(bus: &BusConfig) -> Self {
        Self {
            bus: bus.clone(),
            log: Log::default(),
            asked: Mutex::default(),
            changed: Notify::new(),
            unanswered: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        }
    }

    fn asked(&self) -> MutexGuard<'_, VecDeque<Rebalance>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
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
        if self.closing.load(Ordering::SeqCst) {
            let _ = client.unassign();
            return;
        }
        let rebalance = if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            let ours = partitions.elements().into_iter().filter_map(|element| {
                Some(Partition {
                    topic: self.bus.by_name(element.topic())?,
                    number: element.partition(),
                })
            });
            Rebalance::Assigned(ours.collect())
        } else {
            Rebalance::Revoked
        };
        self.unanswered.store(true, Ordering::SeqCst);
        self.asked().push_back(rebalance);
        self.changed.notify_one();
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(%error, "the group was not told how far we are");
        }
    }
}
