//! Who calls. Each extractor in a handler's signature says who may.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, HeaderValue},
    web::Data,
};
use domain::{Actor, ApiKeyId, Scope, Scopes, SecondFactorFor, SessionId, Sight};
use events::{ListenerId, Role, Time, TrackId, UserId};
use http_kit::{Ambient, Error, Needed, ProblemType, check_query, needed_scope};
use moka::sync::Cache;
use store::{Reader, Store};
use subtle::ConstantTimeEq as _;

use crate::Keys;

/// The tokens of a session that ended, or of an account that was deleted or disabled, stop within this time.
const REMEMBERED: Duration = Duration::from_secs(5);
const MAX_REMEMBERED: u64 = 50_000;
/// Header of an API key.
const API_KEY: &str = "x-api-key";

/// A signed-in person.
#[derive(Clone, Copy, Debug)]
pub struct Principal {
    pub user_id: UserId,
    /// Its pseudonym, which listens are keyed by. Never shown.
    pub listener_id: ListenerId,
    /// What it acts as: under an API key no more than the key's scopes allow.
    pub role: Role,
    pub scopes: Scopes,
    /// None for an API key, and for an address that was signed for the account.
    pub session: Option<SessionId>,
    /// The API key that it calls with.
    pub key: Option<ApiKeyId>,
    /// Until then neither listens nor searches are recorded.
    pub private_until: Option<Time>,
    /// Whether it must have a second factor, and has none.
    pub lacks_second_factor: bool,
}

impl Principal {
    /// As the domain knows it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.user_id,
            role: self.role,
        }
    }

    /// Whether nothing of what it hears and looks for may be recorded.
    #[must_use]
    pub fn is_private(&self, now: Time) -> bool {
        self.private_until.is_some_and(|until| now < until)
    }

    /// As queries know it.
    #[must_use]
    pub fn sight(&self) -> Sight {
        Sight {
            user_id: Some(self.user_id),
            is_admin: self.scopes.contains(Scope::AdminRead),
        }
    }
}

/// What a request proves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Proof {
    /// By an access token.
    Session(SessionId),
    /// By an address that was signed for the account.
    Account(UserId),
    /// By an API key with this MAC.
    Key(ApiKeyId, [u8; 32]),
}

/// Principals that were looked up lately; shared by all workers.
#[derive(Clone)]
pub struct Principals(Cache<Proof, Principal>);

impl Default for Principals {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
        )
    }
}

/// What is needed to know who calls; one for each worker, since the reader's connections are the worker's own.
pub struct Access {
    pub keys: Keys,
    pub reader: Reader,
    /// For noting when a key was used.
    pub store: Store,
    pub principals: Principals,
    pub second_factor_for: SecondFactorFor,
    pub ambient: Ambient,
}

impl Access {
    async fn principal(&self, proof: Proof) -> Result<Option<Principal>, Error> {
        if let Some(principal) = self.principals.0.get(&proof) {
            return Ok(Some(principal));
        }
        let (user, session, key) = match proof {
            Proof::Session(session) => (self.reader.user_of_session(session).await?, Some(session), None),
            Proof::Account(user) => (self.reader.user(user).await?, None, None),
            Proof::Key(id, mac) => match self.key(id, mac).await? {
                Some((user, scopes)) => (Some(user), None, Some((id, scopes))),
                None => (None, None, None),
            },
        };
        let Some(row) = user.filter(|row| row.is_active) else {
            return Ok(None);
        };
        let lacks_second_factor = self.lacks_second_factor(&row).await?;
        let of_role = Scopes::of_role(row.role());
        let scopes = key.map_or(of_role, |(_, scopes)| scopes.and(of_role));
        let principal = Principal {
            user_id: row.id(),
            listener_id: row.listener_id(),
            role: scopes.role(),
            scopes,
            session,
            key: key.map(|(id, _)| id),
            private_until: row.private_until(),
            lacks_second_factor,
        };
        // Only who was found is kept: a session that was opened a moment ago is never missed.
        self.principals.0.insert(proof, principal);
        Ok(Some(principal))
    }

