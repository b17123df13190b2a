//! The refresh token as a cookie, for pages: their scripts cannot read it.

use access::Tokens;
use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE},
};
use http_kit::is_encrypted;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

/// Browsers let nothing but an encrypted answer set a cookie whose name begins so (RFC 6265bis, 4.1.3).
const NAME: &str = "__Secure-jonquil_refresh";
/// Without TLS, as on loopback, they would not take a secure one.
const PLAIN_NAME: &str = "jonquil_refresh";
/// Where the browser sends it, and how long it keeps it: a session's idle time, in seconds.
const ATTRIBUTES: &str = "Path=/api/v1/auth; HttpOnly; SameSite=Strict";
const MAX_AGE: u32 = 30 * 24 * 60 * 60;

/// How the refresh token is answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CookieQuery {
    /// As the cookie `jonquil_refresh` (behind TLS `__Secure-jonquil_refresh`), and null in the body.
    #[serde(default)]
    pub cookie: bool,
}

/// Tokens, with the refresh token in the body or in a cookie.
pub(crate) struct TokensAnswer {
    pub tokens: Tokens,
    pub as_cookie: bool,
}

impl Responder for TokensAnswer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        if !self.as_cookie {
            return self.tokens.respond_to(request);
        }
        let cookie = cookie(request, &self.tokens.refresh_token, MAX_AGE);
        let mut body = json!(self.tokens);
        body["refresh_token"] = Value::Null;
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((SET_COOKIE, cookie))
            .json(body)
    }
}

/// The refresh token that a browser sends.
pub(crate) fn sent(request: &HttpRequest) -> Option<String> {
    let headers = request.headers().get_all(COOKIE);
    let pairs = headers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let named = pairs.filter_map(|pair| pair.trim().split_once('='));
    let mut tokens = named.filter(|(name, _)| *name == name_for(request));
    tokens.next().map(|(_, token)| token.to_owned())
}

/// A cookie that takes the one before away.
pub(crate) fn removal(request: &HttpRequest) -> String {
    cookie(request, "", 0)
}

fn cookie(request: &HttpRequest, token: &str, max_age: u32) -> String {
    // Without TLS a browser would not take a secure one.
    let secure = if is_encrypted(request) { "; Secure" } else { "" };
    let name = name_for(request);
    format!("{name}={token}; Max-Age={max_age}; {ATTRIBUTES}{secure}")
}

fn name_for(request: &HttpRequest) -> &'static str {
    if is_encrypted(request) { NAME } else { PLAIN_NAME }
}
