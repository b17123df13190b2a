//! The true length of MP3 and ADTS files: they are chains of frames and nothing else, so all of them are counted. A
//! header that promises a length may be missing, or wrong for a file that was cut or joined.

use std::{fs::File, io};

use super::{AudioFormat, scan::Scan};

/// One frame by its header.
#[derive(Clone, Copy)]
struct Frame {
    bytes: u64,
    samples: u64,
    sample_rate_hz: u32,
    channels: u8,
    /// What stays the same in all frames of a stream: version, layer and rate.
    kind: u32,
}

/// What a chain of frames adds up to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub(super) duration_ms: u64,
    pub(super) bitrate_kbps: u32,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: u8,
}

/// How a header is read.
type Parse = fn([u8; 7]) -> Option<Frame>;

/// Frames of one kind in a row that no junk looks like.
const CERTAIN: u64 = 4;

/// Where sound begins, of whatever kind, and its kind; `None` for what is no chain of frames.
pub(super) fn find(file: &mut File, end: u64, start: u64) -> io::Result<Option<(AudioFormat, u64)>> {
    let mut scan = Scan::new(file, end, start)?;
    loop {
        for (format, parse) in [(AudioFormat::Mp3, mp3_frame as Parse), (AudioFormat::Aac, adts_frame)] {
            // What begins with a frame needs one more; what is found among junk has to be certain.
            let needed = if scan.position() == start { 2 } else { CERTAIN };
            if in_a_row(&mut scan, parse, needed)?.is_some() {
                return Ok(Some((format, scan.position())));
            }
        }
        if !scan.find::<3>(may_begin)? {
            return Ok(None);
        }
    }
}

/// The chain of frames from `start` on, where the first one is; the sound ends at `end`.
pub(super) fn chain(file: &mut File, end: u64, start: u64, format: AudioFormat) -> io::Result<Option<Chain>> {
    let parse = if format == AudioFormat::Aac {
        adts_frame
    } else {
        mp3_frame
    };
    let mut scan = Scan::new(file, end, start)?;
    let Some(first) = scan.peek(0)?.and_then(parse) else {
        return Ok(None);
    };
    let (mut samples, mut bytes) = (0, 0);
    if is_header_frame(&mut scan)? {
        scan.take(first.bytes)?;
    }
    while let Some(header) = scan.peek(0)? {
        match parse(header).filter(|frame| frame.kind == first.kind) {
            // Cut off in the middle: not played.
            Some(frame) if frame.bytes > scan.left() => break,
            Some(frame) => {
                samples += frame.samples;
                bytes += frame.bytes;
                scan.take(frame.bytes)?;
            }
            None if find_again(&mut scan, parse, first)? => {}
            None => break,
        }
    }
    let duration_ms = samples * 1000 / u64::from(first.sample_rate_hz);
    let bitrate_kbps = (bytes * 8)
        .checked_div(duration_ms)
        .and_then(|kbps| u32::try_from(kbps).ok())
        .unwrap_or(0);
    Ok(Some(Chain {
        duration_ms,
        bitrate_kbps,
        sample_rate_hz: first.sample_rate_hz,
        channels: first.channels,
    }))
}

/// Goes past junk between frames: pictures and other tags hold bytes that look like single frames.
fn find_again(scan: &mut Scan<'_>, parse: Parse, first: Frame) -> io::Result<bool> {
    while scan.find::<3>(may_begin)? {
        if in_a_row(scan, parse, CERTAIN)?.is_some_and(|frame| frame.kind == first.kind) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a frame of either kind may begin with these three bytes; spares looking further at each byte of junk.
fn may_begin(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, b, c] if b & 0xe6 == 0xe2 => !matches!(c >> 4, 0 | 15) && c & 0x0c != 0x0c,
        [0xff, b, c] if b & 0xf6 == 0xf0 => c >> 2 & 15 < 13,
        _ => false,
    }
}

/// The frame here, when `needed` frames of its kind follow one another or end with the sound.
fn in_a_row(scan: &mut Scan<'_>, parse: Parse, needed: u64) -> io::Result<Option<Frame>> {
    let Some(first) = scan.peek(0)?.and_then(parse) else {
        return Ok(None);
    };
    let mut ahead = first.bytes;
    for count in 1..needed {
        // Fewer are enough when they end just where the sound does; a single one never.
        if ahead == scan.left() && count > 1 {
            break;
        }
        match scan.peek(ahead)?.and_then(parse).filter(|next| next.kind == first.kind) {
            Some(next) => ahead += next.bytes,
            None => return Ok(None),
        }
    }
    Ok(Some(first))
}

/// Whether the frame here holds a table of contents (Xing, Info, VBRI) in place of sound.
fn is_header_frame(scan: &mut Scan<'_>) -> io::Result<bool> {
    // After the frame header and up to 32 bytes of side information.
    let Some(start) = scan.peek::<48>(0)? else {
        return Ok(false);
    };
    Ok(start.windows(4).any(|name| matches!(name, b"Xing" | b"Info" | b"VBRI")))
}

/// Header of an MPEG layer III frame (ISO 11172-3, section 2.4.1.3; MPEG 2.5 by common use).
fn mp3_frame([a, b, c, d, ..]: [u8; 7]) -> Option<Frame> {
    const KBPS: [[u64; 14]; 2] = [
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let layer_three = a == 0xff && b & 0xe6 == 0xe2;
    let (version_one, divisor) = match b >> 3 & 3 {
        0 => (false, 4),
        2 => (false, 2),
        3 => (true, 1),
        _ => return None,
    };
    let base: u32 = *[44_100, 48_000, 32_000].get(usize::from(c >> 2 & 3))?;
    let kbps = KBPS[usize::from(!version_one)].get(usize::from(c >> 4).checked_sub(1)?)?;
    let sample_rate_hz = base / divisor;
    let samples = if version_one { 1152 } else { 576 };
    let bytes = samples / 8 * kbps * 1000 / u64::from(sample_rate_hz) + u64::from(c >> 1 & 1);
    let channels = if d >> 6 == 3 { 1 } else { 2 };
    let kind = u32::from(b & 0xfe) << 8 | u32::from(c & 0x0c);
    layer_three.then_some(Frame {
        bytes,
        samples,
        sample_rate_hz,
        channels,
        kind,
    })
}

/// Header of an ADTS frame (ISO 13818-7, section 6.2).
fn adts_frame(header: [u8; 7]) -> Option<Frame> {
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ];
    let bits = header.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    // Counted from the end of the 56 bits.
    let field = |from: u32, width: u32| bits >> from & ((1 << width) - 1);
    let sample_rate_hz = *RATES.get(usize::try_from(field(34, 4)).ok()?)?;
    let bytes = field(13, 13);
    let channels = match u8::try_from(field(30, 3)).ok()? {
        // Named in the stream itself; two in all but the rarest files.
        0 => 2,
        7 => 8,
        channels => channels,
    };
    let samples = 1024 * (field(0, 2) + 1);
    // The sync word, then a layer that is always 0.
    let right = field(44, 12) == 0xfff && field(41, 2) == 0 && bytes >= 7;
    // Version, profile and rate.
    let kind = u32::try_from(field(43, 1) << 6 | field(34, 6)).ok()?;
    right.then_some(Frame {
        bytes,
        samples,
        sample_rate_hz,
        channels,
        kind,
    })
}
