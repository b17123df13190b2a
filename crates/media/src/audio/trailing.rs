//! Tags at the end of a file: APE by its footer, `ID3v1`, and what may stand between and behind them.
//! (<https://wiki.hydrogenaud.io/index.php?title=APEv2_specification>, <https://id3.org/ID3v1>, <https://id3.org/Lyrics3v2>)

use std::{fs::File, io};

use lofty::id3::v1::GENRES;

use super::{
    id3,
    scan::Scan,
    tag::{Field, RawTag, Tag},
};

const MAX_TAGS: usize = 6;
const MAX_APE_BYTES: u64 = 24 * 1024 * 1024;
const MAX_APE_ITEMS: usize = 500;
const APE_FOOTER_BYTES: usize = 32;
const APE_FOOTER: u64 = APE_FOOTER_BYTES as u64;
/// Of padding behind a tag.
const MAX_ZEROS: u64 = 64 * 1024;
const ID3V1_BYTES: u64 = 128;
/// More room for the same texts, before an `ID3v1` tag.
const ENHANCED_BYTES: u64 = 227;
const APE: &[u8; 8] = b"APETAGEX";

/// Tags at the end of a file, the better kind first.
pub(super) struct Trailing {
    pub(super) tags: Vec<Tag>,
    /// Where what they stand behind ends.
    pub(super) start: u64,
}

/// Reads the tags at the end of a file, as far back as `begin`.
pub(super) fn trailing(file: &mut File, size: u64, begin: u64) -> io::Result<Trailing> {
    let (mut ape, mut old) = (Vec::new(), Vec::new());
    let mut end = end_of_tags(file, size, begin)?;
    for _ in 0..MAX_TAGS {
        let mut part = Part { file, begin, end };
        let bytes = if let Some(tag) = id3v1(part.last(ID3V1_BYTES)?)? {
            old.push(tag);
            let enhanced = peek(part.last(ID3V1_BYTES + ENHANCED_BYTES)?)? == Some(*b"TAG+");
            ID3V1_BYTES + if enhanced { ENHANCED_BYTES } else { 0 }
        } else if let Some(footer) = ape_footer(part.last(APE_FOOTER)?)? {
            let Some(mut scan) = part.last(footer.items_bytes + APE_FOOTER)? else {
                break;
            };
            // Some programs count the header in.
            let counted = scan.peek(0)? == Some(*APE);
            if counted {
                scan.take(APE_FOOTER)?;
            }
            ape.push(ape_items(scan, footer)?);
            let bytes = footer.bytes() - if counted && footer.has_header { APE_FOOTER } else { 0 };
            bytes.min(end - begin)
        } else if let Some(bytes) = lyrics(peek(part.last(15)?)?) {
            bytes
        } else if let Some(bytes) = peek(part.last(10)?)?.and_then(id3::bytes_before_footer) {
            bytes
        } else {
            break;
        };
        match end.checked_sub(bytes).filter(|start| *start >= begin) {
            Some(start) => end = start,
            None => break,
        }
    }
    ape.extend(old);
    Ok(Trailing { tags: ape, start: end })
}

/// Where an APE tag ends behind which zeros stand and nothing else; else the end of the file.
fn end_of_tags(file: &mut File, size: u64, begin: u64) -> io::Result<u64> {
    let start = size.saturating_sub(MAX_ZEROS).max(begin);
    let mut tail = vec![0; usize::try_from(size.saturating_sub(start)).map_err(io::Error::other)?];
    Scan::new(file, size, start)?.peek_into(0, &mut tail)?;
    let footer = tail.windows(APE_FOOTER_BYTES).rposition(|bytes| bytes.starts_with(APE));
    let end = footer.map(|at| at + APE_FOOTER_BYTES);
    let end = end.filter(|end| tail[*end..].iter().all(|byte| *byte == 0));
    Ok(end.map_or(size, |end| start + end as u64))
}

/// The part of a file in which tags are searched.
struct Part<'a> {
    file: &'a mut File,
    begin: u64,
    end: u64,
}

impl Part<'_> {
    /// Its last bytes; `None` when there are fewer.
    fn last(&mut self, bytes: u64) -> io::Result<Option<Scan<'_>>> {
        match self.end.checked_sub(bytes).filter(|start| *start >= self.begin) {
            Some(start) => Scan::new(self.file, self.end, start).map(Some),
            None => Ok(None),
        }
    }
}

