//! Which track of the catalogue an entry of a playlist file means, and how surely.

use std::collections::HashMap;

use events::TrackId;
use uuid::Uuid;

use crate::text::name_key;

/// Lengths that differ by more are of different recordings.
const SAME_LENGTH_MS: i64 = 10_000;
/// Names that an entry's artist may stand for.
const MAX_ARTISTS: usize = 4;

/// What is known of a track that someone looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoughtTrack {
    pub title: Option<String>,
    pub artist: Option<String>,
    pub album: Option<String>,
    /// Milliseconds.
    pub duration_ms: Option<i64>,
    /// Ids of this service, or of something else.
    pub ids: Vec<Uuid>,
    /// Ids of recordings at `MusicBrainz`.
    pub mbids: Vec<Uuid>,
    pub isrcs: Vec<String>,
}

/// A track that may be it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: TrackId,
    pub title: String,
    /// The key of the artist it was found by; none where it was found by an id.
    pub artist_key: Option<String>,
    pub album: Option<String>,
    /// Milliseconds.
    pub duration_ms: Option<i64>,
    pub mbid: Option<Uuid>,
    pub isrc: Option<String>,
}

impl SoughtTrack {
    /// Of the addresses and names that a file gives a track: ours, those of `MusicBrainz`, ISRCs.
    pub fn identify(&mut self, identifier: &str) {
        let text = identifier.trim();
        let lower = text.to_ascii_lowercase();
        let uuid_after = |mark: &str| {
            let rest = lower.split_once(mark)?.1;
            rest.get(..36).and_then(|id| Uuid::try_parse(id).ok())
        };
        if let Some(id) = uuid_after("musicbrainz.org/recording/") {
            self.mbids.push(id);
        } else if let Some(id) = uuid_after("urn:uuid:").or_else(|| uuid_after("/tracks/")) {
            self.ids.push(id);
        } else if let Some(isrc) = lower.strip_prefix("isrc:").or_else(|| lower.strip_prefix("urn:isrc:")) {
            self.isrcs.push(isrc.replace('-', "").to_uppercase());
        }
    }

    /// Keys of the artist as it is written, then of the names that it may consist of.
    #[must_use]
    pub fn artist_keys(&self) -> Vec<String> {
        let Some(artist) = &self.artist else { return Vec::new() };
        let mut keys = vec![name_key(artist)];
        let mut rest = artist.to_lowercase();
        for mark in [
            " featuring ",
            " feat. ",
            " feat ",
            " ft. ",
            " & ",
            " x ",
            " and ",
            "; ",
            ", ",
            " / ",
        ] {
            rest = rest.replace(mark, "\n");
        }
        for name in rest.split('\n').map(name_key) {
            if !name.is_empty() && !keys.contains(&name) && keys.len() < MAX_ARTISTS {
                keys.push(name);
            }
        }
        keys.retain(|key| !key.is_empty());
        keys
    }
}

/// Tracks that may be meant, by what they are found by.
#[derive(Debug, Default)]
pub struct Candidates {
    all: Vec<Candidate>,
    by_id: HashMap<TrackId, usize>,
    by_mbid: HashMap<Uuid, usize>,
    by_isrc: HashMap<String, usize>,
    by_artist: HashMap<String, Vec<usize>>,
}

impl FromIterator<Candidate> for Candidates {
    /// Of several with the same id elsewhere the first one counts.
    fn from_iter<I: IntoIterator<Item = Candidate>>(candidates: I) -> Self {
        let mut found = Self::default();
        for (at, candidate) in candidates.into_iter().enumerate() {
            found.by_id.entry(candidate.id).or_insert(at);
            if let Some(mbid) = candidate.mbid {
                found.by_mbid.entry(mbid).or_insert(at);
            }
            if let Some(isrc) = &candidate.isrc {
                found.by_isrc.entry(isrc.to_uppercase()).or_insert(at);
            }
            if let Some(key) = &candidate.artist_key {
                found.by_artist.entry(key.clone()).or_default().push(at);
            }
            found.all.push(candidate);
        }
        found
    }
}

impl Candidates {
    /// The track that is meant, and how surely, from 0 to 1: 1 by an id, 0.9 by title and artist as they are written, 0.8
    /// with one of several artists or without what stands in brackets. 0.3 less when the lengths differ.
    #[must_use]
    pub fn find(&self, sought: &SoughtTrack) -> Option<(&Candidate, f64)> {
        let by_id = sought.ids.iter().find_map(|id| self.by_id.get(&TrackId(*id)));
        let by_mbid = || sought.mbids.iter().find_map(|id| self.by_mbid.get(id));
        let by_isrc = || sought.isrcs.iter().find_map(|isrc| self.by_isrc.get(isrc));
        if let Some(at) = by_id.or_else(by_mbid).or_else(by_isrc) {
            return Some((&self.all[*at], 1.0));
        }
        self.by_name(sought)
    }

