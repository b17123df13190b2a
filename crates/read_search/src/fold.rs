//! Folding: what a name and a query have in common whatever the accents, the case, the script or the habit of
//! Romanisation. Both sides of a query go through here; pure.
//!
//! Two forms. The *folded* word is what a Latin keyboard types: `Björk` → `bjork`, `Группа` → `gruppa`, `明天` → `ming
//! tian` (Chinese readings, also for kanji: the same on both sides, which is what counts). Its *skeleton* is coarser and
//! lets the habits of Romanisation meet: `tsoy`, `coj` and `tsoi` are all `coi`. What is found inside a word is in `inside`.

use std::ops::Range;

use deunicode::deunicode_char;
use unicode_normalization::UnicodeNormalization as _;

use crate::inside::{is_unspaced, letters};

/// Longest word kept, in letters (more or less, outside ASCII); what is longer is cut on both sides alike.
const MAX_WORD: usize = 64;
/// Longest key kept, in characters.
const MAX_KEY: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// Its folded form; never empty.
    pub folded: String,
    /// Its letters as they are compared, where its script puts no spaces between words; else empty.
    pub letters: String,
}

/// The words of a text in Unicode's form NFC, in order, at most `limit`.
#[must_use]
pub fn words(nfc: &str, limit: usize) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut open = false;
    let mut latin = String::new();
    for (at, c) in nfc.char_indices() {
        latin.clear();
        latinise(c, &mut latin);
        let range = at..at + c.len_utf8();
        // An accent or a soft sign belongs to the word it stands in; an apostrophe is dropped: `don't` is `dont`.
        if latin.chars().all(|l| l == '\'' || l == '`') {
            if let Some(word) = found.last_mut().filter(|_| open && latin.is_empty()) {
                word.push(range, c, "");
            }
            continue;
        }
        // An ideograph or a symbol is a word of its own.
        // So is an ideograph that has no Latin form: beside letters it would be parted from them when it is folded again.
        let alone = latin.ends_with(' ') || latin.chars().any(is_unspaced) || !(c.is_alphanumeric() || is_unspaced(c));
        latin.retain(char::is_alphanumeric);
        let other_script = found
            .last()
            .is_some_and(|word| word.letters.is_empty() == is_unspaced(c));
        if alone || other_script {
            open = false;
        }
        if latin.is_empty() {
            // A letter without a sound belongs to its word too; any other sign ends it.
            open &= is_unspaced(c) && c.is_alphanumeric();
            if let Some(word) = found.last_mut().filter(|_| open) {
                word.push(range, c, "");
            }
            continue;
        }
        if !open {
            if found.len() == limit {
                break;
            }
            found.push(Word::at(range.start));
        }
        if let Some(word) = found.last_mut() {
            word.push(range, c, &latin);
        }
        open = !alone;
    }
    found
}

impl Word {
    fn at(start: usize) -> Self {
        Self {
            range: start..start,
            folded: String::new(),
            letters: String::new(),
        }
    }

    fn push(&mut self, range: Range<usize>, c: char, latin: &str) {
        self.range.end = range.end;
        let room = MAX_WORD.saturating_sub(self.folded.len());
        self.folded.extend(latin.chars().take(room));
        if is_unspaced(c) {
            self.letters.extend(letters(c));
        }
    }
}

/// A text in the form that [`words`] takes.
#[must_use]
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// The folded words of a text.
#[must_use]
pub fn fold(text: &str) -> Vec<String> {
    words(&nfc(text), usize::MAX)
        .into_iter()
        .map(|word| word.folded)
        .collect()
}

/// The folded words without the spaces between them: `AC/DC` and `acdc` meet. A text without words (`!!!`, `÷`) is
/// its own key.
#[must_use]
pub fn exact(text: &str) -> String {
    key(text, "")
}

/// What names are sorted by.
#[must_use]
pub fn sort_key(text: &str) -> String {
    key(text, " ")
}

fn key(text: &str, between: &str) -> String {
    let folded = fold(text).join(between);
    if folded.is_empty() {
        return text
            .nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| !c.is_whitespace())
            .take(MAX_KEY)
            .collect();
    }
    folded.chars().take(MAX_KEY).collect()
}

/// The coarse form of a folded word.
#[must_use]
pub fn skeleton(folded: &str) -> String {
    /// Longest first where one begins another.
    const SOUNDS: [(&str, &str); 22] = [
        ("shch", "s"),
        ("sch", "s"),
        ("tch", "c"),
        ("sh", "s"),
        ("ch", "c"),
        ("zh", "z"),
        ("kh", "h"),
        ("gh", "g"),
        ("ph", "f"),
        ("th", "t"),
        ("ts", "c"),
        ("tz", "c"),
        ("ck", "k"),
        ("yo", "e"),
        ("jo", "e"),
        ("ye", "e"),
        ("je", "e"),
        ("y", "i"),
        ("j", "i"),
        ("w", "v"),
        ("q", "k"),
        ("x", "ks"),
    ];
    let mut out = String::with_capacity(folded.len());
    let mut rest = folded;
    while let Some(first) = rest.chars().next() {
        if let Some((from, to)) = SOUNDS.iter().find(|(from, _)| rest.starts_with(from)) {
            to.chars().for_each(|c| push_sound(&mut out, c));
            rest = &rest[from.len()..];
        } else {
            push_sound(&mut out, first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Doubled letters are one (`gruppa`, `grupa`), except digits; `ie` is `e` (`novye`, `novie`).
fn push_sound(out: &mut String, c: char) {
    if c == 'e' && out.ends_with('i') {
        out.pop();
    }
    if c.is_numeric() || !out.ends_with(c) {
        out.push(c);
    }
}

/// Appends how a character is written in lower-case Latin letters; nothing for accents and signs without a sound.
fn latinise(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    match c {
        // Makes a vowel long, which nobody types.
        'ー' => return,
        // Carry a vowel.
        'อ' | 'ອ' => return out.push('o'),
        'អ' | 'အ' => return out.push('a'),
        _ => {}
    }
    for lower in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
        if lower.is_ascii() {
            out.push(lower);
        } else if let Some(latin) = cyrillic(lower) {
            out.push_str(latin);
        } else if let Some(latin) = deunicode_char(lower) {
            out.extend(latin.chars().map(|l| l.to_ascii_lowercase()));
        } else {
            out.push(lower);
        }
    }
}

/// The Romanisation most people type. ё is е, as Russian itself mostly writes it.
fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' => "i",
        'й' | 'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        'ї' => "yi",
        'є' => "ye",
        'ј' => "j",
        'љ' => "lj",
        'њ' => "nj",
        'ћ' => "c",
        'ђ' => "dj",
        'џ' => "dz",
        _ => return None,
    })
}