/// The APE tag at the beginning of a file, and its bytes.
pub(super) fn leading_ape(file: &mut File, size: u64, start: u64) -> io::Result<Option<(Tag, u64)>> {
    let mut scan = Scan::new(file, size, start)?;
    let Some(header) = scan.peek(0)?.and_then(ApeFooter::parse) else {
        return Ok(None);
    };
    scan.take(APE_FOOTER)?;
    Ok(Some((ape_items(scan, header)?, header.items_bytes + 2 * APE_FOOTER)))
}

fn peek<const N: usize>(scan: Option<Scan<'_>>) -> io::Result<Option<[u8; N]>> {
    match scan {
        Some(mut scan) => scan.peek(0),
        None => Ok(None),
    }
}

fn id3v1(scan: Option<Scan<'_>>) -> io::Result<Option<Tag>> {
    let bytes: Option<[u8; 128]> = peek(scan)?;
    let Some(body) = bytes.as_ref().and_then(|bytes| bytes.strip_prefix(b"TAG")) else {
        return Ok(None);
    };
    let mut tag = RawTag::default();
    let texts = [
        (Field::Title, 0..30),
        (Field::Artist, 30..60),
        (Field::Album, 60..90),
        (Field::Year, 90..94),
    ];
    for (field, place) in texts {
        let text = body[place].split(|byte| *byte == 0).next().unwrap_or_default();
        tag.bytes(field, text.trim_ascii());
    }
    // The last two bytes of the comment, since version 1.1.
    if let (0, number @ 1..) = (body[122], body[123]) {
        tag.text(Field::TrackNumber, number.to_string());
    }
    if let Some(genre) = GENRES.get(usize::from(body[124])) {
        tag.text(Field::Genre, *genre);
    }
    Ok(Some(tag.decoded()))
}

/// The size stands before its end mark, in six digits.
fn lyrics(end: Option<[u8; 15]>) -> Option<u64> {
    let digits = end.as_ref()?.strip_suffix(b"LYRICS200")?;
    let size: u64 = str::from_utf8(digits).ok()?.parse().ok()?;
    Some(size + 15)
}

#[derive(Clone, Copy)]
struct ApeFooter {
    items_bytes: u64,
    items: usize,
    has_header: bool,
}

impl ApeFooter {
    fn parse(bytes: [u8; 32]) -> Option<Self> {
        let numbers = bytes.strip_prefix(APE)?;
        let number = |at: usize| u32::from_le_bytes([numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]]);
        Some(Self {
            items_bytes: u64::from(number(4)).checked_sub(APE_FOOTER)?,
            items: usize::try_from(number(8)).ok()?.min(MAX_APE_ITEMS),
            has_header: number(12) & 1 << 31 != 0,
        })
    }

    fn bytes(self) -> u64 {
        self.items_bytes + APE_FOOTER + if self.has_header { APE_FOOTER } else { 0 }
    }
}

fn ape_footer(scan: Option<Scan<'_>>) -> io::Result<Option<ApeFooter>> {
    Ok(peek(scan)?.and_then(ApeFooter::parse))
}

fn ape_items(mut scan: Scan<'_>, footer: ApeFooter) -> io::Result<Tag> {
    let bytes = footer.items_bytes.min(MAX_APE_BYTES).min(scan.left());
    let mut body = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
    scan.peek_into(0, &mut body)?;
    Ok(parse_ape(&body, footer.items))
}

fn parse_ape(mut body: &[u8], items: usize) -> Tag {
    let mut tag = RawTag::default();
    for _ in 0..items {
        let Some((key, flags, value, rest)) = ape_item(body) else {
            break;
        };
        body = rest;
        let is_text = flags & 6 == 0;
        if let Some(field) = Field::named(key).filter(|_| is_text) {
            tag.bytes(field, value);
        } else if let Some(kind) = key.to_ascii_lowercase().strip_prefix("cover art (") {
            // The name of a file, NUL, the picture.
            let image = value.splitn(2, |byte| *byte == 0).nth(1).unwrap_or_default();
            tag.picture(if kind == "front)" { 3 } else { 0 }, image.to_vec());
        }
    }
    tag.decoded()
}

fn ape_item(body: &[u8]) -> Option<(&str, u32, &[u8], &[u8])> {
    let (length, body) = body.split_first_chunk()?;
    let (flags, body) = body.split_first_chunk()?;
    let end = body.iter().take(256).position(|byte| *byte == 0)?;
    let key = str::from_utf8(&body[..end]).ok()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (value, rest) = body[end + 1..].split_at_checked(length)?;
    Some((key, u32::from_le_bytes(*flags), value, rest))
}
