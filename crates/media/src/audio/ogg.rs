//! Ogg files with Vorbis or Opus (RFC 3533, RFC 7845, <https://xiph.org/vorbis/doc/Vorbis_I_spec.html>). The true length
//! is that of the positions which pages carry: a file may be several streams in a row, may have been cut, and may be a
//! piece of a longer recording, whose positions do not begin at zero.

use std::{fs::File, io};

use super::{
    AudioError, AudioFormat, AudioProperties,
    scan::Scan,
    tag::{RawTag, Tag},
    vorbis,
};

/// Of a page, before the sizes of its segments.
const HEADER_BYTES: usize = 27;
/// The position of a page on which no packet ends.
const NO_POSITION: u64 = u64::MAX;
/// Bytes of the packet of comments: a cover stands in it as text.
const MAX_COMMENT_BYTES: usize = 24 * 1024 * 1024;

/// One stream of Vorbis or Opus.
struct Stream {
    format: AudioFormat,
    serial: u64,
    channels: u8,
    /// Positions in one second.
    rate: u32,
    /// Positions at the beginning that are not played (RFC 7845, section 4.2).
    pre_skip: u64,
    /// Positions that a packet of Vorbis makes at most; Opus says it in each packet.
    packet: u64,
    /// Headers that are still to come.
    headers: u64,
    start: Option<u64>,
    last: u64,
}

impl Stream {
    fn duration_ms(&self) -> u64 {
        let start = self.start.unwrap_or(0).max(self.pre_skip);
        let played = u128::from(self.last.saturating_sub(start));
        u64::try_from(played * 1000 / u128::from(self.rate)).unwrap_or(u64::MAX)
    }

    /// Goes past a page.
    fn reach(&mut self, scan: &mut Scan<'_>, page: &Page) -> io::Result<()> {
        let packets = page.packets();
        if self.headers > 0 {
            self.headers = self.headers.saturating_sub(packets);
            return Ok(());
        }
        if page.position == NO_POSITION || packets == 0 {
            return Ok(());
        }
        if self.start.is_none() {
            let length = match self.format {
                AudioFormat::Opus => page.opus_length(scan)?,
                _ => packets * self.packet,
            };
            // Later than the page's own packets reach is the position in a longer recording.
            self.start = Some(page.position.saturating_sub(length));
        }
        self.last = self.last.max(page.position);
        Ok(())
    }
}

/// What an Ogg file holds.
pub(super) struct Ogg {
    pub(super) properties: AudioProperties,
    pub(super) tag: Tag,
}

pub(super) fn read(file: &mut File, size: u64, start: u64) -> Result<Ogg, AudioError> {
    let mut scan = Scan::new(file, size, start)?;
    let mut streams: Vec<Stream> = Vec::new();
    let mut comments = Comments::default();
    while let Some(header) = scan.peek(0)? {
        let Some(page) = page(&mut scan, header)? else {
            if scan.find::<4>(|bytes| bytes == b"OggS")? {
                continue;
            }
            break;
        };
        // Cut off in the middle: not played.
        if page.bytes > scan.left() {
            break;
        }
        if page.first {
            streams.extend(sound(&mut scan, &page)?);
        } else if let Some(stream) = streams.iter_mut().rfind(|stream| stream.serial == page.serial) {
            stream.reach(&mut scan, &page)?;
        }
        if streams
            .first()
            .is_some_and(|stream| stream.serial == page.serial && !page.first)
        {
            comments.read(&mut scan, &page)?;
        }
        scan.take(page.bytes)?;
    }
    let duration_ms = streams.iter().map(Stream::duration_ms).fold(0, u64::saturating_add);
    let first = streams.first().ok_or(AudioError::Unknown)?;
    Ok(Ogg {
        properties: first.properties(size - start, duration_ms)?,
        tag: comments.tag(),
    })
}

