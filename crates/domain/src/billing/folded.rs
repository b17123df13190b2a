//! Finding a name in a text whatever its case and spacing. Folding changes lengths ("İ" becomes two characters), so each
//! folded character knows the bytes it came from.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

struct Folding {
    c: char,
    bytes: Range<usize>,
}

pub(super) struct Folded(Vec<Folding>);

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        let mut folded: Vec<Folding> = Vec::new();
        for (at, c) in text.char_indices() {
            let bytes = at..at + c.len_utf8();
            match folded.last_mut() {
                Some(space) if c.is_whitespace() && space.c == ' ' => space.bytes.end = bytes.end,
                _ if c.is_whitespace() => folded.push(Folding { c: ' ', bytes }),
                _ => folded.extend(c.to_lowercase().map(|c| Folding {
                    c,
                    bytes: bytes.clone(),
                })),
            }
        }
        Self(folded)
    }

    /// The bytes of the first place that is the name in whole words and touches no part of `taken`.
    pub(super) fn find(&self, name: &str, taken: &[Range<usize>]) -> Option<Range<usize>> {
        let name = Self::new(name.trim()).0;
        if name.is_empty() {
            return None;
        }
        self.0
            .windows(name.len())
            .enumerate()
            .filter(|(_, place)| place.iter().zip(&name).all(|(a, b)| a.c == b.c))
            .filter(|(index, _)| self.is_edge(*index) && self.is_edge(index + name.len()))
            .map(|(index, _)| self.0[index].bytes.start..self.0[index + name.len() - 1].bytes.end)
            .find(|range| {
                taken
                    .iter()
                    .all(|taken| taken.end <= range.start || range.end <= taken.start)
            })
    }

    /// Whether no word, and no character of the text, goes on across this place.
    fn is_edge(&self, index: usize) -> bool {
        let (Some(before), Some(after)) = (
            index.checked_sub(1).and_then(|before| self.0.get(before)),
            self.0.get(index),
        ) else {
            return true;
        };
        let in_word = |c: char| c.is_alphanumeric() || is_combining_mark(c);
        before.bytes != after.bytes && !(in_word(before.c) && in_word(after.c)) && !is_combining_mark(after.c)
    }
}
