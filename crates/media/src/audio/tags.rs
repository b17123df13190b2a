//! What a file says about the music: its tags, cleaned.

use lofty::tag::{ItemKey, Tag};
use uuid::Uuid;

use super::text;

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
        let any = |keys: &[ItemKey]| keys.iter().find_map(|key| first(tags, *key, text::clean));
        // Recording date is what players write and show as the year (lofty, ItemKey::RecordingDate).
        let dates = [
            ItemKey::RecordingDate,
            ItemKey::ReleaseDate,
            ItemKey::Year,
            ItemKey::OriginalReleaseDate,
        ];
        let artist = any(&[ItemKey::TrackArtist, ItemKey::TrackArtists]);
        let album_artist = any(&[ItemKey::AlbumArtist, ItemKey::AlbumArtists]);
        let artist_ids = all(tags, ItemKey::MusicBrainzArtistId, text::mbids);
        let release_artist_ids = all(tags, ItemKey::MusicBrainzReleaseArtistId, text::mbids);
        let artists = names(tags, ItemKey::TrackArtists, ItemKey::TrackArtist, artist_ids.len());
        let album_artists = names(
            tags,
            ItemKey::AlbumArtists,
            ItemKey::AlbumArtist,
            release_artist_ids.len(),
        );
        Self {
            title: any(&[ItemKey::TrackTitle]),
            artists: more_than(artist.as_deref(), artists),
            artist,
            album: any(&[ItemKey::AlbumTitle]),
            album_artists: more_than(album_artist.as_deref(), album_artists),
            album_artist,
            genres: all(tags, ItemKey::Genre, text::genres),
            date: dates.iter().find_map(|key| first(tags, *key, text::date)),
            track_number: first(tags, ItemKey::TrackNumber, text::number),
            disc_number: first(tags, ItemKey::DiscNumber, text::number),
            musicbrainz: MusicBrainzIds {
                recording: first(tags, ItemKey::MusicBrainzRecordingId, text::mbid),
                release: first(tags, ItemKey::MusicBrainzReleaseId, text::mbid),
                artists: artist_ids,
                release_artists: release_artist_ids,
            },
            isrc: first(tags, ItemKey::Isrc, text::isrc),
        }
    }
}

/// The first value under `key` that `parse` can use.
fn first<T>(tags: &[Tag], key: ItemKey, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    tags.iter().flat_map(|tag| tag.get_strings(key)).find_map(parse)
}

/// The values under `key` of the first tag that has any which `parse` can use.
fn all<T>(tags: &[Tag], key: ItemKey, parse: impl Fn(&[&str]) -> Vec<T>) -> Vec<T> {
    tags.iter()
        .map(|tag| parse(&tag.get_strings(key).collect::<Vec<_>>()))
        .find(|values| !values.is_empty())
        .unwrap_or_default()
}

/// The names of the first tag that has them one by one: under the key of the list, or several under the plain key.
fn names(tags: &[Tag], list: ItemKey, plain: ItemKey, ids: usize) -> Vec<String> {
    tags.iter()
        .map(|tag| {
            let listed = text::names(&tag.get_strings(list).collect::<Vec<_>>());
            let listed = text::divided(listed, ids);
            let plain = text::names(&tag.get_strings(plain).collect::<Vec<_>>());
            if listed.is_empty() && plain.len() > 1 {
                plain
            } else {
                listed
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
