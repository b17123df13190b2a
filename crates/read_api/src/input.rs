//! Parameters from outside, checked. What passes here can be sent to any engine.

use http_kit::Error;

/// Words to search for: 1 to 200 characters.
pub(crate) fn words(text: &str) -> Result<String, Error> {
    line("q", text, 200)
}

/// A genre as the catalogue keeps it: lower case.
pub(crate) fn genre(genre: Option<&str>) -> Result<Option<String>, Error> {
    let checked = genre.map(|genre| line("genre", genre, 60)).transpose()?;
    Ok(checked.map(|genre| genre.to_lowercase()))
}

/// ISO 3166-1 alpha-2, upper case.
pub(crate) fn country(country: Option<&str>) -> Result<Option<String>, Error> {
    match country.map(str::trim) {
        None => Ok(None),
        Some(code) if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(Some(code.to_ascii_uppercase()))
        }
        Some(_) => Err(Error::invalid("country", "must be two letters of ISO 3166-1, as RU")),
    }
}

/// One year.
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

/// Items wanted, 1 to 100.
pub(crate) fn limit(limit: Option<u32>) -> Result<u32, Error> {
    let limit = limit.unwrap_or(http_kit::DEFAULT_LIMIT);
    if (1..=http_kit::MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::invalid("limit", "must be 1 to 100"))
}

fn one_year(field: &str, year: i32) -> Result<i32, Error> {
    if (1..=9999).contains(&year) {
        return Ok(year);
    }
    Err(Error::invalid(field, "must be a year, 1 to 9999"))
}

fn line(field: &str, text: &str, most: usize) -> Result<String, Error> {
    let text = text.trim();
    if !(1..=most).contains(&text.chars().count()) {
        return Err(Error::invalid(field, format!("must have 1 to {most} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "must not contain control characters"));
    }
    Ok(text.to_owned())
}
