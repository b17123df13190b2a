//! Dividing a tag into its frames. A frame whose header makes no sense, or whose size does not lead to another frame, is
//! left behind, and the next one is searched for by the ids that are used.

use super::{Header, synchronise, synchsafe};

const MAX_FRAMES: usize = 500;
const MAX_PICTURE_BYTES: usize = 16 * 1024 * 1024;
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// A frame that is used, as it was before it was written into the tag.
pub(super) struct Frame {
    /// As version 2.3 names it.
    pub(super) id: Id,
    pub(super) content: Vec<u8>,
    /// Whether the content has the form of version 2.2.
    pub(super) old: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    Title,
    Artist,
    AlbumArtist,
    Album,
    Genre,
    Track,
    Disc,
    Year,
    Day,
    RecordingDate,
    ReleaseDate,
    OriginalDate,
    Isrc,
    Compilation,
    User,
    UniqueFile,
    Picture,
}

/// The ids of version 2.2, and of the later ones.
const IDS: [(&[u8; 3], &[u8; 4], Id); 18] = [
    (b"TT2", b"TIT2", Id::Title),
    (b"TP1", b"TPE1", Id::Artist),
    (b"TP2", b"TPE2", Id::AlbumArtist),
    (b"TAL", b"TALB", Id::Album),
    (b"TCO", b"TCON", Id::Genre),
    (b"TRK", b"TRCK", Id::Track),
    (b"TPA", b"TPOS", Id::Disc),
    (b"TYE", b"TYER", Id::Year),
    (b"TDA", b"TDAT", Id::Day),
    (b"TDC", b"TDRC", Id::RecordingDate),
    (b"TDL", b"TDRL", Id::ReleaseDate),
    (b"TOR", b"TORY", Id::OriginalDate),
    (b"TDO", b"TDOR", Id::OriginalDate),
    (b"TRC", b"TSRC", Id::Isrc),
    (b"TCP", b"TCMP", Id::Compilation),
    (b"TXX", b"TXXX", Id::User),
    (b"UFI", b"UFID", Id::UniqueFile),
    (b"PIC", b"APIC", Id::Picture),
];

impl Id {
    /// Some programs write ids of version 2.2 into later tags, with a space or NUL behind.
    fn parse(id: &[u8]) -> Option<(Self, bool)> {
        let is_old = matches!(id, [_, _, _] | [_, _, _, 0 | b' ']);
        let known = IDS.iter().find(|(old, new, _)| {
            if is_old {
                id.starts_with(old.as_slice())
            } else {
                id == new.as_slice()
            }
        });
        known.map(|(_, _, known)| (*known, is_old))
    }

    fn max_bytes(self) -> usize {
        match self {
            Self::Picture => MAX_PICTURE_BYTES,
            _ => MAX_TEXT_BYTES,
        }
    }
}

/// A frame as it stands in the tag.
struct Span<'a> {
    id: &'a [u8],
    /// How the content is written; 0 in version 2.2, which knows one way only.
    flags: u8,
    content: &'a [u8],
}

/// The frames that are used, in their order.
pub(super) fn frames(header: Header, body: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = after_extended_header(header, body);
    for _ in 0..MAX_FRAMES {
        let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) else {
            break;
        };
        if let Some((span, size)) = span(header, rest) {
            frames.extend(span.used(header));
            at += size;
            continue;
        }
        // What is wrong with it is unknown, so the search begins within it. Its content may be right as far as it goes: a
        // text that was cut off, or one before junk.
        let next = next_known(header, &rest[1..]).map_or(rest.len(), |skipped| 1 + skipped);
        frames.extend(damaged(header, &rest[..next]).and_then(|span| span.used(header)));
        at += next;
    }
    frames
}

