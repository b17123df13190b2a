//! Short tones for a machine without apt: WAV files with tags, the same bytes each time.

use std::f64::consts::TAU;

use super::music::{Piece, Sound};

const SAMPLE_RATE: u32 = 8_000;
/// Longer than 30 s: what is shorter never counts as a play.
const SHORTEST_SECONDS: u32 = 40;
const CREDIT: &str = "Tones made by `jonquil demo`, since this machine has no apt to fetch music with. \
                      Nobody's work; CC0 (https://creativecommons.org/publicdomain/zero/1.0/).";

/// Note names and their frequencies in Hz (equal temperament, A4 = 440 Hz).
const NOTES: [(&str, f64); 8] = [
    ("C", 261.63),
    ("D", 293.66),
    ("E", 329.63),
    ("F", 349.23),
    ("G", 392.00),
    ("A", 440.00),
    ("B", 493.88),
    ("High C", 523.25),
];

/// Eight tones, as a scale.
pub(super) fn pieces() -> Vec<Piece> {
    let tone = |(index, (note, frequency)): (u32, (&str, f64))| {
        let title = format!("Tone in {note}");
        let bytes = wav(&title, frequency, SHORTEST_SECONDS + 5 * index);
        Piece {
            sound: Sound::Made(format!("{title}.wav"), bytes),
            credit: CREDIT,
        }
    };
    (0..).zip(NOTES).map(tone).collect()
}

/// A WAV file: 16-bit mono PCM, and an INFO list with title, artist and album.
fn wav(title: &str, frequency: f64, seconds: u32) -> Vec<u8> {
    let tags = [
        (b"INAM", title),
        (b"IART", "Jonquil Tones"),
        (b"IPRD", "A Scale of Tones"),
        (b"IGNR", "Tone"),
    ];
    let mut info = b"INFO".to_vec();
    for (id, text) in tags {
        // Texts end with a zero byte, chunks begin at even places.
        let mut text = [text.as_bytes(), b"\0"].concat();
        text.resize(text.len().next_multiple_of(2), 0);
        info.extend(chunk(*id, &text));
    }
    let sound: Vec<u8> = (0..seconds * SAMPLE_RATE)
        .flat_map(|n| sample(n, frequency, seconds).to_le_bytes())
        .collect();
    let mut format = Vec::new();
    for half in [1, 1] {
        format.extend(u16::to_le_bytes(half)); // PCM, one channel.
    }
    format.extend(SAMPLE_RATE.to_le_bytes());
    format.extend((SAMPLE_RATE * 2).to_le_bytes());
    for half in [2, 16] {
        format.extend(u16::to_le_bytes(half)); // Bytes and bits a sample.
    }
    let chunks = [
        chunk(*b"fmt ", &format),
        chunk(*b"LIST", &info),
        chunk(*b"data", &sound),
    ]
    .concat();
    chunk(*b"RIFF", &[b"WAVE".as_slice(), &chunks].concat())
}

fn chunk(id: [u8; 4], bytes: &[u8]) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [id.as_slice(), &size.to_le_bytes(), bytes].concat()
}

/// A sine that swells and fades, so that it neither clicks nor startles.
fn sample(n: u32, frequency: f64, seconds: u32) -> i16 {
    let at = f64::from(n) / f64::from(SAMPLE_RATE);
    let edge = at.min(f64::from(seconds) - at).min(1.0);
    let loudness = 0.2 * edge * (0.75 + 0.25 * (TAU * at / 5.0).sin());
    #[expect(clippy::cast_possible_truncation, reason = "a fifth of the range at most")]
    let sample = (f64::from(i16::MAX) * loudness * (TAU * frequency * at).sin()) as i16;
    sample
}
