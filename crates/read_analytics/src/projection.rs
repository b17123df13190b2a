//! The projection: one insert a batch for each table that it has rows of, then the positions.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{Arc, atomic::Ordering},
};

use clickhouse::error::Error;
use events::{Incoming, Time, Topic};
use projector::{Batch, Position, Projection, RefusedRow, Slice, Stored, Unavailable, Unprojectable};

use crate::{
    Analytics, AnalyticsUnavailable, ListenRow,
    refresh::Builder,
    requests::RequestRow,
    rollup::{Day, TouchedRow},
    row::{ActivityRow, AnalyticsRow, DeletedRow},
    searches::SearchRow,
    titles::TitleRow,
};

/// Exceptions of ClickHouse that say that a value is bad: the same row would be refused tomorrow. Any other is waited
/// out. Cannot parse (6, 27, 38, 41, 72, 376), out of range (69, 321, 407), cannot convert (70), incorrect data (117),
/// too large (128, 131), null where none may be (349), constraint (469), unknown element of an enum (691).
const BAD_VALUE: [u32; 16] = [6, 27, 38, 41, 69, 70, 72, 117, 128, 131, 321, 349, 376, 407, 469, 691];

/// Listens, titles of tracks, what was deleted from the catalogue, searches, requests, and what people do with playlists →
/// ClickHouse.
#[derive(Clone, Debug)]
pub struct AnalyticsProjection {
    analytics: Analytics,
    builder: Arc<Builder>,
}

/// A row with where it came from.
struct SourcedRow<'a> {
    slice: &'a Slice<AnalyticsRow>,
    offset: i64,
    row: &'a ListenRow,
}

enum InsertError {
    /// Try again later.
    Unavailable(AnalyticsUnavailable),
    /// At least one of the rows is refused for good.
    Rejected(String),
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
        Self {
            analytics,
            builder: Arc::default(),
        }
    }

    /// Inserts all rows at once. If ClickHouse finds one bad it does not say which, so the rows are halved until the bad
    /// ones are alone; rows stored on the way there are stored, and coming again is harmless.
    async fn insert(&self, rows: &[SourcedRow<'_>]) -> Result<Vec<RefusedRow>, Unavailable> {
        let mut refused = Vec::new();
        let mut pending = vec![rows];
        while let Some(part) = pending.pop() {
            match (self.try_insert(part).await, part) {
                (Ok(()), _) => {}
                (Err(InsertError::Unavailable(unavailable)), _) => return Err(unavailable.into()),
                (Err(InsertError::Rejected(reason)), [one]) => refused.push(one.refused(reason)),
                (Err(InsertError::Rejected(_)), part) => {
                    let (left, right) = part.split_at(part.len() / 2);
                    pending.extend([right, left]);
                }
            }
        }
        Ok(refused)
    }

    async fn try_insert(&self, rows: &[SourcedRow<'_>]) -> Result<(), InsertError> {
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
        match answer.await.map_err(InsertError::Unavailable)? {
            Ok(()) => Ok(()),
            Err(Error::BadResponse(reason)) if code(&reason).is_some_and(|code| BAD_VALUE.contains(&code)) => {
                Err(InsertError::Rejected(reason))
            }
            Err(error) => Err(InsertError::Unavailable(error.into())),
        }
    }
}

/// The listens of a batch, with where they came from.
fn listens(batch: &Batch<AnalyticsRow>) -> Vec<SourcedRow<'_>> {
    let mut listens = Vec::new();
    for (slice, offset, row) in batch.rows() {
        if let AnalyticsRow::Listen(row) = row {
            listens.push(SourcedRow { slice, offset, row });
        }
    }
    listens
}

/// What a batch holds beside listens. None of it is ever refused: every value fits its column.
#[derive(Default)]
struct OtherRows {
    deleted: Vec<DeletedRow>,
    titles: Vec<TitleRow>,
    searches: Vec<SearchRow>,
    requests: Vec<RequestRow>,
    activity: Vec<ActivityRow>,
}