impl Stream {
    fn properties(&self, bytes: u64, duration_ms: u64) -> Result<AudioProperties, AudioError> {
        if self.rate == 0 || self.channels == 0 {
            return Err(AudioError::Damaged {
                format: self.format,
                reason: "it names no sample rate or no channels".to_owned(),
            });
        }
        let kbps = (bytes * 8)
            .checked_div(duration_ms)
            .and_then(|kbps| u32::try_from(kbps).ok());
        Ok(AudioProperties {
            format: self.format,
            codec: if self.format == AudioFormat::Opus {
                "opus"
            } else {
                "vorbis"
            },
            bitrate_kbps: kbps.unwrap_or(0),
            sample_rate_hz: self.rate,
            channels: self.channels,
            duration_ms: (duration_ms > 0).then_some(duration_ms),
        })
    }
}

struct Page {
    /// Whether a stream begins with it.
    first: bool,
    /// Whether its first packet began on the page before.
    is_continued: bool,
    position: u64,
    serial: u64,
    /// Bytes of its segments; a packet ends with one that is not full.
    sizes: Vec<u8>,
    bytes: u64,
}

impl Page {
    fn header_bytes(&self) -> u64 {
        (HEADER_BYTES + self.sizes.len()) as u64
    }

    /// How many packets end on it.
    fn packets(&self) -> u64 {
        self.sizes.iter().filter(|size| **size < 255).count() as u64
    }

    /// Samples of the Opus packets that end on it; one that began on the page before is taken to be as long as the others.
    fn opus_length(&self, scan: &mut Scan<'_>) -> io::Result<u64> {
        let (mut length, mut last, mut at, mut begins) = (0, 0, self.header_bytes(), !self.is_continued);
        for size in &self.sizes {
            if begins && let Some(first) = scan.peek::<2>(at)? {
                last = opus_samples(first);
            }
            at += u64::from(*size);
            begins = *size < 255;
            length += if begins { last } else { 0 };
        }
        Ok(length)
    }
}

/// Samples of a packet by its first two bytes (RFC 6716, section 3.1).
fn opus_samples([toc, count]: [u8; 2]) -> u64 {
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..16 => [480, 960][usize::from(config & 1)],
        config => 120 << (config & 3),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => count & 0x3f,
    };
    frame * u64::from(frames)
}

fn page(scan: &mut Scan<'_>, header: [u8; HEADER_BYTES]) -> io::Result<Option<Page>> {
    let [b'O', b'g', b'g', b'S', 0, kind, rest @ .., segments] = header else {
        return Ok(None);
    };
    let mut sizes = vec![0; usize::from(segments)];
    if !scan.peek_into(HEADER_BYTES as u64, &mut sizes)? {
        return Ok(None);
    }
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    Ok(Some(Page {
        first: kind & 2 != 0,
        is_continued: kind & 1 != 0,
        position: number(&rest[..8]),
        serial: number(&rest[8..12]),
        bytes: (HEADER_BYTES + sizes.len()) as u64 + sizes.iter().map(|size| u64::from(*size)).sum::<u64>(),
        sizes,
    }))
}

/// The stream that begins with this page, if it is one of sound (Vorbis I, section 4.2.2; RFC 7845, section 5.1).
fn sound(scan: &mut Scan<'_>, page: &Page) -> io::Result<Option<Stream>> {
    let Some(head) = scan.peek::<29>(page.header_bytes())? else {
        // The header of Opus is shorter, and nothing need follow it.
        return Ok(None);
    };
    let stream = |format, channels, rate, pre_skip: u16, packet, headers| Stream {
        format,
        serial: page.serial,
        channels,
        rate,
        pre_skip: pre_skip.into(),
        packet,
        headers,
        start: None,
        last: 0,
    };
    Ok(match head {
        [
            1,
            b'v',
            b'o',
            b'r',
            b'b',
            b'i',
            b's',
            _,
            _,
            _,
            _,
            channels,
            a,
            b,
            c,
            d,
            ..,
            sizes,
        ] => {
            let rate = u32::from_le_bytes([a, b, c, d]);
            // Half of a long block; its size is a power of two.
            let packet = 1 << (sizes >> 4) >> 1;
            (rate > 0).then(|| stream(AudioFormat::Ogg, channels, rate, 0, packet, 2))
        }
        [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', _, channels, a, b, ..] => Some(stream(
            AudioFormat::Opus,
            channels,
            48_000,
            u16::from_le_bytes([a, b]),
            0,
            1,
        )),
        _ => None,
    })
}

