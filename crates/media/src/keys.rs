//! Keys of objects, made from ids only: nothing that a client sends becomes part of a key.

use uuid::Uuid;

use crate::AudioFormat;

const COVERS: &str = "covers/";
const COVER_END: &str = ".jpg";
/// Of `ab/<uuid>`.
const SHARD_AND_UUID: usize = 39;

/// Key of a track's audio, such as `audio/ab/<uuid>.ogg`.
#[must_use]
pub fn audio_key(track: Uuid, format: AudioFormat) -> String {
    format!("audio/{}/{track}.{}", shard(track), format.extension())
}

/// Key of a cover, such as `covers/ab/<uuid>.jpg`: that of its largest size.
#[must_use]
pub fn cover_key(id: Uuid) -> String {
    format!("covers/{}/{id}.jpg", shard(id))
}

/// A size of a cover: pixels that each side has at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoverSize {
    Small,
    Medium,
    #[default]
    Large,
}

impl CoverSize {
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    #[must_use]
    pub fn pixels(self) -> u32 {
        match self {
            Self::Small => 64,
            Self::Medium => 300,
            Self::Large => 1000,
        }
    }

    #[must_use]
    pub fn by_pixels(pixels: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.pixels() == pixels)
    }

    /// Key of the cover in this size, such as `covers/ab/<uuid>-300.jpg`.
    #[must_use]
    pub fn key(self, cover: &str) -> String {
        match (self, cover.strip_suffix(COVER_END)) {
            (Self::Small | Self::Medium, Some(stem)) => format!("{stem}-{}{COVER_END}", self.pixels()),
            (Self::Large, _) | (_, None) => cover.to_owned(),
        }
    }
}

/// Every key under which a thing is stored: a cover has one for each size.
#[must_use]
pub fn keys_of(key: &str) -> Vec<String> {
    if key.starts_with(COVERS) {
        CoverSize::ALL.into_iter().map(|size| size.key(key)).collect()
    } else {
        vec![key.to_owned()]
    }
}

/// The key of the thing that is stored under this one: rows name a cover by its largest size.
#[must_use]
pub fn key_of_whole(key: &str) -> String {
    let stem = key.strip_prefix(COVERS).and_then(|rest| rest.strip_suffix(COVER_END));
    let whole = stem.and_then(|stem| {
        let smaller = CoverSize::ALL.into_iter().filter(|size| *size != CoverSize::Large);
        let ends = smaller.map(|size| format!("-{}", size.pixels()));
        let found = ends
            .into_iter()
            .find_map(|end| stem.strip_suffix(&end).map(str::to_owned));
        // A UUID's last part has 12 letters, so no key of a whole cover ends like this.
        found.filter(|stem| stem.len() == SHARD_AND_UUID)
    });
    whole.map_or_else(|| key.to_owned(), |stem| format!("{COVERS}{stem}{COVER_END}"))
}

/// A key as a client may write it: only one that we could have made is one.
#[must_use]
pub fn known_key(key: &str) -> Option<String> {
    let (_, file) = key.rsplit_once('/')?;
    let (stem, end) = file.rsplit_once('.')?;
    let id = Uuid::try_parse(stem).ok()?;
    let known = match (key.starts_with(COVERS), AudioFormat::by_extension(end)) {
        (true, _) => cover_key(id),
        (false, Some(format)) => audio_key(id, format),
        (false, None) => return None,
    };
    (known == key).then_some(known)
}

/// Two hex digits that spread objects over 256 folders. The last ones: a `UUIDv7` begins with the time (RFC 9562,
/// section 5.7), so its first digits are the same for years.
fn shard(id: Uuid) -> String {
    let [.., last] = id.into_bytes();
    format!("{last:02x}")
}

/// Where an export of a person is kept, by its job.
#[must_use]
pub fn export_key(job: Uuid) -> String {
    format!("exports/{job}.zip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_of_a_cover_belongs_to_the_whole() {
        let key = cover_key(Uuid::from_u128(0x0190_1b2c_0000_7000_8000_0000_0000_0300));
        assert_eq!(key, "covers/00/01901b2c-0000-7000-8000-000000000300.jpg");
        for size in CoverSize::ALL {
            assert_eq!(key_of_whole(&size.key(&key)), key, "{size:?}");
        }
        assert_eq!(keys_of(&key).len(), 3);
        let audio = audio_key(Uuid::from_u128(7), AudioFormat::Flac);
        assert_eq!((key_of_whole(&audio), keys_of(&audio)), (audio.clone(), vec![audio]));
        assert_eq!(key_of_whole("covers/00/orphan-64.jpg"), "covers/00/orphan-64.jpg");
    }

    #[test]
    fn only_keys_that_are_made_here_are_known() {
        for format in [AudioFormat::Mp3, AudioFormat::Wav] {
            let key = audio_key(Uuid::from_u128(77), format);
            assert_eq!(known_key(&key), Some(key));
        }
        let cover = cover_key(Uuid::from_u128(77));
        assert_eq!(known_key(&cover).as_deref(), Some(cover.as_str()));
        for key in [
            "",
            "x",
            "../secret",
            "audio/00/../x.mp3",
            "covers/01/00000000-0000-0000-0000-00000000004d.jpg",
        ] {
            assert_eq!(known_key(key), None, "{key}");
        }
    }
}
