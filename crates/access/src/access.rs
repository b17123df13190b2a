//! Who calls. Each extractor in a handler's signature says who may.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::AUTHORIZATION, web::Data};
use domain::{Actor, Scope, SessionId, Sight};
use events::{ListenerId, Role, TrackId, UserId};
use http_kit::{Ambient, Error, check_query};
use moka::sync::Cache;
use store::Reader;

use crate::Keys;

/// The tokens of a session that ended, or of an account that was deleted or disabled, stop within this time.
const REMEMBERED: Duration = Duration::from_secs(5);
const MAX_REMEMBERED: u64 = 50_000;

/// A signed-in person.
#[derive(Clone, Copy, Debug)]
pub struct Principal {
    pub user_id: UserId,
    /// Its pseudonym, which listens are keyed by. Never shown.
    pub listener_id: ListenerId,
    pub role: Role,
    pub scopes: &'static [Scope],
    /// None for an address that was signed for the account.
    pub session: Option<SessionId>,
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

    /// As queries know it.
    #[must_use]
    pub fn sight(&self) -> Sight {
        self.actor().into()
    }
}

/// What a request proves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Proof {
    /// By an access token.
    Session(SessionId),
    /// By an address that was signed for the account.
    Account(UserId),
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
    pub principals: Principals,
    pub ambient: Ambient,
}

impl Access {
    async fn principal(&self, proof: Proof) -> Result<Option<Principal>, Error> {
        if let Some(principal) = self.principals.0.get(&proof) {
            return Ok(Some(principal));
        }
        let (user, session) = match proof {
            Proof::Session(session) => (self.reader.user_of_session(session).await?, Some(session)),
            Proof::Account(user) => (self.reader.user(user).await?, None),
        };
        let Some(row) = user.filter(|row| row.is_active) else {
            return Ok(None);
        };
        let principal = Principal {
            user_id: row.id(),
            listener_id: row.listener_id(),
            role: row.role(),
            scopes: Scope::of_role(row.role()),
            session,
        };
        self.principals.0.insert(proof, principal);
        Ok(Some(principal))
    }

    /// Stops the access tokens of a session that has ended; in other processes they stop when its principal is looked up
    /// again.
    pub fn forget(&self, session: SessionId) {
        self.principals.0.invalidate(&Proof::Session(session));
    }

    /// Whose signed stream address this is.
    pub async fn by_address(&self, track: TrackId, exp: &str, sig: &str) -> Result<Option<Principal>, Error> {
        match self.keys.verify_stream(track, exp, sig, (self.ambient.now)()) {
            Some(user) => self.principal(Proof::Account(user)).await,
            None => Ok(None),
        }
    }

    async fn by_header(&self, header: Option<&str>) -> Result<Option<Principal>, Error> {
        let Some(header) = header else { return Ok(None) };
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

/// Anybody; a person when a token is sent. A bad token is refused.
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
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .map(|value| value.to_str().unwrap_or("").to_owned());
        let access = request.app_data::<Data<Access>>().cloned();
        Box::pin(async move {
            let access = access.ok_or_else(|| Error::defect("the application wired no Access"))?;
            Ok(Self(access.by_header(header.as_deref()).await?))
        })
    }
}

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (caller, request) = (signed_in(request, payload), request.clone());
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

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (caller, request) = (signed_in(request, payload), request.clone());
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

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (caller, request) = (signed_in(request, payload), request.clone());
        Box::pin(async move {
            let by = having(Scope::Admin, caller.await?)?;
            check_query(&request)?;
            Ok(Self(by))
        })
    }
}

fn signed_in(request: &HttpRequest, payload: &mut Payload) -> Extracting<Principal> {
    let caller = MaybeSignedIn::from_request(request, payload);
    Box::pin(async move {
        let missing = || Error::unauthorized("sign in first: send Authorization: Bearer <access token>");
        caller.await?.0.ok_or_else(missing)
    })
}

fn having(scope: Scope, principal: Principal) -> Result<Principal, Error> {
    if principal.scopes.contains(&scope) {
        return Ok(principal);
    }
    let role = if scope == Scope::Admin { "admin" } else { "artist" };
    Err(Error::forbidden(format!("this needs an account with the role {role}")))
}
