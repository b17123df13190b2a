//! What was searched for: one's own history, and what found nothing.

use clickhouse::Row;
use events::{Clicked, ItemType, ListenerId, Meta, Open, Searched, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Analytics, AnalyticsUnavailable, Cursor, Span, history::end, listens::Window, titles::folded_words};

/// Entries of a page at most.
const PAGE: usize = 100;
/// Queries without results that are shown.
const MAX_EMPTY: usize = 20;

/// Searches of the last 90 days. Copies share the day: it is that of the event's own time.
pub(crate) const SEARCHES: &str = "CREATE TABLE IF NOT EXISTS searches (
    event_id UUID,
    searched_at DateTime64(3, 'UTC'),
    listener_id Nullable(UUID),
    query String,
    words String,
    results_count UInt64,
    clicked_type LowCardinality(Nullable(String)),
    clicked_id Nullable(UUID),
    clicked_position Nullable(UInt32),
    ver UInt64,
    day Date MATERIALIZED toDate(searched_at, 'UTC'),
    INDEX by_listener listener_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(ver) PARTITION BY toYYYYMM(day) ORDER BY (day, event_id) TTL day + INTERVAL 90 DAY";

/// A row of `searches`.
#[derive(Clone, Debug, PartialEq, Row, Serialize)]
pub struct SearchRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub event_id: Uuid,
    /// In milliseconds since 1970.
    pub searched_at: i64,
    #[serde(with = "clickhouse::serde::uuid::option")]
    pub listener_id: Option<Uuid>,
    pub query: String,
    /// The query, folded: spellings of one search count together.
    pub words: String,
    pub results_count: u64,
    pub clicked_type: Option<String>,
    #[serde(with = "clickhouse::serde::uuid::option")]
    pub clicked_id: Option<Uuid>,
    pub clicked_position: Option<u32>,
    /// Which copy stays: the highest.
    pub ver: u64,
}

impl SearchRow {
    pub(crate) fn new(search: &Searched, meta: &Meta, offset: i64) -> Self {
        let clicked = search.clicked.as_ref();
        Self {
            event_id: meta.id,
            searched_at: meta.time.millis(),
            listener_id: search.listener_id.map(|listener| listener.0),
            query: search.query.clone(),
            words: folded_words(&search.query),
            results_count: search.results_count,
            clicked_type: clicked.map(|clicked| clicked.kind.name().to_owned()),
            clicked_id: clicked.map(|clicked| clicked.id),
            clicked_position: clicked.map(|clicked| clicked.position),
            ver: i64::MAX.abs_diff(offset),
        }
    }
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastSearch {
    /// Its id.
    pub event_id: Uuid,
    /// When it was.
    pub searched_at: Time,
    /// The words.
    #[schema(example = "кино")]
    pub query: String,
    /// How much was found.
    #[schema(example = 12)]
    pub results_count: u64,
    /// What was opened of it, as the client told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clicked: Option<Clicked>,
}

/// A page of searches, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHistory {
    pub items: Vec<PastSearch>,
    /// Where to go on; none at the end.
    pub next: Option<Cursor>,
}

/// A search that found nothing. Case, accents and signs do not matter.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct EmptySearch {
    /// The words, as they were written last.
    #[schema(example = "кино")]
    pub query: String,
    /// How often it found nothing.
    #[schema(example = 7)]
    pub searches: u64,
}

/// What was searched for in some time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchStats {
    /// All searches.
    pub searches: u64,
    /// Those that found nothing.
    pub without_results: u64,
    /// The most frequent of them, 20 at most.
    pub empty: Vec<EmptySearch>,
}

#[derive(Row, Deserialize)]
struct Stored {
    #[serde(with = "clickhouse::serde::uuid")]
    event_id: Uuid,
    searched_at: i64,
    query: String,
    results_count: u64,
    clicked_type: Option<String>,
    #[serde(with = "clickhouse::serde::uuid::option")]
    clicked_id: Option<Uuid>,
    clicked_position: Option<u32>,
}

#[derive(Row, Deserialize)]
struct Counts {
    searches: u64,
    without_results: u64,
}

impl From<Stored> for PastSearch {
    fn from(row: Stored) -> Self {
        let known = |text: String| ItemType::by_name(&text).map_or(Open::Unknown(text), Open::Known);
        let clicked = row.clicked_type.zip(row.clicked_id).zip(row.clicked_position);
        Self {
            event_id: row.event_id,
            searched_at: Time::from_millis(row.searched_at),
            query: row.query,
            results_count: row.results_count,
            clicked: clicked.map(|((kind, id), position)| Clicked {
                kind: known(kind),
                id,
                position,
            }),
        }
    }
}

impl Analytics {
    /// A page of what a person searched for, the newest first; `limit` is 1 to 100.
    pub async fn search_history(
        &self,
        listener: ListenerId,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<SearchHistory, AnalyticsUnavailable> {
        let limit = limit.clamp(1, PAGE);
        let before = before.unwrap_or_else(end);
        let sql = format!(
            "SELECT ?fields FROM searches FINAL WHERE listener_id = toUUID(?) AND (searched_at, event_id) < \
             (fromUnixTimestamp64Milli(toInt64(?), 'UTC'), toUUID(?)) \
             ORDER BY searched_at DESC, event_id DESC LIMIT {}",
            limit + 1
        );
        let serving = self.serving().await?;
        let query = serving.reader().query(&sql).bind(listener.0);
        let query = query.bind(before.listened_at.millis()).bind(before.event_id);
        let mut rows: Vec<Stored> = self.bounded(query.fetch_all()).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let items: Vec<PastSearch> = rows.into_iter().map(PastSearch::from).collect();
        let last = items.last().filter(|_| more);
        let next = last.map(|search| Cursor {
            listened_at: search.searched_at,
            event_id: search.event_id,
        });
        Ok(SearchHistory { items, next })
    }

    /// How much was searched for, and what found nothing. A search by the API is counted once, whatever pages were read of it.
    pub async fn search_stats(&self, span: Span) -> Result<SearchStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let searches = Window::from(span).table("searches", "searched_at");
        let counts =
            format!("SELECT count() AS searches, countIf(results_count = 0) AS without_results FROM {searches}");
        let empty = format!(
            "SELECT argMax(query, searched_at) AS query, count() AS searches FROM {searches} WHERE results_count = 0 \
             GROUP BY words ORDER BY searches DESC, words LIMIT {MAX_EMPTY}"
        );
        let counts = self.bounded(serving.reader().query(&counts).fetch_one::<Counts>());
        let empty = self.bounded(serving.reader().query(&empty).fetch_all::<EmptySearch>());
        let (counts, empty) = tokio::try_join!(counts, empty)?;
        Ok(SearchStats {
            searches: counts.searches,
            without_results: counts.without_results,
            empty,
        })
    }
}
