//! Asking, and reading the answer.

use bytes::Bytes;
use elasticsearch::http::Method;
use events::Kind;
use projector::Unavailable;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Query, Search, Sort,
    answer::Fault,
    client::{Body, unavailable},
    cursor,
    highlight::Highlighter,
};

#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Elasticsearch does not answer: 503, `Retry-After`.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Not a cursor that such a query gave out: 422.
    #[error("the cursor is not one that this query gave")]
    BadCursor,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// How many there are on all pages; exact.
    pub total: u64,
    /// This page, in the order asked for.
    pub hits: Vec<SearchHit>,
    /// Goes on after this page; none when it is the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SearchHit {
    /// The artist, album or track.
    pub id: Uuid,
    pub relevance: Relevance,
}

/// How well a hit matches, and where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Relevance {
    /// How well it matches, comparable within one answer; only when sorted by relevance.
    #[schema(example = 110.5)]
    pub score: Option<f32>,
    /// Its name as HTML, escaped, with the words that matched in `<em>`; null when its name did not match.
    #[schema(example = "<em>Кино</em>")]
    pub highlight: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    hits: Option<AnswerHits>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answer>,
}

#[derive(Deserialize)]
struct AnswerHits {
    total: Total,
    hits: Vec<AnswerHit>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

#[derive(Deserialize)]
struct AnswerHit {
    #[serde(rename = "_id")]
    id: Uuid,
    #[serde(rename = "_score")]
    score: Option<f32>,
    #[serde(rename = "_source")]
    source: AnswerSource,
    sort: Vec<Value>,
}

#[derive(Deserialize)]
struct AnswerSource {
    shown: String,
}

impl Search {
    pub async fn search(&self, kind: Kind, query: &Query) -> Result<Hits, SearchError> {
        let body = query.body()?;
        let serving = self.serving().await?;
        let path = format!("{}/_search?allow_partial_search_results=false", serving.alias(kind));
        let answer: Answer = self
            .call(Method::Post, &path, Body::Json(&body), self.inner.timeout)
            .await?;
        read(query, answer)
    }

    /// Several queries in one request; their answers in the same order. One failing fails all.
    pub async fn multi(&self, queries: &[(Kind, Query)]) -> Result<Vec<Hits>, SearchError> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let serving = self.serving().await?;
        let lines = |(kind, query): &(Kind, Query)| {
            let header = json!({"index": serving.alias(*kind), "allow_partial_search_results": false});
            Ok::<_, SearchError>(format!("{header}\n{}\n", query.body()?))
        };
        let body = Body::Lines(Bytes::from(queries.iter().map(lines).collect::<Result<String, _>>()?));
        let answers: Answers = self.call(Method::Post, "_msearch", body, self.inner.timeout).await?;
        if answers.responses.len() != queries.len() {
            return Err(unavailable(format!(
                "{} answers to {} queries",
                answers.responses.len(),
                queries.len()
            ))
            .into());
        }
        queries
            .iter()
            .zip(answers.responses)
            .map(|((_, query), answer)| read(query, answer))
            .collect()
    }
}

fn read(query: &Query, answer: Answer) -> Result<Hits, SearchError> {
    let Some(found) = answer.hits else {
        let reason = answer
            .error
            .map_or_else(|| "an answer without hits".to_owned(), |fault| fault.text());
        return Err(unavailable(reason).into());
    };
    let mut page = found.hits;
    let more = match query.offset() {
        Some(offset) => found.total.value > (offset + page.len()) as u64 && !page.is_empty(),
        None => page.len() > query.size(),
    };
    page.truncate(query.size());
    let last = page.last().filter(|_| more);
    let next_cursor = last.map(|hit| cursor::encode(query.sort, &hit.sort));
    let highlighter = Highlighter::new(query.words(), query.signs());
    let by_relevance = query.sort == Sort::Relevance;
    let hit = |hit: AnswerHit| SearchHit {
        id: hit.id,
        relevance: Relevance {
            score: hit.score.filter(|_| by_relevance),
            highlight: highlighter.highlight(&hit.source.shown),
        },
    };
    Ok(Hits {
        total: found.total.value,
        hits: page.into_iter().map(hit).collect(),
        next_cursor,
    })
}
