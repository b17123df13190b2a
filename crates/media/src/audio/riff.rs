//! WAV files: chunks of sound and tags
//! (<https://www.loc.gov/preservation/digital/formats/fdd/fdd000001.shtml>, for RF64 and BW64 ITU-R BS.2088). Read here
//! because lofty refuses files whose header promises more sound than there is (live recordings, cut files), and texts that are
//! not UTF-8.

use std::{fs::File, io};

use encoding_rs::Encoding;

use super::{
    AudioError, AudioFormat, AudioProperties, encoding, id3,
    scan::Scan,
    tag::{Field, RawTag, Tag},
};

const MAX_LIST_BYTES: u64 = 1024 * 1024;
const MAX_CHUNKS: usize = 1000;
const PCM: u16 = 1;
const IEEE_FLOAT: u16 = 3;
/// The true codec stands further on, in the first two bytes of an id.
const EXTENSIBLE: u16 = 0xfffe;

#[derive(Default)]
pub(super) struct Chunks {
    format: Option<[u8; 16]>,
    /// Of an extensible format, the codec.
    subformat: Option<u16>,
    /// Of RF64, where the length of the sound does not fit into its chunk.
    long_sound_bytes: Option<u64>,
    sound_bytes: u64,
    /// The code page of texts, where a chunk names it.
    code_page: Option<&'static Encoding>,
    lists: Vec<Vec<u8>>,
    id3: Vec<Tag>,
}

pub(super) fn chunks(file: &mut File, size: u64, start: u64) -> io::Result<Chunks> {
    let mut scan = Scan::new(file, size, start)?;
    let mut chunks = Chunks::default();
    scan.take(12)?;
    for _ in 0..MAX_CHUNKS {
        let Some([a, b, c, d, size @ ..]) = scan.peek::<8>(0)? else {
            break;
        };
        let mut size = u64::from(u32::from_le_bytes(size));
        scan.take(8)?;
        match &[a, b, c, d] {
            b"fmt " if chunks.format.is_none() => {
                chunks.format = scan.peek(0)?;
                chunks.subformat = scan.peek(24)?.filter(|_| size >= 26).map(u16::from_le_bytes);
            }
            b"ds64" => chunks.long_sound_bytes = scan.peek(8)?.map(u64::from_le_bytes),
            b"data" => {
                size = chunks.length_of_sound(&mut scan, size)?;
                chunks.sound_bytes += size;
            }
            b"CSET" => chunks.code_page = scan.peek(0)?.map(u16::from_le_bytes).and_then(code_page),
            b"LIST" if size <= MAX_LIST_BYTES => chunks.lists.extend(list(&mut scan, size)?),
            b"id3 " | b"ID3 " if chunks.id3.is_empty() => chunks.id3.extend(id3::inner(&mut scan)?),
            _ => {}
        }
        scan.take(size)?;
        // Not every program writes the padding after an odd length.
        if size % 2 == 1 && (starts_chunk(&mut scan, 1)? || !starts_chunk(&mut scan, 0)?) {
            scan.take(1)?;
        }
    }
    Ok(chunks)
}

/// Whether an id of a chunk stands `ahead`, as far as can be seen.
fn starts_chunk(scan: &mut Scan<'_>, ahead: u64) -> io::Result<bool> {
    let id: Option<[u8; 4]> = scan.peek(ahead)?;
    Ok(id.is_some_and(|id| id.iter().all(|byte| matches!(byte, b' '..=b'~'))))
}

/// Whether a chunk stands here that fits: sound may begin with bytes that could be an id.
fn is_chunk(scan: &mut Scan<'_>) -> io::Result<bool> {
    let fits = scan.left().checked_sub(8);
    let size = scan.peek(4)?.map(u32::from_le_bytes).map(u64::from);
    Ok(starts_chunk(scan, 0)? && size.zip(fits).is_some_and(|(size, left)| size <= left))
}

