//! Searches, as clients report them.

use events::{Clicked, ItemType};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Checks, Invalid, text::line};

/// Characters of the words.
const MAX_WORDS: usize = 200;
/// More is found nowhere.
const MAX_RESULTS: u64 = 1_000_000_000;
/// A list goes no further.
const MAX_POSITION: u32 = 10_000;

/// What was opened of what a search found, as a client writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClickedFields {
    #[serde(rename = "type")]
    pub kind: ItemType,
    /// Which one.
    pub id: Uuid,
    /// Its place among what was found, from 1.
    #[schema(example = 1, minimum = 1, maximum = 10_000)]
    pub position: u32,
}

/// A search, as a client writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchFields {
    /// The words.
    #[schema(
        example = "кино",
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub query: String,
    /// How much was found, on all pages.
    #[schema(example = 12, minimum = 0, maximum = 1_000_000_000)]
    pub results_count: u64,
    /// What was opened of it.
    pub clicked: Option<ClickedFields>,
}

/// A valid search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    pub query: String,
    pub results_count: u64,
    pub clicked: Option<Clicked>,
}

impl SearchFields {
    /// The search, or every fault of it.
    pub fn checked(self) -> Result<Search, Invalid> {
        let mut checks = Checks::default();
        let query = checks.value(line("query", &self.query, MAX_WORDS));
        checks.that(
            self.results_count <= MAX_RESULTS,
            "results_count",
            format!("must be a whole number from 0 to {MAX_RESULTS}"),
        );
        if let Some(clicked) = &self.clicked {
            checks.that(
                (1..=MAX_POSITION).contains(&clicked.position),
                "clicked.position",
                format!("must be a whole number from 1 to {MAX_POSITION}"),
            );
            checks.that(
                self.results_count > 0,
                "clicked",
                "must be absent where nothing was found",
            );
        }
        let clicked = self.clicked.map(|clicked| Clicked {
            kind: clicked.kind.into(),
            id: clicked.id,
            position: clicked.position,
        });
        checks.finish(Search {
            query,
            results_count: self.results_count,
            clicked,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(query: &str, results_count: u64, position: Option<u32>) -> Vec<&'static str> {
        let clicked = position.map(|position| ClickedFields {
            kind: ItemType::Track,
            id: Uuid::nil(),
            position,
        });
        let fields = SearchFields {
            query: query.to_owned(),
            results_count,
            clicked,
        };
        let faults = fields.checked().err().map(|invalid| invalid.0).unwrap_or_default();
        faults.iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_search_has_words_and_what_was_opened_was_found() {
        assert_eq!(faults(" кино ", 12, Some(1)), [""; 0]);
        assert_eq!(faults("кино", 0, None), [""; 0]);
        assert_eq!(faults(" ", MAX_RESULTS + 1, None), ["query", "results_count"]);
        assert_eq!(faults("кино", 0, Some(0)), ["clicked.position", "clicked"]);
        assert_eq!(faults("кино", 1, Some(MAX_POSITION + 1)), ["clicked.position"]);
    }
}
