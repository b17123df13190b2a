//! What was probably meant: the query with each word that was not found replaced by the nearest one of a name.

use crate::{
    fold::{self, Word},
    highlight::{distance, slips},
};

/// Words of names that are compared.
const MAX_WORDS: usize = 100;

/// `text` in the words of these names. None when every word is in them as typed, or none is near another one.
#[must_use]
pub fn corrected(text: &str, names: &[&str]) -> Option<String> {
    let text = fold::nfc(text);
    let names = fold::nfc(&names.join(" \n "));
    let known = fold::words(&names, MAX_WORDS);
    let words = fold::words(&text, MAX_WORDS);
    let (mut meant, mut done, mut is_changed) = (String::new(), 0, false);
    for (at, word) in words.iter().enumerate() {
        let is_last = at + 1 == words.len();
        meant.push_str(&text[done..word.range.start]);
        done = word.range.end;
        match nearest(word, &known, is_last) {
            Some(near) => {
                is_changed = true;
                meant.push_str(&names[near.range.clone()]);
            }
            None => meant.push_str(&text[word.range.clone()]),
        }
    }
    meant.push_str(&text[done..]);
    is_changed.then_some(meant)
}

/// The nearest of the known words; none if the word is one of them, or none is near.
fn nearest<'a>(word: &Word, known: &'a [Word], is_last: bool) -> Option<&'a Word> {
    let skeleton = fold::skeleton(&word.folded);
    let is_known = known
        .iter()
        .any(|other| fold::skeleton(&other.folded) == skeleton || (is_last && other.folded.starts_with(&word.folded)));
    if is_known {
        return None;
    }
    let letters: Vec<char> = word.folded.chars().collect();
    let with_distance = |other: &'a Word| {
        let other_letters: Vec<char> = other.folded.chars().collect();
        (distance(&letters, &other_letters), other)
    };
    let near = known.iter().map(with_distance).min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, _)| *distance <= slips(letters.len()))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_replaced_by_the_word_as_it_is_written() {
        let names = ["Bohemian Rhapsody", "Queen"];
        assert_eq!(
            corrected("bohemain rapsody", &names).as_deref(),
            Some("Bohemian Rhapsody")
        );
        assert_eq!(
            corrected("qeen – bohemian", &names).as_deref(),
            Some("Queen – bohemian")
        );
        assert_eq!(corrected("krobi", &["Группа крови"]).as_deref(), Some("крови"));
    }

    #[test]
    fn words_that_are_there_or_far_stay() {
        let names = ["Группа крови", "Кино"];
        assert_eq!(corrected("gruppa krov", &names), None);
        assert_eq!(corrected("grupa", &names), None, "another Romanisation");
        assert_eq!(corrected("zvezda", &names), None);
        assert_eq!(corrected("zvezda kimo", &names).as_deref(), Some("zvezda Кино"));
        assert_eq!(corrected("", &names), None);
    }
}
