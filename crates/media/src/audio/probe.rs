//! Reading one file with lofty, and what lofty does not tell.

use std::{
    fs::File,
    io::{BufReader, Seek},
};

use lofty::{
    config::{GlobalOptions, ParseOptions, apply_global_options},
    error::FileParseError,
    file::{AudioFile, FileType, TaggedFile, TaggedFileExt},
    iff::wav::{WavFile, WavFormat},
    mp4::{Mp4Codec, Mp4File},
    probe::Probe,
};

use super::{AudioError, AudioFormat, AudioProperties, Cover, Parsed, Tags, budget::Budget, frames, pages};

/// Bytes of tags that are read from one file. Three covers of the largest size, and then some.
const MAX_READ_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of one tag.
const MAX_ITEM_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn read(file: &mut File, size: u64) -> Result<Parsed, AudioError> {
    // The options belong to the thread, and the blocking threads are anybody's.
    apply_global_options(
        GlobalOptions::new()
            .use_custom_resolvers(false)
            .preserve_format_specific_items(false)
            .allocation_limit(MAX_ITEM_BYTES),
    );
    let format = sniff(file)?;
    let (properties, tagged) = match format {
        AudioFormat::Mp3 | AudioFormat::Aac => framed(file, size, format)?,
        _ => described(file, size, format)?,
    };
    let tags = tagged
        .as_ref()
        .map(|tagged| Tags::read(&in_order(tagged)))
        .unwrap_or_default();
    let cover = tagged.as_ref().and_then(|tagged| Cover::choose(&in_order(tagged)));
    Ok(Parsed {
        properties,
        tags,
        cover,
    })
}

/// The tags of a file, the kind that belongs to its format first.
fn in_order(tagged: &TaggedFile) -> Vec<&lofty::tag::Tag> {
    let mut tags: Vec<_> = tagged.tags().iter().collect();
    tags.sort_by_key(|tag| tag.tag_type() != tagged.primary_tag_type());
    tags
}

fn sniff(file: &mut File) -> Result<AudioFormat, AudioError> {
    let reader = BufReader::new(Budget::new(&mut *file, MAX_READ_BYTES));
    let kind = Probe::new(reader).guess_file_type()?.file_type();
    file.rewind()?;
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
fn framed(
    file: &mut File,
    size: u64,
    format: AudioFormat,
) -> Result<(AudioProperties, Option<TaggedFile>), AudioError> {
    let (chain, codec, kind) = match format {
        AudioFormat::Aac => (frames::adts(file, size)?, "aac", FileType::Aac),
        _ => (frames::mp3(file, size)?, "mp3", FileType::Mpeg),
    };
    // Without frames it only looked like one: any file may hold the two bytes of a frame's beginning.
    let chain = chain.ok_or(AudioError::Unknown)?;
    let properties = AudioProperties {
        format,
        codec,
        bitrate_kbps: chain.bitrate_kbps,
        sample_rate_hz: chain.sample_rate_hz,
        channels: chain.channels,
        duration_ms: Some(chain.duration_ms),
    };
    let options = ParseOptions::new().read_properties(false);
    let tagged = with(file, |reader| {
        Probe::with_file_type(reader, kind).options(options).read()
    });
    Ok((properties, tagged.inspect_err(|error| untagged(format, error)).ok()))
}

/// Formats whose headers describe the sound.
fn described(
    file: &mut File,
    size: u64,
    format: AudioFormat,
) -> Result<(AudioProperties, Option<TaggedFile>), AudioError> {
    let damaged = |error: FileParseError| AudioError::Damaged {
        format,
        reason: error.to_string(),
    };
    let (codec, tagged) = match parse(file, format, ParseOptions::new()) {
        Err(error) => {
            untagged(format, &error);
            // Broken tags are no reason to refuse the sound.
            parse(file, format, ParseOptions::new().read_tags(false)).map_err(damaged)?
        }
        Ok(parsed) => parsed,
    };
    let codec = codec?;
    let found = tagged.properties();
    let sample_rate_hz = match format {
        AudioFormat::Opus => 48_000,
        _ => found.sample_rate().unwrap_or(0),
    };
    let channels = found.channels().unwrap_or(0);
    if sample_rate_hz == 0 || channels == 0 {
        return Err(AudioError::Damaged {
            format,
            reason: "it tells no sample rate or no channels".to_owned(),
        });
    }
    let told = u64::try_from(found.duration().as_millis()).unwrap_or(u64::MAX);
    let bitrate = found.audio_bitrate().filter(|kbps| *kbps > 0);
    let duration_ms = match format {
        AudioFormat::Ogg | AudioFormat::Opus => pages::duration_ms(file, size)?,
        // A header may promise more than there is, as that of a file that was cut or recorded live does.
        AudioFormat::Wav => told.min((size * 8).checked_div(u64::from(bitrate.unwrap_or(0))).unwrap_or(told)),
        _ => told,
    };
    let average = || {
        (size * 8)
            .checked_div(duration_ms)
            .and_then(|kbps| u32::try_from(kbps).ok())
    };
    let bitrate_kbps = bitrate.or_else(average).unwrap_or(0);
    let duration_ms = (duration_ms > 0).then_some(duration_ms);
    let properties = AudioProperties {
        format,
        codec,
        bitrate_kbps,
        sample_rate_hz,
        channels,
        duration_ms,
    };
    Ok((properties, Some(tagged)))
}

type Described = (Result<&'static str, AudioError>, TaggedFile);

/// The codec and the file as lofty reads it. A codec that is not taken is told apart from a file that is broken.
fn parse(file: &mut File, format: AudioFormat, options: ParseOptions) -> Result<Described, FileParseError> {
    let (codec, kind) = match format {
        AudioFormat::M4a => {
            return with(file, |mut reader| {
                let mp4 = Mp4File::read_from(&mut reader, options)?;
                Ok((mp4_codec(mp4.properties()), mp4.into()))
            });
        }
        AudioFormat::Wav => {
            return with(file, |mut reader| {
                let wav = WavFile::read_from(&mut reader, options)?;
                Ok((wav_codec(*wav.properties().format()), wav.into()))
            });
        }
        AudioFormat::Flac => ("flac", FileType::Flac),
        AudioFormat::Ogg => ("vorbis", FileType::Vorbis),
        AudioFormat::Opus => ("opus", FileType::Opus),
        AudioFormat::Mp3 => ("mp3", FileType::Mpeg),
        AudioFormat::Aac => ("aac", FileType::Aac),
    };
    with(file, |reader| {
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

fn wav_codec(format: WavFormat) -> Result<&'static str, AudioError> {
    match format {
        WavFormat::PCM => Ok("pcm"),
        WavFormat::IEEE_FLOAT => Ok("pcm_float"),
        WavFormat::Other(_) => Err(AudioError::Unsupported("WAV with compressed sound")),
    }
}

/// Lets lofty read from the beginning, and no more than it may.
fn with<T>(
    file: &mut File,
    read: impl FnOnce(BufReader<Budget<&mut File>>) -> Result<T, FileParseError>,
) -> Result<T, FileParseError> {
    file.rewind()?;
    read(BufReader::new(Budget::new(file, MAX_READ_BYTES)))
}

fn untagged(format: AudioFormat, error: &FileParseError) {
    tracing::debug!(%format, %error, "the tags of an audio file could not be read");
}
