//! Cleaning of what people and programs write into tags. Pure functions.

use chrono::NaiveDate;
use uuid::Uuid;

/// Characters of one text; what is longer is cut.
const MAX_CHARS: usize = 255;
/// Discs and tracks beyond this are no numbers of discs and tracks.
const MAX_NUMBER: u32 = 9999;
const MAX_GENRES: usize = 10;
const MAX_GENRE_CHARS: usize = 64;

/// Trimmed and of bounded length, without NUL and other control characters; `None` when nothing is left.
pub(super) fn clean(text: &str) -> Option<String> {
    shorten(text, MAX_CHARS)
}

fn shorten(text: &str, chars: usize) -> Option<String> {
    // A line break or tab stands between words; the rest, and a byte order mark, between letters.
    let spaced = text
        .chars()
        .map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    let printable: String = spaced.filter(|c| !c.is_control() && *c != '\u{feff}').collect();
    let short: String = printable.trim().chars().take(chars).collect();
    let short = short.trim_end();
    (!short.is_empty()).then(|| short.to_owned())
}

/// `7`, `07` and `7/13` are 7; 0 is what programs write for none.
pub(super) fn number(text: &str) -> Option<u32> {
    let first = text
        .split('/')
        .next()?
        .trim_matches(|c: char| c.is_whitespace() || c.is_control());
    first.parse().ok().filter(|number| (1..=MAX_NUMBER).contains(number))
}

/// `YYYY-MM-DD` where the day is known and real, else `YYYY`: from `2009`, `2009-11`, `2009-11-25`, `20091125`,
/// `2009/11/25` and timestamps that begin so.
pub(super) fn date(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let digits: Vec<&str> = text.split(['-', '/', '.', 'T', ' ', ':']).collect();
    let (year, month, day) = match digits.as_slice() {
        [day, ..] if day.len() == 8 && day.is_ascii() => (&day[..4], &day[4..6], &day[6..]),
        [year, month, day, ..] => (*year, *month, *day),
        [year, ..] => (*year, "", ""),
        [] => return None,
    };
    let year: i32 = Some(year).filter(|year| year.len() == 4)?.parse().ok()?;
    let day = || NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?);
    match day() {
        _ if !(1000..=2999).contains(&year) => None,
        Some(date) => Some(date.format("%Y-%m-%d").to_string()),
        None => Some(year.to_string()),
    }
}

/// Each genre once, in order; `;` separates those that were written into one text.
pub(super) fn genres<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut genres: Vec<String> = Vec::new();
    for genre in texts
        .flat_map(|text| text.split([';', '\0']))
        .filter_map(|genre| shorten(genre, MAX_GENRE_CHARS))
    {
        let known = genres.iter().any(|known| known.to_lowercase() == genre.to_lowercase());
        if !known && genres.len() < MAX_GENRES {
            genres.push(genre);
        }
    }
    genres
}

/// An id of `MusicBrainz`, which is a UUID; nil stands for none.
pub(super) fn mbid(text: &str) -> Option<Uuid> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    Uuid::try_parse(text).ok().filter(|id| !id.is_nil())
}

/// An ISRC without its hyphens (ISO 3901): two letters, three letters or digits, seven digits.
pub(super) fn isrc(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let right = code.len() == 12
        && code[..2].bytes().all(|byte| byte.is_ascii_alphabetic())
        && code[5..].bytes().all(|byte| byte.is_ascii_digit());
    right.then_some(code)
}
