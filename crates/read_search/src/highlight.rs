//! Highlighting: which words of a name as shown were meant by the query. In Rust, since what is indexed is folded and
//! what is shown is not.

use crate::fold::{self, Word};

/// The words of a query, ready to be looked for.
pub(crate) struct Highlighter {
    words: Vec<QueryWord>,
}

struct QueryWord {
    folded: Vec<char>,
    skeleton: String,
    text: String,
    last: bool,
}

impl Highlighter {
    /// The last of the query's folded words may be unfinished.
    pub(crate) fn new(words: &[String]) -> Self {
        let query_word = |(at, word): (usize, &String)| QueryWord {
            folded: word.chars().collect(),
            skeleton: fold::skeleton(word),
            text: word.clone(),
            last: at + 1 == words.len(),
        };
        Self {
            words: words.iter().enumerate().map(query_word).collect(),
        }
    }

    /// The name as HTML with what matched in `<em>`; none when nothing in it did.
    pub(crate) fn highlight(&self, shown: &str) -> Option<String> {
        if self.words.is_empty() {
            return None;
        }
        let nfc = fold::nfc(shown);
        let mut html = String::with_capacity(nfc.len() + 16);
        let mut done = 0;
        for word in fold::words(&nfc, usize::MAX) {
            if self.words.iter().any(|of_query| of_query.matches(&word)) {
                escape(&nfc[done..word.range.start], &mut html);
                html.push_str("<em>");
                escape(&nfc[word.range.clone()], &mut html);
                html.push_str("</em>");
                done = word.range.end;
            }
        }
        if done == 0 {
            return None;
        }
        escape(&nfc[done..], &mut html);
        Some(html)
    }
}

impl QueryWord {
    /// Matches as `query::word_query` does.
    fn matches(&self, word: &Word) -> bool {
        let skeleton = fold::skeleton(&word.folded);
        if skeleton == self.skeleton {
            return true;
        }
        if self.last && (word.folded.starts_with(&self.text) || skeleton.starts_with(&self.skeleton)) {
            return true;
        }
        let letters: Vec<char> = word.folded.chars().collect();
        letters.first() == self.folded.first() && distance(&self.folded, &letters) <= slips(self.folded.len())
    }
}

/// Elasticsearch's `fuzziness: AUTO`.
fn slips(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

/// Letters to insert, drop, change or swap with their neighbour (optimal string alignment), as Lucene counts.
fn distance(a: &[char], b: &[char]) -> usize {
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
