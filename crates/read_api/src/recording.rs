//! Searches are recorded by themselves, beside the answer: a full queue drops them, and none waits.

use events::{Meta, Searched, Topic};
use http_kit::{Page, PageQuery};
use tokio::sync::mpsc;

use crate::{
    Viewer,
    for_many::{ForMany, Shared},
};

/// Where searches go; clones share the queue.
#[derive(Clone, Debug)]
pub struct SearchRecorder(mpsc::Sender<(Meta, Searched)>);

impl SearchRecorder {
    #[must_use]
    pub fn new(queue: mpsc::Sender<(Meta, Searched)>) -> Self {
        Self(queue)
    }
}

impl Viewer {
    /// Records a search with its first page; later pages are of the same search.
    pub(crate) fn record_page<T>(&self, query: &str, page: &PageQuery, found: &Shared<Page<T>>)
    where
        Page<T>: ForMany,
    {
        let is_first = page.cursor.is_none() && page.offset.is_none_or(|offset| offset.get() == 0);
        if let Some(found) = found.value().filter(|_| is_first) {
            self.record_search(query, found.total);
        }
    }

    /// Records a search of this person, or of nobody who is known.
    pub(crate) fn record_search(&self, query: &str, results_count: u64) {
        let ambient = &self.queries.ambient;
        // In a private session nothing is recorded.
        if self.by.is_some_and(|by| by.is_private((ambient.now)())) {
            return;
        }
        let meta = Meta {
            id: (ambient.new_id)(),
            time: (ambient.now)(),
            sequence: None,
            traceparent: self.trace.of(Topic::Searches).map(str::to_owned),
        };
        let searched = Searched {
            listener_id: self.by.map(|by| by.listener_id),
            query: query.trim().to_owned(),
            results_count,
            clicked: None,
        };
        if self.queries.searches.0.try_send((meta, searched)).is_err() {
            metrics::counter!("jonquil_recorded_dropped_total", "queue" => "searches").increment(1);
        }
    }
}
