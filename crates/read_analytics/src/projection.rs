//! The projection: one insert a batch, then the positions.

use clickhouse::{Row, error::Error};
use events::{Incoming, Topic};
use projector::{Batch, Position, Projection, Refused, Slice, Stored, Unavailable, Unprojectable};
use serde::{Deserialize, Serialize};

use crate::{Analytics, AnalyticsUnavailable, ListenRow};

/// Exceptions of ClickHouse that say that a value is bad: the same row would be refused tomorrow. Any other is waited
/// out. Cannot parse (6, 27, 38, 41, 72, 376), out of range (69, 321, 407), cannot convert (70), incorrect data (117),
/// too large (128, 131), null where none may be (349), constraint (469), unknown element of an enum (691).
const BAD_VALUE: [u32; 16] = [6, 27, 38, 41, 69, 70, 72, 117, 128, 131, 321, 349, 376, 407, 469, 691];

/// The listens topic → ClickHouse.
#[derive(Clone, Debug)]
pub struct AnalyticsProjection {
    analytics: Analytics,
}

#[derive(Row, Serialize, Deserialize)]
struct PositionRow {
    topic: String,
    partition: i32,
    next: i64,
}

/// A row with where it came from.
struct Source<'a> {
    slice: &'a Slice<ListenRow>,
    offset: i64,
    row: &'a ListenRow,
}

enum Failure {
    /// Try again later.
    Unavailable(AnalyticsUnavailable),
    /// Some row of these is bad, for good.
    Bad(String),
}

impl From<AnalyticsUnavailable> for Unavailable {
    fn from(unavailable: AnalyticsUnavailable) -> Self {
        Self {
            engine: "clickhouse",
            reason: unavailable.reason,
        }
    }
}

impl AnalyticsProjection {
    /// A projection that writes what `analytics` reads; [`Analytics::install`] comes first.
    #[must_use]
    pub fn new(analytics: Analytics) -> Self {
        Self { analytics }
    }

    /// Inserts all rows at once. If ClickHouse finds one bad it does not say which, so the rows are halved until the bad
    /// ones are alone; rows stored on the way there are stored, and coming again is harmless.
    async fn insert(&self, rows: &[Source<'_>]) -> Result<Vec<Refused>, Unavailable> {
        let mut refused = Vec::new();
        let mut pending = vec![rows];
        while let Some(part) = pending.pop() {
            match (self.try_insert(part).await, part) {
                (Ok(()), _) => {}
                (Err(Failure::Unavailable(unavailable)), _) => return Err(unavailable.into()),
                (Err(Failure::Bad(reason)), [one]) => refused.push(one.refused(reason)),
                (Err(Failure::Bad(_)), part) => {
                    let (left, right) = part.split_at(part.len() / 2);
                    pending.extend([right, left]);
                }
            }
        }
        Ok(refused)
    }

    async fn try_insert(&self, rows: &[Source<'_>]) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let answer = self.analytics.bounded(async {
            let mut insert = self.analytics.writer().insert::<ListenRow>("listens").await?;
            for source in rows {
                insert.write(source.row).await?;
            }
            // The answer itself is looked at below: here only being late counts as unavailable.
            Ok(insert.end().await)
        });
        match answer.await.map_err(Failure::Unavailable)? {
            Ok(()) => Ok(()),
            Err(Error::BadResponse(reason)) if code(&reason).is_some_and(|code| BAD_VALUE.contains(&code)) => {
                Err(Failure::Bad(reason))
            }
            Err(error) => Err(Failure::Unavailable(error.into())),
        }
    }

    async fn save(&self, positions: &[Position]) -> Result<(), Unavailable> {
        let saved = self.analytics.bounded(async {
            let mut insert = self.analytics.writer().insert::<PositionRow>("positions").await?;
            for position in positions {
                let topic = position.topic.name().to_owned();
                insert
                    .write(&PositionRow {
                        topic,
                        partition: position.partition,
                        next: position.next,
                    })
                    .await?;
            }
            insert.end().await
        });
        Ok(saved.await?)
    }
}

impl Source<'_> {
    fn refused(&self, reason: String) -> Refused {
        Refused {
            topic: self.slice.topic,
            partition: self.slice.partition,
            offset: self.offset,
            reason,
        }
    }
}

/// The number in `Code: 252. DB::Exception: …`.
fn code(reason: &str) -> Option<u32> {
    let (_, rest) = reason.split_once("Code: ")?;
    rest.split_once('.')?.0.parse().ok()
}

/// What ClickHouse holds of the partition a slice comes from.
fn held_for(held: &[Position], slice: &Slice<ListenRow>) -> i64 {
    let same = |position: &&Position| position.topic == slice.topic && position.partition == slice.partition;
    held.iter().find(same).map_or(0, |position| position.next)
}

impl Projection for AnalyticsProjection {
    type Row = ListenRow;
    const NAME: &'static str = "analytics";
    const TOPICS: &'static [Topic] = &[Topic::Listens];

    fn rows(&self, event: &Incoming) -> Result<Vec<ListenRow>, Unprojectable> {
        Ok(ListenRow::from_event(event).into_iter().collect())
    }

    /// A database that was dropped or restored under a running worker shows as a gap; on a gap nothing at all is stored.
    async fn store(&self, batch: &Batch<ListenRow>) -> Result<Stored, Unavailable> {
        let held = self.analytics.positions().await?;
        for slice in &batch.slices {
            let next = held_for(&held, slice);
            if next < slice.from {
                return Ok(Stored::StoreBehind(Position {
                    topic: slice.topic,
                    partition: slice.partition,
                    next,
                }));
            }
        }
        let rows: Vec<_> = batch
            .rows()
            .map(|(slice, offset, row)| Source { slice, offset, row })
            .collect();
        let refused = self.insert(&rows).await?;
        if !refused.is_empty() {
            // The positions stay until the refused are in the dead letters and the rest comes again.
            return Ok(Stored::Done(refused));
        }
        fail::fail_point!("analytics::stored");
        let positions: Vec<_> = batch.positions().collect();
        if !positions.is_empty() {
            self.save(&positions).await?;
        }
        Ok(Stored::Done(Vec::new()))
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        Ok(self.analytics.positions().await?)
    }
}

impl Analytics {
    /// How far the analytics are, for every partition they have seen.
    ///
    /// # Errors
    /// [`AnalyticsUnavailable`].
    pub async fn positions(&self) -> Result<Vec<Position>, AnalyticsUnavailable> {
        let sql = "SELECT topic, partition, max(next) AS next FROM positions GROUP BY topic, partition";
        let rows: Vec<PositionRow> = self.bounded(self.reader().query(sql).fetch_all()).await?;
        let position = |row: PositionRow| {
            Some(Position {
                topic: Topic::by_name(&row.topic)?,
                partition: row.partition,
                next: row.next,
            })
        };
        Ok(rows.into_iter().filter_map(position).collect())
    }
}
