//! What browsers are told with every answer: who may frame, embed and read it, and that it stays encrypted.

use std::str::FromStr;

use actix_web::{
    dev::ServiceRequest,
    http::{
        Method, Uri,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};

#[cfg(test)]
mod tests;

/// An answer that is no page loads nothing and is shown in no frame, even if a browser is made to open it.
const CSP_ANSWERS: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Swagger UI writes styles into its page and has images as `data:`.
const CSP_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// A year (RFC 6797, 6.1.1).
const STAY_ENCRYPTED: &str = "max-age=31536000";
/// Seconds for which a browser remembers what it was allowed; more is not taken by any.
const PREFLIGHT_MAX_AGE: &str = "7200";
/// What a page of another origin may send beside a simple request.
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Range, \
    X-Api-Key, X-Consistency-Token, X-Request-Id";
/// What it may read beside the body.
const ANSWER_HEADERS: &str = "Accept-Ranges, Content-Range, ETag, Idempotency-Replayed, Location, RateLimit, \
    RateLimit-Policy, Retry-After, X-Consistency, X-Consistency-Token, X-Request-Id";
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Origins whose pages may call this service (CORS), as `https://music.example,https://other.example:8443`. None: only its
/// own pages. Credentials of a browser are never allowed: tokens come in headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// What is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnOrigin;

impl FromStr for Origins {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(origin).collect::<Result<_, _>>().map(Self)
    }
}

/// A scheme, a host and perhaps a port, as browsers send it. `*` and `null` are none: they would mean everybody.
fn origin(name: &str) -> Result<String, NotAnOrigin> {
    let uri: Uri = name.parse().map_err(|_| NotAnOrigin)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(NotAnOrigin);
    };
    let written = format!("{scheme}://{authority}").to_ascii_lowercase();
    let is_origin = matches!(scheme, "http" | "https") && !authority.as_str().contains('@') && written == name;
    if is_origin { Ok(written) } else { Err(NotAnOrigin) }
}

/// What of a request decides about the headers of its answer.
pub(crate) struct Asked {
    /// The origin of the page that asks, if it may.
    origin: Option<HeaderValue>,
    /// Whether other origins may ask at all: then the answer differs by origin.
    by_origin: bool,
    preflight: bool,
    encrypted: bool,
    part: Part,
}

/// A part of the service that browsers treat in its own way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Tokens come from here.
    Auth,
    Api,
    Docs,
    Other,
}

impl Part {
    fn of(path: &str) -> Self {
        let begins = |prefix: &str| path.starts_with(prefix);
        match () {
            () if begins("/api/v1/auth/") => Self::Auth,
            () if begins("/api/") => Self::Api,
            () if begins("/docs") => Self::Docs,
            () => Self::Other,
        }
    }
}

impl Asked {
    pub(crate) fn of(request: &ServiceRequest, origins: &Origins, encrypted: bool) -> Self {
        let headers = request.headers();
        let sent = headers.get(header::ORIGIN);
        let known = |sent: &&HeaderValue| origins.0.iter().any(|known| known.as_bytes() == sent.as_bytes());
        Self {
            origin: sent.filter(known).cloned(),
            by_origin: !origins.0.is_empty(),
            preflight: request.method() == Method::OPTIONS
                && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
            encrypted,
            part: Part::of(request.path()),
        }
    }

    /// Adds to the headers of the answer; those that its handler chose stay.
    pub(crate) fn protect(&self, headers: &mut HeaderMap) {
        let mut default = |name: HeaderName, value: &'static str| {
            if !headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        };
        default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        default(header::REFERRER_POLICY, "same-origin");
        let policy = if self.part == Part::Docs { CSP_DOCS } else { CSP_ANSWERS };
        default(header::CONTENT_SECURITY_POLICY, policy);
        default(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        let embedded = if self.by_origin { "cross-origin" } else { "same-origin" };
        default(CROSS_ORIGIN_RESOURCE_POLICY, embedded);
        match self.part {
            Part::Auth => default(header::CACHE_CONTROL, "no-store"),
            Part::Api => default(header::CACHE_CONTROL, "private, no-cache"),
            Part::Docs | Part::Other => {}
        }
        if self.encrypted {
            default(header::STRICT_TRANSPORT_SECURITY, STAY_ENCRYPTED);
        }
        self.share(headers);
    }

    /// CORS (Fetch, 3.2).
    fn share(&self, headers: &mut HeaderMap) {
        if self.by_origin {
            // Appended: what is shared differs by `Authorization` already.
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = &self.origin else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if !self.preflight {
            let readable = HeaderValue::from_static(ANSWER_HEADERS);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
            return;
        }
        if let Some(methods) = headers.get(header::ALLOW).cloned() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
