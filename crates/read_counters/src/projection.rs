//! The projection: one script a slice, the position inside it.

use events::{Incoming, Topic};
use projector::{Batch, Position, Projected, Projection, Slice, Stored, Unavailable, Unprojectable};
use redis::{ScriptInvocation, cmd};

use crate::{Counters, CountersUnavailable, Increment};

/// Events of one script: a few milliseconds in which Redis answers nobody else.
const SLICE: usize = 500;

/// The listens topic → Redis.
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
    async fn store_slice(&self, slice: &Slice<Increment>) -> Result<Option<Position>, Unavailable> {
        let mut from = slice.from;
        let mut rest = slice.events.as_slice();
        loop {
            let (part, after) = rest.split_at(rest.len().min(SLICE));
            // The offset after a part's last event, except that the slice itself knows where it ends.
            let next = match part.last() {
                Some(last) if !after.is_empty() => last.offset + 1,
                _ => slice.next,
            };
            if let Some(gap) = self.store_part(slice, from, next, part).await? {
                return Ok(Some(gap));
            }
            fail::fail_point!("counters::stored");
            if after.is_empty() {
                return Ok(None);
            }
            (from, rest) = (next, after);
        }
    }

    async fn store_part(
        &self,
        slice: &Slice<Increment>,
        from: i64,
        next: i64,
        events: &[Projected<Increment>],
    ) -> Result<Option<Position>, Unavailable> {
        let field = format!("{}:{}", slice.topic.name(), slice.partition);
        let mut call = self.counters.scripts().store.prepare_invoke();
        call.arg(self.counters.prefix()).arg(field).arg(from).arg(next);
        for event in events {
            for row in &event.rows {
                put(&mut call, event.offset, row);
            }
        }
        let (counted, position) = self.counters.script::<(bool, i64)>(&call).await?;
        let gap = Position {
            topic: slice.topic,
            partition: slice.partition,
            next: position,
        };
        Ok((!counted).then_some(gap))
    }
}

/// The ten arguments of one event, as `store.lua` reads them.
fn put(call: &mut ScriptInvocation<'_>, offset: i64, row: &Increment) {
    call.arg(offset)
        .arg(format!("{:05x}", row.seen.bucket))
        .arg(row.seen.member)
        .arg(row.listener.as_bytes())
        .arg(row.track.as_bytes())
        .arg(row.artist.as_bytes())
        .arg(row.album.as_ref().map_or(&[][..], |id| id.as_bytes()))
        .arg(row.listened_at.millis())
        .arg(row.arrived_at.millis())
        .arg(if row.counted { "1" } else { "0" });
}

impl Projection for CountersProjection {
    type Row = Increment;
    const NAME: &'static str = "counters";
    const TOPICS: &'static [Topic] = &[Topic::Listens];

    fn rows(&self, event: &Incoming) -> Result<Vec<Increment>, Unprojectable> {
        Increment::from_event(event)
    }

    /// Every slice is tried, also after a gap in another: what was counted is skipped when it comes again.
    async fn store(&self, batch: &Batch<Increment>) -> Result<Stored, Unavailable> {
        let mut gap = None;
        for slice in &batch.slices {
            let found = self.store_slice(slice).await?;
            gap = gap.or(found);
        }
        Ok(gap.map_or_else(|| Stored::Done(Vec::new()), Stored::StoreBehind))
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        Ok(self.counters.positions().await?)
    }
}

impl Counters {
    /// How far the counters are, for every partition they have seen.
    ///
    /// # Errors
    /// [`CountersUnavailable`].
    pub async fn positions(&self) -> Result<Vec<Position>, CountersUnavailable> {
        let held: Vec<(String, i64)> = self.command(cmd("HGETALL").arg(self.key("pos"))).await?;
        Ok(held.iter().filter_map(|(field, next)| position(field, *next)).collect())
    }
}

fn position(field: &str, next: i64) -> Option<Position> {
    let (topic, partition) = field.rsplit_once(':')?;
    Some(Position {
        topic: Topic::by_name(topic)?,
        partition: partition.parse().ok()?,
        next,
    })
}
