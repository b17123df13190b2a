//! The name under which albums of many artists stand.

use crate::name_key;

/// As `MusicBrainz` has it, and as it is shown.
pub const VARIOUS_ARTISTS: &str = "Various Artists";
/// Its id at `MusicBrainz` (<https://musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_artist>).
pub const VARIOUS_ARTISTS_MBID: &str = "89ad4ac3-39f7-470e-963a-56509c546377";
/// What programs and people write for it, as keys.
const NAMES: [&str; 14] = [
    "various artists",
    "various artist",
    "various",
    "va",
    "v.a.",
    "v/a",
    "verschiedene interpreten",
    "verschiedene",
    "artistes divers",
    "varios artistas",
    "artisti vari",
    "разные исполнители",
    "разные артисты",
    "сборник",
];

/// Whether this, as whose album it is, says that it is nobody's alone.
#[must_use]
pub fn is_various_artists(album_artist: &str) -> bool {
    NAMES.contains(&name_key(album_artist).as_str())
}
