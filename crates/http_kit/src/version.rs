//! Versions over HTTP: a strong `ETag` on what a command answers, `If-Match` on what it is sent.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    dev::Payload,
    http::{
        StatusCode,
        header::{ETAG, IF_MATCH},
    },
};
use serde::Serialize;

use crate::Error;

#[cfg(test)]
mod tests;

/// A command's answer: the new state, and its version as `ETag`.
pub struct Versioned<T> {
    status: StatusCode,
    version: i64,
    body: T,
}

impl<T> Versioned<T> {
    pub fn ok(version: i64, body: T) -> Self {
        Self {
            status: StatusCode::OK,
            version,
            body,
        }
    }

    pub fn created(version: i64, body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            version,
            body,
        }
    }
}

impl<T: Serialize> Responder for Versioned<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::build(self.status)
            .insert_header((ETAG, format!("\"{}\"", self.version)))
            .json(self.body)
    }
}

/// `If-Match` (RFC 9110, 13.1.1), by strong comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Not sent.
    Absent,
    /// `*`: any version, as long as the thing is there.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// 412 when the thing has another version.
    pub fn check(&self, version: i64) -> Result<(), Error> {
        match self {
            Self::Absent | Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&version) => Ok(()),
            Self::Versions(_) => Err(Error::stale()),
        }
    }

    /// Reads the header's value. Weak or foreign tags match nothing, as the strong comparison asks.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        if value.trim() == "*" {
            return Self::Any;
        }
        let version = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        Self::Versions(value.split(',').filter_map(version).collect())
    }
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lines: Vec<&str> = request
            .headers()
            .get_all(IF_MATCH)
            .filter_map(|value| value.to_str().ok())
            .collect();
        let parsed = if request.headers().contains_key(IF_MATCH) {
            Self::parse(&lines.join(","))
        } else {
            Self::Absent
        };
        std::future::ready(Ok(parsed))
    }
}
