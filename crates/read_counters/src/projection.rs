//! The projection: one script a slice, the position inside it.

use events::{Incoming, Topic};
use futures_util::future::join_all;
use projector::{Batch, Position, Projected, Projection, Slice, Stored, Unavailable, Unprojectable};
use redis::ScriptInvocation;

use crate::{Counters, CountersRow, CountersUnavailable, Increment, positions::field, queries::letter};

/// Events of one script: some milliseconds in which Redis answers nobody else. What they have in common is written once.
const SLICE: usize = 1_000;

/// Listens, and what was deleted from the catalogue → Redis.
#[derive(Clone, Debug)]
pub struct CountersProjection {
    counters: Counters,
}

impl From<CountersUnavailable> for Unavailable {
    fn from(unavailable: CountersUnavailable) -> Self {
        Self {
            engine: "redis",
            reason: unavailable.reason,
        }
    }
}

impl CountersProjection {
    /// A projection that writes what `counters` reads.
    #[must_use]
    pub fn new(counters: Counters) -> Self {
        Self { counters }
    }

    /// The position where it is below the slice's beginning; none once the slice is counted.
    async fn store_slice(&self, slice: &Slice<CountersRow>) -> Result<Option<Position>, Unavailable> {
        let mut from = slice.from;
        let mut rest = slice.events.as_slice();
        loop {
            // One script for each kind of row; a slice of replays may hold both.
            let same = rest
                .iter()
                .take(SLICE)
                .take_while(|event| adds(event) == rest.first().is_some_and(adds));
            let (part, after) = rest.split_at(same.count());
            // The offset after a part's last event, except that the slice itself knows where it ends.
            let next = match part.last() {
                Some(last) if !after.is_empty() => last.offset + 1,
                _ => slice.next,
            };
            if let Some(behind) = self.store_part(slice, from, next, part).await? {
                return Ok(Some(behind));
            }
            if !part.is_empty() {
                fail::fail_point!("counters::stored");
            }
            if after.is_empty() {
                return Ok(None);
            }
            (from, rest) = (next, after);
        }
    }

    async fn store_part(
        &self,
        slice: &Slice<CountersRow>,
        from: i64,
        next: i64,
        events: &[Projected<CountersRow>],
    ) -> Result<Option<Position>, Unavailable> {
        let field = field(slice.topic, slice.partition);
        let scripts = self.counters.scripts();
        // Without events either one only moves the position.
        let script = if events.first().is_some_and(adds) {
            &scripts.store
        } else {
            &scripts.delete
        };
        let mut call = script.prepare_invoke();
        call.arg(self.counters.prefix()).arg(field).arg(from).arg(next);
        for event in events {
            for row in &event.rows {
                match row {
                    CountersRow::Add(listen) => put(&mut call, event.offset, listen),
                    CountersRow::Deleted(kind, id) => {
                        call.arg(letter(*kind)).arg(id.as_bytes());
                    }
                }
            }
        }
        let (counted, position) = self.counters.script::<(bool, i64)>(&call).await?;
        let behind = Position {
            topic: slice.topic,
            partition: slice.partition,
            next: position,
        };
        Ok((!counted).then_some(behind))
    }
}

/// Whether the event is a listen.
fn adds(event: &Projected<CountersRow>) -> bool {
    matches!(event.rows.first(), Some(CountersRow::Add(_)))
}

/// The ten arguments of one listen, as `store.lua` reads them.
fn put(call: &mut ScriptInvocation<'_>, offset: i64, row: &Increment) {
    call.arg(offset)
        .arg(format!("{:05x}", row.seen.bucket))
        .arg(row.seen.member)
        .arg(row.listener.as_bytes())
        .arg(row.track.as_bytes())
        .arg(row.artists.iter().flat_map(|id| *id.as_bytes()).collect::<Vec<u8>>())
        .arg(row.album.as_ref().map_or(&[][..], |id| id.as_bytes()))
        .arg(row.listened_at.millis())
        .arg(row.arrived_at.millis())
        .arg(if row.counted { "1" } else { "0" });
}

impl Projection for CountersProjection {
    type Row = CountersRow;
    const NAME: &'static str = "counters";
    const TOPICS: &'static [Topic] = &[
        Topic::Listens,
        Topic::Artists,
        Topic::Albums,
        Topic::Tracks,
        Topic::Replays,
    ];

    fn rows(&self, event: &Incoming) -> Result<Vec<CountersRow>, Unprojectable> {
        // What stands on a wrong topic is nobody's order.
        if event.event.topic() != event.topic {
            let (name, topic) = (event.event.type_name(), event.topic.name());
            return Err(Unprojectable(format!("{name} came on {topic}")));
        }
        Ok(CountersRow::from_event(event).into_iter().collect())
    }

    /// The partitions at once: while Redis works on one, the next is sent. Every slice is tried, also when the store is
    /// behind another one: what was counted is skipped when it comes again.
    async fn store(&self, batch: &Batch<CountersRow>) -> Result<Stored, Unavailable> {
        let stored = join_all(batch.slices.iter().map(|slice| self.store_slice(slice))).await;
        let mut behind = None;
        for found in stored {
            behind = behind.or(found?);
        }
        Ok(behind.map_or_else(|| Stored::Done(Vec::new()), Stored::StoreBehind))
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        Ok(self.counters.positions().await?)
    }
}
