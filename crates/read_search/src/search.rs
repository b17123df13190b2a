//! Asking, and reading the answer.

use std::sync::Arc;

use bytes::Bytes;
use elasticsearch::http::Method;
use events::Kind;
use projector::Unavailable;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Index, Query, Search, Sort, Step,
    answer::Fault,
    client::{Body, unavailable},
    cursor,
    forms::{BEGUN, WHOLE},
    kept::Key,
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// How many there are on all pages; exact.
    pub total: u64,
    /// How many of them match as typed.
    pub typed: u64,
    /// Whether one of this page has every word as typed, the last one whole.
    pub is_understood: bool,
    /// Whether a name of this page begins with all of what was typed, two words or more.
    pub is_begun: bool,
    /// This page, in the order asked for.
    pub hits: Vec<SearchHit>,
    /// Goes on after this page; none when it is the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchHit {
    /// The artist, album or track.
    pub id: Uuid,
    /// How well it matches; only when sorted by relevance.
    pub score: Option<f32>,
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
struct Answers<H> {
    responses: Vec<Answer<H>>,
}

#[derive(Deserialize)]
struct Answer<H> {
    hits: Option<StepHits<H>>,
    error: Option<Fault>,
}

/// An answer's hits. What is empty is left out of the answer.
#[derive(Deserialize)]
pub(crate) struct StepHits<H> {
    #[serde(default)]
    total: Total,
    #[serde(default = "Vec::new")]
    pub hits: Vec<H>,
}

#[derive(Default, Deserialize)]
struct Total {
    value: u64,
}

#[derive(Deserialize)]
struct SortedHit {
    /// What it is sorted by, then its id.
    sort: (Value, Uuid),
    #[serde(default)]
    matched_queries: Vec<String>,
}

/// Of several kinds: so many that match as typed, one of them with every word whole, are what was meant. Fewer may be somebody
/// else's slip.
pub const FEW: u64 = 3;

/// All that is read of an answer.
const ANSWER: &str = "_msearch?filter_path=responses.status,responses.error,responses.hits.total.value,\
                      responses.hits.hits.sort,responses.hits.hits._score,responses.hits.hits.fields,\
                      responses.hits.hits.matched_queries";

impl Search {
    /// Hits of one kind.
    pub async fn search(&self, index: impl Into<Index>, query: &Query) -> Result<Hits, SearchError> {
        let mut found = self.multi(&[(index.into(), query.clone())]).await?;
        found.pop().ok_or_else(|| unavailable("no answer").into())
    }

    /// Several queries in one request; their answers in the same order. One failing fails all. Those whose page is not
    /// filled by what matches as typed are asked once more, with all that is similar; not where several were asked and the
    /// catalogue has what was typed: a title need not be an artist too.
    pub async fn multi<I: Copy + Into<Index>>(&self, queries: &[(I, Query)]) -> Result<Vec<Hits>, SearchError> {
        let all: Vec<usize> = (0..queries.len()).collect();
        let mut found = self.step(queries, &all, Step::Typed).await?;
        let is_understood = queries.len() > 1 && is_understood(queries, &found);
        let is_short = |at: &usize| {
            let query = &queries[*at].1;
            !is_understood && query.has_text() && found[*at].total < u64::from(query.limit)
        };
        let short: Vec<usize> = all.into_iter().filter(is_short).collect();
        let wider = self.step(queries, &short, Step::Tolerant).await?;
        for (at, hits) in short.into_iter().zip(wider) {
            let typed = found[at].typed;
            found[at] = Hits { typed, ..hits };
        }
        Ok(found)
    }

    /// The one that is most like what was asked for, when nothing was found.
    pub async fn nearest(&self, queries: &[(Kind, Query)]) -> Result<Option<(Kind, Uuid)>, SearchError> {
        let all: Vec<usize> = (0..queries.len()).collect();
        let found = self.step(queries, &all, Step::Nearest).await?;
        let first = queries.iter().zip(found).filter_map(|((kind, _), found)| {
            let hit = *found.hits.first()?;
            Some((*kind, hit))
        });
        let best = first.max_by(|(_, a), (_, b)| a.score.unwrap_or(0.0).total_cmp(&b.score.unwrap_or(0.0)));
        Ok(best.map(|(kind, hit)| (kind, hit.id)))
    }

    /// What is sent to Elasticsearch for one step of a query; for who measures it beside us.
    pub async fn sent_for(&self, kind: Kind, query: &Query, step: Step) -> Result<String, SearchError> {
        Ok(self
            .serving()
            .await?
            .lines(&[(kind.into(), query.body(step)?.to_string().into())]))
    }

