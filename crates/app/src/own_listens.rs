//! What people heard, for their exports: the one place where background work meets a read model.

use std::{future::Future, pin::Pin};

use events::ListenerId;
use jobs::{ListensPage, OwnListens};
use read_analytics::{Analytics, Cursor, HistoryRow};
use serde_json::{Value, json};

pub(crate) struct ListensOf(pub(crate) Analytics);

impl OwnListens for ListensOf {
    fn page(
        &self,
        listener: ListenerId,
        after: Option<String>,
    ) -> Pin<Box<dyn Future<Output = Result<ListensPage, String>> + Send + '_>> {
        Box::pin(async move {
            let after: Option<Cursor> = after
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(|error| format!("{error}"))?;
            let page = self.0.long_history(listener, after).await;
            let page = page.map_err(|unavailable| unavailable.to_string())?;
            let listens = page.items.into_iter().map(line).collect::<Result<_, _>>();
            Ok(ListensPage {
                listens: listens.map_err(|error: serde_json::Error| error.to_string())?,
                next: page.next.map(|cursor| cursor.to_string()),
            })
        })
    }
}

fn line(row: HistoryRow) -> Result<Value, serde_json::Error> {
    let mut line = serde_json::to_value(row.listen)?;
    line["track_id"] = json!(row.track_id);
    Ok(line)
}
