//! `ID3v2` tags, read here and not by lofty: it inflates compressed frames without a limit (a tag of 16 MB would become
//! one of 16 GB), and one damaged frame loses it the whole tag. Here a damaged frame loses itself.
//! (<https://id3.org/id3v2.4.0-structure>, <https://id3.org/id3v2.3.0>, <https://id3.org/id3v2-00>)

mod content;
mod frames;
#[cfg(test)]
mod tests;

use std::{fs::File, io};

use self::{content::read_frame, frames::frames};
use super::{
    scan::Scan,
    tag::{Field, RawTag, Tag},
};

/// Bytes of one tag that are looked at; a cover of the largest size fits.
const MAX_TAG_BYTES: u64 = 24 * 1024 * 1024;
const MAX_TAGS: usize = 3;
const HEADER_BYTES: u64 = 10;

/// Tags at the beginning of a file.
#[derive(Default)]
pub(super) struct Leading {
    pub(super) tags: Vec<Tag>,
    /// Where what they stand before begins.
    pub(super) end: u64,
}

#[derive(Clone, Copy)]
struct Header {
    version: u8,
    flags: u8,
    /// Without the header itself and a footer.
    size: u64,
}

impl Header {
    fn parse(bytes: [u8; 10]) -> Option<Self> {
        let [b'I', b'D', b'3', version, revision, flags, size @ ..] = bytes else {
            return None;
        };
        // Some programs write the size plainly.
        let plain = size.iter().any(|byte| *byte > 0x7f);
        let size = if plain {
            u32::from_be_bytes(size)
        } else {
            synchsafe(size)
        };
        (version != 0xff && revision != 0xff).then_some(Self {
            version,
            flags,
            size: size.into(),
        })
    }

    /// Bytes of the tag with all that belongs to it.
    fn tag_bytes(&self) -> u64 {
        let footer = if self.version == 4 && self.flags & 0x10 != 0 {
            HEADER_BYTES
        } else {
            0
        };
        HEADER_BYTES + self.size + footer
    }
}

/// Reads the tags at the beginning of a file.
pub(super) fn leading(file: &mut File, size: u64) -> io::Result<Leading> {
    let mut scan = Scan::new(file, size, 0)?;
    let mut leading = Leading::default();
    for _ in 0..MAX_TAGS {
        let Some(header) = scan.peek(0)?.and_then(Header::parse) else {
            break;
        };
        leading.tags.push(tag(&mut scan, header)?);
        leading.end += header.tag_bytes();
        scan.take(header.tag_bytes())?;
    }
    Ok(leading)
}

/// Reads the tag that begins here, as a chunk of RIFF holds one.
pub(super) fn inner(scan: &mut Scan<'_>) -> io::Result<Option<Tag>> {
    let header = scan.peek(0)?.and_then(Header::parse);
    header.map(|header| tag(scan, header)).transpose()
}

/// How long the tag is whose footer these bytes are, when one stands at the end of a file.
pub(super) fn bytes_before_footer(footer: [u8; 10]) -> Option<u64> {
    let rest = footer.strip_prefix(b"3DI")?;
    let mut header = *b"ID3\0\0\0\0\0\0\0";
    header[3..].copy_from_slice(rest);
    let header = Header::parse(header)?;
    Some(header.tag_bytes())
}

fn tag(scan: &mut Scan<'_>, header: Header) -> io::Result<Tag> {
    let bytes = header
        .size
        .min(MAX_TAG_BYTES)
        .min(scan.left().saturating_sub(HEADER_BYTES));
    let mut body = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
    scan.peek_into(HEADER_BYTES, &mut body)?;
    Ok(parse(header, body))
}

fn parse(header: Header, mut body: Vec<u8>) -> Tag {
    if header.flags & 0x80 != 0 && header.version < 4 {
        body = synchronise(&body);
    }
    let mut tag = RawTag::default();
    let mut dates = Dates::default();
    if (2..=4).contains(&header.version) {
        for frame in frames(header, &body) {
            read_frame(&frame, &mut tag, &mut dates);
        }
    }
    if let Some(date) = dates.joined() {
        tag.text(Field::Year, date);
    }
    tag.decoded()
}

/// Before version 2.4 year and day stand in frames of their own.
#[derive(Default)]
struct Dates {
    year: Option<String>,
    /// Day and month, as `2511`.
    day: Option<String>,
}

impl Dates {
    fn joined(self) -> Option<String> {
        let year = self.year?;
        match self.day {
            Some(day) if year.len() == 4 && day.len() == 4 && day.is_ascii() => {
                Some(format!("{year}-{}-{}", &day[2..], &day[..2]))
            }
            _ => Some(year),
        }
    }
}

/// Takes out the zeros that were put after each 0xff.
fn synchronise(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut after_ff = false;
    for &byte in bytes {
        if !(after_ff && byte == 0) {
            plain.push(byte);
        }
        after_ff = byte == 0xff;
    }
    plain
}

/// Seven bits of each byte.
fn synchsafe(bytes: [u8; 4]) -> u32 {
    bytes.iter().fold(0, |size, byte| size << 7 | u32::from(byte & 0x7f))
}
