//! How far a generation is.

use std::collections::BTreeMap;

use elasticsearch::http::Method;
use events::Topic;
use projector::{Position, Unavailable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Search,
    client::{Body, unavailable},
};

/// A position as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    topic: String,
    partition: i32,
    next: i64,
}

impl From<&Position> for Kept {
    fn from(at: &Position) -> Self {
        Self {
            topic: at.topic.name().to_owned(),
            partition: at.partition,
            next: at.next,
        }
    }
}

impl Kept {
    /// None when this version knows no such topic.
    fn position(&self) -> Option<Position> {
        Some(Position {
            topic: Topic::by_name(&self.topic)?,
            partition: self.partition,
            next: self.next,
        })
    }
}

#[derive(Deserialize)]
struct Listed {
    hits: ListedHits,
}

#[derive(Deserialize)]
struct ListedHits {
    hits: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "_source")]
    kept: Kept,
}

#[derive(Deserialize)]
struct Fetched {
    docs: Vec<FetchedDoc>,
}

#[derive(Deserialize)]
struct FetchedDoc {
    #[serde(rename = "_source")]
    kept: Option<Kept>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Described {
    mappings: Mappings,
}

#[derive(Deserialize)]
struct Mappings {
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    until: Vec<Kept>,
}

pub(crate) fn position_id(at: &Position) -> String {
    format!("{}:{}", at.topic.name(), at.partition)
}

impl Search {
    /// Where the topics ended when the indexes were made.
    pub(crate) async fn until(&self) -> Result<Vec<Position>, Unavailable> {
        let path = format!("{}/_mapping", self.positions_index());
        let described: BTreeMap<String, Described> =
            self.call(Method::Get, &path, Body::Nothing, self.inner.timeout).await?;
        let until = described.values().flat_map(|index| &index.mappings.meta.until);
        Ok(until.filter_map(Kept::position).collect())
    }

    /// Where the store stands in these positions' partitions, in the same order, read in real time; 0 where it has
    /// nothing.
    pub(crate) async fn held(&self, asked: &[Position]) -> Result<Vec<Position>, Unavailable> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = asked.iter().map(position_id).collect();
        let path = format!("{}/_mget", self.positions_alias());
        let body = json!({"ids": ids});
        let timeout = self.inner.write_timeout;
        let fetched: Fetched = self.call(Method::Post, &path, Body::Json(&body), timeout).await?;
        if let Some(error) = fetched.docs.iter().find_map(|doc| doc.error.as_ref()) {
            return Err(unavailable(format!("the positions cannot be read: {error}")));
        }
        let next = |doc: FetchedDoc| doc.kept.map_or(0, |kept| kept.next);
        Ok(asked
            .iter()
            .zip(fetched.docs)
            .map(|(at, doc)| Position { next: next(doc), ..*at })
            .collect())
    }

    /// How far the index is, for every partition it has seen.
    pub(crate) async fn positions(&self) -> Result<Vec<Position>, Unavailable> {
        let name = self.positions_alias();
        // A search sees what was refreshed; nearly free when nothing was written since.
        self.refresh(&name).await?;
        let path = format!("{name}/_search?allow_partial_search_results=false");
        let body = json!({"size": 10_000});
        let timeout = self.inner.write_timeout;
        let listed: Listed = self.call(Method::Post, &path, Body::Json(&body), timeout).await?;
        Ok(listed.hits.hits.iter().filter_map(|hit| hit.kept.position()).collect())
    }
}
