//! Suggestions while somebody types: few hits of every kind at once, found by beginnings.
//!
//! All scores are constants, nothing is counted and no document is read, so Elasticsearch stops as soon as it has enough of
//! the best ones: a single letter costs no more than a name.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Index, Query, Search, Step,
    fold::{self, Word},
    forms::{any_of, constant, fuzzy, side_by_side, term},
    inside,
    search::SearchError,
};

/// Letters from which slips are looked for: before, nearly everything is one slip away.
const FOR_SLIPS: usize = 3;

/// Something that may be meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// A kind of the catalogue, or public playlists.
    pub of: Index,
    pub id: Uuid,
    /// How sure it is, comparable between kinds: the whole name, its beginning, words of it, words of its artists.
    pub certainty: f32,
}

#[derive(Deserialize)]
pub(crate) struct SuggestedHit {
    #[serde(rename = "_score")]
    score: f32,
    fields: SuggestedFields,
}

#[derive(Deserialize)]
struct SuggestedFields {
    id: [Uuid; 1],
}

impl Search {
    /// What these letters may become: of each kind at most `limit`, best first.
    pub async fn suggest(&self, text: &str, limit: u32) -> Result<Vec<Suggestion>, SearchError> {
        let typed = self.suggested(text, limit, Step::Typed).await?;
        if typed.len() >= limit as usize || fold::exact(text).chars().count() < FOR_SLIPS {
            return Ok(typed);
        }
        self.suggested(text, limit, Step::Tolerant).await
    }

    async fn suggested(&self, text: &str, limit: u32, step: Step) -> Result<Vec<Suggestion>, SearchError> {
        let serving = self.serving().await?;
        let query = Query {
            text: Some(text.to_owned()),
            ..Query::default()
        };
        let body = json!({
            "query": suggestions(&query, step),
            "size": limit,
            "track_total_hits": false,
            "stored_fields": "_none_",
            "docvalue_fields": ["id"],
        });
        let body: Arc<str> = body.to_string().into();
        let bodies = Index::ALL.map(|index| (index, Arc::clone(&body)));
        let answers = serving.msearch::<SuggestedHit>(&bodies).await?;
        let hits = Index::ALL.into_iter().zip(answers).flat_map(|(of, found)| {
            let hits = found.hits.into_iter();
            hits.map(move |hit| Suggestion {
                of,
                id: hit.fields.id[0],
                certainty: hit.score,
            })
        });
        Ok(hits.collect())
    }
}

fn suggestions(query: &Query, step: Step) -> Value {
    let text = query.bounded_text();
    let exact = fold::exact(&text);
    let words = query.words();
    let mut ways = vec![
        constant(40.0, &term("exact", &exact)),
        constant(30.0, &json!({"prefix": {"exact": exact}})),
    ];
    ways.extend(all_of(20.0, "name", &words, fold_of, Step::Typed));
    ways.extend(all_of(10.0, "all", &words, fold_of, Step::Typed));
    let runs = inside::runs(&text);
    ways.extend(runs.iter().take(1).map(|run| constant(15.0, &side_by_side(run))));
    if step != Step::Typed {
        ways.extend(all_of(8.0, "all_skeleton", &words, skeleton_of, Step::Typed));
        ways.extend(all_of(6.0, "all", &words, fold_of, step));
    }
    any_of(&ways)
}

fn fold_of(word: &Word) -> String {
    word.folded.clone()
}

fn skeleton_of(word: &Word) -> String {
    fold::skeleton(&word.folded)
}

/// Every finished word and the beginning of the last one; none without words.
fn all_of(score: f32, field: &str, words: &[Word], form: fn(&Word) -> String, step: Step) -> Option<Value> {
    let (last, finished) = words.split_last()?;
    let begins = json!({"prefix": { field: form(last) }});
    let near = |word: &Word, typed: Value| match step {
        Step::Typed => typed,
        Step::Tolerant | Step::Nearest => {
            json!({"bool": {"should": [typed, fuzzy(field, &form(word), step)]}})
        }
    };
    let mut each: Vec<Value> = finished
        .iter()
        .map(|word| near(word, term(field, &form(word))))
        .collect();
    each.push(near(last, begins));
    Some(constant(score, &json!({"bool": {"filter": each}})))
}
