//! The encoding of texts that do not say it, or say it wrongly: most tags marked as Latin-1 in the East of Europe and
//! in Asia are in the code page of a computer. UTF-8 is certain, other encodings are found by a detector, and what
//! reads well as Latin-1 stays Latin-1.

use chardetng::EncodingDetector;
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, IBM866, ISO_8859_5, ISO_8859_7, KOI8_U, SHIFT_JIS, UTF_16BE,
    UTF_16LE, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253,
};

/// Bytes of one text that is looked at.
const MAX_SAMPLE: usize = 64 * 1024;

/// The encoding in which all of these texts are, but for those in UTF-8.
pub(super) fn of<'a>(texts: impl Iterator<Item = &'a [u8]>) -> &'static Encoding {
    let mut sample = Vec::new();
    for text in texts {
        if !text.is_ascii() && utf8(text).is_none() && sample.len() + text.len() < MAX_SAMPLE {
            sample.extend_from_slice(text);
            sample.push(b'\n');
        }
    }
    if sample.is_empty() {
        return WINDOWS_1252;
    }
    let guess = guess(&sample, None);
    match reading(&sample) {
        // In these the second byte of a character may be an ASCII letter.
        Reading::Latin if is_double_byte(guess) && is_never_latin(&sample) => guess,
        Reading::Latin => WINDOWS_1252,
        Reading::Foreign if !is_latin(guess) => guess,
        // Short texts: the detector knows them with a hint.
        Reading::Foreign => match self::guess(&sample, Some(b"ru")) {
            guess if is_latin(guess) => WINDOWS_1252,
            guess => guess,
        },
    }
}

/// The text in UTF-8 if it is that, else in `encoding`.
pub(super) fn decode(text: &[u8], encoding: &'static Encoding) -> String {
    match utf8(text) {
        Some(text) => text.to_owned(),
        None => encoding.decode_without_bom_handling(text).0.into_owned(),
    }
}

/// Texts in UTF-16, each with a byte order mark of its own or in the order of the one before. Without any mark the order
/// is that in which the upper bytes are alike. A last odd byte is left out. NUL divides texts.
pub(super) fn utf16(bytes: &[u8], marked_big_endian: bool) -> Vec<String> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut order = if marked_big_endian || upper_bytes_come_first(pairs) {
        UTF_16BE
    } else {
        UTF_16LE
    };
    let mut texts = Vec::new();
    for text in pairs.split(|unit| *unit == [0, 0]) {
        let text = match text {
            [[0xff, 0xfe], text @ ..] => {
                order = UTF_16LE;
                text
            }
            [[0xfe, 0xff], text @ ..] => {
                order = UTF_16BE;
                text
            }
            text => text,
        };
        let (text, _) = order.decode_without_bom_handling(text.as_flattened());
        texts.push(text.into_owned());
    }
    texts
}

/// Whether the bytes begin with a mark of UTF-16.
pub(super) fn has_utf16_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

/// Without a mark of it, whether it can be nothing else: every second byte is zero for at least a part of the text.
pub(super) fn looks_like_utf16(bytes: &[u8]) -> bool {
    let (pairs, _) = bytes.as_chunks::<2>();
    let text = pairs.iter().take_while(|unit| **unit != [0, 0]);
    let zeros = text.clone().filter(|unit| unit.contains(&0)).count();
    zeros > 1 && zeros * 4 >= text.count()
}

/// UTF-8, if need be without a last character that was cut off.
fn utf8(text: &[u8]) -> Option<&str> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    match str::from_utf8(text) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            let whole = str::from_utf8(&text[..error.valid_up_to()]).ok()?;
            (!whole.is_ascii()).then_some(whole)
        }
        Err(_) => None,
    }
}

fn guess(sample: &[u8], country: Option<&[u8]>) -> &'static Encoding {
    let mut detector = EncodingDetector::new();
    detector.feed(sample, true);
    detector.guess(country, false)
}

/// The code page of letters that these bytes are in, where nothing else is possible: all letters above ASCII, at least one
/// word of five of them, and a detector that sees Cyrillic or Greek in them.
pub(super) fn of_letters(sample: &[u8]) -> Option<&'static Encoding> {
    let words = sample.split(|byte| !(byte.is_ascii_alphabetic() || *byte >= 0x80));
    let mut longest = 0;
    for word in words {
        let high = word.iter().filter(|byte| **byte >= 0x80).count();
        if high > 0 && high < word.len() {
            return None;
        }
        longest = longest.max(high);
    }
    let guess = guess(sample, None);
    let has_letters = [WINDOWS_1251, KOI8_U, IBM866, ISO_8859_5, WINDOWS_1253, ISO_8859_7].contains(&guess);
    (has_letters && longest >= 5).then_some(guess)
}

enum Reading {
    Latin,
    Foreign,
}

