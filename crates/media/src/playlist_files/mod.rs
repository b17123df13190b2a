//! Playlists as files: M3U, XSPF (xspf.org, version 1) and JSPF (the same in JSON), read and written.

mod jspf;
mod m3u;
#[cfg(test)]
mod tests;
mod xspf;

use chardetng::EncodingDetector;

/// Entries of a file that are read; a playlist takes no more.
pub const MAX_ENTRIES: usize = 10_000;
/// Characters of a text that are kept, and of a description.
const MAX_TEXT: usize = 1_000;
const MAX_DESCRIPTION: usize = 5_000;

/// A form of a playlist file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaylistFormat {
    M3u8,
    Xspf,
    Jspf,
}

/// What a playlist file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaylistFile {
    pub title: Option<String>,
    pub description: Option<String>,
    pub entries: Vec<PlaylistEntry>,
}

/// What a playlist file says of one track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaylistEntry {
    pub title: Option<String>,
    pub artist: Option<String>,
    pub album: Option<String>,
    /// Milliseconds.
    pub duration_ms: Option<i64>,
    /// Addresses and other names of it: `urn:uuid:…`, `https://musicbrainz.org/recording/…`, `isrc:…`.
    pub identifiers: Vec<String>,
    /// Where its sound is.
    pub locations: Vec<String>,
}

/// Why a file is no playlist.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaylistFileError {
    #[error("is no playlist: it must be M3U, XSPF or JSPF")]
    Unknown,
    #[error("is no valid {0}: {1}")]
    Broken(&'static str, String),
    #[error("has more than {MAX_ENTRIES} entries")]
    TooMany,
}

/// Reads a file of any of the forms. Texts that are not UTF-8 are read as what they look like.
pub fn read_playlist(bytes: &[u8]) -> Result<PlaylistFile, PlaylistFileError> {
    let text = decode(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let file = match text.bytes().next() {
        Some(b'<') => xspf::read(text)?,
        Some(b'{') => jspf::read(text)?,
        Some(_) if !text.contains('\0') => m3u::read(text),
        _ => return Err(PlaylistFileError::Unknown),
    };
    if file.entries.len() > MAX_ENTRIES {
        return Err(PlaylistFileError::TooMany);
    }
    Ok(file)
}

/// Writes a file.
#[must_use]
pub fn write_playlist(format: PlaylistFormat, file: &PlaylistFile) -> String {
    match format {
        PlaylistFormat::M3u8 => m3u::write(file),
        PlaylistFormat::Xspf => xspf::write(file),
        PlaylistFormat::Jspf => jspf::write(file),
    }
}

impl PlaylistFormat {
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::M3u8 => "audio/x-mpegurl; charset=utf-8",
            Self::Xspf => "application/xspf+xml; charset=utf-8",
            Self::Jspf => "application/jspf+json",
        }
    }

    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::M3u8 => "m3u8",
            Self::Xspf => "xspf",
            Self::Jspf => "jspf",
        }
    }
}

fn decode(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut detector = EncodingDetector::new();
    detector.feed(bytes, true);
    let encoding = detector.guess(None, false);
    encoding.decode(bytes).0.into_owned()
}

/// A text without what nobody wrote; none when nothing is left.
fn text(text: &str) -> Option<String> {
    let clean: String = text.trim().chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    Some(clean).filter(|text| !text.is_empty())
}

/// The same of a description, whose lines stay.
fn lines(text: &str) -> Option<String> {
    let is_shown = |c: &char| !c.is_control() || *c == '\n';
    let clean: String = text.trim().chars().filter(is_shown).take(MAX_DESCRIPTION).collect();
    Some(clean).filter(|text| !text.is_empty())
}
