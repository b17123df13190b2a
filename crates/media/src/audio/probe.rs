//! What a file is, and which part of it is read by what.

use std::{error::Error, fs::File, io::BufReader};

use lofty::{
    config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options},
    file::AudioFile,
    mp4::{Mp4Codec, Mp4File, Mp4Properties},
};

use super::{
    AudioError, AudioFormat, AudioProperties, Cover, Parsed, Tags,
    budget::Budget,
    flac, frames, id3, mp4, ogg, riff,
    scan::Scan,
    tag::Tag,
    trailing::{leading_ape, trailing},
};

/// Bytes that lofty reads from one file. Three covers of the largest size, and then some.
const MAX_READ_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of one item of a tag.
const MAX_ITEM_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn read(file: &mut File, size: u64) -> Result<Parsed, AudioError> {
    let leading = id3::leading(file, size)?;
    let mut tags = leading.tags;
    let mut start = leading.end.min(size);
    if let Some((ape, bytes)) = leading_ape(file, size, start)? {
        tags.push(ape);
        start = start.saturating_add(bytes).min(size);
    }
    // Padding that no tag counts as its own. An MP4 file begins with zeros itself.
    if start > 0 {
        start = after_zeros(file, size, start)?;
    }
    let behind = trailing(file, size, start)?;
    // Tags in order of precedence: those that belong to the format first.
    let (properties, tags) = match sniff(file, size, start)? {
        FileKind::Flac => {
            let flac = flac::read(file, size, start)?;
            let properties = flac.properties(file, behind.start)?;
            (
                properties,
                [vec![flac.tag], tags, behind.tags].into_iter().flatten().collect(),
            )
        }
        FileKind::Ogg => {
            let ogg = ogg::read(file, size, start)?;
            (ogg.properties, vec![ogg.tag])
        }
        FileKind::Mp4 => read_mp4(file, size)?,
        FileKind::Wav => {
            let chunks = riff::chunks(file, size, start)?;
            (
                chunks.properties()?,
                [chunks.tags(), tags].into_iter().flatten().collect(),
            )
        }
        FileKind::Frames => {
            tags.extend(behind.tags);
            read_frames(file, behind.start, start, tags)?
        }
    };
    Ok(Parsed {
        properties,
        cover: Cover::choose(&tags),
        tags: Tags::read(&tags),
    })
}

enum FileKind {
    Flac,
    Ogg,
    Mp4,
    Wav,
    /// MP3 or AAC, or nothing that is known.
    Frames,
}

/// What the file is by its beginning, behind tags.
fn sniff(file: &mut File, size: u64, start: u64) -> Result<FileKind, AudioError> {
    let mut scan = Scan::new(file, size, start)?;
    let Some(magic) = scan.peek::<12>(0)? else {
        return Ok(FileKind::Frames);
    };
    Ok(match &magic {
        [b'f', b'L', b'a', b'C', ..] => FileKind::Flac,
        [b'O', b'g', b'g', b'S', ..] => match scan.peek::<5>(28)? {
            Some([b'S', b'p', b'e', b'e', b'x']) => return Err(AudioError::Unsupported("Speex")),
            Some([0x7f, b'F', b'L', b'A', b'C']) => return Err(AudioError::Unsupported("FLAC in Ogg")),
            _ => FileKind::Ogg,
        },
        [b'R', b'I', b'F', b'F', .., b'W', b'A', b'V', b'E']
        | [b'R', b'F', b'6', b'4', .., b'W', b'A', b'V', b'E']
        | [b'B', b'W', b'6', b'4', .., b'W', b'A', b'V', b'E'] => FileKind::Wav,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => FileKind::Mp4,
        [b'F', b'O', b'R', b'M', .., b'A', b'I', b'F', b'F' | b'C'] => return Err(AudioError::Unsupported("AIFF")),
        [b'M', b'A', b'C', b' ', ..] => return Err(AudioError::Unsupported("Monkey's Audio")),
        [b'M', b'P', b'+', ..] | [b'M', b'P', b'C', b'K', ..] => return Err(AudioError::Unsupported("Musepack")),
        [b'w', b'v', b'p', b'k', ..] => return Err(AudioError::Unsupported("WavPack")),
        [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, ..] => {
            return Err(AudioError::Unsupported("Windows Media Audio"));
        }
        _ => FileKind::Frames,
    })
}

