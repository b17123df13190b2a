//! Text frames that stand several times, each with one value, become one frame of several values: the standard says
//! that one frame holds them all, not every program does so, and lofty keeps only the last.

use super::MAX_TEXT_BYTES;

/// A frame to be written.
pub(super) struct Kept<'a> {
    pub(super) id: &'a [u8],
    pub(super) content: Vec<u8>,
}

/// The values of a text frame.
struct Text {
    /// What a user's own frame (TXXX) is about.
    description: Option<String>,
    values: Vec<String>,
}

/// Merges the frames of artists and of users' own keys, in the place of the first of each.
pub(super) fn merge(frames: Vec<Kept<'_>>) -> Vec<Kept<'_>> {
    let mut merged: Vec<(Kept<'_>, Option<Text>)> = Vec::new();
    for frame in frames {
        let text = Text::parse(&frame);
        let same = |(known, values): &&mut (Kept<'_>, Option<Text>)| match (&text, values) {
            (Some(text), Some(values)) => known.id == frame.id && values.description == text.description,
            _ => false,
        };
        match (merged.iter_mut().find(same), &text) {
            (Some((known, Some(values))), Some(text)) => {
                let bytes = known.content.len() + frame.content.len();
                if bytes <= MAX_TEXT_BYTES {
                    values.values.extend_from_slice(&text.values);
                    known.content = values.encode();
                }
            }
            _ => merged.push((frame, text)),
        }
    }
    merged.into_iter().map(|(frame, _)| frame).collect()
}

impl Text {
    fn parse(frame: &Kept<'_>) -> Option<Self> {
        let described = match frame.id {
            b"TXXX" | b"TXX" => true,
            b"TPE1" | b"TPE2" | b"TP1" | b"TP2" => false,
            _ => return None,
        };
        let (encoding, bytes) = frame.content.split_first()?;
        let mut values = decode(*encoding, bytes)?;
        let description = described.then(|| values.remove(0));
        values.retain(|value| !value.is_empty());
        Some(Self { description, values })
    }

    /// As UTF-16, which all versions know.
    fn encode(&self) -> Vec<u8> {
        let values = self.values.join("\0");
        let texts = [self.description.as_deref(), Some(&values)];
        let marked: Vec<String> = texts
            .into_iter()
            .flatten()
            .map(|text| format!("\u{feff}{text}"))
            .collect();
        let units = marked.join("\0");
        let bytes = units.encode_utf16().flat_map(u16::to_le_bytes);
        [1].into_iter().chain(bytes).collect()
    }
}

/// The texts that NUL divides, at least one; `None` for an encoding that does not exist.
fn decode(encoding: u8, bytes: &[u8]) -> Option<Vec<String>> {
    let values = bytes.split(|byte| *byte == 0);
    match encoding {
        0 => Some(
            values
                .map(|value| value.iter().copied().map(char::from).collect())
                .collect(),
        ),
        1 => Some(utf16(bytes, false)),
        2 => Some(utf16(bytes, true)),
        3 => Some(
            values
                .map(|value| String::from_utf8_lossy(value).into_owned())
                .collect(),
        ),
        _ => None,
    }
}

/// Each text may have a byte order mark of its own; without one the order of the text before goes on.
fn utf16(bytes: &[u8], mut big_endian: bool) -> Vec<String> {
    let (pairs, _) = bytes.as_chunks();
    let units: Vec<u16> = pairs.iter().copied().map(u16::from_le_bytes).collect();
    let values = units.split(|unit| *unit == 0).map(|value| {
        let value = match value {
            [0xfeff, value @ ..] => {
                big_endian = false;
                value
            }
            [0xfffe, value @ ..] => {
                big_endian = true;
                value
            }
            value => value,
        };
        let order = |unit: &u16| if big_endian { unit.swap_bytes() } else { *unit };
        String::from_utf16_lossy(&value.iter().map(order).collect::<Vec<_>>())
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(id: &'static [u8], content: &[u8]) -> Kept<'static> {
        Kept {
            id,
            content: content.to_vec(),
        }
    }

    fn values(frame: &Kept<'_>) -> (Option<String>, Vec<String>) {
        let text = Text::parse(frame).expect("a text");
        (text.description, text.values)
    }

    #[test]
    fn frames_of_one_key_become_one_whatever_their_encodings() {
        let frames = merge(vec![
            kept(b"TPE1", b"\0K\xeeno\0"),
            kept(b"TIT2", b"\0Song"),
            kept(b"TIT2", b"\0Song again"),
            kept(b"TPE1", b"\x01\xfe\xff\x04\x1a\0\0\xff\xfe\x1b\x04"),
            kept(b"TXXX", b"\x03ARTISTS\0A\0B"),
            kept(b"TXXX", b"\x03OTHER\0X"),
            kept(b"TXXX", b"\x02\0A\0R\0T\0I\0S\0T\0S\0\0\0C"),
            kept(b"TPE1", b"\x04what"),
            kept(b"TPE1", b""),
        ]);
        let ids: Vec<_> = frames.iter().map(|frame| frame.id).collect();
        let expected: [&[u8]; 7] = [b"TPE1", b"TIT2", b"TIT2", b"TXXX", b"TXXX", b"TPE1", b"TPE1"];
        assert_eq!(ids, expected);
        assert_eq!(values(&frames[0]).1, ["Kîno", "К", "Л"]);
        let artists = (Some("ARTISTS".to_owned()), ["A", "B", "C"].map(str::to_owned).to_vec());
        assert_eq!(values(&frames[3]), artists);
        assert_eq!(frames[4].content, b"\x03OTHER\0X");
    }

    #[test]
    fn a_merged_frame_has_the_limit_of_any_text() {
        let long = [vec![0], vec![b'a'; 40_000]].concat();
        let frames = merge(vec![kept(b"TPE1", &long), kept(b"TPE1", &long), kept(b"TPE1", b"\0B")]);
        assert_eq!(frames.len(), 1);
        assert_eq!(values(&frames[0]).1.len(), 2);
    }
}