/// Where the first frame begins. Some programs set the flag without writing the header.
fn after_extended_header(header: Header, body: &[u8]) -> usize {
    let bytes = match (header.version, header.flags & 0x40 != 0, body.first_chunk()) {
        (3, true, Some(size)) => 4_usize.saturating_add(u32::from_be_bytes(*size) as usize),
        (4, true, Some(size)) => synchsafe(*size) as usize,
        _ => 0,
    };
    let is_there = body.get(bytes..).is_some_and(|rest| is_boundary(header, rest));
    if is_there { bytes } else { 0 }
}

/// The frame that begins here, and its bytes with its header.
fn span(header: Header, body: &[u8]) -> Option<(Span<'_>, usize)> {
    let (id, flags, after) = frame_header(header, body)?;
    let size = sizes(header, body)?
        .into_iter()
        .find(|size| after.get(*size..).is_some_and(|rest| is_boundary(header, rest)))?;
    let content = after.get(..size)?;
    let header_bytes = body.len() - after.len();
    Some((Span { id, flags, content }, header_bytes + size))
}

/// A frame whose size is wrong, of all that stands before the next one.
fn damaged(header: Header, bytes: &[u8]) -> Option<Span<'_>> {
    let (id, flags, content) = frame_header(header, bytes)?;
    let size = sizes(header, bytes)?[0];
    let content = &content[..content.len().min(size.max(1))];
    Some(Span { id, flags, content })
}

/// Id, flags and what follows the header.
fn frame_header(header: Header, body: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let (id, after) = body.split_at_checked(header.id_bytes())?;
    if !is_id(id) {
        return None;
    }
    if header.version == 2 {
        return Some((id, 0, after.get(3..)?));
    }
    Some((id, *after.get(5)?, after.get(6..)?))
}

/// The sizes that the header may mean, the standard's first: the size is plain before version 2.4 and synchsafe since, and
/// programs mix that up.
fn sizes(header: Header, body: &[u8]) -> Option<[usize; 2]> {
    let (_, after) = body.split_at_checked(header.id_bytes())?;
    if header.version == 2 {
        let [a, b, c] = *after.first_chunk()?;
        return Some([u32::from_be_bytes([0, a, b, c]) as usize; 2]);
    }
    let size = *after.first_chunk()?;
    let (plain, safe) = (u32::from_be_bytes(size) as usize, synchsafe(size) as usize);
    Some(if header.version == 3 {
        [plain, safe]
    } else {
        [safe, plain]
    })
}

/// Whether a frame may end here: before the next one, padding, or the end.
fn is_boundary(header: Header, rest: &[u8]) -> bool {
    match rest {
        [] | [0, ..] => true,
        rest => {
            rest.len() < header.id_bytes()
                || (is_id(&rest[..header.id_bytes()]) && !rest[..header.id_bytes()].iter().all(u8::is_ascii_digit))
        }
    }
}

/// Where the next frame begins whose id is used and whose size is possible.
fn next_known(header: Header, body: &[u8]) -> Option<usize> {
    (0..body.len()).find(|at| {
        let rest = &body[*at..];
        let is_known = |id: &[u8]| matches!(id[0], b'T' | b'U' | b'A' | b'P') && Id::parse(id).is_some();
        rest.get(..header.id_bytes()).is_some_and(is_known)
            && sizes(header, rest).is_some_and(|sizes| sizes.iter().any(|size| *size > 0 && *size <= rest.len()))
    })
}

impl Span<'_> {
    fn used(&self, header: Header) -> Option<Frame> {
        let (id, old) = Id::parse(self.id)?;
        if self.content.len() > id.max_bytes() {
            return None;
        }
        let content = self.plain(header)?;
        Some(Frame { id, content, old })
    }

    /// `None` when it is compressed or encrypted.
    fn plain(&self, header: Header) -> Option<Vec<u8>> {
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

impl Header {
    fn id_bytes(self) -> usize {
        if self.version == 2 { 3 } else { 4 }
    }
}

/// Letters and digits; ids of version 2.2 with a last space or NUL are known ones.
fn is_id(id: &[u8]) -> bool {
    id.iter().all(u8::is_ascii_alphanumeric) || Id::parse(id).is_some()
}
