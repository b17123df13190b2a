//! The true length of MP3 and ADTS files: they are chains of frames and nothing else, so all of them are counted. A
//! header that promises a length may be missing, or wrong for a file that was cut or joined.

use std::{fs::File, io};

use super::scan::Scan;

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

/// The chain of an MP3 file from `start` on; `None` for a file that only begins like one.
pub(super) fn mp3(file: &mut File, size: u64, start: u64) -> io::Result<Option<Chain>> {
    chain(file, size, start, mp3_frame)
}

/// The chain of an ADTS file from `start` on.
pub(super) fn adts(file: &mut File, size: u64, start: u64) -> io::Result<Option<Chain>> {
    chain(file, size, start, adts_frame)
}

fn chain(file: &mut File, size: u64, start: u64, parse: fn([u8; 7]) -> Option<Frame>) -> io::Result<Option<Chain>> {
    let mut scan = Scan::new(file, size, start)?;
    let Some(first) = first_frame(&mut scan, parse)? else {
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
            None if scan.miss()? => {}
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

/// Goes to the first frame that another one of its kind follows.
fn first_frame(scan: &mut Scan<'_>, parse: fn([u8; 7]) -> Option<Frame>) -> io::Result<Option<Frame>> {
    while let Some(header) = scan.peek(0)? {
        if let Some(frame) = parse(header) {
            let next = scan.peek(frame.bytes)?.and_then(parse);
            if next.is_some_and(|next| next.kind == frame.kind) {
                return Ok(Some(frame));
            }
        }
        if !scan.miss()? {
            break;
        }
    }
    Ok(None)
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
