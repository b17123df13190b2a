//! WAV files: chunks of sound and tags
//! (<https://www.loc.gov/preservation/digital/formats/fdd/fdd000001.shtml>). Read here because lofty refuses files
//! whose header promises more sound than there is (live recordings, cut files), and so that ID3 goes through
//! [`super::id3`].

use std::{fs::File, io};

use super::{AudioError, AudioFormat, AudioProperties, id3, scan::Scan};

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
    sound_bytes: u64,
    /// A WAV file of the first INFO list and nothing else; empty without one.
    pub(super) info: Vec<u8>,
    /// An `ID3v2` tag, safe to read.
    pub(super) id3: Vec<u8>,
}

pub(super) fn chunks(file: &mut File, size: u64) -> io::Result<Chunks> {
    let mut scan = Scan::new(file, size, 0)?;
    let mut chunks = Chunks::default();
    scan.take(12)?;
    for _ in 0..MAX_CHUNKS {
        let Some([a, b, c, d, size @ ..]) = scan.peek::<8>(0)? else {
            break;
        };
        let size = u64::from(u32::from_le_bytes(size));
        if &[a, b, c, d] == b"LIST" && chunks.info.is_empty() && size <= MAX_LIST_BYTES {
            chunks.info = list(&mut scan, size)?;
        }
        scan.take(8)?;
        match &[a, b, c, d] {
            b"fmt " if chunks.format.is_none() => {
                chunks.format = scan.peek(0)?;
                chunks.subformat = scan.peek(24)?.filter(|_| size >= 26).map(u16::from_le_bytes);
            }
            b"data" => chunks.sound_bytes += size.min(scan.left()),
            b"id3 " | b"ID3 " if chunks.id3.is_empty() => chunks.id3 = id3::inner(&mut scan)?,
            _ => {}
        }
        scan.take(size + size % 2)?;
    }
    Ok(chunks)
}

impl Chunks {
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
            duration_ms: Some(self.sound_bytes * 1000 / u64::from(bytes_per_second)),
        })
    }
}

/// A WAV file of one list.
fn list(scan: &mut Scan<'_>, size: u64) -> io::Result<Vec<u8>> {
    let mut chunk = vec![0; usize::try_from(8 + size).map_err(io::Error::other)?];
    if !scan.peek_into(0, &mut chunk)? || chunk.get(8..12) != Some(b"INFO") {
        return Ok(Vec::new());
    }
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    let length = u32::try_from(chunk.len() + 4).map_err(io::Error::other)?;
    Ok([b"RIFF", length.to_le_bytes().as_slice(), b"WAVE", &chunk].concat())
}
