//! Reading one file with lofty, and what lofty leaves out.

use std::{
    error::Error,
    fs::File,
    io::{BufReader, Cursor, Read, Seek, SeekFrom},
};

use lofty::{
    config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options},
    error::FileParseError,
    file::{AudioFile, FileType, TaggedFile, TaggedFileExt},
    mp4::{Mp4Codec, Mp4File},
    probe::Probe,
    properties::FileProperties,
    tag::Tag,
};

use super::{AudioError, AudioFormat, AudioProperties, Cover, Parsed, Tags, budget::Budget, frames, id3, pages, riff};

/// Bytes of tags that are read from one file. Three covers of the largest size, and then some.
const MAX_READ_BYTES: usize = 64 * 1024 * 1024;
/// Bytes at the end of a file that are searched for tags.
const MAX_TAIL_BYTES: u64 = 1024 * 1024;
/// Bytes of one item of a tag.
const MAX_ITEM_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn read(file: &mut File, size: u64) -> Result<Parsed, AudioError> {
    // The options belong to the thread, and the blocking threads are shared.
    apply_global_options(
        GlobalOptions::new()
            .use_custom_resolvers(false)
            .preserve_format_specific_items(false)
            .allocation_limit(MAX_ITEM_BYTES),
    );
    let format = sniff(file)?;
    let leading = id3::leading(file, size)?;
    // Tags in order of precedence: those that belong to the format first.
    let (properties, tags) = match format {
        AudioFormat::Mp3 | AudioFormat::Aac => {
            let properties = framed(file, size, leading.end, format)?;
            (properties, id3_tags(&leading.tags, &tail(file, size, leading.end)?))
        }
        AudioFormat::Wav => {
            let chunks = riff::chunks(file, size)?;
            let tags = [id3_tags(&chunks.id3, &[]), copied(chunks.info.clone(), FileType::Wav)];
            (chunks.properties()?, tags.concat())
        }
        AudioFormat::Flac => {
            let (properties, tags) = described(file, size, leading.end, format)?;
            (properties, [tags, id3_tags(&leading.tags, &[])].concat())
        }
        AudioFormat::Ogg | AudioFormat::Opus | AudioFormat::M4a => described(file, size, 0, format)?,
    };
    Ok(Parsed {
        properties,
        tags: Tags::read(&tags),
        cover: Cover::choose(&tags),
    })
}

/// What stands at the end of a file, where `ID3v1` and APE tags are.
fn tail(file: &mut File, size: u64, start: u64) -> Result<Vec<u8>, AudioError> {
    let bytes = size.saturating_sub(start).min(MAX_TAIL_BYTES);
    file.seek(SeekFrom::Start(size - bytes))?;
    let mut tail = Vec::new();
    file.take(bytes).read_to_end(&mut tail)?;
    Ok(tail)
}

fn id3_tags(tags: &[u8], tail: &[u8]) -> Vec<Tag> {
    copied(id3::as_mp3(tags, tail), FileType::Mpeg)
}

/// The tags in a file that was put together in memory. Broken tags do not refuse the sound.
fn copied(file: Vec<u8>, kind: FileType) -> Vec<Tag> {
    let options = ParseOptions::new()
        .read_properties(false)
        .parsing_mode(ParsingMode::Relaxed);
    if file.is_empty() {
        return Vec::new();
    }
    match Probe::with_file_type(Cursor::new(file), kind).options(options).read() {
        Ok(tagged) => tags_of(&tagged),
        Err(error) => {
            tracing::debug!(?kind, %error, "the tags of an audio file could not be read");
            Vec::new()
        }
    }
}

/// The tags of a file, the kind that belongs to its format first.
fn tags_of(tagged: &TaggedFile) -> Vec<Tag> {
    let mut tags = tagged.tags().to_vec();
    tags.sort_by_key(|tag| tag.tag_type() != tagged.primary_tag_type());
    tags
}

fn sniff(file: &mut File) -> Result<AudioFormat, AudioError> {
    let reader = BufReader::new(Budget::new(file, 0, MAX_READ_BYTES)?);
    let kind = Probe::new(reader).guess_file_type()?.file_type();
    match kind.ok_or(AudioError::Unknown)? {
        FileType::Mpeg => Ok(AudioFormat::Mp3),
        FileType::Flac => Ok(AudioFormat::Flac),
        FileType::Vorbis => Ok(AudioFormat::Ogg),
        FileType::Opus => Ok(AudioFormat::Opus),
        FileType::Mp4 => Ok(AudioFormat::M4a),
        FileType::Aac => Ok(AudioFormat::Aac),
        FileType::Wav => Ok(AudioFormat::Wav),
        FileType::Aiff => Err(AudioError::Unsupported("AIFF")),
        FileType::Ape => Err(AudioError::Unsupported("Monkey's Audio")),
        FileType::Mpc => Err(AudioError::Unsupported("Musepack")),
        FileType::Speex => Err(AudioError::Unsupported("Speex")),
        FileType::WavPack => Err(AudioError::Unsupported("WavPack")),
        _ => Err(AudioError::Unknown),
    }
}