    fn by_name(&self, sought: &SoughtTrack) -> Option<(&Candidate, f64)> {
        let title = sought.title.as_deref()?;
        let (exact, bare) = (name_key(title), bare_key(title));
        let album = sought.album.as_deref().map(name_key);
        let mut best: Option<(&Candidate, (u8, bool))> = None;
        for (place, key) in sought.artist_keys().iter().enumerate() {
            for at in self.by_artist.get(key).into_iter().flatten() {
                let candidate = &self.all[*at];
                let is_exact = name_key(&candidate.title) == exact;
                if !is_exact && (bare.is_empty() || bare_key(&candidate.title) != bare) {
                    continue;
                }
                let mut tenths = if is_exact && place == 0 { 9 } else { 8 };
                let lengths = sought.duration_ms.zip(candidate.duration_ms);
                if lengths.is_some_and(|(sought, known)| (sought - known).abs() > SAME_LENGTH_MS) {
                    tenths -= 3;
                }
                let is_album = album.is_some() && candidate.album.as_deref().map(name_key) == album;
                // Of equal ones the first, which is the oldest.
                if best.is_none_or(|(_, worth)| worth < (tenths, is_album)) {
                    best = Some((candidate, (tenths, is_album)));
                }
            }
        }
        best.map(|(candidate, (tenths, _))| (candidate, f64::from(tenths) / 10.0))
    }
}

/// The key of a title without what stands in brackets, and without guests.
fn bare_key(title: &str) -> String {
    let cut = title.char_indices().find(|(at, c)| *at > 0 && matches!(c, '(' | '['));
    let mut bare = cut.map_or(title, |(at, _)| &title[..at]);
    for mark in [" feat. ", " ft. ", " featuring "] {
        if let Some(at) = bare.to_lowercase().find(mark).filter(|at| bare.is_char_boundary(*at)) {
            bare = &bare[..at];
        }
    }
    name_key(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: u128, title: &str, artist: &str) -> Candidate {
        Candidate {
            id: TrackId(Uuid::from_u128(id)),
            title: title.to_owned(),
            artist_key: Some(name_key(artist)),
            album: None,
            duration_ms: Some(200_000),
            mbid: Some(Uuid::from_u128(1_000 + id)),
            isrc: Some(format!("RUA1D{id}")),
        }
    }

    fn sought(title: &str, artist: &str) -> SoughtTrack {
        SoughtTrack {
            title: Some(title.to_owned()),
            artist: Some(artist.to_owned()),
            ..SoughtTrack::default()
        }
    }

    fn found(sought: &SoughtTrack) -> Option<(u128, u32)> {
        let mut live = candidate(3, "Igra", "Kino");
        live.album = Some("Live".to_owned());
        let all = [
            candidate(1, "Igra", "Kino"),
            candidate(2, "Noch (Remastered 2012)", "Kino"),
            live,
            candidate(4, "Igra", "Splean"),
        ];
        let candidates: Candidates = all.into_iter().collect();
        let (candidate, certainty) = candidates.find(sought)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10")]
        Some((candidate.id.0.as_u128(), (certainty * 10.0).round() as u32))
    }

    #[test]
    fn a_track_is_found_by_its_names_and_how_surely_is_said() {
        assert_eq!(found(&sought("igra", "KINO")), Some((1, 9)));
        assert_eq!(found(&sought("Igra", "Splean")), Some((4, 9)));
        assert_eq!(found(&sought("Igra", "Kino & Splean")), Some((1, 8)));
        assert_eq!(found(&sought("Noch", "Kino")), Some((2, 8)));
        assert_eq!(found(&sought("Igra (Live) feat. Somebody", "Kino")), Some((1, 8)));
        assert_eq!(found(&sought("Igra", "Somebody")), None);
        assert_eq!(found(&sought("Den", "Kino")), None);
        assert_eq!(found(&SoughtTrack::default()), None);
        let mut longer = sought("Igra", "Kino");
        longer.duration_ms = Some(300_000);
        assert_eq!(found(&longer), Some((1, 6)));
        let mut on_album = sought("Igra", "Kino");
        on_album.album = Some("live".to_owned());
        assert_eq!(found(&on_album), Some((3, 9)));
    }

    #[test]
    fn an_id_is_surer_than_any_name() {
        for (identifier, expected) in [
            ("urn:uuid:00000000-0000-0000-0000-000000000004", 4),
            (
                "http://host/api/v1/tracks/00000000-0000-0000-0000-000000000002/stream",
                2,
            ),
            (
                "https://musicbrainz.org/recording/00000000-0000-0000-0000-0000000003eb",
                3,
            ),
            ("isrc:RU-A1D4", 4),
        ] {
            let mut sought = sought("Igra", "Kino");
            sought.identify(identifier);
            assert_eq!(found(&sought), Some((expected, 10)), "{identifier}");
        }
        let mut elsewhere = sought("Igra", "Kino");
        for identifier in [
            "urn:uuid:",
            "urn:uuid:ёёёёёёёёёёёёёёёёёёёёёёёёё",
            "http://example.com/song.mp3",
            "",
        ] {
            elsewhere.identify(identifier);
        }
        assert_eq!(found(&elsewhere), Some((1, 9)));
    }
}
