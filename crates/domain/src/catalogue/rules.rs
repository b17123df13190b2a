//! What fields of several kinds may hold.

use events::ExternalIds;

use crate::{Fault, text::line};

/// Characters of a name or a title.
pub(super) const MAX_NAME: usize = 300;
const MAX_GENRES: usize = 20;
const MAX_EXTERNAL_IDS: usize = 20;

/// ISO 3166-1 alpha-2, upper case.
pub fn country(code: &str) -> Result<String, Fault> {
    let code = code.trim().to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(code);
    }
    Err(Fault {
        field: "country",
        message: "must be an ISO 3166-1 code of two letters, as DE".to_owned(),
    })
}

/// A genre, lower case. `field` is where it was given.
pub fn genre(field: &'static str, genre: &str) -> Result<String, Fault> {
    line(field, &genre.to_lowercase(), 60)
}

pub(super) fn genres(genres: &[String]) -> Result<Vec<String>, Fault> {
    if genres.len() > MAX_GENRES {
        return Err(Fault {
            field: "genres",
            message: "must be 20 at most".to_owned(),
        });
    }
    let mut clean = Vec::with_capacity(genres.len());
    for text in genres {
        let genre = genre("genres", text)?;
        if !clean.contains(&genre) {
            clean.push(genre);
        }
    }
    Ok(clean)
}

pub(super) fn external_ids(ids: &ExternalIds) -> Result<ExternalIds, Fault> {
    let fault = |message: &str| Fault {
        field: "external_ids",
        message: message.to_owned(),
    };
    if ids.len() > MAX_EXTERNAL_IDS {
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
            if scheme != "mbid" {
                return Ok((scheme.clone(), value));
            }
            // In one form, because things are found by it.
            match uuid::Uuid::try_parse(&value) {
                Ok(id) => Ok((scheme.clone(), id.to_string())),
                Err(_) => Err(fault("mbid must be a MusicBrainz id, which is a UUID")),
            }
        })
        .collect()
}
