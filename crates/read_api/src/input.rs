//! Parameters from outside, checked by the domain's rules. What passes here can be sent to any engine.

use domain::line;
use http_kit::Error;

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

pub(crate) fn year(year: Option<i32>) -> Result<Option<(i32, i32)>, Error> {
    year.map(|year| one_year("year", year).map(|year| (year, year)))
        .transpose()
}

/// From one year to another, both included; each may be open.
pub(crate) fn years(from: Option<i32>, to: Option<i32>) -> Result<Option<(i32, i32)>, Error> {
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let first = one_year("year_from", from.unwrap_or(1))?;
    let last = one_year("year_to", to.unwrap_or(9999))?;
    if first > last {
        return Err(Error::invalid("year_from", "must not be after year_to"));
    }
    Ok(Some((first, last)))
}

fn one_year(field: &str, year: i32) -> Result<i32, Error> {
    if (1..=9999).contains(&year) {
        return Ok(year);
    }
    Err(Error::invalid(field, "must be a year, 1 to 9999"))
}