    async fn lacks_second_factor(&self, user: &store::User) -> Result<bool, Error> {
        if !self.second_factor_for.holds_for(user.role()) {
            return Ok(false);
        }
        let factor = self.reader.second_factor(user.id()).await?;
        Ok(!factor.is_some_and(|factor| factor.is_confirmed))
    }

    /// Whose key it is, if it is a key that has not ended. That it is used is noted.
    async fn key(&self, id: ApiKeyId, mac: [u8; 32]) -> Result<Option<(store::User, Scopes)>, Error> {
        let Some(known) = self.reader.known_key(id).await? else {
            return Ok(None);
        };
        let now = (self.ambient.now)();
        let is_right: bool = known.mac.as_slice().ct_eq(&mac).into();
        if !is_right || known.expires_at.is_some_and(|expires| expires <= now) {
            return Ok(None);
        }
        // The key works, whether or not this can be written down.
        if let Err(error) = self.store.note_key_use(id, now).await {
            tracing::debug!(%error, "the use of an API key was not noted");
        }
        Ok(Some((known.user, known.scopes)))
    }

    /// Stops the access tokens of a session that has ended; in other processes they stop when its principal is looked up
    /// again.
    pub fn forget(&self, session: SessionId) {
        self.principals.0.invalidate(&Proof::Session(session));
    }

    /// As [`Access::forget`], for several.
    pub fn forget_all(&self, sessions: Vec<SessionId>) {
        for session in sessions {
            self.forget(session);
        }
    }

    /// As [`Access::forget`], for an API key.
    pub fn forget_key(&self, key: ApiKeyId) {
        self.forget_those(|by| by.key == Some(key));
    }

    /// Looks an account up anew, whoever calls in its name.
    pub fn forget_user(&self, user: UserId) {
        self.forget_those(|by| by.user_id == user);
    }

    fn forget_those(&self, fits: impl Fn(&Principal) -> bool) {
        let fitting = self.principals.0.iter().filter(|(_, by)| fits(by));
        let proofs: Vec<_> = fitting.map(|(proof, _)| *proof).collect();
        for proof in &proofs {
            self.principals.0.invalidate(proof);
        }
    }

    /// Whose signed stream address this is.
    pub async fn by_address(&self, track: TrackId, exp: &str, sig: &str) -> Result<Option<Principal>, Error> {
        match self.keys.verify_stream(track, exp, sig, (self.ambient.now)()) {
            Some(user) => self.principal(Proof::Account(user)).await,
            None => Ok(None),
        }
    }

    async fn by_headers(&self, headers: &Credentials) -> Result<Option<Principal>, Error> {
        match headers {
            Credentials { token: None, key: None } => Ok(None),
            Credentials {
                token: Some(token),
                key: None,
            } => self.by_token(token).await,
            Credentials {
                token: None,
                key: Some(key),
            } => self.by_key(key).await,
            _ => Err(Error::unauthorized("send Authorization or X-Api-Key, not both")),
        }
    }

    async fn by_key(&self, secret: &str) -> Result<Option<Principal>, Error> {
        let invalid = || Error::unauthorized("the API key is not valid or has ended");
        let (id, mac) = self.keys.read_api_key(secret).ok_or_else(invalid)?;
        let principal = self.principal(Proof::Key(id, mac)).await?;
        principal.map(Some).ok_or_else(invalid)
    }

    async fn by_token(&self, header: &str) -> Result<Option<Principal>, Error> {
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(Error::unauthorized("Authorization must be: Bearer <access token>")),
        };
        let invalid = || Error::unauthorized("the access token is not valid or has ended; refresh it or sign in again");
        let session = self.keys.verify(token, (self.ambient.now)()).ok_or_else(invalid)?;
        let principal = self.principal(Proof::Session(session)).await?;
        principal.map(Some).ok_or_else(invalid)
    }
}

/// What a request sends to prove who calls.
struct Credentials {
    token: Option<String>,
    key: Option<String>,
}

