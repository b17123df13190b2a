//! Texts a person writes.

mod look;

use unicode_normalization::UnicodeNormalization as _;

use crate::Fault;

/// One line of text: trimmed, NFC, 1 to `max` characters that can be seen, no control characters. What is sent has no more than
/// `max` either: so a document can say it, and nobody has to know what is trimmed.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, Fault> {
    clean(field, text, max, char::is_control)
}

/// A text of several lines: as [`line`], but line breaks and tabs may stand in it.
pub fn lines(field: &'static str, text: &str, max: usize) -> Result<String, Fault> {
    clean(field, text, max, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn clean(field: &'static str, text: &str, max: usize, forbidden: impl Fn(char) -> bool) -> Result<String, Fault> {
    let composed: String = text.nfc().collect();
    // What could not be seen may have stood between a letter and its accent.
    let clean: String = look::visible(&composed).trim().nfc().take(max + 1).collect();
    let length = clean.chars().count();
    if length == 0 || length > max || text.chars().nth(max).is_some() {
        return Err(Fault {
            field,
            message: format!("must have 1 to {max} characters"),
        });
    }
    if clean.chars().any(forbidden) {
        return Err(Fault {
            field,
            message: "must not contain control characters".to_owned(),
        });
    }
    Ok(clean)
}

/// Characters of a key: in UTF-8 they always fit into an entry of a Postgres index, which takes 2,704 bytes.
const MAX_KEY: usize = 400;

/// What the spellings of one name have in common that look alike: compatibility forms, case, spacing, kinds of dashes and
/// apostrophes, and what cannot be seen do not matter. Accents do: they may be the difference between two artists.
#[must_use]
pub fn name_key(name: &str) -> String {
    // Before NFKC, which takes some apostrophes for spaces with an accent.
    let plain: String = look::visible(name).chars().filter_map(look::plain).collect();
    let composed: String = plain.nfkc().filter_map(look::plain).collect();
    let folded: String = look::fold_case(&composed).nfkc().collect();
    let spaced = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    // One character of a name may fold into eighteen.
    spaced.chars().take(MAX_KEY).collect()
}
