//! Clearing away what was deleted long ago.

use chrono::TimeDelta;
use elasticsearch::http::Method;
use events::Time;
use projector::Unavailable;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Index, Search,
    bulk::{Outcome, Write},
    client::Body,
};

/// Deletions taken at a time.
const ROUND: usize = 1_000;

#[derive(Deserialize)]
struct Answer {
    hits: Hits,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<OldDeletion>,
}

#[derive(Deserialize)]
struct OldDeletion {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_version")]
    version: i64,
}

impl Search {
    /// Removes the documents of what was deleted more than 30 days before `now`; answers how many. May run at any time
    /// and in several processes: a document that changed meanwhile has a higher version and stays.
    ///
    /// A deletion is kept as a document since Elasticsearch forgets a removed one's version after a minute, and an
    /// older event that came late would then rise again. 30 days is longer than any event is late; a replay from the
    /// topic's start ends with the deletion, which stays there for ever.
    pub async fn sweep(&self, now: Time) -> Result<u64, Unavailable> {
        let before = now.plus(TimeDelta::days(-30)).millis();
        let serving = self.serving().await?;
        let mut swept = 0;
        for index in Index::ALL {
            loop {
                let found = serving.sweep_round(index, before).await?;
                swept += found as u64;
                if found < ROUND {
                    break;
                }
            }
        }
        Ok(swept)
    }

    async fn sweep_round(&self, index: Index, before: i64) -> Result<usize, Unavailable> {
        let target = self.target(index);
        let path = format!("{target}/_search?allow_partial_search_results=false");
        let body = json!({
            "size": ROUND,
            "version": true,
            "_source": false,
            "query": {"bool": {"filter": [{"term": {"deleted": true}}, {"range": {"deleted_at": {"lt": before}}}]}},
        });
        let old: Answer = self
            .call(Method::Post, &path, Body::Json(&body), self.inner.write_timeout)
            .await?;
        let old = old.hits.hits;
        if old.is_empty() {
            return Ok(0);
        }
        let writes: Vec<Write<'_>> = old
            .iter()
            .map(|old| Write {
                target: &target,
                id: &old.id,
                version: old.version,
                document: None,
            })
            .collect();
        let outcomes = self.bulk(&writes).await?;
        self.refresh(&target).await?;
        Ok(outcomes.iter().filter(|outcome| **outcome == Outcome::Written).count())
    }
}
