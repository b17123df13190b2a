//! What proves who calls: access tokens (JWT, HS256 only), refresh tokens and signed stream addresses.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header::CACHE_CONTROL};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{ApiKeyId, Session, SessionId};
use events::{JobId, Time, TrackId, UserId};
use hmac::{Hmac, Mac};
use http_kit::Error;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use uuid::Uuid;

const ISSUER: &str = "jonquil";
const AUDIENCE: &str = "jonquil-api";
/// An access token's life, in seconds.
const ACCESS_SECONDS: i64 = 15 * 60;
/// A stream address's life, in seconds.
const STREAM_SECONDS: i64 = 6 * 60 * 60;
/// What API keys begin with, so that they are recognised where they should not be.
const API_KEY_PREFIX: &str = "jq_";
/// 16 bytes of id, 32 random ones.
const API_KEY_BYTES: usize = 48;
/// 16 bytes of session, 8 of generation, 32 of MAC.
const REFRESH_BYTES: usize = 56;
/// How long a stream address stays the same, in seconds. Its life is shorter by as much at most.
const SAME_SECONDS: i64 = 15 * 60;

/// What a sign-in answers.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Good for the next refresh; null where it is in a cookie.
    #[schema(value_type = Option<String>, required = true)]
    pub refresh_token: String,
    /// `bearer`.
    #[schema(example = "bearer")]
    pub token_type: String,
    /// Seconds until the access token ends.
    #[schema(example = 900)]
    pub expires_in: i64,
}

impl Responder for Tokens {
    type Body = BoxBody;

    /// Nobody on the way may keep it (RFC 6749, 5.1).
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(self)
    }
}

