//! Byte ranges of RFC 9110, section 14: what a request asks for and what the answer says. Pure functions.

#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDateTime, Utc};

/// Bytes `first..=last` of an object; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    first: u64,
    last: u64,
}

impl ByteRange {
    /// The bytes from `first` to `last`, both included; `None` when `last` comes before `first`.
    #[must_use]
    pub fn new(first: u64, last: u64) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    #[must_use]
    pub fn first(self) -> u64 {
        self.first
    }

    /// Offset of the last byte, which belongs to the range.
    #[must_use]
    pub fn last(self) -> u64 {
        self.last
    }

    /// Number of bytes, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub fn len(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }

    /// Value of `Content-Range` in a 206 answer, of an object of `size` bytes (RFC 9110, section 14.4).
    #[must_use]
    pub fn content_range(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.first, self.last)
    }

    /// Value of a `Range` header that asks for these bytes.
    #[must_use]
    pub fn header(self) -> String {
        format!("bytes={}-{}", self.first, self.last)
    }
}

/// Value of `Content-Range` in a 416 answer, of an object of `size` bytes (RFC 9110, section 15.5.17).
#[must_use]
pub fn unsatisfied(size: u64) -> String {
    format!("bytes */{size}")
}

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// Everything, with 200: the header asks for nothing that is understood here, and may be ignored.
    Whole,
    /// These bytes, with 206.
    Part(ByteRange),
    /// Bytes that are not there: 416 with [`unsatisfied`].
    Unsatisfiable,
}

/// Reads a `Range` header for an object of `size` bytes.
///
/// One range of bytes is served. Several ranges, other units and malformed headers are ignored, which RFC 9110
/// (section 14.2) leaves to the server. Of an empty object there is only the whole.
#[must_use]
pub fn parse(header: &str, size: u64) -> Requested {
    let Some((unit, set)) = header.split_once('=') else {
        return Requested::Whole;
    };
    if size == 0 || !unit.trim().eq_ignore_ascii_case("bytes") {
        return Requested::Whole;
    }
    // Empty elements of a list are skipped (section 5.6.1.2).
    let mut specs = set
        .split(',')
        .map(|spec| spec.trim_matches([' ', '\t']))
        .filter(|spec| !spec.is_empty());
    match (specs.next(), specs.next()) {
        (Some(spec), None) => parse_spec(spec, size),
        _ => Requested::Whole,
    }
}

/// One `first-last`, `first-` or `-length` (section 14.1.1); `size` is at least 1.
fn parse_spec(spec: &str, size: u64) -> Requested {
    let Some((first, last)) = spec.split_once('-') else {
        return Requested::Whole;
    };
    let end = size - 1;
    match (first, last) {
        ("", length) => match number(length) {
            None => Requested::Whole,
            Some(0) => Requested::Unsatisfiable,
            Some(length) => Requested::Part(ByteRange {
                first: size.saturating_sub(length),
                last: end,
            }),
        },
        (first, "") => match number(first) {
            None => Requested::Whole,
            Some(first) => from_to(first, end, end),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => from_to(first, last, end),
            _ => Requested::Whole,
        },
    }
}

fn from_to(first: u64, last: u64, end: u64) -> Requested {
    if first > end {
        return Requested::Unsatisfiable;
    }
    Requested::Part(ByteRange {
        first,
        last: last.min(end),
    })
}

/// Digits of any length; what is larger than any object is `u64::MAX`.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

/// Whether `If-Range` lets the `Range` header apply; if not, the whole object is sent with 200 (RFC 9110, section
/// 13.1.5).
///
/// `etag` and `last_modified` are the object's present ones. Entity tags compare strongly: a weak one on either side
/// never matches. A date has to be the very second of `last_modified`. Objects here never change under one key, so
/// their date is as strong a validator as their tag.
#[must_use]
pub fn if_range(header: &str, etag: Option<&str>, last_modified: Option<DateTime<Utc>>) -> bool {
    let header = header.trim();
    if header.starts_with('"') {
        return header.len() >= 2 && header.ends_with('"') && etag == Some(header);
    }
    match (http_date(header), last_modified) {
        (Some(date), Some(modified)) => date.timestamp() == modified.timestamp(),
        _ => false,
    }
}

/// The three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT` and the two obsolete ones.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    const FORMS: [&str; 3] = [
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y",
    ];
    FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|time| time.and_utc())
}
