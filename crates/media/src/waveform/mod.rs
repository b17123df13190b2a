//! The shape of a sound: how loud it is in each of 800 parts of its length. Symphonia takes containers apart and decodes;
//! Opus, which it does not decode, goes through a decoder of its own.

mod decoder;
mod peaks;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    panic::{self, AssertUnwindSafe},
    path::Path,
    time::{Duration, Instant},
};

use symphonia::core::{
    errors::Error as SymphoniaError,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions},
    meta::MetadataOptions,
};

use self::{decoder::Decoder, peaks::Peaks};

/// Peaks of a waveform, each of 0 (silence) to 255 (full scale).
pub const PEAKS: usize = 800;

/// Packets in a row that cannot be decoded; then the rest is not tried.
const MAX_BROKEN: usize = 1_000;

/// Why there is no waveform.
#[derive(Debug, thiserror::Error)]
pub enum WaveformError {
    /// It will be the same each time.
    #[error("this sound cannot be decoded: {0}")]
    NotDecoded(String),
    /// Decoding took longer than it may.
    #[error("decoding takes longer than {} s", .0.as_secs())]
    TooSlow(Duration),
    #[error("the file could not be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// The peaks of a file, [`PEAKS`] of them. Blocking, and up to `limit` of work; see [`crate::Parser::waveform`]. A panic of the
/// decoders is an error like any other.
pub fn waveform(path: &Path, limit: Duration) -> Result<Vec<u8>, WaveformError> {
    let file = Sound::open(path)?;
    panic::catch_unwind(AssertUnwindSafe(|| decode(file, limit))).unwrap_or_else(|_| {
        tracing::error!("decoding an audio file panicked");
        Err(WaveformError::NotDecoded("the decoder gave up".to_owned()))
    })
}

fn decode(file: Sound, limit: Duration) -> Result<Vec<u8>, WaveformError> {
    let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let probed = symphonia::default::get_probe().probe(
        &Hint::new(),
        stream,
        FormatOptions::default(),
        MetadataOptions::default(),
    );
    let mut format = probed.map_err(not_decoded)?;
    let track = format.default_track(TrackType::Audio);
    let track = track.ok_or_else(|| WaveformError::NotDecoded("it has no sound".to_owned()))?;
    let (id, parameters) = (track.id, track.codec_params.as_ref().and_then(|params| params.audio()));
    let parameters = parameters.ok_or_else(|| WaveformError::NotDecoded("its codec is not known".to_owned()))?;
    let mut decoder = Decoder::new(parameters)?;
    let peaks = read(&mut *format, id, &mut decoder, limit)?;
    peaks
        .finish()
        .ok_or_else(|| WaveformError::NotDecoded("nothing in it could be decoded".to_owned()))
}

fn read(
    format: &mut dyn FormatReader,
    track: u32,
    decoder: &mut Decoder,
    limit: Duration,
) -> Result<Peaks, WaveformError> {
    let began = Instant::now();
    let (mut peaks, mut broken) = (Peaks::default(), 0);
    while broken < MAX_BROKEN {
        if began.elapsed() > limit {
            return Err(WaveformError::TooSlow(limit));
        }
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A stream that is cut off, or chained to another one, ends here.
            Ok(None) | Err(SymphoniaError::IoError(_) | SymphoniaError::ResetRequired) => break,
            Err(SymphoniaError::DecodeError(_)) => {
                broken += 1;
                continue;
            }
            Err(error) => return Err(not_decoded(error)),
        };
        if packet.track_id != track {
            continue;
        }
        broken = if decoder.decode(&packet, &mut peaks) {
            0
        } else {
            broken + 1
        };
    }
    Ok(peaks)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err passes")]
fn not_decoded(error: SymphoniaError) -> WaveformError {
    WaveformError::NotDecoded(error.to_string())
}

/// A file without the ID3 tags at its beginning: they may be larger than what a demuxer looks through.
struct Sound {
    file: File,
    start: u64,
    length: u64,
}

impl Sound {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut start = 0;
        while let Some(tag) = id3_bytes(&mut file, start)?.filter(|tag| start + tag < size) {
            start += tag;
        }
        file.seek(SeekFrom::Start(start))?;
        Ok(Self {
            file,
            start,
            length: size - start,
        })
    }
}

/// Bytes of the `ID3v2` tag that begins here, header and footer included (id3.org, v2.4 structure, 3.1).
fn id3_bytes(file: &mut File, start: u64) -> io::Result<Option<u64>> {
    let mut header = [0; 10];
    file.seek(SeekFrom::Start(start))?;
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let [b'I', b'D', b'3', _, _, flags, size @ ..] = header else {
        return Ok(None);
    };
    let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    Ok(Some(10 + size + footer))
}

impl Read for Sound {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Sound {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(offset) => SeekFrom::Start(self.start.saturating_add(offset)),
            to => to,
        };
        let position = self.file.seek(to)?;
        position
            .checked_sub(self.start)
            .ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

impl MediaSource for Sound {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}
