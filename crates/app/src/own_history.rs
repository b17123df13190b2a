//! What people heard and searched for, for their exports: the one place where background work meets a read model.

use events::ListenerId;
use jobs::{HistoryPage, OwnHistory, Reading};
use read_analytics::{Analytics, Cursor, HistoryRow};
use serde_json::{Value, json};

/// Searches of a page; the most that the analytics give.
const SEARCHES: usize = 100;

pub(crate) struct HistoryOf(pub(crate) Analytics);

impl OwnHistory for HistoryOf {
    fn listens(&self, listener: ListenerId, after: Option<String>) -> Reading<'_> {
        Box::pin(async move {
            let page = self.0.long_history(listener, cursor(after)?).await;
            let page = page.map_err(|unavailable| unavailable.to_string())?;
            let lines = page.items.into_iter().map(line).collect::<Result<_, _>>();
            Ok(HistoryPage {
                lines: lines.map_err(|error: serde_json::Error| error.to_string())?,
                next: page.next.map(|cursor| cursor.to_string()),
            })
        })
    }

    fn searches(&self, listener: ListenerId, after: Option<String>) -> Reading<'_> {
        Box::pin(async move {
            let page = self.0.search_history(listener, cursor(after)?, SEARCHES).await;
            let page = page.map_err(|unavailable| unavailable.to_string())?;
            let lines = page
                .items
                .into_iter()
                .map(serde_json::to_value)
                .collect::<Result<_, _>>();
            Ok(HistoryPage {
                lines: lines.map_err(|error: serde_json::Error| error.to_string())?,
                next: page.next.map(|cursor| cursor.to_string()),
            })
        })
    }
}

fn cursor(text: Option<String>) -> Result<Option<Cursor>, String> {
    text.map(|text| text.parse().map_err(|error| format!("{error}")))
        .transpose()
}

fn line(row: HistoryRow) -> Result<Value, serde_json::Error> {
    let mut line = serde_json::to_value(row.listen)?;
    line["track_id"] = json!(row.track_id);
    Ok(line)
}
