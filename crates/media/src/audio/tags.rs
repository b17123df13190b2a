//! What a file says about the music: its tags, cleaned.

use uuid::Uuid;

use super::{
    dates,
    tag::{Field, Tag},
    text,
};

/// Texts are trimmed, free of control characters and at most 255 characters long; an empty one is `None`. "Unknown" and
/// "none" stay: they may be names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    pub title: Option<String>,
    /// Who plays, as it is shown: "A & B feat. C". With several plain values and no such text, the first of them.
    pub artist: Option<String>,
    /// Names of a multi-value tag, at most 50; empty where there is no more than `artist` says.
    pub artists: Vec<String>,
    pub album: Option<String>,
    /// Whose album it is, as it is shown.
    pub album_artist: Option<String>,
    /// Like `artists`, of the album.
    pub album_artists: Vec<String>,
    /// Up to 10 genres, each once.
    pub genres: Vec<String>,
    /// Release date, `YYYY-MM-DD`, or `YYYY` when no more is known.
    pub date: Option<String>,
    /// Place on the disc, from 1.
    pub track_number: Option<u32>,
    /// Place of the disc, from 1.
    pub disc_number: Option<u32>,
    /// Whether it is on an album of several artists' tracks.
    pub compilation: bool,
    pub musicbrainz: MusicBrainzIds,
    /// International Standard Recording Code, twelve characters without hyphens.
    pub isrc: Option<String>,
}

/// Ids of `MusicBrainz`, as Picard writes them
/// (<https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MusicBrainzIds {
    /// The recording: what a track is here.
    pub recording: Option<Uuid>,
    /// The release: what an album is here.
    pub release: Option<Uuid>,
    /// The artists of the track, in the order of their names.
    pub artists: Vec<Uuid>,
    /// The artists of the release.
    pub release_artists: Vec<Uuid>,
}

impl Tags {
    /// Reads each field from the first tag that has it.
    pub(super) fn read(tags: &[Tag]) -> Self {
        let any = |fields: &[Field]| fields.iter().find_map(|field| first(tags, *field, text::clean));
        // The recording date is what players write and show as the year.
        let dates = [
            Field::RecordingDate,
            Field::ReleaseDate,
            Field::Year,
            Field::OriginalDate,
        ];
        let artist = any(&[Field::Artist, Field::Artists]);
        let album_artist = any(&[Field::AlbumArtist, Field::AlbumArtists]);
        let artist_ids = all(tags, Field::ArtistId, text::mbids);
        let release_artist_ids = all(tags, Field::ReleaseArtistId, text::mbids);
        let artists = names(tags, Field::Artists, Field::Artist, artist_ids.len());
        let album_artists = names(tags, Field::AlbumArtists, Field::AlbumArtist, release_artist_ids.len());
        Self {
            title: any(&[Field::Title]),
            artists: more_than(artist.as_deref(), artists),
            artist,
            album: any(&[Field::Album]),
            album_artists: more_than(album_artist.as_deref(), album_artists),
            album_artist,
            genres: all(tags, Field::Genre, text::genres),
            date: dates.iter().find_map(|field| first(tags, *field, dates::date)),
            track_number: first(tags, Field::TrackNumber, text::number),
            disc_number: first(tags, Field::DiscNumber, text::number),
            compilation: first(tags, Field::Compilation, text::flag).unwrap_or(false),
            musicbrainz: MusicBrainzIds {
                recording: first(tags, Field::RecordingId, text::mbid),
                release: first(tags, Field::ReleaseId, text::mbid),
                artists: artist_ids,
                release_artists: release_artist_ids,
            },
            isrc: first(tags, Field::Isrc, text::isrc),
        }
    }
}

/// The first value of `field` that `parse` can use.
fn first<T>(tags: &[Tag], field: Field, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    tags.iter().flat_map(|tag| tag.texts(field)).find_map(parse)
}

/// The values of `field` of the first tag that has any which `parse` can use.
fn all<T>(tags: &[Tag], field: Field, parse: impl Fn(&[&str]) -> Vec<T>) -> Vec<T> {
    tags.iter()
        .map(|tag| parse(&tag.texts(field).collect::<Vec<_>>()))
        .find(|values| !values.is_empty())
        .unwrap_or_default()
}

/// The names of the first tag that has them one by one: in the field of lists, several in the plain one,
/// or one there that has an id for each name in it.
fn names(tags: &[Tag], list: Field, plain: Field, ids: usize) -> Vec<String> {
    tags.iter()
        .map(|tag| {
            let listed = text::names(&tag.texts(list).collect::<Vec<_>>());
            let listed = text::divided(listed, ids);
            let plain = text::names(&tag.texts(plain).collect::<Vec<_>>());
            match plain.as_slice() {
                _ if !listed.is_empty() => listed,
                [shown] => text::joined(shown, ids),
                _ => plain,
            }
        })
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

/// The list, unless it only repeats the display text.
fn more_than(shown: Option<&str>, names: Vec<String>) -> Vec<String> {
    match names.as_slice() {
        [only] if Some(only.as_str()) == shown => Vec::new(),
        _ => names,
    }
}
