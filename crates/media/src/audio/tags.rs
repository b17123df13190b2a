//! What a file says about the music.

use lofty::tag::{ItemKey, Tag};
use uuid::Uuid;

use super::text;

/// The tags of a file. Texts are trimmed, free of control characters and at most 255 characters long; what says
/// nothing is `None`. What says little ("Unknown", "none") is left as it is: it may be a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Name of the track.
    pub title: Option<String>,
    /// Who plays.
    pub artist: Option<String>,
    /// Name of the album.
    pub album: Option<String>,
    /// Whose album it is.
    pub album_artist: Option<String>,
    /// Up to 10 genres, each once.
    pub genres: Vec<String>,
    /// Release date, `YYYY-MM-DD`, or `YYYY` when no more is known.
    pub date: Option<String>,
    /// Place on the disc, from 1.
    pub track_number: Option<u32>,
    /// Place of the disc, from 1.
    pub disc_number: Option<u32>,
    /// Ids of `MusicBrainz`.
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
    /// The first artist of the track.
    pub artist: Option<Uuid>,
    /// The first artist of the release.
    pub release_artist: Option<Uuid>,
}

impl Tags {
    /// Reads each field from the first tag that has it.
    pub(super) fn read(tags: &[Tag]) -> Self {
        let any = |keys: &[ItemKey]| keys.iter().find_map(|key| first(tags, *key, text::clean));
        let genres = |tag: &Tag| text::genres(tag.get_strings(ItemKey::Genre));
        // Recording date is what players write and show as the year (lofty, ItemKey::RecordingDate).
        let dates = [
            ItemKey::RecordingDate,
            ItemKey::ReleaseDate,
            ItemKey::Year,
            ItemKey::OriginalReleaseDate,
        ];
        Self {
            title: any(&[ItemKey::TrackTitle]),
            artist: any(&[ItemKey::TrackArtist, ItemKey::TrackArtists]),
            album: any(&[ItemKey::AlbumTitle]),
            album_artist: any(&[ItemKey::AlbumArtist, ItemKey::AlbumArtists]),
            genres: tags
                .iter()
                .map(genres)
                .find(|genres| !genres.is_empty())
                .unwrap_or_default(),
            date: dates.iter().find_map(|key| first(tags, *key, text::date)),
            track_number: first(tags, ItemKey::TrackNumber, text::number),
            disc_number: first(tags, ItemKey::DiscNumber, text::number),
            musicbrainz: MusicBrainzIds {
                recording: first(tags, ItemKey::MusicBrainzRecordingId, text::mbid),
                release: first(tags, ItemKey::MusicBrainzReleaseId, text::mbid),
                artist: first(tags, ItemKey::MusicBrainzArtistId, text::mbid),
                release_artist: first(tags, ItemKey::MusicBrainzReleaseArtistId, text::mbid),
            },
            isrc: first(tags, ItemKey::Isrc, text::isrc),
        }
    }
}

/// The first value under `key` that `parse` can use.
fn first<T>(tags: &[Tag], key: ItemKey, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    tags.iter().flat_map(|tag| tag.get_strings(key)).find_map(parse)
}