/// The packet of comments, which may go on over many pages.
#[derive(Default)]
struct Comments {
    packet: Vec<u8>,
    is_whole: bool,
}

impl Comments {
    fn read(&mut self, scan: &mut Scan<'_>, page: &Page) -> io::Result<()> {
        if self.is_whole {
            return Ok(());
        }
        let end = page.sizes.iter().position(|size| *size < 255);
        let segments = &page.sizes[..end.map_or(page.sizes.len(), |end| end + 1)];
        let bytes: usize = segments.iter().map(|size| usize::from(*size)).sum();
        let mut part = vec![0; bytes];
        scan.peek_into(page.header_bytes(), &mut part)?;
        self.packet.append(&mut part);
        self.is_whole = end.is_some() || self.packet.len() > MAX_COMMENT_BYTES;
        Ok(())
    }

    fn tag(&self) -> Tag {
        let mut tag = RawTag::default();
        let packet = self.packet.as_slice();
        if let Some(comments) = packet.strip_prefix(b"\x03vorbis").or(packet.strip_prefix(b"OpusTags")) {
            vorbis::comments(comments, &mut tag);
        }
        tag.decoded()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn page(kind: u8, position: u64, packets: &[&[u8]]) -> Vec<u8> {
        let sizes: Vec<u8> = packets
            .iter()
            .map(|packet| u8::try_from(packet.len()).expect("a small packet"))
            .collect();
        let header = [
            b"OggS\0".as_slice(),
            &[kind],
            &position.to_le_bytes(),
            &[0; 12],
            &[u8::try_from(sizes.len()).expect("few")],
        ];
        [header.concat(), sizes, packets.concat()].concat()
    }

    fn opus(pages: &[(u64, &[&[u8]])]) -> u64 {
        let head = [
            b"OpusHead\x01\x02".as_slice(),
            &312_u16.to_le_bytes(),
            &48_000_u32.to_le_bytes(),
            &[0; 3],
        ]
        .concat();
        let headers = [page(2, 0, &[&head]), page(0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"])];
        let sound = pages.iter().map(|(position, packets)| page(0, *position, packets));
        let bytes: Vec<u8> = headers.into_iter().chain(sound).flatten().collect();
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("written");
        let ogg = read(&mut file, bytes.len() as u64, 0).expect("an Ogg");
        ogg.properties.duration_ms.unwrap_or(0)
    }

    #[test]
    fn opus_is_as_long_as_its_packets_wherever_its_positions_begin() {
        // 20 ms each; 60 ms; two frames of 20 ms; three of them by their count.
        let (short, long, two, three) = (
            &[0x78_u8, 0][..],
            &[0x58_u8, 0][..],
            &[0x79_u8, 0][..],
            &[0x7b_u8, 3][..],
        );
        assert_eq!(opus(&[(960 + 312, &[short]), (1920 + 312, &[short])]), 40);
        assert_eq!(opus(&[(2880 + 312, &[long])]), 60);
        assert_eq!(opus(&[(1_000_000, &[short, long]), (1_048_000, &[short])]), 1080);
        assert_eq!(opus(&[(1_000_000, &[two]), (1_048_000, &[short])]), 1040);
        assert_eq!(opus(&[(1_000_000, &[three]), (1_048_000, &[short])]), 1060);
        assert_eq!(opus(&[]), 0);
    }
}