impl Credentials {
    fn of(request: &HttpRequest) -> Self {
        let text = |value: &HeaderValue| value.to_str().unwrap_or("").to_owned();
        Self {
            token: request.headers().get(AUTHORIZATION).map(text),
            key: request.headers().get(API_KEY).map(text),
        }
    }
}

/// Anybody; a person when a token is sent. A bad token is refused. Under an API key that is for something else, nobody.
pub struct MaybeSignedIn(pub Option<Principal>);
pub struct SignedIn(pub Principal);
/// A person with the role artist or admin.
pub struct ArtistOnly(pub Principal);
pub struct AdminOnly(pub Principal);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

impl FromRequest for MaybeSignedIn {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller(request);
        let request = request.clone();
        Box::pin(async move {
            let caller = caller.await?;
            Ok(Self(caller.filter(|by| in_scope(by, &request).is_ok())))
        })
    }
}

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (caller, request) = (signed_in(request), request.clone());
        Box::pin(async move {
            let by = caller.await?;
            check_query(&request)?;
            Ok(Self(by))
        })
    }
}

impl FromRequest for ArtistOnly {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (caller, request) = (signed_in(request), request.clone());
        Box::pin(async move {
            let by = having(Scope::CatalogueWrite, caller.await?)?;
            check_query(&request)?;
            Ok(Self(by))
        })
    }
}

impl FromRequest for AdminOnly {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (caller, request) = (signed_in(request), request.clone());
        Box::pin(async move {
            let scope = if request.method().is_safe() {
                Scope::AdminRead
            } else {
                Scope::Admin
            };
            let by = having(scope, caller.await?)?;
            check_query(&request)?;
            Ok(Self(by))
        })
    }
}

fn caller(request: &HttpRequest) -> Extracting<Option<Principal>> {
    let credentials = Credentials::of(request);
    let access = request.app_data::<Data<Access>>().cloned();
    Box::pin(async move {
        let access = access.ok_or_else(|| Error::defect("the application wired no Access"))?;
        access.by_headers(&credentials).await
    })
}

fn signed_in(request: &HttpRequest) -> Extracting<Principal> {
    let (caller, request) = (caller(request), request.clone());
    Box::pin(async move {
        let missing = || Error::unauthorized("sign in first: send Authorization: Bearer <access token>");
        let by = caller.await?.ok_or_else(missing)?;
        in_scope(&by, &request)?;
        Ok(by)
    })
}

/// 403 for an API key without the scope that the operation needs, and for whoever must set a second factor up first. Else a
/// sign-in may do whatever its role allows.
fn in_scope(by: &Principal, request: &HttpRequest) -> Result<(), Error> {
    if by.key.is_none() && !by.lacks_second_factor {
        return Ok(());
    }
    let path = request.match_pattern().unwrap_or_default();
    let needed = needed_scope(request.method().as_str(), &path);
    if by.lacks_second_factor && needed != Needed::Nothing && !is_way_to_second_factor(&path) {
        return Err(Error::of(
            ProblemType::SecondFactorNeeded,
            "this account must have a second factor first: POST /api/v1/auth/totp, then /confirm",
        ));
    }
    if by.key.is_none() {
        return Ok(());
    }
    match needed {
        Needed::Nothing => Ok(()),
        Needed::Scope(scope) if by.scopes.contains(scope) => Ok(()),
        Needed::Scope(scope) => Err(Error::of(
            ProblemType::ScopeMissing,
            format!("this API key lacks the scope {}", scope.name()),
        )),
        Needed::SignIn => Err(Error::of(
            ProblemType::SignInNeeded,
            "this needs a sign-in; no API key may do it",
        )),
    }
}

fn is_way_to_second_factor(path: &str) -> bool {
    let of_account = path.strip_prefix("/api/v1/auth/");
    of_account.is_some_and(|rest| rest == "logout" || rest.starts_with("totp"))
}

fn having(scope: Scope, principal: Principal) -> Result<Principal, Error> {
    if principal.scopes.contains(scope) {
        return Ok(principal);
    }
    let role = if scope == Scope::CatalogueWrite {
        "artist"
    } else {
        "admin"
    };
    Err(Error::forbidden(format!("this needs an account with the role {role}")))
}
