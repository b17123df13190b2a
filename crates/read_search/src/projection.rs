//! The projection: catalogue events into documents, then the position.

use std::{collections::BTreeSet, time::Duration};

use elasticsearch::http::Method;
use events::{Incoming, Topic};
use projector::{Batch, Position, Projection, RefusedRow, Stored, Unavailable, Unprojectable};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::Mutex, time::Instant};
use uuid::Uuid;

use crate::{
    Index, Search,
    bulk::{Outcome, Write},
    client::{Body, unavailable},
    document::render,
    positions::{Kept, position_id},
};

/// Refreshes after small batches are at least this far apart: each makes a segment, however little is in it.
const BETWEEN_REFRESHES: Duration = Duration::from_millis(200);
/// A batch of so many documents is worth a segment of its own; waiting would only slow down catching up.
const LARGE_BATCH: usize = 250;

/// Feeds the search read model.
pub struct SearchProjection {
    search: Search,
    refreshed: Mutex<Option<Instant>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    index: Index,
    id: Uuid,
    version: i64,
    body: String,
}

#[derive(Deserialize)]
struct Refreshed {
    #[serde(rename = "_shards")]
    shards: Shards,
}

#[derive(Deserialize)]
struct Shards {
    failed: u32,
}

impl SearchProjection {
    /// A projection into `search`, which must have been installed.
    #[must_use]
    pub fn new(search: Search) -> Self {
        Self {
            search,
            refreshed: Mutex::new(None),
        }
    }

    /// Writes the documents; what was refused for good comes back.
    async fn write_documents(&self, batch: &Batch<Row>) -> Result<Vec<RefusedRow>, Unavailable> {
        let name = |row: &Row| (self.search.target(row.index), row.id.to_string());
        let names: Vec<(String, String)> = batch.rows().map(|(_, _, row)| name(row)).collect();
        let writes: Vec<Write<'_>> = batch
            .rows()
            .zip(&names)
            .map(|((_, _, row), (target, id))| Write {
                target,
                id,
                version: row.version,
                document: Some(&row.body),
            })
            .collect();
        let outcomes = self.search.bulk(&writes).await?;
        let stale = outcomes.iter().filter(|outcome| **outcome == Outcome::Stale).count();
        // Not an inversion: after a crash of the relay an older duplicate follows the newer event as a matter of course.
        metrics::counter!("jonquil_search_stale_documents_total").increment(stale as u64);
        let refused = |((slice, offset, _), outcome)| match outcome {
            Outcome::Refused(reason) => {
                let slice: &projector::Slice<Row> = slice;
                Some(RefusedRow {
                    topic: slice.topic,
                    partition: slice.partition,
                    offset,
                    reason,
                })
            }
            Outcome::Written | Outcome::Stale => None,
        };
        Ok(batch.rows().zip(outcomes).filter_map(refused).collect())
    }

    /// Makes what was written visible. A small batch waits when the last refresh was just now; the one after it grows
    /// meanwhile.
    async fn refresh(&self, batch: &Batch<Row>) -> Result<(), Unavailable> {
        let touched: BTreeSet<String> = batch.rows().map(|(_, _, row)| self.search.target(row.index)).collect();
        if touched.is_empty() {
            return Ok(());
        }
        let mut refreshed = self.refreshed.lock().await;
        let small = batch.rows().nth(LARGE_BATCH - 1).is_none();
        if let Some(last) = refreshed.filter(|_| small) {
            tokio::time::sleep_until(last + BETWEEN_REFRESHES).await;
        }
        *refreshed = Some(Instant::now());
        let names: Vec<String> = touched.into_iter().collect();
        self.search.refresh(&names.join(",")).await
    }

    /// The version is the position itself, so that a worker that lost its partition cannot move it back.
    async fn write_positions(&self, batch: &Batch<Row>) -> Result<(), Unavailable> {
        let target = self.search.positions_alias();
        let kept: Vec<(String, i64, String)> = batch
            .positions()
            .map(|at| (position_id(&at), at.next, json!(Kept::from(&at)).to_string()))
            .collect();
        let writes: Vec<Write<'_>> = kept
            .iter()
            .map(|(id, next, document)| Write {
                target: &target,
                id,
                version: *next,
                document: Some(document),
            })
            .collect();
        for outcome in self.search.bulk(&writes).await? {
            if let Outcome::Refused(reason) = outcome {
                return Err(unavailable(format!("a position was refused: {reason}")));
            }
        }
        Ok(())
    }
}

impl Search {
    /// Makes what was written to these aliases visible.
    pub(crate) async fn refresh(&self, names: &str) -> Result<(), Unavailable> {
        let path = format!("{names}/_refresh");
        let done: Refreshed = self
            .call(Method::Post, &path, Body::Nothing, self.inner.write_timeout)
            .await?;
        if done.shards.failed == 0 {
            Ok(())
        } else {
            Err(unavailable("a refresh failed on some shards"))
        }
    }
}

impl Projection for SearchProjection {
    type Row = Row;
    const NAME: &'static str = "search";
    const TOPICS: &'static [Topic] = &[
        Topic::Artists,
        Topic::Albums,
        Topic::Tracks,
        Topic::Playlists,
        Topic::Replays,
    ];

    fn rows(&self, event: &Incoming) -> Result<Vec<Row>, Unprojectable> {
        let Some((index, id, body)) = render(&event.event, event.meta.time) else {
            return Err(Unprojectable(format!(
                "{} is nothing that is searched",
                event.event.type_name()
            )));
        };
        if event.topic != index.topic() {
            return Err(Unprojectable(format!(
                "{} came on {}",
                event.event.type_name(),
                event.topic.name()
            )));
        }
        let version = event.meta.sequence.filter(|sequence| *sequence >= 0);
        let version = version.ok_or_else(|| Unprojectable("the event has no usable sequence".to_owned()))?;
        let body = body.map_err(|error| Unprojectable(error.to_string()))?;
        Ok(vec![Row {
            index,
            id,
            version,
            body,
        }])
    }

    /// Documents, refresh, positions: dying in between means the same documents again, which their versions make
    /// harmless. A missing index is waited for: `install` is for the operator, since it means reading every event again.
    async fn store(&self, batch: &Batch<Row>) -> Result<Stored, Unavailable> {
        let asked: Vec<Position> = batch.positions().collect();
        // Before every batch: an index that is restored or dropped under a running worker shows here and nowhere else.
        let held = self.search.held(&asked).await?;
        if let Some((_, behind)) = batch.slices.iter().zip(held).find(|(slice, at)| at.next < slice.from) {
            return Ok(Stored::StoreBehind(behind));
        }
        let refused = self.write_documents(batch).await?;
        if !refused.is_empty() {
            // The positions stay until the refused are in the dead letters and the rest comes again.
            return Ok(Stored::Done(refused));
        }
        self.refresh(batch).await?;
        fail::fail_point!("search::stored");
        self.write_positions(batch).await?;
        Ok(Stored::Done(Vec::new()))
    }

    async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        self.search.positions().await
    }
}
