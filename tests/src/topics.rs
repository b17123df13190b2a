//! The topics as a stranger reads them.

use std::time::{Duration, Instant};

use events::{Event, Meta, Topic};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
};

use crate::App;

/// A message with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Partition of the topic.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
    /// The key as text.
    pub key: String,
    /// The value.
    pub payload: Vec<u8>,
    /// The headers as text.
    pub headers: Vec<(String, String)>,
}

impl Record {
    /// The event it holds.
    #[must_use]
    pub fn event(&self) -> (Meta, Event) {
        Event::decode(Some(&self.payload)).expect("an event of the contract")
    }

    /// A header by name, empty when absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }
}

impl App {
    /// Everything on a topic now, by partition and offset.
    pub async fn records(&self, topic: Topic) -> Vec<Record> {
        let ends: Vec<_> = self
            .ends()
            .await
            .into_iter()
            .filter(|end| end.partition.topic == topic)
            .collect();
        let ends: Vec<(i32, i64)> = ends.into_iter().map(|end| (end.partition.number, end.offset)).collect();
        let (brokers, name) = (self.bus().brokers.clone(), self.bus().topic(topic));
        let read = tokio::task::spawn_blocking(move || read(&brokers, &name, &ends));
        read.await.expect("the topic was read")
    }
}

fn read(brokers: &str, topic: &str, ends: &[(i32, i64)]) -> Vec<Record> {
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "jqtest-reader")
        .set("enable.auto.commit", "false")
        .create()
        .expect("a reader");
    let mut start = TopicPartitionList::new();
    for (partition, _) in ends {
        start
            .add_partition_offset(topic, *partition, Offset::Beginning)
            .expect("a partition");
    }
    reader.assign(&start).expect("assigned");
    let wanted: i64 = ends.iter().map(|(_, end)| end).sum();
    let mut records = Vec::new();
    let began = Instant::now();
    while i64::try_from(records.len()).is_ok_and(|read| read < wanted) {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{topic}: {} of {wanted} read",
            records.len()
        );
        let Some(Ok(message)) = reader.poll(Duration::from_millis(100)) else {
            continue;
        };
        records.push(Record {
            partition: message.partition(),
            offset: message.offset(),
            key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
            payload: message.payload().unwrap_or_default().to_vec(),
            headers: headers(&message),
        });
    }
    records.sort_by_key(|record| (record.partition, record.offset));
    records
}

fn headers(message: &rdkafka::message::BorrowedMessage<'_>) -> Vec<(String, String)> {
    let Some(headers) = message.headers() else {
        return Vec::new();
    };
    let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
    headers
        .iter()
        .map(|header| (header.key.to_owned(), text(header.value)))
        .collect()
}
