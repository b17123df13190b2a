//! The topics of Kafka, except what projectors write and would write again.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bus::{BusConfig, Cluster, CopiedMessage, Partition, PartitionOffset, PartitionReader, Producer, ProducerConfig};
use events::Topic;
use serde::{Deserialize, Serialize};

use super::{
    BackupError, BackupProgress,
    folder::Folder,
    manifest::{Manifest, PartitionFile},
    packed::{PackedReader, PackedWriter},
};
use crate::timeouts;

/// Messages that are published at once, and about how many bytes.
const BATCH: usize = 1_000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What is copied: projectors refuse a bad event again when they read its topic from the start.
///
/// The compacted topics as well, although `jonquil republish` writes most of them: nothing else has the deletions.
pub(super) fn copied() -> Vec<Topic> {
    let is_copied = |topic: &Topic| !matches!(topic, Topic::DeadLetters | Topic::Replays);
    Topic::ALL.into_iter().filter(is_copied).collect()
}

/// A message as a line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    offset: i64,
    /// Milliseconds since the Unix epoch.
    published: Option<i64>,
    key: Option<Text>,
    value: Option<Text>,
    headers: Vec<(String, Option<Text>)>,
}

/// Bytes, readable where they are text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Other { base64: String },
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(
            |error| Self::Other {
                base64: STANDARD.encode(error.as_bytes()),
            },
            Self::Plain,
        )
    }
}

impl Text {
    fn bytes(self) -> Result<Vec<u8>, BackupError> {
        match self {
            Self::Plain(text) => Ok(text.into_bytes()),
            Self::Other { base64 } => STANDARD
                .decode(base64)
                .map_err(|error| BackupError::Refused(format!("a message is no base64: {error}"))),
        }
    }
}

impl From<CopiedMessage> for Line {
    fn from(message: CopiedMessage) -> Self {
        let headers = message.headers.into_iter();
        Self {
            offset: message.offset,
            published: message.published,
            key: message.key.map(Text::from),
            value: message.payload.map(Text::from),
            headers: headers.map(|(name, value)| (name, value.map(Text::from))).collect(),
        }
    }
}

impl Line {
    fn message(self) -> Result<CopiedMessage, BackupError> {
        let headers = self.headers.into_iter();
        let header = |(name, value): (String, Option<Text>)| Ok((name, value.map(Text::bytes).transpose()?));
        Ok(CopiedMessage {
            offset: self.offset,
            published: self.published,
            key: self.key.map(Text::bytes).transpose()?,
            payload: self.value.map(Text::bytes).transpose()?,
            headers: headers.map(header).collect::<Result<_, BackupError>>()?,
        })
    }
}

/// Every partition up to its end, a file each.
pub(super) async fn copy(
    bus: &BusConfig,
    mut ends: Vec<PartitionOffset>,
    folder: &Folder,
    run: &str,
    progress: &mut BackupProgress<'_>,
) -> Result<Vec<PartitionFile>, BackupError> {
    ends.sort_by_key(|end| (end.partition.topic.name(), end.partition.number));
    let mut reader = PartitionReader::new(bus, timeouts::KAFKA_COPY)?;
    let mut files = Vec::with_capacity(ends.len());
    for end in ends {
        let (topic, number) = (end.partition.topic.name(), end.partition.number);
        reader.begin(end)?;
        let (mut out, mut messages) = (None, 0);
        loop {
            let piece = reader.next().await?;
            let Some(last) = piece.last().map(|message| message.offset) else {
                break;
            };
            let out = match &mut out {
                Some(out) => out,
                None => out.insert(PackedWriter::create(
                    folder.root(),
                    &format!("{run}/topics/{topic}-{number}.jsonl.gz"),
                )?),
            };
            messages += piece.len() as u64;
            for message in piece {
                out.write_line(&Line::from(message))?;
            }
            progress.at(|| format!("{topic} {number}: offset {last} of {}", end.offset));
        }
        files.push(PartitionFile {
            topic: topic.to_owned(),
            partition: number,
            end: end.offset,
            messages,
            file: out.map(PackedWriter::finish).transpose()?,
        });
    }
    Ok(files)
}

/// How many messages of a copy each partition has.
pub(super) type Filled = HashMap<Partition, i64>;

