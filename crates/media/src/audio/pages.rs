//! The true length of Ogg files, from the positions that their pages carry (RFC 3533, section 6). A file may be several
//! streams in a row, may have been cut, and may be a piece of a broadcast whose positions do not begin at zero.

use std::{fs::File, io};

use super::scan::Scan;

/// A first position later than this is that of a broadcast, not of a long page.
const MAX_PAGE_S: u64 = 10;
/// Of a page, before the sizes of its segments.
const HEADER_BYTES: usize = 27;
/// The position of a page on which no packet ends.
const NO_POSITION: u64 = u64::MAX;

/// One stream of Vorbis or Opus.
struct Stream {
    serial: u32,
    /// Positions in one second.
    rate: u64,
    /// Positions at the beginning that are not played (RFC 7845, section 4.2).
    pre_skip: u64,
    first: Option<u64>,
    last: u64,
}

impl Stream {
    fn duration_ms(&self) -> u64 {
        let start = self
            .first
            .filter(|first| *first > MAX_PAGE_S * self.rate)
            .unwrap_or(self.pre_skip);
        let played = u128::from(self.last.saturating_sub(start));
        u64::try_from(played * 1000 / u128::from(self.rate)).unwrap_or(u64::MAX)
    }

    fn reach(&mut self, position: u64) {
        // Pages of headers stand at zero.
        if position != 0 && position != NO_POSITION {
            self.first.get_or_insert(position);
            self.last = self.last.max(position);
        }
    }
}

/// Length of all streams of sound in the file, in milliseconds; 0 when unknown.
pub(super) fn duration_ms(file: &mut File, size: u64) -> io::Result<u64> {
    let mut scan = Scan::new(file, size, 0)?;
    let mut streams: Vec<Stream> = Vec::new();
    while let Some(header) = scan.peek(0)? {
        let Some(page) = page(&mut scan, header)? else {
            if scan.miss()? {
                continue;
            }
            break;
        };
        // Cut off in the middle: not played.
        if page.bytes > scan.left() {
            break;
        }
        if page.first {
            streams.extend(sound(&mut scan, page)?);
        } else if let Some(stream) = streams.iter_mut().rfind(|stream| stream.serial == page.serial) {
            stream.reach(page.position);
        }
        scan.take(page.bytes)?;
    }
    Ok(streams.iter().map(Stream::duration_ms).fold(0, u64::saturating_add))
}

#[derive(Clone, Copy)]
struct Page {
    /// Whether a stream begins with it.
    first: bool,
    position: u64,
    serial: u32,
    header_bytes: u64,
    bytes: u64,
}

fn page(scan: &mut Scan<'_>, header: [u8; HEADER_BYTES]) -> io::Result<Option<Page>> {
    let [b'O', b'g', b'g', b'S', 0, kind, rest @ .., segments] = header else {
        return Ok(None);
    };
    let mut sizes = [0; 255];
    let sizes = &mut sizes[..usize::from(segments)];
    if !scan.peek_into(HEADER_BYTES as u64, sizes)? {
        return Ok(None);
    }
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let header_bytes = (HEADER_BYTES + sizes.len()) as u64;
    Ok(Some(Page {
        first: kind & 2 != 0,
        position: number(&rest[..8]),
        serial: u32::from_le_bytes([rest[8], rest[9], rest[10], rest[11]]),
        header_bytes,
        bytes: header_bytes + sizes.iter().map(|size| u64::from(*size)).sum::<u64>(),
    }))
}

/// The stream that begins with this page, if it is one of sound (Vorbis I, section 4.2.2; RFC 7845, section 5.1).
fn sound(scan: &mut Scan<'_>, page: Page) -> io::Result<Option<Stream>> {
    let Some(head) = scan.peek::<16>(page.header_bytes)? else {
        return Ok(None);
    };
    let (rate, pre_skip) = match head {
        [1, b'v', b'o', b'r', b'b', b'i', b's', _, _, _, _, _, a, b, c, d] => (u32::from_le_bytes([a, b, c, d]), 0),
        [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', _, _, a, b, ..] => (48_000, u16::from_le_bytes([a, b])),
        _ => return Ok(None),
    };
    let stream = Stream {
        serial: page.serial,
        rate: rate.into(),
        pre_skip: pre_skip.into(),
        first: None,
        last: 0,
    };
    Ok((rate > 0).then_some(stream))
}