fn others(batch: &Batch<AnalyticsRow>) -> OtherRows {
    let mut rows = OtherRows::default();
    for (_, _, row) in batch.rows() {
        match row {
            AnalyticsRow::Deleted(id) => rows.deleted.push(DeletedRow { id: *id }),
            AnalyticsRow::Title(title) => rows.titles.push(title.clone()),
            AnalyticsRow::Search(search) => rows.searches.push(SearchRow::clone(search)),
            AnalyticsRow::Request(request) => rows.requests.push(RequestRow::clone(request)),
            AnalyticsRow::PlaylistActivity(activity) => rows.activity.push(activity.clone()),
            AnalyticsRow::Listen(_) => {}
        }
    }
    rows
}

/// The days of a batch's listens, with how far their partition is afterwards.
fn touched(batch: &Batch<AnalyticsRow>) -> Vec<TouchedRow> {
    let mut days = BTreeSet::new();
    for (slice, _, row) in batch.rows() {
        if let AnalyticsRow::Listen(row) = row {
            let day = row.listened_at.div_euclid(86_400_000).clamp(0, Day::MAX.into());
            // Replays count beside the partition of the listens that has their number.
            let partition = match slice.topic {
                Topic::Replays => -1 - slice.partition,
                _ => slice.partition,
            };
            days.insert((Day::try_from(day).unwrap_or(Day::MAX), partition, slice.next));
        }
    }
    let row = |(day, partition, next)| TouchedRow { day, partition, next };
    days.into_iter().map(row).collect()
}

impl SourcedRow<'_> {
    fn refused(&self, reason: String) -> RefusedRow {
        RefusedRow {
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
fn held_for(held: &[Position], slice: &Slice<AnalyticsRow>) -> i64 {
    let same = |position: &&Position| position.topic == slice.topic && position.partition == slice.partition;
    held.iter().find(same).map_or(0, |position| position.next)
}

impl Projection for AnalyticsProjection {
    type Row = AnalyticsRow;
    const NAME: &'static str = "analytics";
    const TOPICS: &'static [Topic] = &[
        Topic::Listens,
        Topic::Artists,
        Topic::Albums,
        Topic::Tracks,
        Topic::Searches,
        Topic::Requests,
        Topic::PlaylistActivity,
        Topic::Replays,
    ];

    fn rows(&self, event: &Incoming) -> Result<Vec<AnalyticsRow>, Unprojectable> {
        Ok(AnalyticsRow::from_event(event))
    }

    /// A database that was dropped or restored under a running worker is behind the batch; then nothing of it is stored.
    async fn store(&self, batch: &Batch<AnalyticsRow>) -> Result<Stored, Unavailable> {
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
        let listens = listens(batch);
        let refused = self.insert(&listens).await?;
        if !refused.is_empty() {
            // The positions stay until the refused are in the dead letters and the rest comes again.
            return Ok(Stored::Done(refused));
        }
        let others = others(batch);
        self.analytics.insert("deleted", &others.deleted).await?;
        self.analytics.insert("titles", &others.titles).await?;
        self.analytics.insert("searches", &others.searches).await?;
        self.analytics.insert("requests", &others.requests).await?;
        self.analytics.insert("playlist_activity", &others.activity).await?;
        if !listens.is_empty() {
            fail::fail_point!("analytics::stored");
        }
        // After the listens: a rollup that was made meanwhile is behind. Before the positions: they promise it.
        self.analytics.insert("touched", &touched(batch)).await?;
        let positions: Vec<_> = batch.positions().collect();
        if !positions.is_empty() {
            self.analytics.save("positions", &positions).await?;
        }
        if !listens.is_empty() {
            self.builder.woken.notify_one();
        }
        Ok(Stored::Done(Vec::new()))
    }

    fn assigned(&self, partitions: &[(Topic, i32)]) {
        let is_first = partitions.contains(&(Topic::Listens, 0));
        self.builder.is_first.store(is_first, Ordering::Relaxed);
        self.builder.woken.notify_one();
    }

    async fn upkeep(&self, now: fn() -> Time) -> Infallible {
        self.analytics.keep_rollups(&self.builder, now).await
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        Ok(self.analytics.positions().await?)
    }
}
