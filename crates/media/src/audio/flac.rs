//! FLAC files (RFC 9639): blocks of tags, and the length by the last frame where the header does not know it, as in
//! files from a pipe, or where the file was cut.

use std::{fs::File, io};

use super::{
    AudioError, AudioFormat, AudioProperties,
    scan::Scan,
    tag::{RawTag, Tag},
    vorbis,
};

const MAX_BLOCKS: usize = 500;
/// Bytes of blocks that are read: three covers of the largest size, and then some.
const MAX_BLOCK_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes before the end of the sound in which the last frame begins.
const MAX_LAST_FRAME: u64 = 1024 * 1024;
const MAX_FRAME_HEADER: usize = 16;

pub(super) struct Flac {
    info: [u8; 18],
    sound_start: u64,
    pub(super) tag: Tag,
}

/// Reads the blocks before the sound; `start` is where `fLaC` stands.
pub(super) fn read(file: &mut File, size: u64, start: u64) -> Result<Flac, AudioError> {
    let mut scan = Scan::new(file, size, start)?;
    let (mut info, mut tag) = (None, RawTag::default());
    let (mut position, mut left) = (start + 4, MAX_BLOCK_BYTES);
    scan.take(4)?;
    for _ in 0..MAX_BLOCKS {
        let Some([kind, bytes @ ..]) = scan.peek::<4>(0)? else {
            break;
        };
        let bytes = u64::from(u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]));
        scan.take(4)?;
        match kind & 0x7f {
            0 if info.is_none() => info = scan.peek(0)?,
            4 | 6 if bytes <= left.min(scan.left()) => {
                left -= bytes;
                let mut block = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
                scan.peek_into(0, &mut block)?;
                match kind & 0x7f {
                    4 => vorbis::comments(&block, &mut tag),
                    _ => vorbis::picture(&block, &mut tag),
                }
            }
            _ => {}
        }
        scan.take(bytes)?;
        position += 4 + bytes;
        if kind & 0x80 != 0 {
            break;
        }
    }
    Ok(Flac {
        info: info.ok_or_else(|| damaged("it does not describe its sound"))?,
        sound_start: position,
        tag: tag.decoded(),
    })
}

impl Flac {
    /// `end` is where the sound ends.
    pub(super) fn properties(&self, file: &mut File, end: u64) -> Result<AudioProperties, AudioError> {
        let bits = self.info[10..]
            .iter()
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        let sample_rate_hz = u32::try_from(bits >> 44).unwrap_or(0);
        let channels = u8::try_from(bits >> 41 & 7).unwrap_or(0) + 1;
        if sample_rate_hz == 0 {
            return Err(damaged("it names no sample rate"));
        }
        let (claimed, found) = (bits & 0xf_ffff_ffff, self.samples(file, end)?);
        // What the frames say counts, unless the header says less: the last frame may be padded.
        let samples = match found {
            Some(found) if claimed == 0 || found < claimed => found,
            _ => claimed,
        };
        let duration_ms = samples * 1000 / u64::from(sample_rate_hz);
        let bytes = end.saturating_sub(self.sound_start);
        let kbps = (bytes * 8)
            .checked_div(duration_ms)
            .and_then(|kbps| u32::try_from(kbps).ok());
        Ok(AudioProperties {
            format: AudioFormat::Flac,
            codec: "flac",
            bitrate_kbps: kbps.unwrap_or(0),
            sample_rate_hz,
            channels,
            duration_ms: (duration_ms > 0).then_some(duration_ms),
        })
    }

    /// Where the last frame ends, in samples from the beginning.
    fn samples(&self, file: &mut File, end: u64) -> io::Result<Option<u64>> {
        let start = self.sound_start.max(end.saturating_sub(MAX_LAST_FRAME)).min(end);
        let mut scan = Scan::new(file, end, start)?;
        let mut bytes = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
        scan.peek_into(0, &mut bytes)?;
        let block_size = u64::from(u16::from_be_bytes([self.info[0], self.info[1]]));
        let starts = (0..bytes.len().saturating_sub(MAX_FRAME_HEADER)).rev();
        // From the end: the first header with a right checksum is the last frame's.
        Ok(starts
            .filter(|at| bytes[*at] == 0xff && bytes[*at + 1] & 0xfe == 0xf8)
            .find_map(|at| frame_end(&bytes[at..at + MAX_FRAME_HEADER], block_size)))
    }
}

/// The sample at which the frame ends that begins with these bytes, if its checksum is right.
fn frame_end(header: &[u8], fixed_size: u64) -> Option<u64> {
    let (has_sample_number, size_code, rate_code) = (header[1] & 1 == 1, header[2] >> 4, header[2] & 15);
    if header[3] & 1 == 1 || size_code == 0 || rate_code == 15 {
        return None;
    }
    let (number, mut at) = coded_number(&header[4..])?;
    at += 4;
    let samples = match size_code {
        1 => 192,
        2..=5 => 576 << (size_code - 2),
        6 => u64::from(header[at]) + 1,
        7 => u64::from(u16::from_be_bytes([header[at], header[at + 1]])) + 1,
        code => 256 << (code - 8),
    };
    at += match size_code {
        6 => 1,
        7 => 2,
        _ => 0,
    } + match rate_code {
        12 => 1,
        13 | 14 => 2,
        _ => 0,
    };
    let checksum = *header.get(at)?;
    let first = if has_sample_number {
        number
    } else {
        number.checked_mul(fixed_size)?
    };
    (crc8(&header[..at]) == checksum).then_some(first + samples)
}

/// A number of up to 36 bits, written as UTF-8 writes characters, and its bytes.
fn coded_number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let ones = first.leading_ones() as usize;
    let more = match ones {
        0 => return Some((first.into(), 1)),
        2..=7 => ones - 1,
        _ => return None,
    };
    let begin = u64::from(first) & ((1 << (7 - ones)) - 1);
    let number = bytes.get(1..=more)?.iter().try_fold(begin, |number, byte| {
        (byte & 0xc0 == 0x80).then_some(number << 6 | u64::from(byte & 0x3f))
    })?;
    Some((number, more + 1))
}

/// Polynomial x^8 + x^2 + x + 1 (RFC 9639, section 9.1.8).
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ byte,
            |crc: u8, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 7 },
        )
    })
}

fn damaged(reason: &str) -> AudioError {
    AudioError::Damaged {
        format: AudioFormat::Flac,
        reason: reason.to_owned(),
    }
}
