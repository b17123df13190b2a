//! The decoder of one track.

use opus_decoder::OpusDecoder;
use symphonia::core::{
    codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_OPUS},
    packet::Packet,
};

use super::{WaveformError, not_decoded, peaks::Peaks};

const OPUS_HZ: u32 = 48_000;

pub(super) enum Decoder {
    Symphonia {
        decoder: Box<dyn AudioDecoder>,
        samples: Vec<f32>,
    },
    Opus {
        decoder: Box<OpusDecoder>,
        samples: Vec<i16>,
        channels: usize,
    },
}

impl Decoder {
    pub(super) fn new(parameters: &AudioCodecParameters) -> Result<Self, WaveformError> {
        if parameters.codec == CODEC_ID_OPUS {
            let channels = parameters
                .channels
                .as_ref()
                .map_or(2, symphonia::core::audio::Channels::count);
            if !(1..=2).contains(&channels) {
                return Err(WaveformError::NotDecoded(format!("Opus of {channels} channels")));
            }
            let decoder = OpusDecoder::new(OPUS_HZ, channels);
            let decoder = decoder.map_err(|error| WaveformError::NotDecoded(error.to_string()))?;
            return Ok(Self::Opus {
                samples: vec![0; OpusDecoder::MAX_FRAME_SIZE_48K * channels],
                decoder: Box::new(decoder),
                channels,
            });
        }
        let options = AudioDecoderOptions::default();
        let decoder = symphonia::default::get_codecs().make_audio_decoder(parameters, &options);
        Ok(Self::Symphonia {
            decoder: decoder.map_err(not_decoded)?,
            samples: Vec::new(),
        })
    }

    /// Adds a packet's sound; false when it cannot be decoded.
    pub(super) fn decode(&mut self, packet: &Packet, peaks: &mut Peaks) -> bool {
        match self {
            Self::Symphonia { decoder, samples } => {
                let Ok(decoded) = decoder.decode(packet) else {
                    return false;
                };
                let channels = decoded.spec().channels().count().max(1);
                decoded.copy_to_vec_interleaved(samples);
                peaks.add(samples.chunks_exact(channels).map(|frame| {
                    let loudest = frame.iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
                    level(loudest)
                }));
            }
            Self::Opus {
                decoder,
                samples,
                channels,
            } => {
                let Ok(frames) = decoder.decode(&packet.data, samples, false) else {
                    return false;
                };
                let sound = samples.get(..frames * *channels).unwrap_or_default();
                peaks.add(sound.chunks_exact(*channels).map(|frame| {
                    let loudest = frame.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
                    level(f32::from(loudest) / 32_768.0)
                }));
            }
        }
        true
    }
}

/// Of full scale: 0 to 255. What is louder than full scale is cut, as a player cuts it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped before; not a number is 0"
)]
fn level(loudest: f32) -> u8 {
    (loudest.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn levels_are_parts_of_full_scale() {
        assert_eq!([0.0, 0.5, 1.0, 7.0, f32::NAN].map(level), [0, 128, 255, 255, 0]);
    }
}
