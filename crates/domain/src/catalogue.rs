//! Artists, albums and tracks: what their fields may hold.

use chrono::{Datelike as _, NaiveDate};
use events::{AlbumId, AlbumType, ArtistId, ExternalIds, UserId};

use crate::{
    Checks, Fault, Invalid,
    text::{line, lines},
};

const NAME: usize = 300;
const BIO: usize = 10_000;
const DAY_MS: i64 = 86_400_000;

/// What an artist's owner decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArtistFields {
    /// Name as shown.
    pub name: String,
    /// A text about the artist.
    pub bio: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Genres.
    pub genres: Vec<String>,
    /// The account the profile belongs to.
    pub user_id: Option<UserId>,
    /// Identifiers elsewhere.
    pub external_ids: ExternalIds,
}

impl ArtistFields {
    /// The same, normalised and valid.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let fields = Self {
            name: checks.value(line("name", &self.name, NAME)),
            bio: checks.optional(self.bio.as_deref().map(|text| lines("bio", text, BIO))),
            country: checks.optional(self.country.as_deref().map(country)),
            genres: checks.value(genres(&self.genres)),
            user_id: self.user_id,
            external_ids: checks.value(external_ids(&self.external_ids)),
        };
        checks.finish(fields)
    }
}

/// What an album's owner decides.
#[derive(Clone, Debug, PartialEq)]
pub struct AlbumFields {
    /// Title as shown.
    pub title: String,
    /// Whose album it is.
    pub artist_id: ArtistId,
    /// Kind of album.
    pub album_type: AlbumType,
    /// Day of release.
    pub release_date: Option<NaiveDate>,
    /// Genres.
    pub genres: Vec<String>,
    /// Identifiers elsewhere.
    pub external_ids: ExternalIds,
}

impl AlbumFields {
    /// The same, normalised and valid.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        if let Some(date) = self.release_date {
            checks.that(
                (1000..=9999).contains(&date.year()),
                "release_date",
                "must be a day of the years 1000 to 9999",
            );
        }
        let fields = Self {
            title: checks.value(line("title", &self.title, NAME)),
            genres: checks.value(genres(&self.genres)),
            external_ids: checks.value(external_ids(&self.external_ids)),
            ..self
        };
        checks.finish(fields)
    }
}

/// What a track's owner decides.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackFields {
    /// Title as shown.
    pub title: String,
    /// Who made it.
    pub artist_id: ArtistId,
    /// The album it is on.
    pub album_id: Option<AlbumId>,
    /// Length in milliseconds.
    pub duration_ms: Option<i64>,
    /// Place on its disc, from 1.
    pub track_number: Option<i16>,
    /// Disc of its album, from 1.
    pub disc_number: Option<i16>,
    /// Genres.
    pub genres: Vec<String>,
    /// Whether the words are explicit.
    pub explicit: bool,
    /// Identifiers elsewhere.
    pub external_ids: ExternalIds,
}

impl TrackFields {
    /// The same, normalised and valid.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        checks.that(
            self.duration_ms.is_none_or(|ms| (1..=DAY_MS).contains(&ms)),
            "duration_ms",
            "must be 1 to 86400000 milliseconds (24 hours)",
        );
        checks.that(
            self.track_number.is_none_or(|n| (1..=9999).contains(&n)),
            "track_number",
            "must be 1 to 9999",
        );
        checks.that(
            self.disc_number.is_none_or(|n| (1..=999).contains(&n)),
            "disc_number",
            "must be 1 to 999",
        );
        let fields = Self {
            title: checks.value(line("title", &self.title, NAME)),
            genres: checks.value(genres(&self.genres)),
            external_ids: checks.value(external_ids(&self.external_ids)),
            ..self
        };
        checks.finish(fields)
    }
}

fn country(code: &str) -> Result<String, Fault> {
    let code = code.trim().to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(code);
    }
    Err(Fault {
        field: "country",
        message: "must be an ISO 3166-1 code of two letters, as DE".to_owned(),
    })
}

fn genres(genres: &[String]) -> Result<Vec<String>, Fault> {
    if genres.len() > 20 {
        return Err(Fault {
            field: "genres",
            message: "must be 20 at most".to_owned(),
        });
    }
    let mut clean = Vec::with_capacity(genres.len());
    for genre in genres {
        let genre = line("genres", &genre.to_lowercase(), 60)?;
        if !clean.contains(&genre) {
            clean.push(genre);
        }
    }
    Ok(clean)
}

fn external_ids(ids: &ExternalIds) -> Result<ExternalIds, Fault> {
    let fault = |message: &str| Fault {
        field: "external_ids",
        message: message.to_owned(),
    };
    if ids.len() > 20 {
        return Err(fault("must be 20 at most"));
    }
    ids.iter()
        .map(|(scheme, value)| {
            let well_named = (1..=32).contains(&scheme.len())
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !well_named {
                return Err(fault("a scheme must be 1 to 32 characters of a-z, 0-9 and _"));
            }
            let value = line("external_ids", value, 200)?;
            if scheme == "mbid" && uuid::Uuid::try_parse(&value).is_err() {
                return Err(fault("mbid must be a MusicBrainz id, which is a UUID"));
            }
            Ok((scheme.clone(), value))
        })
        .collect()
}