/// Keys made from the service's one secret, one for each use.
#[derive(Clone)]
pub struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    refresh: [u8; 32],
    stream: [u8; 32],
    api_key: [u8; 32],
    link: [u8; 32],
    pub(crate) totp: [u8; 32],
    pub(crate) webhook: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: Uuid,
    /// The session.
    sid: Uuid,
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Keys {
    /// Derives the keys. The secret should have 32 random bytes at least.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let access = mac(secret, &[b"access"]);
        Self {
            encoding: EncodingKey::from_secret(&access),
            decoding: DecodingKey::from_secret(&access),
            refresh: mac(secret, &[b"refresh"]),
            stream: mac(secret, &[b"stream"]),
            api_key: mac(secret, &[b"api key"]),
            link: mac(secret, &[b"link"]),
            totp: mac(secret, &[b"totp"]),
            webhook: mac(secret, &[b"webhook"]),
        }
    }

    /// The tokens of a session's present generation: the same each time, so that a lost answer can be given again.
    pub fn tokens_of(&self, session: &Session, now: Time) -> Result<Tokens, Error> {
        let issued = session.turned_at.millis() / 1000;
        let claims = Claims {
            sub: session.user_id.0,
            sid: session.id.0,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: issued,
            nbf: issued,
            exp: issued + ACCESS_SECONDS,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding);
        Ok(Tokens {
            access_token: token.map_err(Error::defect)?,
            refresh_token: self.refresh_token(session),
            token_type: "bearer".to_owned(),
            expires_in: claims.exp - now.millis() / 1000,
        })
    }

    /// Of which session it is; none when it is not ours or not valid now.
    #[must_use]
    pub fn verify(&self, token: &str, now: Time) -> Option<SessionId> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Checked below, against the clock we were given.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .ok()?
            .claims;
        let now = now.millis() / 1000;
        // A few seconds for clocks that differ between processes.
        (claims.nbf <= now + 5 && now < claims.exp).then_some(SessionId(claims.sid))
    }

    /// Session, generation, and the MAC of both.
    fn refresh_token(&self, session: &Session) -> String {
        let mut bytes = [0; REFRESH_BYTES];
        bytes[..16].copy_from_slice(session.id.0.as_bytes());
        bytes[16..24].copy_from_slice(&session.generation.to_be_bytes());
        let tag = mac(&self.refresh, &[&bytes[..24]]);
        bytes[24..].copy_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Of which session and generation it is; none when it is not ours.
    #[must_use]
    pub fn verify_refresh(&self, token: &str) -> Option<(SessionId, i64)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (named, tag) = bytes.split_at_checked(24)?;
        let right: bool = mac(&self.refresh, &[named]).ct_eq(tag).into();
        let (session, generation) = named.split_at_checked(16)?;
        let session = SessionId(Uuid::from_slice(session).ok()?);
        let generation = i64::from_be_bytes(generation.try_into().ok()?);
        right.then_some((session, generation))
    }

    /// A new API key, and what is stored of it.
    #[must_use]
    pub fn new_api_key(&self, id: ApiKeyId, random: [u8; 32]) -> (String, [u8; 32]) {
        let mut bytes = [0; API_KEY_BYTES];
        bytes[..16].copy_from_slice(id.0.as_bytes());
        bytes[16..].copy_from_slice(&random);
        let secret = format!("{API_KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        (secret, mac(&self.api_key, &[&bytes]))
    }

    /// Which API key it names, and what must be stored of it; none when it is no key.
    #[must_use]
    pub(crate) fn read_api_key(&self, secret: &str) -> Option<(ApiKeyId, [u8; 32])> {
        let bytes = URL_SAFE_NO_PAD.decode(secret.strip_prefix(API_KEY_PREFIX)?).ok()?;
        let id = bytes.get(..16).filter(|_| bytes.len() == API_KEY_BYTES)?;
        Some((ApiKeyId(Uuid::from_slice(id).ok()?), mac(&self.api_key, &[&bytes])))
    }

    /// The token of a new link, and what is stored of it.
    #[must_use]
    pub fn new_link_token(&self, random: [u8; 32]) -> (String, [u8; 32]) {
        let token = URL_SAFE_NO_PAD.encode(random);
        let mac = self.link_mac(&token);
        (token, mac)
    }

    /// The same of a letter that a job sends to an address: however often it tries, the letter has the same link.
    #[must_use]
    pub fn letter_token(&self, job: JobId, address: &str) -> (String, [u8; 32]) {
        self.new_link_token(mac(&self.link, &[b"letter", job.0.as_bytes(), address.as_bytes()]))
    }

    #[must_use]
    pub fn link_mac(&self, token: &str) -> [u8; 32] {
        mac(&self.link, &[token.as_bytes()])
    }

    /// What may be kept of a request that held a secret: its hash alone could be compared with guesses.
    #[must_use]
    pub fn request_mac(&self, hash: &[u8]) -> Vec<u8> {
        mac(&self.link, &[b"request", hash]).to_vec()
    }

    fn sign_stream(&self, track: TrackId, user: UserId, expires: i64) -> String {
        let parts: [&[u8]; 3] = [track.0.as_bytes(), user.0.as_bytes(), &expires.to_be_bytes()];
        URL_SAFE_NO_PAD.encode(mac(&self.stream, &parts))
    }

    /// Whose address it is, if it was signed by us for this track and has not ended.
    #[must_use]
    pub fn verify_stream(&self, track: TrackId, expires: &str, signature: &str, now: Time) -> Option<UserId> {
        // The signature names its user: the account's id, a dot, the MAC.
        let (user, tag) = signature.split_once('.')?;
        let user = UserId(Uuid::try_parse(user).ok()?);
        let expires: i64 = expires.parse().ok()?;
        let expected = self.sign_stream(track, user, expires);
        let right: bool = expected.as_bytes().ct_eq(tag.as_bytes()).into();
        (right && now.millis() / 1000 < expires).then_some(user)
    }
}

/// The address from which this person may stream the track for the next hours, without a token.
#[must_use]
pub fn stream_url(keys: &Keys, track: TrackId, user: UserId, now: Time) -> String {
    // The same address for a quarter of an hour, so that a browser's cache and a page's state stay good.
    let expires = now.millis() / 1000 / SAME_SECONDS * SAME_SECONDS + STREAM_SECONDS;
    let tag = keys.sign_stream(track, user, expires);
    format!(
        "/api/v1/tracks/{track}/stream?exp={expires}&sig={}.{tag}",
        user.0.simple()
    )
}

pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104, 2)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use events::{Time, TrackId, UserId};
    use uuid::Uuid;

    use super::{Keys, SAME_SECONDS, STREAM_SECONDS, stream_url};

    #[test]
    fn a_stream_address_ends_within_six_hours_and_not_much_before() {
        let keys = Keys::new(b"a secret of thirty-two characters");
        let (track, user) = (TrackId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        for second in (0..7_200).step_by(13) {
            let made = 1_769_860_800 + second;
            let url = stream_url(&keys, track, user, Time::from_millis(made * 1000));
            let (_, query) = url.split_once("exp=").expect("an end");
            let (exp, sig) = query.split_once("&sig=").expect("a signature");
            let at = |second: i64| keys.verify_stream(track, exp, sig, Time::from_millis(second * 1000));
            assert_eq!(at(made + STREAM_SECONDS - SAME_SECONDS), Some(user));
            assert_eq!(at(made + STREAM_SECONDS), None);
        }
    }
}
