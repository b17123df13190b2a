//! Parameters from outside, checked by the domain's rules. What passes here can be sent to any engine.

use domain::line;
use http_kit::{Error, Whole};

/// Words to search for: 1 to 200 characters.
pub(crate) fn words(text: &str) -> Result<String, Error> {
    Ok(line("q", text, 200)?)
}

/// A genre as the catalogue keeps it: lower case.
pub(crate) fn genre(genre: Option<&str>) -> Result<Option<String>, Error> {
    Ok(genre.map(|genre| domain::genre("genre", genre)).transpose()?)
}

/// ISO 3166-1 alpha-2, upper case.
pub(crate) fn country(country: Option<&str>) -> Result<Option<String>, Error> {
    Ok(country.map(domain::country).transpose()?)
}

/// A year of release.
pub(crate) type Year = Whole<1, 9999>;

/// One year, as the first and the last.
pub(crate) fn year(year: Year) -> (i32, i32) {
    (number(year), number(year))
}

/// From one year to another, both included; each may be open.
pub(crate) fn years(from: Option<Year>, to: Option<Year>) -> Result<Option<(i32, i32)>, Error> {
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let (first, last) = (from.map_or(1, number), to.map_or(9999, number));
    if first > last {
        return Err(Error::invalid("year_from", "must not be after year_to"));
    }
    Ok(Some((first, last)))
}

fn number(year: Year) -> i32 {
    year.get().try_into().unwrap_or(i32::MAX)
}
