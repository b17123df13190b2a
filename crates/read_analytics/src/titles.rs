//! Titles of tracks, with their artists, as they are compared with words. Pure.

use clickhouse::Row;
use events::TrackState;
use serde::Serialize;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use uuid::Uuid;

/// Words of a filter that are compared at most.
const MAX_WORDS: usize = 10;

/// A row of `titles`. The latest version of a track stays.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize)]
pub struct TitleRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    /// Title, artists and names as credited, folded.
    pub words: String,
    pub ver: u64,
}

impl TitleRow {
    pub(crate) fn new(track: &TrackState, sequence: i64) -> Self {
        let credits = track.credits.iter();
        let names = credits.flat_map(|credit| [Some(&credit.artist.name), credit.credited_as.as_ref()]);
        let texts = [&track.title, &track.artist.name].into_iter().chain(names.flatten());
        Self {
            id: track.id.0,
            words: texts.map(|text| folded(text)).collect::<Vec<_>>().join("\n"),
            ver: sequence.unsigned_abs(),
        }
    }
}

/// The words of a filter, folded; 10 at most.
pub(crate) fn words(text: &str) -> Vec<String> {
    let folded = folded(text);
    folded.split_whitespace().take(MAX_WORDS).map(str::to_owned).collect()
}

/// A text as its words, folded.
pub(crate) fn folded_words(text: &str) -> String {
    folded(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case, without accents; what is no letter or digit is a space.
fn folded(text: &str) -> String {
    let bare = text.nfkd().filter(|c| !is_combining_mark(*c));
    let lower = bare.flat_map(char::to_lowercase);
    lower.map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_case_accents_and_signs() {
        assert_eq!(words("Björk — JÓGA!"), ["bjork", "joga"]);
        assert_eq!(words("Цой"), words("ЦОЙ"));
        assert_eq!(words("  ·  "), [""; 0]);
        assert_eq!(words(&"a ".repeat(99)).len(), 10);
    }
}
