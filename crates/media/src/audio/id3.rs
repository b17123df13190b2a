//! `ID3v2` tags, written anew before lofty sees them. Their frames may be compressed, and lofty inflates those without
//! a limit: a tag of 16 MB would become one of 16 GB. Only frames that are used go on, and none that is compressed.
//! (<https://id3.org/id3v2.4.0-structure>, <https://id3.org/id3v2.3.0>, <https://id3.org/id3v2-00>)

mod values;

use std::{fs::File, io};

use self::values::{Kept, merge};
use super::scan::Scan;

/// Bytes of one tag that are looked at; a cover of the largest size fits.
const MAX_TAG_BYTES: u64 = 24 * 1024 * 1024;
const MAX_PICTURE_BYTES: usize = 16 * 1024 * 1024;
const MAX_TEXT_BYTES: usize = 64 * 1024;
const MAX_FRAMES: usize = 500;
const MAX_TAGS: usize = 3;
const HEADER_BYTES: u64 = 10;
/// Two empty frames of layer III (MPEG 2, 8 kbit/s, 24 kHz), for lofty to find after the tag.
const SILENCE: [u8; 48] = {
    let mut frames = [0; 48];
    [frames[0], frames[1], frames[2], frames[3]] = [0xff, 0xf3, 0x14, 0xc4];
    [frames[24], frames[25], frames[26], frames[27]] = [0xff, 0xf3, 0x14, 0xc4];
    frames
};

/// Tags at the beginning of a file.
#[derive(Default)]
pub(super) struct Leading {
    /// The tags, safe to read.
    pub(super) tags: Vec<u8>,
    /// Where what they stand before begins.
    pub(super) end: u64,
}

struct Header {
    version: u8,
    flags: u8,
    size: u64,
}

impl Header {
    fn parse(bytes: [u8; 10]) -> Option<Self> {
        let [b'I', b'D', b'3', version, _, flags, size @ ..] = bytes else {
            return None;
        };
        Some(Self {
            version,
            flags,
            size: synchsafe(size).into(),
        })
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
        leading.tags.extend(tag(&mut scan, &header)?);
        let footer = if header.flags & 0x10 == 0 { 0 } else { HEADER_BYTES };
        let bytes = HEADER_BYTES + header.size + footer;
        leading.end += bytes;
        scan.take(bytes)?;
    }
    Ok(leading)
}

/// Reads the tag in the next `bytes`, as a chunk of RIFF holds one.
pub(super) fn inner(scan: &mut Scan<'_>) -> io::Result<Vec<u8>> {
    match scan.peek(0)?.and_then(Header::parse) {
        Some(header) => tag(scan, &header),
        None => Ok(Vec::new()),
    }
}

/// A file that holds these tags, and at its end what may stand there (`ID3v1`, APE), for lofty to read.
pub(super) fn as_mp3(tags: &[u8], tail: &[u8]) -> Vec<u8> {
    // An empty tag of our own comes first: without one lofty would look for others in what follows.
    [&render(4, &[]), tags, &SILENCE, tail].concat()
}

fn tag(scan: &mut Scan<'_>, header: &Header) -> io::Result<Vec<u8>> {
    let bytes = header
        .size
        .min(MAX_TAG_BYTES)
        .min(scan.left().saturating_sub(HEADER_BYTES));
    let mut body = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
    scan.peek_into(HEADER_BYTES, &mut body)?;
    if header.flags & 0x80 != 0 && header.version < 4 {
        body = synchronise(&body);
    }
    let extended = match (header.version, header.flags & 0x40 != 0, body.first_chunk()) {
        (3, true, Some(size)) => 4_usize.saturating_add(u32::from_be_bytes(*size) as usize),
        (4, true, Some(size)) => synchsafe(*size) as usize,
        _ => 0,
    };
    Ok(match header.version {
        2..=4 => render(
            header.version,
            &frames(header, body.get(extended..).unwrap_or_default()),
        ),
        _ => Vec::new(),
    })
}

