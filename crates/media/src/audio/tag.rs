//! A tag as it stands in a file: texts by field, whose bytes may still be of an unknown encoding, and pictures.

use super::{encoding, twice};

/// Fields that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Artist,
    Artists,
    Album,
    AlbumArtist,
    AlbumArtists,
    Genre,
    RecordingDate,
    ReleaseDate,
    Year,
    OriginalDate,
    TrackNumber,
    DiscNumber,
    Compilation,
    RecordingId,
    ReleaseId,
    ArtistId,
    ReleaseArtistId,
    Isrc,
}

impl Field {
    /// By the free names of Vorbis comments, APE and users' own ID3 frames, however they are spaced and cased.
    /// (<https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html>)
    pub(super) fn named(key: &str) -> Option<Self> {
        let letters = key.bytes().filter(u8::is_ascii_alphanumeric);
        let key: Vec<u8> = letters.map(|byte| byte.to_ascii_lowercase()).take(40).collect();
        Some(match key.as_slice() {
            b"title" => Self::Title,
            b"artist" => Self::Artist,
            b"artists" => Self::Artists,
            b"album" => Self::Album,
            b"albumartist" => Self::AlbumArtist,
            b"albumartists" => Self::AlbumArtists,
            b"genre" => Self::Genre,
            b"date" => Self::RecordingDate,
            b"releasedate" => Self::ReleaseDate,
            b"year" => Self::Year,
            b"originaldate" | b"originalyear" => Self::OriginalDate,
            b"tracknumber" | b"track" | b"tracknum" => Self::TrackNumber,
            b"discnumber" | b"disknumber" | b"disc" | b"disk" | b"discnum" => Self::DiscNumber,
            b"compilation" | b"itunescompilation" | b"itunescompilationflag" => Self::Compilation,
            b"musicbrainztrackid" => Self::RecordingId,
            b"musicbrainzalbumid" => Self::ReleaseId,
            b"musicbrainzartistid" => Self::ArtistId,
            b"musicbrainzalbumartistid" => Self::ReleaseArtistId,
            b"isrc" => Self::Isrc,
            _ => return None,
        })
    }
}

/// Fields and values; where the encoding of values is not known, all of them together show it.
#[derive(Debug, Default)]
pub(super) struct RawTag {
    texts: Vec<(Field, Raw)>,
    pictures: Vec<Picture>,
}

#[derive(Debug)]
enum Raw {
    Text(String),
    Bytes(Vec<u8>),
}

/// A tag whose texts are read.
#[derive(Debug, Default)]
pub(super) struct Tag {
    texts: Vec<(Field, String)>,
    pub(super) pictures: Vec<Picture>,
}

#[derive(Debug)]
pub(super) struct Picture {
    pub(super) is_front_cover: bool,
    pub(super) image: Vec<u8>,
}

/// Values of one tag; no real one has as many.
const MAX_TEXTS: usize = 1000;
const MAX_PICTURES: usize = 20;

impl RawTag {
    pub(super) fn text(&mut self, field: Field, text: impl Into<String>) {
        if self.texts.len() < MAX_TEXTS {
            self.texts.push((field, Raw::Text(text.into())));
        }
    }

    /// Values in the order of the bytes, divided by NUL.
    pub(super) fn bytes(&mut self, field: Field, bytes: &[u8]) {
        for value in bytes.split(|byte| *byte == 0).filter(|value| !value.is_empty()) {
            if self.texts.len() < MAX_TEXTS {
                self.texts.push((field, Raw::Bytes(value.to_vec())));
            }
        }
    }

    /// `kind` is that of ID3 and FLAC, where 3 is the front cover.
    pub(super) fn picture(&mut self, kind: u32, image: Vec<u8>) {
        if self.pictures.len() < MAX_PICTURES && !image.is_empty() {
            self.pictures.push(Picture {
                is_front_cover: kind == 3,
                image,
            });
        }
    }

    /// Reads the bytes in the encoding that they all together are most likely in.
    pub(super) fn decoded(self) -> Tag {
        let unknown = self.texts.iter().filter_map(|(_, raw)| match raw {
            Raw::Bytes(bytes) => Some(bytes.as_slice()),
            Raw::Text(_) => None,
        });
        let encoding = encoding::of(unknown);
        let read = |(field, raw)| match raw {
            Raw::Text(text) => (field, text),
            Raw::Bytes(bytes) => (field, encoding::decode(&bytes, encoding)),
        };
        let mut texts: Vec<(Field, String)> = self.texts.into_iter().map(read).collect();
        twice::undo(texts.iter_mut().map(|(_, text)| text).collect());
        Tag {
            texts,
            pictures: self.pictures,
        }
    }
}

impl Tag {
    pub(super) fn texts(&self, field: Field) -> impl Iterator<Item = &str> {
        let of_field = self.texts.iter().filter(move |(known, _)| *known == field);
        of_field.map(|(_, text)| text.as_str())
    }
}