fn after_zeros(file: &mut File, size: u64, start: u64) -> Result<u64, AudioError> {
    let mut scan = Scan::new(file, size, start)?;
    scan.take_while_zero()?;
    Ok(scan.position())
}

/// MP3 and AAC are chains of frames, wherever the first of them is: what its header promises is counted instead.
fn read_frames(
    file: &mut File,
    end: u64,
    start: u64,
    tags: Vec<Tag>,
) -> Result<(AudioProperties, Vec<Tag>), AudioError> {
    // Without frames it only looked like one: any file may hold the two bytes of a frame's beginning.
    let (format, start) = frames::find(file, end, start)?.ok_or(AudioError::Unknown)?;
    let chain = frames::chain(file, end, start, format)?.ok_or(AudioError::Unknown)?;
    let properties = AudioProperties {
        format,
        codec: if format == AudioFormat::Aac { "aac" } else { "mp3" },
        bitrate_kbps: chain.bitrate_kbps,
        sample_rate_hz: chain.sample_rate_hz,
        channels: chain.channels,
        duration_ms: Some(chain.duration_ms),
    };
    Ok((properties, tags))
}

/// Of MP4 lofty reads what the sound is.
fn read_mp4(file: &mut File, size: u64) -> Result<(AudioProperties, Vec<Tag>), AudioError> {
    // The options belong to the thread, and the blocking threads are shared.
    apply_global_options(
        GlobalOptions::new()
            .use_custom_resolvers(false)
            .preserve_format_specific_items(false)
            .allocation_limit(MAX_ITEM_BYTES),
    );
    let damaged = |reason: String| AudioError::Damaged {
        format: AudioFormat::M4a,
        reason,
    };
    let options = ParseOptions::new().parsing_mode(ParsingMode::Relaxed).read_tags(false);
    let mp4 = Mp4File::read_from(
        &mut BufReader::new(Budget::new(&mut *file, 0, MAX_READ_BYTES)?),
        options,
    )
    .map_err(|error| damaged(innermost(&error)))?;
    let properties = mp4.properties();
    let codec = mp4_codec(properties)?;
    let sample_rate_hz = properties.sample_rate().filter(|rate| *rate > 0);
    let channels = properties.channels().filter(|channels| *channels > 0);
    let (Some(sample_rate_hz), Some(channels)) = (sample_rate_hz, channels) else {
        return Err(damaged("it names no sample rate or no channels".to_owned()));
    };
    let described_ms = u64::try_from(properties.duration().as_millis()).unwrap_or(0);
    let boxes = mp4::boxes(file, size)?;
    let duration_ms = boxes.duration_ms.unwrap_or(described_ms);
    let average = (size * 8)
        .checked_div(duration_ms)
        .and_then(|kbps| u32::try_from(kbps).ok());
    let bitrate = properties.audio_bitrate().filter(|kbps| *kbps > 0);
    let properties = AudioProperties {
        format: AudioFormat::M4a,
        codec,
        bitrate_kbps: bitrate.or(average).unwrap_or(0),
        sample_rate_hz,
        channels,
        duration_ms: (duration_ms > 0).then_some(duration_ms),
    };
    Ok((properties, boxes.tag.into_iter().collect()))
}

fn mp4_codec(properties: &Mp4Properties) -> Result<&'static str, AudioError> {
    match properties.codec() {
        _ if properties.is_drm_protected() => Err(AudioError::Protected),
        Some(Mp4Codec::AAC) => Ok("aac"),
        Some(Mp4Codec::ALAC) => Ok("alac"),
        Some(Mp4Codec::MP3) => Ok("mp3"),
        Some(Mp4Codec::FLAC) => Ok("flac"),
        _ => Err(AudioError::Unsupported("MP4 with sound other than AAC or ALAC")),
    }
}

/// The innermost cause: the outer ones only say that something is wrong.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
