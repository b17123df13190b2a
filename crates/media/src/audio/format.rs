//! The formats that are accepted.

use std::fmt;

use serde::Serialize;

/// A container format that browsers play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioFormat {
    /// MPEG layer III.
    Mp3,
    /// FLAC in its own container.
    Flac,
    /// Vorbis in Ogg.
    Ogg,
    /// Opus in Ogg.
    Opus,
    /// AAC, ALAC, MP3 or FLAC in MP4.
    M4a,
    /// AAC in ADTS.
    Aac,
    /// PCM in RIFF.
    Wav,
}

impl AudioFormat {
    /// Name in the API and in events, such as `mp3`; also the extension of its files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Opus => "opus",
            Self::M4a => "m4a",
            Self::Aac => "aac",
            Self::Wav => "wav",
        }
    }

    /// The format whose files end like this.
    #[must_use]
    pub fn by_extension(extension: &str) -> Option<Self> {
        const ALL: [AudioFormat; 7] = [
            AudioFormat::Mp3,
            AudioFormat::Flac,
            AudioFormat::Ogg,
            AudioFormat::Opus,
            AudioFormat::M4a,
            AudioFormat::Aac,
            AudioFormat::Wav,
        ];
        ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// Extension of files, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.as_str()
    }

    /// Media type to store and serve it with (RFC 3003, 5334, 4337, 9639).
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Flac => "audio/flac",
            Self::Ogg | Self::Opus => "audio/ogg",
            Self::M4a => "audio/mp4",
            Self::Aac => "audio/aac",
            Self::Wav => "audio/wav",
        }
    }

    /// Name as people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mp3 => "MP3",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg Vorbis",
            Self::Opus => "Opus",
            Self::M4a => "M4A",
            Self::Aac => "AAC",
            Self::Wav => "WAV",
        }
    }
}

impl fmt::Display for AudioFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Codec, rate and length of the sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioProperties {
    pub format: AudioFormat,
    /// Codec inside it: `mp3`, `flac`, `vorbis`, `opus`, `aac`, `alac`, `pcm` or `pcm_float`.
    pub codec: &'static str,
    /// Bits per second of sound, in thousands; 0 when unknown.
    pub bitrate_kbps: u32,
    /// Samples per second and channel; of Opus always 48,000 (RFC 7845, section 5.1).
    pub sample_rate_hz: u32,
    pub channels: u8,
    /// `None` when the file does not say, as with FLAC from a live encoder.
    pub duration_ms: Option<u64>,
}
