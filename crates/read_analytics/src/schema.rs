//! The tables.

use clickhouse::sql::Identifier;

use projector::Position;

use crate::{
    Analytics, AnalyticsUnavailable,
    requests::REQUESTS,
    rollup::{ROLLUP, ROLLUP_BY_ARTIST, SETTLED, TOTALS, TOUCHED},
    searches::SEARCHES,
};

/// Version of the tables and of what the projection makes of an event. With the next one a generation is made anew.
pub const SCHEMA: &str = "s10";

/// The columns of a listen, in the two tables that hold them.
///
/// `ver`: of the copies of a listen the one with the highest stays. A listen has 2^63 − 1 − offset, so the first copy
/// stays; a deletion, once there is one, has 2^63 + offset and `is_deleted` 1, so it stays over every copy.
///
/// `day` is what all copies of a listen share: the identity of a listen has it. `robot`: whether something else than a
/// person listened; no rule says so yet.
const COLUMNS: &str = "
    listener_id UUID,
    event_id UUID,
    listened_at DateTime64(3, 'UTC'),
    track_id UUID,
    artist_id UUID,
    artist_ids Array(UUID),
    album_id Nullable(UUID),
    genres Array(LowCardinality(String)),
    duration_ms Nullable(Int64),
    ms_played Int64,
    counted Bool,
    source LowCardinality(Nullable(String)),
    device LowCardinality(Nullable(String)),
    context_type LowCardinality(Nullable(String)),
    context_id Nullable(UUID),
    ver UInt64,
    is_deleted UInt8,
    robot Bool DEFAULT false,
    day Date MATERIALIZED toDate(listened_at, 'UTC')";

/// Listens by day: a chart of a week reads a week. One track or artist is found by the indexes. Partitions are years: an
/// import of ten years writes ten parts, not 120.
fn listens() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS listens ({COLUMNS},
            INDEX by_track track_id TYPE bloom_filter(0.001) GRANULARITY 1,
            INDEX by_artist artist_ids TYPE bloom_filter(0.001) GRANULARITY 1
        ) ENGINE = ReplacingMergeTree(ver, is_deleted)
        PARTITION BY toYear(day)
        ORDER BY (day, listener_id, event_id)"
    )
}

/// The same by listener. Blocks are small: a history, and what followed a track, read little else.
fn listens_by_listener() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS listens_by_listener ({COLUMNS}
        ) ENGINE = ReplacingMergeTree(ver, is_deleted)
        PARTITION BY toYear(day)
        ORDER BY (listener_id, day, event_id)
        SETTINGS index_granularity = 1024"
    )
}

/// Row for row: whatever comes twice comes twice here too, and one row of it stays.
const LISTENS_TO_LISTENER: &str = "CREATE MATERIALIZED VIEW IF NOT EXISTS listens_to_listener
    TO listens_by_listener AS SELECT * FROM listens";

/// What was deleted from the catalogue, for ever. Rows of listens stay: they count for artists, genres and totals. As a set
/// it needs no order among topics.
const DELETED: &str = "CREATE TABLE IF NOT EXISTS deleted (id UUID) ENGINE = ReplacingMergeTree ORDER BY id";

/// What tracks are called, folded, so that a history is filtered by words where its listens are.
const TITLES: &str = "CREATE TABLE IF NOT EXISTS titles (id UUID, words String, ver UInt64)
    ENGINE = ReplacingMergeTree(ver) ORDER BY id";

/// What people did with playlists, each once: a copy has the same key. It names nobody.
const PLAYLIST_ACTIVITY: &str = "CREATE TABLE IF NOT EXISTS playlist_activity (
        playlist_id UUID,
        event_id UUID,
        occurred_at DateTime64(3, 'UTC'),
        action LowCardinality(String),
        track_id Nullable(UUID)
    ) ENGINE = ReplacingMergeTree
    PARTITION BY toYear(occurred_at)
    ORDER BY (playlist_id, occurred_at, event_id)";

/// `positions`: how far the projection is. `until`: where the topics ended when the tables were made.
fn offsets(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (
            topic LowCardinality(String),
            partition Int32,
            next Int64
        ) ENGINE = ReplacingMergeTree(next) ORDER BY (topic, partition)"
    )
}

impl Analytics {
    /// Creates the database and what is missing in it. May run any number of times, and at the same time. `ends` are
    /// where the topics end now: a new database answers queries once it holds everything before.
    pub async fn install(&self, ends: &[Position]) -> Result<(), AnalyticsUnavailable> {
        let database = self
            .server()
            .query("CREATE DATABASE IF NOT EXISTS ?")
            .bind(Identifier(self.database()));
        self.bounded(database.execute()).await?;
        // The view last: it must find both tables, and nobody inserts before `install` is through.
        let tables = [
            listens_by_listener(),
            listens(),
            LISTENS_TO_LISTENER.to_owned(),
            DELETED.to_owned(),
            TITLES.to_owned(),
            TOUCHED.to_owned(),
            ROLLUP.to_owned(),
            ROLLUP_BY_ARTIST.to_owned(),
            SETTLED.to_owned(),
            TOTALS.to_owned(),
            SEARCHES.to_owned(),
            REQUESTS.to_owned(),
            PLAYLIST_ACTIVITY.to_owned(),
            offsets("positions"),
            offsets("until"),
        ];
        for statement in &tables {
            self.bounded(self.writer().query(statement).execute()).await?;
        }
        // Two processes may both write them. Of each partition the higher end stays.
        if self.until().await?.is_empty() {
            self.save("until", ends).await?;
        }
        Ok(())
    }
}
