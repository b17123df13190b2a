//! What is found inside a word: scripts without spaces, and signs.
//!
//! Thai, Lao, Khmer, Myanmar, kana, Hangul and Han put no space where a person begins to search. So pairs of neighbouring
//! letters are indexed, and a query's pairs must stand side by side. Both are made here: the engine's core cuts no such
//! text. Signs (`÷`, `=`, `+`) have no letters, and are kept beside the words.

use unicode_normalization::UnicodeNormalization as _;

/// Between two runs, so that pairs of the one never stand beside those of the other.
const BREAK: &str = "|";

/// Whether the script of this letter puts no spaces between words, or fewer than its readers do.
pub(crate) fn is_unspaced(c: char) -> bool {
    let is_in_block = matches!(c,
        '\u{0E00}'..='\u{0EFF}' // Thai, Lao
        | '\u{1000}'..='\u{109F}' // Myanmar
        | '\u{1100}'..='\u{11FF}' // Hangul, in parts
        | '\u{1780}'..='\u{17DD}' // Khmer
        | '\u{3005}'..='\u{3007}' // Han: repetition, zero
        | '\u{3041}'..='\u{30FF}' // kana
        | '\u{3131}'..='\u{318E}' // Hangul, in parts
        | '\u{31F0}'..='\u{31FF}' // kana
        | '\u{3400}'..='\u{4DBF}' // Han
        | '\u{4E00}'..='\u{9FFF}' // Han
        | '\u{AC00}'..='\u{D7A3}' // Hangul
        | '\u{F900}'..='\u{FAFF}' // Han
        | '\u{FF66}'..='\u{FF9F}' // kana of half width
        | '\u{20000}'..='\u{323AF}' // Han
    );
    is_in_block && c != MIDDLE_DOT
}

/// Stands in katakana as a space does.
const MIDDLE_DOT: char = '\u{30FB}';

/// As a letter is compared: in full width, katakana as hiragana. Voicing marks of half width stay apart until NFC.
pub(crate) fn letters(c: char) -> impl Iterator<Item = char> {
    let hiragana = |c: char| match c {
        '\u{30A1}'..='\u{30F6}' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    };
    std::iter::once(c).nfkc().map(hiragana)
}

/// The runs of such letters in a text. A space does not end one: where it stands is a matter of taste.
pub(crate) fn runs(text: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    for c in text.nfc() {
        let is_space = c.is_whitespace() || c == MIDDLE_DOT;
        match runs.last_mut() {
            Some(run) if is_unspaced(c) => run.extend(letters(c)),
            Some(run) if !is_space && !run.is_empty() => runs.push(String::new()),
            _ => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs.iter().map(|run| run.nfc().collect()).collect()
}

/// What is indexed of texts: the pairs of every run, then every letter once, for a query of one letter.
pub(crate) fn grams<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let runs: Vec<String> = texts.flat_map(runs).collect();
    let mut grams: Vec<String> = Vec::new();
    for run in &runs {
        grams.push(pairs(run));
        grams.push(BREAK.to_owned());
    }
    let mut single: Vec<char> = runs.iter().flat_map(|run| run.chars()).collect();
    single.sort_unstable();
    single.dedup();
    grams.extend(single.into_iter().map(String::from));
    grams.join(" ")
}

/// The pairs of neighbours in a run; of a single letter, that.
pub(crate) fn pairs(run: &str) -> String {
    let pairs = run.chars().zip(run.chars().skip(1)).map(|(a, b)| format!("{a}{b}"));
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() {
        run.to_owned()
    } else {
        pairs.join(" ")
    }
}

/// The signs of a text, each once, in order.
pub(crate) fn signs(text: &str) -> Vec<String> {
    let mut signs: Vec<String> = Vec::new();
    for sign in text.nfkc().filter(|c| is_sign(*c)).map(String::from) {
        if !signs.contains(&sign) {
            signs.push(sign);
        }
    }
    signs
}

/// What names use as a word though it has no letters. Not punctuation; `&` and `/` stand between words.
pub(crate) fn is_sign(c: char) -> bool {
    matches!(c,
        '+' | '=' | '<' | '>' | '~' | '^' | '%' | '#' | '@' | '$' | '*' | '¬' | '±' | '÷' | '°'
        | '\u{20A0}'..='\u{20CF}' // currencies
        | '\u{2190}'..='\u{23FF}' // arrows, operators
        | '\u{25A0}'..='\u{27BF}' // shapes
        | '\u{2900}'..='\u{2BFF}' // more of these
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_go_on_over_spaces_and_end_at_other_scripts() {
        assert_eq!(runs("さくら ランボ YOASOBI 夜に"), ["さくららんぼ", "夜に"]);
        assert_eq!(runs("ザ・ﾋﾞｰﾄﾙｽﾞ"), ["ざびーとるず"]);
        assert_eq!(runs("Kino"), Vec::<String>::new());
    }

    #[test]
    fn a_text_is_indexed_by_pairs_and_by_letters() {
        assert_eq!(grams(["さくら A 桜"].into_iter()), "さく くら | 桜 | く さ ら 桜");
        assert_eq!(pairs("รัก"), "รั ัก");
        assert_eq!(grams(["Kino"].into_iter()), "");
    }

    #[test]
    fn signs_stand_beside_words_and_punctuation_does_not() {
        assert_eq!(signs("÷ (Deluxe) ＋ ÷"), ["÷", "+"]);
        assert_eq!(signs("Rock & Roll, AC/DC – \"Don't!\""), Vec::<String>::new());
    }
}
