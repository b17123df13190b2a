//! The history of one listener, newest first.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clickhouse::Row;
use events::{Context, ContextType, ListenerId, Open, Time, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Analytics, AnalyticsUnavailable, listens, titles};

/// Entries of a page at most: of one that is shown, and of one that a person takes along.
const PAGE: usize = 100;
const LARGE_PAGE: usize = 4_000;
/// The last millisecond of ClickHouse's Date, 2149-06-06; beyond it a query would be refused.
const END_MS: i64 = 5_662_310_399_999;

/// Where a page ended: the next one begins after this listen. As text, opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub listened_at: Time,
    /// Its id: many listens of an import may have begun in the same millisecond.
    pub event_id: Uuid,
}

/// Where the first page begins.
pub(crate) fn end() -> Cursor {
    Cursor {
        listened_at: Time::from_millis(END_MS),
        event_id: Uuid::max(),
    }
}

/// The text is no cursor of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not valid")]
pub struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.listened_at.millis().to_be_bytes();
        f.write_str(&URL_SAFE_NO_PAD.encode([millis.as_slice(), self.event_id.as_bytes()].concat()))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (millis, id) = bytes.split_first_chunk().ok_or(BadCursor)?;
        let listened_at = Time::from_millis(i64::from_be_bytes(*millis));
        if listened_at < Time::from_millis(0) || listened_at > Time::from_millis(END_MS) {
            return Err(BadCursor);
        }
        Ok(Self {
            listened_at,
            event_id: Uuid::from_slice(id).map_err(|_| BadCursor)?,
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow {
    pub track_id: TrackId,
    pub listen: ListenDetails,
}

/// A listen, but for who heard what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListenDetails {
    /// The client's id of it.
    pub event_id: Uuid,
    /// When it began.
    pub listened_at: Time,
    /// How much was heard, in milliseconds.
    #[schema(example = 215_000)]
    pub ms_played: i64,
    /// Whether it is a play.
    pub counted: bool,
    /// What played it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it was played on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What it was played from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The listens, newest first.
    pub items: Vec<HistoryRow>,
    /// Where to go on; none at the end.
    pub next: Option<Cursor>,
}

#[derive(Row, Deserialize)]
struct Stored {
    #[serde(with = "clickhouse::serde::uuid")]
    event_id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    track_id: Uuid,
    listened_at: i64,
    ms_played: i64,
    counted: bool,
    source: Option<String>,
    device: Option<String>,
    context_type: Option<String>,
    #[serde(with = "clickhouse::serde::uuid::option")]
    context_id: Option<Uuid>,
}

impl From<Stored> for HistoryRow {
    fn from(row: Stored) -> Self {
        let known = |text: String| ContextType::by_name(&text).map_or(Open::Unknown(text), Open::Known);
        let kind = row.context_type.map(known);
        Self {
            track_id: TrackId(row.track_id),
            listen: ListenDetails {
                event_id: row.event_id,
                listened_at: Time::from_millis(row.listened_at),
                ms_played: row.ms_played,
                counted: row.counted,
                source: row.source,
                device: row.device,
                context: kind.map(|kind| Context {
                    kind,
                    id: row.context_id,
                }),
            },
        }
    }
}

impl Analytics {
    /// A page of what a listener heard, the newest first; `limit` is 1 to 100.
    pub async fn history(
        &self,
        listener: ListenerId,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<History, AnalyticsUnavailable> {
        let limit = limit.clamp(1, PAGE);
        let page = listens::page(listener, before.unwrap_or_else(end), limit + 1);
        self.history_page(&page, &[], limit).await
    }

    /// As [`Self::history`], in pages of some thousands: for whoever reads all of it.
    pub async fn long_history(
        &self,
        listener: ListenerId,
        before: Option<Cursor>,
    ) -> Result<History, AnalyticsUnavailable> {
        let page = listens::page(listener, before.unwrap_or_else(end), LARGE_PAGE + 1);
        self.history_page(&page, &[], LARGE_PAGE).await
    }

    /// As [`Self::history`], of tracks whose title or artists hold all words of `text`. Without a letter or a digit in it
    /// nothing does.
    pub async fn history_with(
        &self,
        listener: ListenerId,
        before: Option<Cursor>,
        limit: usize,
        text: &str,
    ) -> Result<History, AnalyticsUnavailable> {
        let (words, limit) = (titles::words(text), limit.clamp(1, PAGE));
        if words.is_empty() {
            return Ok(History {
                items: Vec::new(),
                next: None,
            });
        }
        let page = listens::page_of_words(listener, before.unwrap_or_else(end), limit + 1, &words);
        self.history_page(&page, &words, limit).await
    }

    async fn history_page(&self, page: &str, words: &[String], limit: usize) -> Result<History, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let query = serving.reader().query(&format!("SELECT ?fields {page}"));
        let query = words.iter().fold(query, |query, word| query.bind(word));
        let mut rows: Vec<Stored> = self.bounded(query.fetch_all()).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let items: Vec<HistoryRow> = rows.into_iter().map(HistoryRow::from).collect();
        let last = items.last().filter(|_| more);
        let next = last.map(|row| Cursor {
            listened_at: row.listen.listened_at,
            event_id: row.listen.event_id,
        });
        Ok(History { items, next })
    }
}
