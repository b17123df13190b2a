//! Data sets as Parquet files: listens, interactions for recommenders, and what must not be recommended.
//!
//! ClickHouse writes the files itself. The same range gives the same bytes: rows are sorted by what identifies them, by
//! one thread.

use bytes::Bytes;
use clickhouse::{Client, QuerySummary};
use events::Time;
use projector::Position;

use crate::{
    Analytics, AnalyticsUnavailable,
    listens::{self, Window},
};

/// What a file holds. Listeners are pseudonyms; no user id, name or address is in any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSet {
    /// Each listen once, whole.
    Listens,
    /// Who heard what when, in sessions: a pause of 30 minutes begins the next one.
    Interactions,
    /// Ids of artists, albums and tracks that were deleted.
    DoNotRecommend,
}

/// A query whose answer comes in pieces.
pub struct ExportStream {
    cursor: clickhouse::query::BytesCursor,
}

impl ExportStream {
    /// The next bytes of the file; none at its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, AnalyticsUnavailable> {
        Ok(self.cursor.next().await?)
    }

    /// Rows of the file.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.cursor.summary().and_then(QuerySummary::result_rows)
    }
}

impl Analytics {
    /// The file of one data set with the listens of [from, to). It may take long: the limit of other calls does not apply.
    pub async fn export(&self, set: DataSet, from: Time, to: Time) -> Result<ExportStream, AnalyticsUnavailable> {
        let window = Window::new(from, to);
        let sql = match set {
            DataSet::Listens => listens(window),
            DataSet::Interactions => interactions(window),
            DataSet::DoNotRecommend => "SELECT toString(id) AS id FROM deleted FINAL ORDER BY id".to_owned(),
        };
        let serving = self.serving().await?;
        let cursor = same_bytes(serving.reader().clone())
            .query(&sql)
            .fetch_bytes("Parquet")?;
        Ok(ExportStream { cursor })
    }

    /// How far the topics were read when it was asked, and the database that an export reads.
    pub async fn export_source(&self) -> Result<(String, Vec<Position>), AnalyticsUnavailable> {
        let serving = self.serving().await?;
        Ok((serving.database().to_owned(), serving.positions().await?))
    }
}

fn listens(window: Window) -> String {
    format!(
        "SELECT toString(event_id) AS event_id, toString(listener_id) AS listener, listened_at, \
         toString(track_id) AS track_id, toString(artist_id) AS artist_id, arrayMap(id -> toString(id), artist_ids) AS \
         artist_ids, toString(album_id) AS album_id, genres, duration_ms, ms_played, counted, source, device, \
         context_type, toString(context_id) AS context_id \
         FROM {} AS kept ORDER BY kept.day, kept.listener_id, kept.event_id",
        listens::all(window)
    )
}

/// A session is numbered within its listener and file.
fn interactions(window: Window) -> String {
    format!(
        "SELECT toString(listener_id) AS listener, sum(begins) OVER (PARTITION BY listener_id ORDER BY listened_at, \
         event_id ROWS UNBOUNDED PRECEDING) AS session, toString(track_id) AS track_id, toString(artist_id) AS \
         artist_id, listened_at, ms_played, duration_ms, counted FROM (\
         SELECT *, (toUnixTimestamp64Milli(listened_at) - lagInFrame(toUnixTimestamp64Milli(listened_at) + ms_played, 1, \
         toInt64(-1800001)) OVER (PARTITION BY listener_id ORDER BY listened_at, event_id ROWS BETWEEN UNBOUNDED \
         PRECEDING AND UNBOUNDED FOLLOWING)) > 1800000 AS begins FROM {}) AS kept \
         ORDER BY kept.listener_id, kept.listened_at, kept.event_id",
        listens::all(window)
    )
}

/// One thread, rows sorted anew, blocks of one size: what was merged meanwhile does not show. `wait_end_of_query`: an
/// error is an error, and not the end of a file; the answer waits on the server's disk.
fn same_bytes(client: Client) -> Client {
    client
        .with_setting("max_execution_time", "3600")
        .with_setting("max_threads", "1")
        .with_setting("optimize_read_in_order", "0")
        .with_setting("output_format_parquet_parallel_encoding", "0")
        .with_setting("output_format_parquet_row_group_size", "100000")
        .with_setting("max_bytes_before_external_sort", "268435456")
        .with_setting("wait_end_of_query", "1")
}