/// Makes the topics where they are missing, and refuses any that hold something else than a restore that was killed left.
pub(super) async fn look(bus: &BusConfig, manifest: &Manifest, folder: &Folder) -> Result<Filled, BackupError> {
    bus::migrate(bus, false).await?;
    let topics = copied();
    let ends = Cluster::new(bus)?.end_offsets(&topics, timeouts::KAFKA_REQUEST).await?;
    let mut filled: Filled = ends.iter().map(|end| (end.partition, end.offset)).collect();
    let mut reader = PartitionReader::new(bus, timeouts::KAFKA_COPY)?;
    for file in &manifest.topics {
        let partition = partition(file)?;
        let Some(&end) = filled.get(&partition) else {
            let reason = format!("{} has no partition {}, as the backup has", file.topic, file.partition);
            return Err(BackupError::Refused(reason));
        };
        if end > 0 {
            let offset = end;
            reader.begin(PartitionOffset { partition, offset })?;
            compare(&mut reader, file, folder).await?;
        }
    }
    filled.retain(|partition, _| manifest.topics.iter().any(|file| names(file, *partition)));
    Ok(filled)
}

fn names(file: &PartitionFile, partition: Partition) -> bool {
    file.topic == partition.topic.name() && file.partition == partition.number
}

fn partition(file: &PartitionFile) -> Result<Partition, BackupError> {
    let topic = Topic::by_name(&file.topic);
    let topic = topic.ok_or_else(|| BackupError::Refused(format!("this version knows no topic {}", file.topic)))?;
    Ok(Partition {
        topic,
        number: file.partition,
    })
}

/// Message by message: what was restored before has the numbers of its lines as offsets.
async fn compare(reader: &mut PartitionReader, file: &PartitionFile, folder: &Folder) -> Result<(), BackupError> {
    let not_empty = || BackupError::Refused(format!("{} is not empty, and holds something else", file.topic));
    let packed = file.file.as_ref().ok_or_else(not_empty)?;
    let mut lines = PackedReader::open(folder.root(), packed)?;
    let mut number = 0;
    loop {
        let piece = reader.next().await?;
        if piece.is_empty() {
            return Ok(());
        }
        for message in piece {
            // Retention may have removed the oldest ones again.
            let line = loop {
                let line: Line = lines.line()?.ok_or_else(not_empty)?;
                number += 1;
                if number > message.offset {
                    break line;
                }
            };
            let offset = message.offset;
            let restored = CopiedMessage {
                offset,
                ..line.message()?
            };
            if restored != message {
                return Err(not_empty());
            }
        }
    }
}

/// Publishes what is missing of every partition.
pub(super) async fn restore(
    bus: &BusConfig,
    manifest: &Manifest,
    folder: &Folder,
    filled: &Filled,
    progress: &mut BackupProgress<'_>,
) -> Result<u64, BackupError> {
    let producer = Producer::new(bus, &ProducerConfig::restore())?;
    let mut all = 0;
    for file in &manifest.topics {
        all += file.messages;
        let Some(packed) = &file.file else { continue };
        let partition = partition(file)?;
        let mut lines = PackedReader::open(folder.root(), packed)?;
        let (mut number, mut batch, mut bytes) = (0, Vec::new(), 0);
        let has = filled.get(&partition).copied().unwrap_or(0);
        while let Some(line) = lines.line::<Line>()? {
            number += 1;
            if number <= has {
                continue;
            }
            let message = line.message()?;
            bytes += message.size();
            batch.push(message);
            if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                publish(&producer, partition, &mut batch).await?;
                bytes = 0;
                progress.at(|| format!("{} {}: {number} of {}", file.topic, file.partition, file.messages));
            }
        }
        publish(&producer, partition, &mut batch).await?;
        fail::fail_point!("restore::partition");
    }
    Ok(all)
}

async fn publish(producer: &Producer, partition: Partition, batch: &mut Vec<CopiedMessage>) -> Result<(), BackupError> {
    let published = producer.restore(partition, batch).await;
    batch.clear();
    Ok(published.map_err(|error| bus::Error::Unavailable(error.to_string()))?)
}

#[cfg(test)]
mod tests {
    use super::{CopiedMessage, Line};

    #[test]
    fn a_message_of_any_bytes_is_the_same_after_it_was_a_line() {
        let message = CopiedMessage {
            offset: 7,
            published: Some(1_700_000_000_000),
            key: None,
            payload: Some(vec![0xff, 0, b'"']),
            headers: vec![
                ("sequence".to_owned(), Some(b"3".to_vec())),
                ("sequence".to_owned(), None),
                ("raw".to_owned(), Some(vec![0xfe])),
            ],
        };
        let line = serde_json::to_string(&Line::from(message.clone())).unwrap();
        let back: Line = serde_json::from_str(&line).unwrap();
        assert_eq!(back.message().unwrap(), message);
    }
}