/// A tag of these frames.
fn render(version: u8, frames: &[u8]) -> Vec<u8> {
    // Some padding: lofty takes a tag to have at least room for one frame.
    let size = to_synchsafe(frames.len() + 10);
    [b"ID3", [version, 0, 0].as_slice(), &size, frames, &[0; 10]].concat()
}

/// The frames that are used, written plainly.
fn frames(header: &Header, mut body: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    for _ in 0..MAX_FRAMES {
        let Some(frame) = Frame::parse(header, body) else { break };
        body = frame.rest;
        let content = frame.plain(header).filter(|_| frame.is_used());
        kept.extend(content.map(|content| Kept { id: frame.id, content }));
    }
    let mut written = Vec::new();
    for Kept { id, content } in merge(kept) {
        written.extend_from_slice(id);
        match header.version {
            2 => written.extend_from_slice(&size_of(&content).to_be_bytes()[1..]),
            3 => written.extend_from_slice(&size_of(&content).to_be_bytes()),
            _ => written.extend_from_slice(&to_synchsafe(content.len())),
        }
        if header.version > 2 {
            written.extend_from_slice(&[0, 0]);
        }
        written.extend_from_slice(&content);
    }
    written
}

struct Frame<'a> {
    id: &'a [u8],
    /// How the content is written; 0 in version 2, which knows one way only.
    flags: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Frame<'a> {
    fn parse(header: &Header, body: &'a [u8]) -> Option<Self> {
        let id_bytes = if header.version == 2 { 3 } else { 4 };
        let (id, after) = body.split_at_checked(id_bytes)?;
        if !is_id(id) {
            return None;
        }
        let (size, flags, after) = if header.version == 2 {
            let ([a, b, c], after) = after.split_first_chunk()?;
            (u32::from_be_bytes([0, *a, *b, *c]) as usize, 0, after)
        } else {
            let ([a, b, c, d, _, flags], after) = after.split_first_chunk()?;
            (frame_size(header.version, [*a, *b, *c, *d], after), *flags, after)
        };
        let (content, rest) = after.split_at_checked(size)?;
        Some(Self {
            id,
            flags,
            content,
            rest,
        })
    }

    fn is_used(&self) -> bool {
        match self.id {
            b"APIC" | b"PIC" => self.content.len() <= MAX_PICTURE_BYTES,
            [b'T', ..] | b"UFID" | b"UFI" => self.content.len() <= MAX_TEXT_BYTES,
            _ => false,
        }
    }

    /// The content as it was before it was written into the tag; `None` when it is compressed or encrypted.
    fn plain(&self, header: &Header) -> Option<Vec<u8>> {
        let (packed, group, length, unsynchronised) = match header.version {
            3 => (self.flags & 0xc0, self.flags & 0x20, 0, false),
            4 => (
                self.flags & 0x0c,
                self.flags & 0x40,
                self.flags & 1,
                (self.flags & 2) | (header.flags & 0x80) != 0,
            ),
            _ => (0, 0, 0, false),
        };
        let before = usize::from(group != 0) + if length == 0 { 0 } else { 4 };
        let content = self
            .content
            .get(before..)
            .filter(|content| packed == 0 && !content.is_empty())?;
        Some(if unsynchronised {
            synchronise(content)
        } else {
            content.to_vec()
        })
    }
}

/// Of version 4 the size is synchsafe; some programs write it plainly, which shows in where the next frame begins.
fn frame_size(version: u8, bytes: [u8; 4], after: &[u8]) -> usize {
    let (plain, safe) = (u32::from_be_bytes(bytes) as usize, synchsafe(bytes) as usize);
    let is_end = |size: usize| match after.get(size..) {
        Some([] | [0, ..]) => true,
        Some(next) => next.get(..4).is_some_and(is_id),
        None => false,
    };
    if version == 3 || (!is_end(safe) && is_end(plain)) {
        plain
    } else {
        safe
    }
}

fn is_id(id: &[u8]) -> bool {
    id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
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

/// Sizes here are below 2^28: no more is read.
fn to_synchsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(size >> shift & 0x7f).unwrap_or(0))
}

fn size_of(content: &[u8]) -> u32 {
    u32::try_from(content.len()).unwrap_or(0)
}
