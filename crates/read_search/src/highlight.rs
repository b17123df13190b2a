//! Highlighting: which words of a name as shown were meant by the query. In Rust, since what is indexed is folded and
//! what is shown is not.

use std::ops::Range;

use crate::{
    Query,
    fold::{self, Word},
    inside,
};

/// The words of a query, ready to be looked for.
pub struct Highlighter {
    words: Vec<QueryWord>,
    signs: Vec<String>,
}

struct QueryWord {
    folded: Vec<char>,
    skeleton: String,
    word: Word,
    last: bool,
}

impl Highlighter {
    /// The last of the query's words may be unfinished.
    #[must_use]
    pub fn new(query: &Query) -> Self {
        let (words, signs) = (query.words(), query.signs());
        let count = words.len();
        let query_word = |(at, word): (usize, Word)| QueryWord {
            folded: word.folded.chars().collect(),
            skeleton: fold::skeleton(&word.folded),
            word,
            last: at + 1 == count,
        };
        Self {
            words: words.into_iter().enumerate().map(query_word).collect(),
            signs,
        }
    }

    /// The name as HTML with what matched in `<em>`; none when nothing in it did.
    #[must_use]
    pub fn highlight(&self, shown: &str) -> Option<String> {
        let nfc = fold::nfc(shown);
        let mut matched: Vec<Range<usize>> = fold::words(&nfc, usize::MAX)
            .iter()
            .filter_map(|word| self.words.iter().find_map(|of_query| of_query.part_of(word, &nfc)))
            .collect();
        matched.extend(self.signs.iter().flat_map(|sign| ranges(sign, &nfc)));
        if matched.is_empty() {
            return None;
        }
        matched.sort_unstable_by_key(|range| range.start);
        let mut html = String::with_capacity(nfc.len() + 16);
        let mut done = 0;
        for range in matched {
            // A sign that is read as a word is both.
            if range.start < done {
                continue;
            }
            escape(&nfc[done..range.start], &mut html);
            html.push_str("<em>");
            escape(&nfc[range.clone()], &mut html);
            html.push_str("</em>");
            done = range.end;
        }
        escape(&nfc[done..], &mut html);
        Some(html)
    }
}

fn ranges(sign: &str, nfc: &str) -> Vec<Range<usize>> {
    let places = nfc.match_indices(sign);
    places.map(|(at, found)| at..at + found.len()).collect()
}

impl QueryWord {
    /// What of a word is meant: the whole, or some letters inside.
    fn part_of(&self, word: &Word, nfc: &str) -> Option<Range<usize>> {
        if self.matches(word) {
            return Some(word.range.clone());
        }
        inside(&self.word.letters, &nfc[word.range.clone()])
            .map(|part| word.range.start + part.start..word.range.start + part.end)
    }

    /// Matches as `forms::word_query` does.
    fn matches(&self, word: &Word) -> bool {
        let skeleton = fold::skeleton(&word.folded);
        if skeleton == self.skeleton {
            return true;
        }
        if self.last && (word.folded.starts_with(&self.word.folded) || skeleton.starts_with(&self.skeleton)) {
            return true;
        }
        let letters: Vec<char> = word.folded.chars().collect();
        letters.first() == self.folded.first() && distance(&self.folded, &letters) <= slips(self.folded.len())
    }
}

/// Where letters of a script without spaces stand in a text, in bytes.
fn inside(letters: &str, text: &str) -> Option<Range<usize>> {
    if letters.is_empty() {
        return None;
    }
    let from = |(start, _): (usize, char)| {
        let mut rest = letters;
        for (at, c) in text[start..].char_indices() {
            for letter in inside::letters(c) {
                rest = rest.strip_prefix(letter)?;
            }
            if rest.is_empty() {
                return Some(start..start + at + c.len_utf8());
            }
        }
        None
    };
    text.char_indices().find_map(from)
}

/// Elasticsearch's `fuzziness: AUTO`.
pub(crate) fn slips(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

/// Letters to insert, drop, change or swap with their neighbour (optimal string alignment), as Lucene counts.
pub(crate) fn distance(a: &[char], b: &[char]) -> usize {
    // Three rows of the table: before last, last, this one.
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
}
