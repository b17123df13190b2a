//! Versions over HTTP: a strong `ETag` on what a command answers, `If-Match` on what it is sent.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    dev::Payload,
    http::{
        StatusCode,
        header::{ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH},
    },
};
use serde::Serialize;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::Error;

#[cfg(test)]
mod tests;

/// A command's answer: the new state, and its version as `ETag`.
pub struct Versioned<T> {
    status: StatusCode,
    /// None for what has no version, such as a job.
    version: Option<i64>,
    body: T,
}

impl<T> Versioned<T> {
    pub fn ok(version: i64, body: T) -> Self {
        Self {
            status: StatusCode::OK,
            version: Some(version),
            body,
        }
    }

    pub fn created(version: i64, body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            version: Some(version),
            body,
        }
    }

    /// Of what has no version.
    pub fn unversioned(status: StatusCode, body: T) -> Self {
        Self {
            status,
            version: None,
            body,
        }
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn body(&self) -> &T {
        &self.body
    }

    /// The version as an entity tag.
    pub fn etag(&self) -> Option<String> {
        self.version.map(|version| format!("\"{version}\""))
    }
}

impl<T: Serialize> Responder for Versioned<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(etag) = self.etag() {
            response.insert_header((ETAG, etag));
        }
        response.json(self.body)
    }
}

/// What `If-Match` may hold: `*`, or entity tags (RFC 9110, 8.8.3).
const IF_MATCH_PATTERN: &str = r#"^\s*(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)\s*$"#;

/// `If-Match` (RFC 9110, 13.1.1), by strong comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Not sent.
    Absent,
    /// `*`: any version, as long as the thing is there.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
    /// No entity tags.
    Malformed,
}

impl IfMatch {
    /// 412 when the thing has another version, 422 for what is no `If-Match`. Asked last, when everything else is right.
    pub fn check(&self, version: i64) -> Result<(), Error> {
        match self {
            Self::Absent | Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&version) => Ok(()),
            Self::Versions(_) => Err(Error::stale()),
            Self::Malformed => Err(Error::invalid(
                "If-Match",
                "must be * or versions in double quotes, as \"7\"",
            )),
        }
    }

    /// Reads the header's value. Weak or foreign tags match nothing, as the strong comparison asks.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        if value.trim() == "*" {
            return Self::Any;
        }
        tags(value).map_or(Self::Malformed, Self::Versions)
    }
}

/// The versions among the tags of a list; none when it is no list of tags.
fn tags(list: &str) -> Option<Vec<i64>> {
    let strong = |(is_weak, tag): (bool, &str)| (!is_weak).then(|| tag.parse().ok()).flatten();
    Some(entity_tags(list)?.into_iter().filter_map(strong).collect())
}

/// The tags of a list, each with whether it is weak; none when it is no list of tags. A foreign tag may hold a comma.
fn entity_tags(list: &str) -> Option<Vec<(bool, &str)>> {
    let (mut tags, mut rest) = (Vec::new(), list.trim());
    loop {
        let (is_weak, tag) = rest.strip_prefix("W/").map_or((false, rest), |tag| (true, tag));
        let (tag, after) = tag.strip_prefix('"')?.split_once('"')?;
        tags.push((is_weak, tag));
        rest = match after.trim_start() {
            "" => return Some(tags),
            more => more.strip_prefix(',')?.trim_start(),
        };
    }
}

/// Whether `If-None-Match` (RFC 9110, 13.1.2) names this tag, by weak comparison. What is no list of tags names none.
#[must_use]
pub fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let Some((_, tag)) = entity_tags(tag).and_then(|tags| tags.first().copied()) else {
        return false;
    };
    let lines = request.headers().get_all(IF_NONE_MATCH);
    lines.filter_map(|line| line.to_str().ok()).any(|line| {
        let named = || entity_tags(line).is_some_and(|tags| tags.iter().any(|(_, known)| *known == tag));
        line.trim() == "*" || named()
    })
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let tags = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(IF_MATCH_PATTERN));
        let parameter = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("the version it must have, in double quotes"))
            .schema(Some(tags));
        vec![parameter.build()]
    }
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lines: Vec<_> = request.headers().get_all(IF_MATCH).map(HeaderValue::to_str).collect();
        let parsed = match lines.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(lines) if lines.is_empty() => Self::Absent,
            Ok(lines) => Self::parse(&lines.join(",")),
            Err(_) => Self::Malformed,
        };
        std::future::ready(Ok(parsed))
    }
}
