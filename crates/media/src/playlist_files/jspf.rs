//! JSPF (xspf.org/jspf): XSPF in JSON. Readers take one text where the form asks for a list, as files in the wild have it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PlaylistEntry, PlaylistFile, PlaylistFileError, lines, text};

#[derive(Deserialize)]
struct File {
    playlist: Playlist,
}

#[derive(Deserialize)]
struct Playlist {
    title: Option<String>,
    annotation: Option<String>,
    #[serde(default)]
    track: Vec<Track>,
}

#[derive(Deserialize)]
struct Track {
    title: Option<String>,
    creator: Option<String>,
    album: Option<String>,
    #[serde(default)]
    duration: Value,
    #[serde(default)]
    identifier: Texts,
    #[serde(default)]
    location: Texts,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Texts {
    Many(Vec<String>),
    One(String),
    #[default]
    None,
}

pub(super) fn read(file: &str) -> Result<PlaylistFile, PlaylistFileError> {
    let read: Result<File, _> = serde_json::from_str(file);
    let playlist = read
        .map_err(|error| PlaylistFileError::Broken("JSPF", error.to_string()))?
        .playlist;
    Ok(PlaylistFile {
        title: playlist.title.as_deref().and_then(text),
        description: playlist.annotation.as_deref().and_then(lines),
        entries: playlist.track.into_iter().map(entry).collect(),
    })
}

fn entry(track: Track) -> PlaylistEntry {
    let duration = match &track.duration {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    };
    PlaylistEntry {
        title: track.title.as_deref().and_then(text),
        artist: track.creator.as_deref().and_then(text),
        album: track.album.as_deref().and_then(text),
        duration_ms: duration.filter(|ms| *ms > 0),
        identifiers: track.identifier.list(),
        locations: track.location.list(),
    }
}

impl Texts {
    fn list(self) -> Vec<String> {
        let list = match self {
            Self::Many(list) => list,
            Self::One(one) => vec![one],
            Self::None => Vec::new(),
        };
        list.iter().filter_map(|one| text(one)).collect()
    }
}

#[derive(Serialize)]
struct Written<'a> {
    playlist: WrittenPlaylist<'a>,
}

#[derive(Serialize)]
struct WrittenPlaylist<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotation: Option<&'a str>,
    track: Vec<WrittenTrack<'a>>,
}

#[derive(Serialize)]
struct WrittenTrack<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    location: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    identifier: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    album: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<i64>,
}

pub(super) fn write(file: &PlaylistFile) -> String {
    let file = Written {
        playlist: WrittenPlaylist {
            title: file.title.as_deref(),
            annotation: file.description.as_deref(),
            track: file.entries.iter().map(written).collect(),
        },
    };
    // Texts and numbers only: nothing in it can fail.
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

fn written(entry: &PlaylistEntry) -> WrittenTrack<'_> {
    WrittenTrack {
        location: &entry.locations,
        identifier: &entry.identifiers,
        title: entry.title.as_deref(),
        creator: entry.artist.as_deref(),
        album: entry.album.as_deref(),
        duration: entry.duration_ms,
    }
}
