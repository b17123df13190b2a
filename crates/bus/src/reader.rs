//! Reads a part of a partition, outside of any group: for whoever keeps the position itself and reads now and then.

use std::time::{Duration, Instant};

use events::Topic;
use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
    message::{BorrowedMessage, Headers as _},
};

use crate::{
    BusConfig, Error, PartitionOffset,
    cluster::{blocking, probe},
};

/// A message that was copied out of the client's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedMessage {
    /// In its partition.
    pub offset: i64,
    /// As it was published.
    pub key: Option<Vec<u8>>,
    /// None is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// Those that are text.
    pub headers: Vec<(String, String)>,
}

impl OwnedMessage {
    /// The value of the first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How much is read at once.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Messages.
    pub messages: usize,
    /// Bytes of keys and values; one message may be larger.
    pub bytes: usize,
}

/// Reads from `from` on, until the end or a limit; an offset that retention has deleted means the oldest message. Answers what
/// there was, and where the next read begins.
///
/// # Errors
/// [`Error::Unavailable`] when neither comes within `timeout`.
pub async fn read(
    bus: &BusConfig,
    from: PartitionOffset,
    limits: ReadLimits,
    timeout: Duration,
) -> Result<(Vec<OwnedMessage>, i64), Error> {
    let bus = bus.clone();
    blocking(timeout * 2, move || {
        let reader: BaseConsumer = probe(&bus).create()?;
        let mut start = TopicPartitionList::new();
        let PartitionOffset { partition, offset } = from;
        let first = if offset < 0 {
            Offset::Beginning
        } else {
            Offset::Offset(offset)
        };
        start.add_partition_offset(&bus.topic(partition.topic), partition.number, first)?;
        reader.assign(&start)?;
        let (mut messages, mut bytes, began) = (Vec::new(), 0, Instant::now());
        while began.elapsed() < timeout {
            match reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    bytes += message.payload_len() + message.key_len();
                    messages.push(owned(&message));
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(ended(messages, offset)),
                // The client retries.
                Some(Err(_)) | None => {}
            }
            if messages.len() >= limits.messages || bytes >= limits.bytes {
                return Ok(ended(messages, offset));
            }
        }
        if messages.is_empty() {
            let reason = format!("{} was not read in time", Topic::name(partition.topic));
            return Err(Error::Unavailable(reason));
        }
        Ok(ended(messages, offset))
    })
    .await
}

fn ended(messages: Vec<OwnedMessage>, from: i64) -> (Vec<OwnedMessage>, i64) {
    let next = messages.last().map_or(from.max(0), |last| last.offset + 1);
    (messages, next)
}

fn owned(message: &BorrowedMessage<'_>) -> OwnedMessage {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let text = |header: rdkafka::message::Header<'_, &[u8]>| {
        let value = std::str::from_utf8(header.value?).ok()?;
        Some((header.key.to_owned(), value.to_owned()))
    };
    OwnedMessage {
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().map(<[u8]>::to_vec),
        headers: headers.filter_map(text).collect(),
    }
}
