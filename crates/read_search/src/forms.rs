//! In which forms words are looked for, step by step: as typed first, and what costs more only where that finds too little.

use serde_json::{Value, json};

use crate::{
    Query,
    fold::{self, Word},
    inside,
    query::MAX_WORDS,
};

/// Letters of a name that may be written together, or apart, with a slip. One slip instead of two would cost a third less of
/// the whole step, and one title in thirty with two slips would not be found.
const MAX_SLIPPED: usize = 12;
/// Names the ways in which the last word stands as typed, not unfinished.
pub(crate) const WHOLE: &str = "whole";
/// Names the way in which a name begins with all of what was typed, two words or more: that is no slip.
pub(crate) const BEGUN: &str = "begun";

/// What a search does after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Every word as typed; the last may be unfinished.
    Typed,
    /// Other Romanisations and slips too, and of more than two words not all.
    Tolerant,
    /// A slip may be in a first letter. Only asks what may have been meant.
    Nearest,
}

pub(crate) fn matching(query: &Query, step: Step) -> Value {
    if !query.has_text() {
        return json!({"match_all": {}});
    }
    let text = query.bounded_text();
    let exact = fold::exact(&text);
    let whole = named_whole(constant(100.0, &json!({"term": {"exact": exact}})));
    let signs = query.signs().into_iter().map(|sign| constant(3.0, &term("all", &sign)));
    let words = query.words();
    let Some((last, finished)) = words.split_last() else {
        // Without words the signs are what is looked for.
        let signs: Vec<Value> = signs.collect();
        let all = signs.len();
        let ways = json!([whole, {"bool": {"should": signs, "minimum_should_match": all.max(1)}}]);
        return json!({"dis_max": {"queries": ways}});
    };
    let mut each: Vec<Value> = finished.iter().map(|word| word_query(word, false, step)).collect();
    each.push(word_query(last, true, step));
    // As typed all of them; else of two words both, of up to five all but one.
    let enough = match step {
        Step::Typed => "100%",
        Step::Tolerant | Step::Nearest => "2<-1 5<75%",
    };
    // The name as a whole, with the spaces elsewhere or a slip: `radio head`, `pink` for P!nk.
    let mut ways = vec![
        json!({"bool": {"should": each, "minimum_should_match": enough}}),
        whole,
        completed(&exact, !finished.is_empty()),
    ];
    // Longer names are found by their words: a slip in twenty letters costs as much as all else together.
    if step != Step::Typed && exact.chars().count() <= MAX_SLIPPED {
        ways.push(slipped(2.0, "exact", &exact, step));
    }
    json!({"bool": {
        "must": {"bool": {"minimum_should_match": 1, "should": ways}},
        "should": better(&text, &words, signs.collect()),
    }})
}

/// Among equals, the rarer word and the shorter name; worth nothing to what matched by a slip only.
fn better(text: &str, words: &[Word], signs: Vec<Value>) -> Vec<Value> {
    let folded: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
    let mut better = vec![json!({"match": {"name": folded.join(" ")}})];
    better.extend(signs);
    let runs = inside::runs(text);
    better.extend(runs.iter().take(MAX_WORDS).map(|run| constant(5.0, &side_by_side(run))));
    better
}

/// A name that goes on after what was typed: the more of it was typed, the better.
fn completed(exact: &str, has_words: bool) -> Value {
    const MOST: f64 = 8.0;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred letters")]
    let typed = exact.chars().count().max(1) as f64;
    let mut way = json!({"function_score": {
        "query": {"prefix": {"exact": exact}},
        "field_value_factor": {"field": "length", "factor": 1.0 / (MOST * typed), "modifier": "reciprocal", "missing": 1_000},
        "boost_mode": "replace",
    }});
    if has_words {
        way["function_score"]["_name"] = json!(BEGUN);
    }
    way
}

/// One word, anywhere in the name or in the names of the parents and artists. The scores know no frequencies and are in
/// this order: the same ideograph, the whole word, its beginning, the same letters inside a longer run, another Romanisation,
/// slips, one before two; only the beginning of another Romanisation is worth about as much as one slip.
/// With scores by frequency a rare misspelt word would come first.
fn word_query(word: &Word, last: bool, step: Step) -> Value {
    let folded = &word.folded;
    let mut ways = vec![
        constant(10.0, &term("all", folded)),
        // Composers, producers and the like, below what the name and the performers offer. Not fuzzy: slips cost most.
        constant(3.0, &term("crew", folded)),
    ];
    if last {
        ways = ways.into_iter().map(named_whole).collect();
        ways.push(constant(7.0, &json!({"prefix": {"all": folded}})));
        ways.push(constant(2.5, &json!({"prefix": {"crew": folded}})));
    }
    if !word.letters.is_empty() {
        // One ideograph is a word, and others are read as it is.
        let is_ideograph = word.letters.chars().nth(1).is_none();
        let score = if is_ideograph { 11.0 } else { 6.0 };
        ways.push(constant(score, &side_by_side(&word.letters)));
    }
    if step != Step::Typed {
        let skeleton = fold::skeleton(folded);
        ways.push(constant(5.0, &term("all_skeleton", &skeleton)));
        ways.push(slipped(4.5, "all", folded, step));
        ways.push(constant(1.5, &term("crew_skeleton", &skeleton)));
        if last {
            ways.push(constant(4.0, &json!({"prefix": {"all_skeleton": skeleton}})));
        }
    }
    any_of(&ways)
}

/// The best of several ways.
pub(crate) fn any_of(ways: &[Value]) -> Value {
    json!({"dis_max": {"queries": ways}})
}

pub(crate) fn term(field: &str, value: &str) -> Value {
    json!({"term": { field: value }})
}

/// The letters of a run, side by side in some name.
pub(crate) fn side_by_side(run: &str) -> Value {
    json!({"match_phrase": {"inside": inside::pairs(run)}})
}

/// AUTO: no slip below three letters, one below six, then two; see `highlight::slips`. The first letter must be right, but
/// for the last step.
pub(crate) fn fuzzy(field: &str, value: &str, step: Step) -> Value {
    let sure = i32::from(step != Step::Nearest);
    json!({"fuzzy": { field: {"value": value, "fuzziness": "AUTO", "prefix_length": sure}}})
}

/// The same with a score: `most`, less the part of the letters that is wrong. The fifty nearest words count.
fn slipped(most: f32, field: &str, value: &str, step: Step) -> Value {
    let mut way = fuzzy(field, value, step);
    way["fuzzy"][field]["boost"] = json!(most);
    way["fuzzy"][field]["rewrite"] = json!("top_terms_boost_50");
    way
}

/// Says of each hit whether a whole word matched in this way.
fn named_whole(mut way: Value) -> Value {
    way["constant_score"]["_name"] = json!(WHOLE);
    way
}

pub(crate) fn constant(boost: f32, filter: &Value) -> Value {
    json!({"constant_score": {"filter": filter, "boost": boost}})
}
