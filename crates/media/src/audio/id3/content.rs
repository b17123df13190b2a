//! What a frame holds.

use lofty::id3::v1::GENRES;

use super::{
    Dates,
    frames::{Frame, Id},
};
use crate::audio::{
    encoding::{has_utf16_mark, utf16},
    tag::{Field, RawTag},
};

/// Beginnings of pictures (JPEG, PNG, GIF, WebP).
const PICTURES: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF"];
/// Bytes of a picture's frame in which the picture must begin.
const MAX_PICTURE_HEADER: usize = 1024;

/// The texts of a frame: of a known encoding, or bytes of an unknown one.
enum Texts {
    Known(Vec<String>),
    Unknown(Vec<u8>),
}

/// Adds what the frame says to the tag.
pub(super) fn read_frame(frame: &Frame, tag: &mut RawTag, dates: &mut Dates) {
    let content = frame.content.as_slice();
    let field = match frame.id {
        Id::Title => Field::Title,
        Id::Artist => Field::Artist,
        Id::AlbumArtist => Field::AlbumArtist,
        Id::Album => Field::Album,
        Id::Track => Field::TrackNumber,
        Id::Disc => Field::DiscNumber,
        Id::RecordingDate => Field::RecordingDate,
        Id::ReleaseDate => Field::ReleaseDate,
        Id::OriginalDate => Field::OriginalDate,
        Id::Isrc => Field::Isrc,
        Id::Compilation => Field::Compilation,
        Id::Genre => return genres(content, tag),
        Id::Year => return dates.year = Texts::read(content).first(),
        Id::Day => return dates.day = Texts::read(content).first(),
        Id::User => return user_text(content, tag),
        Id::UniqueFile => return unique_file(content, tag),
        Id::Picture => return picture(content, frame.old, tag),
    };
    Texts::read(content).add(field, tag);
}

impl Texts {
    fn read(content: &[u8]) -> Self {
        let Some((encoding, text)) = content.split_first() else {
            return Self::Unknown(Vec::new());
        };
        match encoding {
            0..=3 if has_utf16_mark(text) => Self::Known(utf16(text, false)),
            // Marked as UTF-16, and there is no zero byte that any text of it with a Latin letter has.
            1 | 2 if text.is_ascii() && !text.contains(&0) => Self::Unknown(text.to_vec()),
            1 => Self::Known(utf16(text, false)),
            2 => Self::Known(utf16(text, true)),
            // A byte that is no encoding, but text: it was forgotten.
            b' '.. => Self::Unknown(content.to_vec()),
            _ => Self::Unknown(text.to_vec()),
        }
    }

    fn add(self, field: Field, tag: &mut RawTag) {
        match self {
            Self::Known(texts) => {
                for text in texts.into_iter().filter(|text| !text.is_empty()) {
                    tag.text(field, text);
                }
            }
            Self::Unknown(bytes) => tag.bytes(field, &bytes),
        }
    }

    /// For what is written in digits.
    fn first(self) -> Option<String> {
        let first = match self {
            Self::Known(texts) => texts.into_iter().next()?,
            Self::Unknown(bytes) => String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next()?).into_owned(),
        };
        let first = first.trim();
        (!first.is_empty()).then(|| first.to_owned())
    }
}

/// `(17)`, `17`, `(17)Rock`, `(4)(17)` and plain texts.
fn genres(content: &[u8], tag: &mut RawTag) {
    let texts = match Texts::read(content) {
        Texts::Known(texts) => texts,
        Texts::Unknown(bytes) if bytes.is_ascii() => {
            let text = String::from_utf8_lossy(&bytes);
            text.split('\0').map(str::to_owned).collect()
        }
        Texts::Unknown(bytes) => return tag.bytes(Field::Genre, &bytes),
    };
    for text in texts {
        let mut rest = text.trim();
        while let Some((code, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            let Some(genre) = genre(code) else { break };
            rest = after.trim_start();
            // A text after the number refines it.
            if rest.is_empty() || rest.starts_with('(') {
                tag.text(Field::Genre, genre);
            }
        }
        let named = genre(rest).unwrap_or(rest);
        if !named.is_empty() {
            tag.text(
                Field::Genre,
                named
                    .strip_prefix('(')
                    .filter(|it| it.starts_with('('))
                    .unwrap_or(named),
            );
        }
    }
}

fn genre(code: &str) -> Option<&'static str> {
    match code {
        "RX" => Some("Remix"),
        "CR" => Some("Cover"),
        code => GENRES.get(code.parse::<usize>().ok()?).copied(),
    }
}

/// A user's own frame: what it is about, NUL, values.
fn user_text(content: &[u8], tag: &mut RawTag) {
    match Texts::read(content) {
        Texts::Known(texts) => {
            let mut texts = texts.into_iter();
            if let Some(field) = texts.next().and_then(|name| Field::named(&name)) {
                Texts::Known(texts.collect()).add(field, tag);
            }
        }
        Texts::Unknown(bytes) => {
            let mut parts = bytes.splitn(2, |byte| *byte == 0);
            let name = parts.next().and_then(|name| str::from_utf8(name).ok());
            if let (Some(field), Some(values)) = (name.and_then(Field::named), parts.next()) {
                tag.bytes(field, values);
            }
        }
    }
}

/// The owner of the id, NUL, the id.
fn unique_file(content: &[u8], tag: &mut RawTag) {
    let mut parts = content.splitn(2, |byte| *byte == 0);
    if let (Some(b"http://musicbrainz.org" | b"https://musicbrainz.org"), Some(id)) = (parts.next(), parts.next()) {
        tag.bytes(Field::RecordingId, id);
    }
}

/// Encoding, media type (in version 2.2 three letters), kind, a description, and the picture. The picture is found by its
/// own beginning where what stands before it is damaged.
fn picture(content: &[u8], old: bool, tag: &mut RawTag) {
    let parts = |content: &[u8]| -> Option<(u8, usize)> {
        let encoding = *content.first()?;
        let after_type = if old {
            4
        } else {
            1 + content.get(1..)?.iter().position(|byte| *byte == 0)? + 1
        };
        let kind = *content.get(after_type)?;
        let description = content.get(after_type + 1..)?;
        let length = match encoding {
            1 | 2 => 2 * description.as_chunks::<2>().0.iter().position(|unit| *unit == [0, 0])? + 2,
            _ => description.iter().position(|byte| *byte == 0)? + 1,
        };
        Some((kind, after_type + 1 + length))
    };
    let is_picture = |bytes: &[u8]| PICTURES.iter().any(|magic| bytes.starts_with(magic));
    let (kind, start) = parts(content).unwrap_or((0, 0));
    let at_start = content
        .get(start..)
        .filter(|bytes| is_picture(bytes) || (start > 0 && bytes.starts_with(b"BM")));
    let image = at_start.or_else(|| {
        let starts = 0..content.len().min(MAX_PICTURE_HEADER);
        starts
            .into_iter()
            .map(|at| &content[at..])
            .find(|bytes| is_picture(bytes))
    });
    if let Some(image) = image {
        tag.picture(kind.into(), image.to_vec());
    }
}
