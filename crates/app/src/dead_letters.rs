//! Dead letters: the index of their topic in Postgres, kept by the role `jobs`, and the operator's commands.

use bus::{Cluster, OwnedMessage, PartitionOffset, ReadLimits};
use events::{Time, Topic};
use representations::{DeadLetter, DeadLetterBytes};
use serde::Deserialize;
use store::{DeadLetterFilter, FROM_THE_BEGINNING, NewDeadLetter, Reader, Store, StoreError};
use uuid::Uuid;

use crate::{Config, RunError, clock, timeouts};

/// One read of the topic: letters, and bytes of them.
const CHUNK: ReadLimits = ReadLimits {
    messages: 500,
    bytes: 16 * 1024 * 1024,
};
/// Characters of a type that is shown.
const MAX_TYPE: usize = 200;
/// Letters that the command line lists.
const LISTED: i64 = 100;

/// Keeps the index until it is dropped. Two processes at once write the same.
pub(crate) async fn index(store: &Store, cluster: &Cluster) -> Result<(), RunError> {
    let mut indexed = Vec::new();
    loop {
        match index_some(store, cluster, &mut indexed).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(timeouts::DEAD_LETTERS_LOOK).await,
            Err(error) => {
                tracing::debug!(%error, "dead letters are not indexed, will try again");
                tokio::time::sleep(timeouts::DEAD_LETTERS_LOOK).await;
            }
        }
    }
}

/// Indexes what is new; whether there may be more. `indexed` is how far all was: as long as nothing comes Postgres is not
/// asked, since a service that does nothing should cost nothing.
async fn index_some(store: &Store, cluster: &Cluster, indexed: &mut Vec<PartitionOffset>) -> Result<bool, RunError> {
    let ends = cluster
        .end_offsets(&[Topic::DeadLetters], timeouts::KAFKA_REQUEST)
        .await?;
    if ends == *indexed {
        return Ok(false);
    }
    let mut unit = store.begin(clock::context()).await?;
    let held = unit.dead_letter_positions().await?;
    unit.roll_back().await?;
    let mut more = false;
    for &end in &ends {
        let partition = end.partition.number;
        let from = held
            .iter()
            .find(|(number, _)| *number == partition)
            .map_or(FROM_THE_BEGINNING, |(_, next)| *next);
        if from.max(0) >= end.offset {
            continue;
        }
        let start = PartitionOffset { offset: from, ..end };
        let (messages, read) = bus::read(cluster.bus(), start, CHUNK, timeouts::KAFKA_REQUEST).await?;
        // Offsets without a message, at the end.
        let next = if messages.is_empty() { end.offset } else { read };
        let letters: Vec<NewDeadLetter> = messages.into_iter().filter_map(letter).collect();
        let mut unit = store.begin(clock::context()).await?;
        unit.index_dead_letters(partition, (from, next), letters).await?;
        unit.commit().await?;
        more |= next < end.offset;
    }
    if !more {
        *indexed = ends;
    }
    Ok(more)
}

#[derive(Deserialize)]
struct Typed {
    r#type: String,
}

/// None for what no projector wrote.
fn letter(message: OwnedMessage) -> Option<NewDeadLetter> {
    let text = |name: &str| message.header(name).map(storable);
    let time = text("time").and_then(|time| serde_json::from_value::<Time>(time.into()).ok());
    let typed = message
        .payload
        .as_deref()
        .and_then(|bytes| serde_json::from_slice::<Typed>(bytes).ok());
    let letter = NewDeadLetter {
        projector: text("projector")?,
        topic: text("topic")?,
        partition: text("partition")?.parse().ok()?,
        offset: text("offset")?.parse().ok()?,
        event_type: typed.map(|typed| storable(&typed.r#type).chars().take(MAX_TYPE).collect()),
        reason: text("reason")?,
        error: text("error").unwrap_or_default(),
        failed_at: time.unwrap_or_else(clock::now),
        letter_offset: message.offset,
        key: None,
        payload: None,
    };
    Some(NewDeadLetter {
        key: message.key,
        payload: message.payload,
        ..letter
    })
}

/// Postgres takes no NUL in a text.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The newest letters, a line each.
pub async fn list_dead_letters(config: &Config, filter: &DeadLetterFilter) -> Result<String, StoreError> {
    let (letters, total) = Reader::new(&config.store)?.dead_letters(filter, LISTED, 0).await?;
    let line = |letter: DeadLetter| {
        let state = if letter.replayed_at.is_some() {
            "replayed"
        } else {
            "open"
        };
        let DeadLetter {
            id,
            time,
            projector,
            topic,
            partition,
            offset,
            reason,
            error,
            ..
        } = letter;
        format!("{id} {time} {state} {projector} {topic}/{partition}@{offset} {reason}: {error}\n")
    };
    let lines: String = letters.into_iter().map(DeadLetter::from).map(line).collect();
    Ok(format!("{lines}{total} in all"))
}

/// One letter with its bytes, as JSON; none when there is no such letter.
pub async fn show_dead_letter(config: &Config, id: Uuid) -> Result<Option<String>, StoreError> {
    let found = Reader::new(&config.store)?.dead_letter(id).await?;
    let shown = found.map(|(letter, payload)| DeadLetterBytes::new(letter, payload.as_deref()));
    let shown = shown.map(|shown| serde_json::to_string_pretty(&shown));
    shown.transpose().map_err(|error| StoreError::Defect(error.to_string()))
}

/// Hands letters back to the projectors that refused them; how many.
pub async fn replay_dead_letters(config: &Config, filter: &DeadLetterFilter) -> Result<usize, StoreError> {
    let store = Store::new(&config.store)?;
    // By id also those that were handed back before, once.
    let open = DeadLetterFilter {
        replayed: filter.ids.is_none().then_some(false),
        ..filter.clone()
    };
    let mut replayed = 0;
    loop {
        let mut unit = store.begin(clock::context()).await?;
        let some = unit.replay_dead_letters(&open).await?;
        unit.commit().await?;
        replayed += some;
        if some == 0 || open.ids.is_some() {
            return Ok(replayed);
        }
    }
}

/// Forgets letters; how many.
pub async fn purge_dead_letters(config: &Config, filter: &DeadLetterFilter) -> Result<usize, StoreError> {
    let store = Store::new(&config.store)?;
    let mut purged = 0;
    loop {
        let mut unit = store.begin(clock::context()).await?;
        let some = unit.purge_dead_letters(filter).await?;
        unit.commit().await?;
        purged += some;
        if some == 0 {
            return Ok(purged);
        }
    }
}