/// Windows' numbers of code pages that occur; the others are found by their texts.
fn code_page(number: u16) -> Option<&'static Encoding> {
    let label = match number {
        866 => "ibm866".to_owned(),
        874 | 1250..=1258 => format!("windows-{number}"),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20866 => "koi8-r".to_owned(),
        28591..=28606 => format!("iso-8859-{}", number - 28590),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

impl Chunks {
    /// A live recording leaves a length of zero, or the largest one, in its header.
    fn length_of_sound(&self, scan: &mut Scan<'_>, size: u64) -> io::Result<u64> {
        let claimed = match size {
            0xffff_ffff => self.long_sound_bytes.unwrap_or(size),
            0 if !is_chunk(scan)? => u64::MAX,
            size => size,
        };
        Ok(claimed.min(scan.left()))
    }

    pub(super) fn properties(&self) -> Result<AudioProperties, AudioError> {
        let damaged = |reason: &str| AudioError::Damaged {
            format: AudioFormat::Wav,
            reason: reason.to_owned(),
        };
        let [c0, c1, n0, n1, r0, r1, r2, r3, b0, b1, b2, b3, ..] =
            self.format.ok_or_else(|| damaged("it does not describe its sound"))?;
        let codec = match u16::from_le_bytes([c0, c1]) {
            EXTENSIBLE => self.subformat.unwrap_or_default(),
            codec => codec,
        };
        let codec = match codec {
            PCM => "pcm",
            IEEE_FLOAT => "pcm_float",
            _ => return Err(AudioError::Unsupported("WAV with compressed sound")),
        };
        let channels = u8::try_from(u16::from_le_bytes([n0, n1])).unwrap_or(0);
        let sample_rate_hz = u32::from_le_bytes([r0, r1, r2, r3]);
        let bytes_per_second = u32::from_le_bytes([b0, b1, b2, b3]);
        if channels == 0 || sample_rate_hz == 0 || bytes_per_second == 0 {
            return Err(damaged("it names no channels or no sample rate"));
        }
        if self.sound_bytes == 0 {
            return Err(damaged("it holds no sound"));
        }
        Ok(AudioProperties {
            format: AudioFormat::Wav,
            codec,
            bitrate_kbps: bytes_per_second / 125,
            sample_rate_hz,
            channels,
            duration_ms: Some(self.sound_bytes.saturating_mul(1000) / u64::from(bytes_per_second)),
        })
    }

    /// The better kind first.
    pub(super) fn tags(self) -> Vec<Tag> {
        let mut tags = self.id3;
        let mut info = RawTag::default();
        for list in &self.lists {
            read_list(list, self.code_page, &mut info);
        }
        tags.push(info.decoded());
        tags
    }
}

/// The content of a list of texts.
fn list(scan: &mut Scan<'_>, size: u64) -> io::Result<Option<Vec<u8>>> {
    let size = size.min(scan.left());
    let mut chunk = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    scan.peek_into(0, &mut chunk)?;
    Ok(chunk.strip_prefix(b"INFO").map(<[u8]>::to_vec))
}

fn read_list(mut list: &[u8], code_page: Option<&'static Encoding>, tag: &mut RawTag) {
    for _ in 0..MAX_CHUNKS {
        let Some(([a, b, c, d, size @ ..], rest)) = list.split_first_chunk::<8>() else {
            break;
        };
        let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX);
        let (text, rest) = rest.split_at(size.min(rest.len()));
        let field = match &[*a, *b, *c, *d] {
            b"INAM" => Some(Field::Title),
            b"IART" => Some(Field::Artist),
            b"IPRD" | b"IALB" => Some(Field::Album),
            b"ICRD" => Some(Field::RecordingDate),
            b"IGNR" => Some(Field::Genre),
            b"ITRK" | b"IPRT" | b"TRCK" => Some(Field::TrackNumber),
            _ => None,
        };
        if let Some(field) = field {
            read_text(field, text, code_page, tag);
        }
        // Texts end with NUL and are padded, or not.
        list = match rest {
            [0, padded @ ..] if size % 2 == 1 => padded,
            rest => rest,
        };
    }
}

fn read_text(field: Field, text: &[u8], code_page: Option<&'static Encoding>, tag: &mut RawTag) {
    if encoding::has_utf16_mark(text) || encoding::looks_like_utf16(text) {
        tag.text(field, encoding::utf16(text, false).swap_remove(0));
        return;
    }
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    match code_page {
        Some(code_page) => tag.text(field, encoding::decode(text, code_page)),
        None => tag.bytes(field, text),
    }
}