/// Formats that are chains of frames: what lofty guesses from the first frame is counted instead.
fn framed(file: &mut File, size: u64, start: u64, format: AudioFormat) -> Result<AudioProperties, AudioError> {
    let (chain, codec) = match format {
        AudioFormat::Aac => (frames::adts(file, size, start)?, "aac"),
        _ => (frames::mp3(file, size, start)?, "mp3"),
    };
    // Without frames it only looked like one: any file may hold the two bytes of a frame's beginning.
    let chain = chain.ok_or(AudioError::Unknown)?;
    Ok(AudioProperties {
        format,
        codec,
        bitrate_kbps: chain.bitrate_kbps,
        sample_rate_hz: chain.sample_rate_hz,
        channels: chain.channels,
        duration_ms: Some(chain.duration_ms),
    })
}

/// Formats whose headers describe the sound, and whose own tags lofty reads safely.
fn described(
    file: &mut File,
    size: u64,
    start: u64,
    format: AudioFormat,
) -> Result<(AudioProperties, Vec<Tag>), AudioError> {
    let (codec, tagged) = parse(file, start, format, ParseOptions::new())
        .or_else(|error| {
            tracing::debug!(%format, %error, "an audio file could not be read with its tags");
            parse(file, start, format, ParseOptions::new().read_tags(false))
        })
        .map_err(|error| AudioError::Damaged {
            format,
            reason: innermost(&error),
        })?;
    let properties = properties(file, size, format, codec?, tagged.properties())?;
    Ok((properties, tags_of(&tagged)))
}

fn properties(
    file: &mut File,
    size: u64,
    format: AudioFormat,
    codec: &'static str,
    described: &FileProperties,
) -> Result<AudioProperties, AudioError> {
    let sample_rate_hz = if format == AudioFormat::Opus {
        48_000
    } else {
        described.sample_rate().unwrap_or(0)
    };
    let channels = described.channels().unwrap_or(0);
    if sample_rate_hz == 0 || channels == 0 {
        return Err(AudioError::Damaged {
            format,
            reason: "it names no sample rate or no channels".to_owned(),
        });
    }
    let bitrate = described.audio_bitrate().filter(|kbps| *kbps > 0);
    let described_ms = u64::try_from(described.duration().as_millis()).unwrap_or(u64::MAX);
    let duration_ms = match format {
        AudioFormat::Ogg | AudioFormat::Opus => pages::duration_ms(file, size)?,
        _ => described_ms,
    };
    let average = (size * 8)
        .checked_div(duration_ms)
        .and_then(|kbps| u32::try_from(kbps).ok());
    Ok(AudioProperties {
        format,
        codec,
        bitrate_kbps: bitrate.or(average).unwrap_or(0),
        sample_rate_hz,
        channels,
        duration_ms: (duration_ms > 0).then_some(duration_ms),
    })
}

type Described = (Result<&'static str, AudioError>, TaggedFile);

/// The codec and the file as lofty reads it: the inner error is a codec that is not accepted, the outer a broken file.
fn parse(file: &mut File, start: u64, format: AudioFormat, options: ParseOptions) -> Result<Described, FileParseError> {
    if format == AudioFormat::M4a {
        return with(file, start, |mut reader| {
            let mp4 = Mp4File::read_from(&mut reader, options)?;
            Ok((mp4_codec(mp4.properties()), mp4.into()))
        });
    }
    let (codec, kind) = match format {
        AudioFormat::Flac => ("flac", FileType::Flac),
        AudioFormat::Opus => ("opus", FileType::Opus),
        _ => ("vorbis", FileType::Vorbis),
    };
    with(file, start, |reader| {
        Ok((Ok(codec), Probe::with_file_type(reader, kind).options(options).read()?))
    })
}

fn mp4_codec(properties: &lofty::mp4::Mp4Properties) -> Result<&'static str, AudioError> {
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

/// Lets lofty read from `start` on, within the budget.
fn with<T>(
    file: &mut File,
    start: u64,
    read: impl FnOnce(BufReader<Budget<&mut File>>) -> Result<T, FileParseError>,
) -> Result<T, FileParseError> {
    read(BufReader::new(Budget::new(file, start, MAX_READ_BYTES)?))
}
