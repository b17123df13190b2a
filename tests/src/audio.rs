//! Audio made here.

mod container;

pub use container::Container;

/// A sound of its own: WAV, 16 bit, mono, 8,000 samples a second, with tags.
#[derive(Clone, Debug)]
pub struct Wav {
    /// Length in milliseconds.
    pub millis: u32,
    /// Another number, another sound.
    pub seed: u32,
    /// Tags of a RIFF INFO list, as `("INAM", "title")`.
    pub tags: Vec<(&'static str, String)>,
}

impl Wav {
    /// So long, without tags.
    #[must_use]
    pub fn new(millis: u32, seed: u32) -> Self {
        Self {
            millis,
            seed,
            tags: Vec::new(),
        }
    }

    /// With a title and an artist, as players write them.
    #[must_use]
    pub fn named(millis: u32, seed: u32, title: &str, artist: &str) -> Self {
        let tags = vec![("INAM", title.to_owned()), ("IART", artist.to_owned())];
        Self { millis, seed, tags }
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut state = self.seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut sound = Vec::with_capacity(self.millis as usize * 16);
        for _ in 0..self.millis * 8 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sound.extend_from_slice(&state.to_be_bytes()[..2]);
        }
        let format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0];
        let tags: Vec<u8> = self
            .tags
            .iter()
            .flat_map(|(id, text)| chunk(id.as_bytes(), text.as_bytes()))
            .collect();
        let list = if tags.is_empty() {
            Vec::new()
        } else {
            chunk(b"LIST", &[b"INFO", tags.as_slice()].concat())
        };
        let body = [
            b"WAVE".as_slice(),
            &chunk(b"fmt ", &format),
            &list,
            &chunk(b"data", &sound),
        ]
        .concat();
        chunk(b"RIFF", &body)
    }
}

/// A chunk of RIFF: name, length, content, padded to an even length.
fn chunk(name: &[u8], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a small file").to_le_bytes();
    let padding = vec![0; body.len() % 2];
    [name, &length, body, &padding].concat()
}
