//! Whole partitions, out of a topic and into one again, for a backup: with offsets, times, and headers of any bytes.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
    message::{BorrowedMessage, Header, Headers as _, OwnedHeaders},
    producer::BaseRecord,
    types::RDKafkaErrorCode as Code,
};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

use crate::{
    BusConfig, Error, NotPublished, Partition, PartitionOffset, Producer,
    cluster::{blocking, probe},
    outcome::classify,
    producer::Report,
};

/// Messages that are read or written at once, and about how many bytes.
const PIECE_MESSAGES: usize = 1_000;
const PIECE_BYTES: usize = 4 * 1024 * 1024;
const POLL: Duration = Duration::from_millis(100);

/// A message with everything that a broker keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedMessage {
    /// In its partition.
    pub offset: i64,
    /// When it was published, in milliseconds since the Unix epoch.
    pub published: Option<i64>,
    /// As it was published.
    pub key: Option<Vec<u8>>,
    /// None is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// In their order; names need not be unique.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl CopiedMessage {
    /// Bytes of key and value.
    #[must_use]
    pub fn size(&self) -> usize {
        let bytes = |part: &Option<Vec<u8>>| part.as_ref().map_or(0, Vec::len);
        bytes(&self.key) + bytes(&self.payload)
    }
}

/// Reads one partition after another, outside of any group, a piece at a time.
pub struct PartitionReader {
    client: Arc<BaseConsumer>,
    bus: BusConfig,
    patience: Duration,
    /// What is left: before this offset of the partition.
    until: Option<(Partition, i64)>,
}

impl PartitionReader {
    /// Fails only for invalid settings. Without a message for as long as `patience` a read fails.
    pub fn new(bus: &BusConfig, patience: Duration) -> Result<Self, Error> {
        let mut settings = probe(bus);
        // A probe reads a message or two; this reads everything.
        settings
            .set("fetch.message.max.bytes", "1048576")
            .set("queued.max.messages.kbytes", "16384");
        Ok(Self {
            client: Arc::new(settings.create()?),
            bus: bus.clone(),
            patience,
            until: None,
        })
    }

    /// Reads from the oldest message on, up to this offset.
    pub fn begin(&mut self, end: PartitionOffset) -> Result<(), Error> {
        let PartitionOffset { partition, offset } = end;
        self.until = (offset > 0).then_some((partition, offset));
        let mut start = TopicPartitionList::new();
        if offset > 0 {
            let topic = self.bus.topic(partition.topic);
            start.add_partition_offset(&topic, partition.number, Offset::Beginning)?;
        }
        Ok(self.client.assign(&start)?)
    }

    /// The next messages; none once the end is reached.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no message and no end comes in time.
    pub async fn next(&mut self) -> Result<Vec<CopiedMessage>, Error> {
        let Some((partition, end)) = self.until else {
            return Ok(Vec::new());
        };
        let (client, patience) = (Arc::clone(&self.client), self.patience);
        let topic = self.bus.topic(partition.topic);
        let read = move || read_piece(&client, &topic, partition.number, end, patience);
        let (messages, is_over) = blocking(patience * 2, read).await?;
        if is_over {
            self.until = None;
        }
        Ok(messages)
    }
}

/// Also whether the end is reached.
fn read_piece(
    client: &BaseConsumer,
    topic: &str,
    number: i32,
    end: i64,
    patience: Duration,
) -> Result<(Vec<CopiedMessage>, bool), Error> {
    let (mut messages, mut bytes) = (Vec::new(), 0);
    let mut last = std::time::Instant::now();
    while last.elapsed() < patience {
        match client.poll(POLL) {
            // What was fetched for the partition before.
            Some(Ok(message)) if message.topic() != topic || message.partition() != number => {}
            Some(Ok(message)) if message.offset() >= end => return Ok((messages, true)),
            Some(Ok(message)) => {
                let is_last = message.offset() + 1 == end;
                let message = copied(&message);
                bytes += message.size();
                messages.push(message);
                if is_last {
                    return Ok((messages, true));
                }
                last = std::time::Instant::now();
            }
            // The last offsets may have been compacted away, or deleted by retention.
            Some(Err(KafkaError::PartitionEOF(at))) if at == number => return Ok((messages, true)),
            // The client retries.
            Some(Err(_)) => {}
            None if messages.is_empty() => {}
            None => return Ok((messages, false)),
        }
        if messages.len() >= PIECE_MESSAGES || bytes >= PIECE_BYTES {
            return Ok((messages, false));
        }
    }
    Err(Error::Unavailable(format!("{topic} was not read in time")))
}

fn copied(message: &BorrowedMessage<'_>) -> CopiedMessage {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    CopiedMessage {
        offset: message.offset(),
        published: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().map(<[u8]>::to_vec),
        headers: headers
            .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)))
            .collect(),
    }
}

impl Producer {
    /// Publishes copies into this partition, whatever their keys, in the given order and with the times that they have.
    ///
    /// # Errors
    /// After the first message that fails nothing of what comes behind it counts as published, whether it was or not.
    pub async fn restore(&self, partition: Partition, messages: &[CopiedMessage]) -> Result<(), NotPublished> {
        let (client, topic) = (self.client(), self.bus.topic(partition.topic));
        let until = Instant::now() + self.answers_within;
        let mut waiting = Vec::with_capacity(messages.len());
        for message in messages {
            let (report, reported) = oneshot::channel::<Report>();
            let mut headers = OwnedHeaders::new_with_capacity(message.headers.len());
            for (key, value) in &message.headers {
                let value = value.as_deref();
                headers = headers.insert(Header { key, value });
            }
            let record = BaseRecord::<[u8], [u8], _>::with_opaque_to(&topic, Box::new(report));
            let mut record = record.partition(partition.number).headers(headers);
            record.timestamp = message.published;
            record.key = message.key.as_deref();
            record.payload = message.payload.as_deref();
            let sent = client.send(record);
            sent.map_err(|(error, _)| classify(error.rdkafka_error_code().unwrap_or(Code::Fail)))?;
            waiting.push(reported);
        }
        for reported in waiting {
            let report = timeout_at(until, reported).await;
            report
                .map_err(|_| classify(Code::MessageTimedOut))?
                .map_err(|_| classify(Code::PurgeQueue))?
                .map_err(classify)?;
        }
        Ok(())
    }
}