    async fn step<I: Copy + Into<Index>>(
        &self,
        queries: &[(I, Query)],
        of: &[usize],
        step: Step,
    ) -> Result<Vec<Hits>, SearchError> {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let serving = self.serving().await?;
        let asked = of.iter().map(|at| (queries[*at].0.into(), queries[*at].1.clone()));
        let key = Key {
            generation: serving.generation,
            step,
            asked: asked.collect(),
        };
        let find = async {
            let asked: Vec<&(I, Query)> = of.iter().map(|at| &queries[*at]).collect();
            let mut bodies: Vec<(Index, Arc<str>)> = Vec::with_capacity(asked.len());
            for (at, (index, query)) in asked.iter().enumerate() {
                // The same words are asked of every kind, and written once.
                let same = at.checked_sub(1).filter(|before| asked[*before].1 == *query);
                let body = match same {
                    Some(before) => Arc::clone(&bodies[before].1),
                    None => query.body(step)?.to_string().into(),
                };
                bodies.push(((*index).into(), body));
            }
            let answers = serving.msearch(&bodies).await?;
            let hits = asked.into_iter().zip(answers);
            Ok(hits.map(|((_, query), answer)| read(query, answer)).collect())
        };
        serving.kept(key, find).await
    }

    /// Some bodies in one request; their answers in the same order. One failing fails all.
    pub(crate) async fn msearch<H: DeserializeOwned>(
        &self,
        bodies: &[(Index, Arc<str>)],
    ) -> Result<Vec<StepHits<H>>, Unavailable> {
        let lines = Body::Lines(Bytes::from(self.lines(bodies)));
        let answers: Answers<H> = self.call(Method::Post, ANSWER, lines, self.inner.timeout).await?;
        if answers.responses.len() != bodies.len() {
            let (answers, bodies) = (answers.responses.len(), bodies.len());
            return Err(unavailable(format!("{answers} answers to {bodies} queries")));
        }
        // What is empty is left out of an answer, so one without hits has found nothing.
        let found = |answer: Answer<H>| match answer.error {
            Some(fault) => Err(unavailable(fault.text())),
            None => Ok(answer.hits.unwrap_or_else(|| StepHits {
                total: Total::default(),
                hits: Vec::new(),
            })),
        };
        answers.responses.into_iter().map(found).collect()
    }

    fn lines(&self, bodies: &[(Index, Arc<str>)]) -> String {
        let line = |(index, body): &(Index, Arc<str>)| {
            let header = json!({"index": self.alias(*index), "allow_partial_search_results": false});
            format!("{header}\n{body}\n")
        };
        bodies.iter().map(line).collect()
    }
}

/// Whether the catalogue has what was typed. Playlists do not count: anybody gives one any name.
fn is_understood<I: Copy + Into<Index>>(queries: &[(I, Query)], found: &[Hits]) -> bool {
    let in_catalogue = queries.iter().zip(found).filter_map(|((index, _), hits)| {
        let is_playlists = (*index).into() == Index::Playlists;
        (!is_playlists).then_some(hits)
    });
    let (mut typed, mut is_whole, mut is_begun) = (0, false, false);
    for hits in in_catalogue {
        typed += hits.typed;
        is_whole |= hits.is_understood;
        is_begun |= hits.is_begun;
    }
    is_begun || (is_whole && typed >= FEW)
}

fn read(query: &Query, found: StepHits<SortedHit>) -> Hits {
    let (total, mut page) = (found.total.value, found.hits);
    let more = match query.offset() {
        Some(offset) => total > (offset + page.len()) as u64 && !page.is_empty(),
        None => page.len() > query.size(),
    };
    page.truncate(query.size());
    let last = page.last().filter(|_| more);
    let next_cursor = last.map(|hit| cursor::encode(query.sort, &hit.sort.0, hit.sort.1));
    let by_relevance = query.sort == Sort::Relevance;
    #[expect(clippy::cast_possible_truncation, reason = "a score of Elasticsearch has 32 bits")]
    let score = |value: &Value| value.as_f64().filter(|_| by_relevance).map(|score| score as f32);
    let hit = |hit: &SortedHit| SearchHit {
        id: hit.sort.1,
        score: score(&hit.sort.0),
    };
    let matched = |way: &str| {
        page.iter()
            .any(|hit| hit.matched_queries.iter().any(|name| name == way))
    };
    Hits {
        total,
        typed: total,
        is_understood: matched(WHOLE),
        is_begun: matched(BEGUN),
        hits: page.iter().map(hit).collect(),
        next_cursor,
    }
}
