//! Cleans what people and programs write into tags. Pure functions.

use uuid::Uuid;

/// Characters of one text; the rest is cut off.
const MAX_CHARS: usize = 255;
/// A larger one is not a number of a disc or track.
const MAX_NUMBER: u32 = 9999;
/// What people write before a number; of two that begin alike, the longer one first.
const NUMBER_WORDS: [&str; 18] = [
    "track",
    "titel",
    "piste",
    "pista",
    "faixa",
    "spur",
    "трек",
    "дорожка",
    "disque",
    "disco",
    "disc",
    "disk",
    "диск",
    "cd",
    "nr",
    "n\u{ba}",
    "n\u{b0}",
    "no",
];
/// Artists of one work, and their ids.
const MAX_ARTISTS: usize = 50;
/// What stands between the names of a display text.
const JOINERS: [&str; 15] = [
    ";",
    "/",
    ", ",
    " & ",
    " + ",
    " x ",
    " and ",
    " und ",
    " et ",
    " и ",
    " with ",
    " vs. ",
    " feat. ",
    " ft. ",
    " featuring ",
];
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

/// Digits as wide as the letters of Chinese and Japanese become plain ones.
pub(super) fn plain_digits(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10).unwrap_or(c),
        c => c,
    };
    text.chars().map(plain).collect()
}

/// `7`, `07`, `7/13`, `7 of 13`, `7.`, `#7`, `Track 7` and `CD2` say a number; 0 is what programs write for none. "A1" is
/// the side of a record.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = plain_digits(text)
        .trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '(')
        .to_lowercase();
    let named = NUMBER_WORDS
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(&text);
    let number = named.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '#' | ':' | '№'));
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    if number[end..].starts_with(char::is_alphanumeric) {
        return None;
    }
    number[..end]
        .parse()
        .ok()
        .filter(|number| (1..=MAX_NUMBER).contains(number))
}

/// What programs write for yes.
pub(super) fn flag(text: &str) -> Option<bool> {
    match clean(text)?.to_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// Each genre once, in order; `;` separates those that were written into one text.
pub(super) fn genres(texts: &[&str]) -> Vec<String> {
    let mut genres: Vec<String> = Vec::new();
    for genre in texts
        .iter()
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

/// The first id of `MusicBrainz` in a text.
pub(super) fn mbid(text: &str) -> Option<Uuid> {
    mbids(&[text]).first().copied()
}

/// Ids of `MusicBrainz`, which are UUIDs, that were written into one text or several, in order and however divided; nil
/// stands for none.
pub(super) fn mbids(texts: &[&str]) -> Vec<Uuid> {
    let is_between = |c: char| !c.is_ascii_hexdigit() && c != '-';
    let words = texts.iter().flat_map(|text| text.split(is_between));
    let ids = words.filter_map(|word| Uuid::try_parse(word).ok().filter(|id| !id.is_nil()));
    ids.take(MAX_ARTISTS).collect()
}

/// Names of a multi-value tag, in order. NUL ends a name in any container; nothing else does.
pub(super) fn names(texts: &[&str]) -> Vec<String> {
    let names = texts.iter().flat_map(|text| text.split('\0'));
    names.filter_map(clean).take(MAX_ARTISTS).collect()
}

/// A list that was joined into one text, as `ID3v2.3` has it, divided again where that gives one name for each of the
/// ids: "AC/DC" is one artist, and has one id.
pub(super) fn divided(names: Vec<String>, ids: usize) -> Vec<String> {
    let [joined] = names.as_slice() else { return names };
    let divide = |separator: char| joined.split(separator).filter_map(clean).collect::<Vec<_>>();
    let parts = [divide(';'), divide('/')];
    match parts.into_iter().find(|parts| parts.len() == ids) {
        Some(parts) if ids > 1 => parts,
        _ => names,
    }
}

/// The names that a display text joins, where there is an id for each: "A & B" with two ids are two artists, "Simon &
/// Garfunkel" has one.
pub(super) fn joined(text: &str, ids: usize) -> Vec<String> {
    let mut names = vec![text];
    for joiner in JOINERS {
        names = names.into_iter().flat_map(|name| name.split(joiner)).collect();
    }
    let names: Vec<String> = names.into_iter().filter_map(clean).collect();
    if ids > 1 && names.len() == ids {
        names
    } else {
        Vec::new()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const KINO: &str = "f9b7d6e0-6b1c-4d0e-9d3a-2b6a5b1f7e11";
    const ALISA: &str = "0b1c2d3e-6b1c-4d0e-9d3a-2b6a5b1f7e22";

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn ids_stand_in_one_text_or_in_several() {
        let both = [Uuid::parse_str(KINO).unwrap(), Uuid::parse_str(ALISA).unwrap()];
        for separator in ["/", ";", "; ", "\0", " / ", ",", ", ", " ", "|", " & "] {
            assert_eq!(mbids(&[&format!("{KINO}{separator}{ALISA}")]), both, "{separator:?}");
        }
        assert_eq!(mbids(&[KINO, "", "nobody", ALISA]), both);
        assert!(mbids(&[&Uuid::nil().to_string()]).is_empty());
        assert_eq!(mbids(&[&[KINO; 60].join("/")]).len(), MAX_ARTISTS);
    }

    #[test]
    fn numbers_are_read_in_the_forms_that_people_write() {
        let table = [
            ("7", Some(7)),
            (" 07\0", Some(7)),
            ("7/13", Some(7)),
            ("7 / 13", Some(7)),
            ("3 of 12", Some(3)),
            ("3-12", Some(3)),
            ("7.", Some(7)),
            ("#7", Some(7)),
            ("No. 7", Some(7)),
            ("№7", Some(7)),
            ("Track 7", Some(7)),
            ("CD2", Some(2)),
            ("0", None),
            ("0/13", None),
            ("/13", None),
            ("A1", None),
            ("7A", None),
            ("-3", None),
            ("99999999999", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_display_text_is_divided_only_when_there_is_an_id_for_each_name() {
        assert_eq!(joined("A & B", 2), ["A", "B"]);
        assert_eq!(joined("A, B & C feat. D", 4), ["A", "B", "C", "D"]);
        for (text, ids) in [
            ("Simon & Garfunkel", 1),
            ("A & B", 0),
            ("Earth, Wind & Fire feat. A", 2),
            ("A", 2),
        ] {
            assert_eq!(joined(text, ids), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn names_are_cleaned_and_bounded() {
        assert_eq!(
            names(&[" A\u{7} ", "", "B & C\0D/E", "\u{feff}F"]),
            ["A", "B & C", "D/E", "F"]
        );
        assert_eq!(names(&["A"; 60]).len(), MAX_ARTISTS);
        assert_eq!(names(&["ё".repeat(300).as_str()])[0].chars().count(), MAX_CHARS);
    }

    #[test]
    fn a_joined_list_is_divided_only_when_there_is_an_id_for_each_name() {
        let table: [(&[&str], usize, &[&str]); 7] = [
            (&["A; B"], 2, &["A", "B"]),
            (&["A/B"], 2, &["A", "B"]),
            (&["AC/DC; B"], 2, &["AC/DC", "B"]),
            (&["AC/DC"], 1, &["AC/DC"]),
            (&["AC/DC"], 0, &["AC/DC"]),
            (&["A/B/C"], 2, &["A/B/C"]),
            (&["A/B", "C"], 3, &["A/B", "C"]),
        ];
        for (names, ids, expected) in table {
            assert_eq!(divided(owned(names), ids), expected, "{names:?} of {ids}");
        }
    }
}
