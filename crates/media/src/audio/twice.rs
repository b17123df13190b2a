//! Texts that were encoded twice: a program took bytes of UTF-8, or of a code page, for Latin-1 and wrote them as Unicode.
//! `CafÃ©` was `Café`, `Êèíî` was `Кино`. UTF-8 is certain; a code page is where all texts of the tag look like one.

use encoding_rs::WINDOWS_1252;

use super::encoding;

/// Bytes of a tag's texts that are looked at.
const MAX_SAMPLE: usize = 64 * 1024;

pub(super) fn undo(texts: Vec<&mut String>) {
    let mut suspects: Vec<(&mut String, Vec<u8>)> = Vec::new();
    // A program that wrote other letters as they are knew what it did.
    let mut is_unicode = false;
    for text in texts.into_iter().filter(|text| !text.is_ascii()) {
        match before(text) {
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(once) if once.contains(char::is_alphabetic) => *text = once,
                // Signs alone may be meant as they are.
                Ok(_) => {}
                Err(error) => suspects.push((text, error.into_bytes())),
            },
            None => is_unicode = true,
        }
    }
    let mut sample = Vec::new();
    for (_, bytes) in &suspects {
        if sample.len() + bytes.len() < MAX_SAMPLE {
            sample.extend_from_slice(bytes);
            sample.push(b'\n');
        }
    }
    let Some(code_page) = encoding::of_letters(&sample).filter(|_| !is_unicode) else {
        return;
    };
    for (text, bytes) in suspects {
        *text = code_page.decode_without_bom_handling(&bytes).0.into_owned();
    }
}

/// The bytes that the text was, if it was taken for Latin-1; none where it holds what Latin-1 does not have.
fn before(text: &str) -> Option<Vec<u8>> {
    let byte = |c: char| {
        let narrow = u8::try_from(u32::from(c)).ok();
        narrow.or_else(|| match WINDOWS_1252.encode(c.encode_utf8(&mut [0; 4])) {
            (bytes, _, false) => bytes.first().copied(),
            _ => None,
        })
    };
    text.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::undo;

    fn undone<const N: usize>(texts: [&str; N]) -> [String; N] {
        let mut texts = texts.map(str::to_owned);
        undo(texts.iter_mut().collect());
        texts
    }

    #[test]
    fn what_was_encoded_twice_is_read_once() {
        assert_eq!(undone(["CafÃ© del MÃ¤r"]), ["Café del Mär"]);
        assert_eq!(undone(["GrÃ¶ÃŸe", "Band"]), ["Größe", "Band"]);
        assert_eq!(
            undone(["Çâåçäà ïî èìåíè Ñîëíöå", "Êèíî", "LP"]),
            ["Звезда по имени Солнце", "Кино", "LP"]
        );
    }

    #[test]
    fn what_is_right_stays() {
        for text in [
            "Café",
            "Ágætis byrjun",
            "ÄÖÜß",
            "Æøå",
            "Þursaflokkurinn",
            "÷",
            "Ã",
            "Â°",
            "Où ça…",
            "naïve “quotes”",
            "Кино",
            "日本語",
        ] {
            assert_eq!(undone([text]), [text]);
        }
        assert_eq!(undone(["Êèíî", "Звезда"]), ["Êèíî", "Звезда"], "beside true Cyrillic");
    }
}
