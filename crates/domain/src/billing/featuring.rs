//! Guests that a text names after "feat.", "ft." or "featuring".

use std::ops::Range;

const WORDS: [&str; 3] = ["featuring", "feat.", "ft."];
/// What ends with one of these names a version of the work: "(A feat. B Remix)".
const VERSIONS: [&str; 5] = ["remix", "mix", "edit", "version", "bootleg"];

/// An artist text, divided.
pub(super) struct Parts {
    /// Before the first guest.
    pub(super) lead: Option<Range<usize>>,
    pub(super) guests: Vec<Range<usize>>,
}

struct Guest {
    range: Range<usize>,
    bracketed: bool,
}

pub(super) fn parts(text: &str) -> Parts {
    let (end, guests) = divide(text);
    let lead = match end {
        Some(end) => {
            let lead = without_joiner(&text[..end]);
            trimmed(text, 0..lead.len())
        }
        None => trimmed(text, 0..text.len()),
    };
    Parts {
        lead,
        guests: guests.into_iter().filter_map(|guest| tidy(text, guest.range)).collect(),
    }
}

pub(super) fn guests_of_title(title: &str) -> Vec<&str> {
    let (start, guests) = divide(title);
    // A title that begins with the word is no list of guests.
    let begins_with_it = start.is_some_and(|start| title[..start].trim().is_empty());
    let guests = guests.into_iter().enumerate().filter_map(|(index, guest)| {
        if guest.bracketed {
            return tidy(title, guest.range);
        }
        let part = &title[guest.range.clone()];
        let end = part.find(is_opening).into_iter().chain(part.find(" - ")).min();
        let end = end.map_or(guest.range.end, |end| guest.range.start + end);
        (index > 0 || !begins_with_it).then(|| tidy(title, guest.range.start..end))?
    });
    guests
        .map(|range| &title[range])
        .filter(|guest| !names_version(guest))
        .collect()
}

/// The first `most` characters.
pub(super) fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Where the text before the first guest ends (`None` without guests), and the guests. A guest ends with the bracket
/// around it, at the next guest, or with the text.
fn divide(text: &str) -> (Option<usize>, Vec<Guest>) {
    let (mut lead_end, mut guests) = (None, Vec::new());
    // Where the brackets begin that are open.
    let mut open: Vec<usize> = Vec::new();
    // Where the present guest begins, and how many brackets were open there.
    let mut present: Option<(usize, usize)> = None;
    let guest = |start, end, depth| Guest {
        range: start..end,
        bracketed: depth > 0,
    };
    for (at, c) in text.char_indices() {
        if present.is_some_and(|(start, _)| at < start) {
            continue;
        }
        if let Some(after) = word(text, at) {
            let depth = present.map_or(0, |(_, depth)| depth);
            let end = open.get(depth).copied().unwrap_or(at);
            lead_end.get_or_insert(end);
            guests.extend(present.map(|(start, depth)| guest(start, end, depth)));
            present = Some((after, open.len()));
        } else if is_opening(c) {
            open.push(at);
        } else if is_closing(c) {
            open.pop();
            if let Some((start, depth)) = present.take_if(|(_, depth)| open.len() < *depth) {
                guests.push(guest(start, at, depth));
            }
        }
    }
    guests.extend(present.map(|(start, depth)| guest(start, text.len(), depth)));
    (lead_end, guests)
}

/// Where the word ends that begins here, if it is one of [`WORDS`] and stands alone.
fn word(text: &str, at: usize) -> Option<usize> {
    let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    if is_inside(text[..at].chars().next_back()) {
        return None;
    }
    WORDS.iter().find_map(|word| {
        let end = at + word.len();
        let same = text.get(at..end)?.eq_ignore_ascii_case(word);
        let goes_on = !word.ends_with('.') && is_inside(text[end..].chars().next());
        (same && !goes_on).then_some(end)
    })
}

fn is_opening(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '（' | '［' | '【')
}

fn is_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '）' | '］' | '】')
}

/// "A, feat. B", "A & feat. B": what joins is no part of the name.
fn without_joiner(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches([',', ';']);
    text.strip_suffix(['&', '/', '+', '-', '–', '|'])
        .filter(|before| before.ends_with(char::is_whitespace))
        .unwrap_or(text)
}

fn tidy(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let part = &text[range.clone()];
    let start = part.len() - part.trim_start_matches(|c: char| c.is_whitespace() || c == ':').len();
    let end = without_joiner(part).len().max(start);
    trimmed(text, range.start + start..range.start + end)
}

fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    let end = start + part.trim().len();
    (start < end).then_some(start..end)
}

fn names_version(guest: &str) -> bool {
    let last = guest.split_whitespace().next_back().unwrap_or_default();
    VERSIONS.iter().any(|version| last.eq_ignore_ascii_case(version))
}
