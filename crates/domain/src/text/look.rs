//! How characters look: which cannot be seen, and which cannot be told apart.

/// The first character of scripts in which a joiner between letters changes how they look; emoji come later still.
const JOINED: char = '\u{600}';
/// The emoji of a flag; letters that cannot be seen follow it and say whose.
const FLAG: char = '\u{1f3f4}';

/// The text without characters that show nothing, wherever they come from: copied pages, right-to-left marks, fillers. What
/// shapes its neighbours stays: joiners in emoji and in scripts that join letters, and the letters of flags.
pub(super) fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before = seen.chars().next_back();
        let shows = match c {
            '\u{200c}' | '\u{200d}' => {
                let joins = |c: Option<char>| c.is_some_and(|c| c >= JOINED && !is_invisible(c) && !c.is_whitespace());
                joins(before) && joins(rest.peek().copied())
            }
            '\u{e0020}'..='\u{e007f}' => before.is_some_and(|before| before == FLAG || is_tag(before)),
            c => !is_invisible(c),
        };
        if shows {
            seen.push(c);
        }
    }
    seen
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// Default-ignorable characters (Unicode, `DerivedCoreProperties`), but for variation selectors, which choose between
/// pictures of one character.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
    )
}

/// The character of a keyboard that looks like this one; none for one that only chooses a picture.
pub(super) fn plain(c: char) -> Option<char> {
    Some(match c {
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => return None,
        // Hyphens, dashes and minus.
        '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => '-',
        // Apostrophes, primes and accents that stand alone.
        '`'
        | '\u{b4}'
        | '\u{2b9}'
        | '\u{2bb}'..='\u{2bd}'
        | '\u{2c8}'
        | '\u{2ca}'
        | '\u{2cb}'
        | '\u{55a}'
        | '\u{5f3}'
        | '\u{2018}'..='\u{201b}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{a78c}'
        | '\u{ff07}'
        | '\u{ff40}' => '\'',
        '\u{5f4}' | '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{ff02}' => '"',
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        // A pattern of Braille without dots.
        '\u{2800}' => ' ',
        c => c,
    })
}

/// Full case folding: upper case knows what lower case does not, as that "ß" is "SS" and "ς" is "Σ".
pub(super) fn fold_case(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    let upper = lower.flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}