/// In Latin languages letters with accents stand among letters without; in others whole words are above ASCII.
fn reading(sample: &[u8]) -> Reading {
    let (mut among, mut whole, mut longest) = (0, 0, 0);
    for word in sample.split(|byte| !(byte.is_ascii_alphabetic() || *byte >= 0x80)) {
        let high = word.iter().filter(|byte| **byte >= 0x80).count();
        if high == word.len() && high > 1 {
            whole += high;
            longest = longest.max(high);
        } else if high < word.len() {
            among += high;
        }
    }
    // "Æøå" is a word; there is none of four such letters.
    if whole > among && whole > 3 && longest > 2 {
        Reading::Foreign
    } else {
        Reading::Latin
    }
}

/// Whether there are bytes, more than one in passing, that stand for no printed character of Latin code pages.
fn is_never_latin(sample: &[u8]) -> bool {
    let never = |byte: &&u8| matches!(byte, 0x81 | 0x83 | 0x8d | 0x8f | 0x90 | 0x9d);
    sample.iter().filter(never).count() > 1
}

fn is_double_byte(encoding: &'static Encoding) -> bool {
    [SHIFT_JIS, GBK, GB18030, BIG5, EUC_JP, EUC_KR].contains(&encoding)
}

fn is_latin(encoding: &'static Encoding) -> bool {
    matches!(
        encoding.name(),
        "windows-1252"
            | "windows-1250"
            | "windows-1254"
            | "windows-1257"
            | "windows-1258"
            | "ISO-8859-2"
            | "ISO-8859-4"
    )
}

/// The upper bytes of one script are alike, the lower ones are not.
fn upper_bytes_come_first(pairs: &[[u8; 2]]) -> bool {
    let changes = |at: usize| pairs.windows(2).filter(|pair| pair[0][at] != pair[1][at]).count();
    let zeros = |at: usize| pairs.iter().filter(|unit| unit[at] == 0).count();
    (zeros(0), changes(1)) > (zeros(1), changes(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&[u8]]) -> Vec<String> {
        let encoding = of(texts.iter().copied());
        texts.iter().map(|text| decode(text, encoding)).collect()
    }

    #[test]
    fn utf8_is_certain_whole_or_cut() {
        assert_eq!(read(&["Café del Mär".as_bytes(), b"Bj\xc3"]), ["Café del Mär", "BjÃ"]);
        assert_eq!(read(&[b"Caf\xc3\xa9 d\xc3"]), ["Café d"]);
        assert_eq!(read(&[b"\xef\xbb\xbfA"]), ["A"]);
    }

    #[test]
    fn what_reads_well_as_latin_stays_so() {
        let texts = [
            "Café",
            "Motörhead",
            "Sigur Rós",
            "Ágætis byrjun",
            "Þú ert jörðin",
            "Größe",
            "créée",
            "à",
            "Édith Piaf",
            "Häätyö",
            "Öäö",
            "Ça va",
            "São Paulo ações",
            "Hüsker Dü",
            "Þursaflokkurinn",
            "Mötley Crüe",
            "Ænima",
            "niño",
            "Où",
            "Él",
            "Æøå",
            "ÄÖÜ",
        ];
        for text in texts {
            let (bytes, ..) = WINDOWS_1252.encode(text);
            assert_eq!(read(&[&bytes]), [text]);
        }
    }

    #[test]
    fn whole_words_above_ascii_are_of_the_code_page_that_the_detector_finds() {
        let table = [
            (WINDOWS_1251, ["Звезда по имени Солнце", "Кино"]),
            (WINDOWS_1251, ["Кино", "Группа крови"]),
            (WINDOWS_1251, ["Аквариум", "Город"]),
            (WINDOWS_1251, ["Мумий Тролль", "Утекай"]),
            (WINDOWS_1251, ["DJ Грув", "Счастье есть"]),
            (WINDOWS_1251, ["ДДТ", "Это всё"]),
            (KOI8_U, ["Звезда по имени Солнце", "Кино"]),
            (IBM866, ["Звезда по имени Солнце", "Кино"]),
            (WINDOWS_1253, ["Μίκης Θεοδωράκης", "Ζορμπάς"]),
            (GBK, ["大哉乾元", "洛天依的歌曲"]),
            (SHIFT_JIS, ["さくらの唄", "椎名林檎とイエローモンキー"]),
            (EUC_KR, ["방탄소년단", "봄날의 노래"]),
        ];
        for (encoding, texts) in table {
            let bytes = texts.map(|text| encoding.encode(text).0);
            assert_eq!(
                read(&[&bytes[0], b"LP 2009", &bytes[1]]),
                [texts[0], "LP 2009", texts[1]],
                "{}",
                encoding.name()
            );
        }
    }

    #[test]
    fn utf16_is_read_with_and_without_its_mark_and_without_a_last_odd_byte() {
        let units = |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<_>>();
        for text in ["Label", "Кино", "Café"] {
            assert_eq!(utf16(&units(text, u16::to_le_bytes), false), [text]);
            assert_eq!(utf16(&units(text, u16::to_be_bytes), false), [text]);
        }
        assert_eq!(utf16(b"\xff\xfeO\0d\0d\0\0", false), ["Odd"]);
        assert_eq!(utf16(b"\xfe\xff\0A\0\0\xff\xfeB\0", false), ["A", "B"]);
    }
}
