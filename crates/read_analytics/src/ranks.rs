//! Where something stood in a chart.

use std::collections::HashMap;

use events::Kind;
use uuid::Uuid;

use crate::{Analytics, AnalyticsUnavailable, Plays, Span, charts::Subject, listens::Window};

/// Places that are looked at.
const PLACES: usize = 1_000;

impl Analytics {
    /// The places of these ids in the chart of that time, from 1. What was not among its first 1,000 is absent.
    pub async fn ranks(
        &self,
        kind: Kind,
        ids: &[Uuid],
        span: Span,
        genre: Option<&str>,
    ) -> Result<HashMap<Uuid, u64>, AnalyticsUnavailable> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let serving = self.serving().await?;
        let subject = Subject {
            kind,
            genre: genre.map(str::to_owned),
        };
        let window = Window::from(span);
        let key = serving.key(&subject, window, PLACES);
        let progress = serving.progress(window).await?;
        let make = async || serving.ranks_in(&subject, window).await;
        let ranks = serving.kept().ranks.or_make(key, progress, make).await?;
        Ok(ids.iter().filter_map(|id| Some((*id, *ranks.get(id)?))).collect())
    }

    async fn ranks_in(&self, subject: &Subject, window: Window) -> Result<HashMap<Uuid, u64>, AnalyticsUnavailable> {
        let facts = self.facts(window).await?;
        let ranked = subject.bound(self.reader().query(&subject.ranked(&facts, PLACES)));
        let ranked: Vec<Plays> = self.bounded(ranked.fetch_all()).await?;
        Ok(ranked.into_iter().map(|row| row.id).zip(1..).collect())
    }
}
