//! What every command needs, and how one is carried out: in a unit of work, again when somebody else came first.

use std::sync::Arc;

use actix_web::{HttpMessage as _, HttpRequest};
use bus::Producer;
use events::Kind;
use http_kit::{Ambient, Error, PlayCounts, Principal, RequestContext, plays_or_none};
use media::{Objects, Parser, Spool};
use store::{CommandContext, Reader, Store, StoreError, Unit};
use uuid::Uuid;

use crate::{Hasher, KnownTracks};

/// How often a command is tried when other writers come first.
const TRIES: usize = 3;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether anybody may register as an artist.
    pub open_artist_signup: bool,
    /// Largest audio file, in bytes.
    pub max_upload_bytes: u64,
    /// Whether the client's address is the last of `X-Forwarded-For`: only behind a proxy of one's own, which adds it.
    pub behind_proxy: bool,
}

/// What commands work with; one for each worker, since connections are the worker's own.
pub struct Commands {
    /// Postgres, for writing.
    pub store: Store,
    /// Postgres, for looking things up.
    pub reader: Reader,
    /// Kafka, for listens.
    pub producer: Producer,
    /// The object store.
    pub objects: Objects,
    /// Where uploads wait.
    pub spool: Spool,
    /// Reads audio files, a few at a time.
    pub parser: Parser,
    /// Hashes passwords, a few at a time.
    pub hasher: Hasher,
    /// What listens say of their tracks.
    pub tracks: KnownTracks,
    /// Plays, for the answers.
    pub plays: Arc<dyn PlayCounts>,
    /// Time, ids, randomness.
    pub ambient: Ambient,
    /// What the operator decides.
    pub settings: Settings,
}

/// Why a unit of work did not come to its end.
pub(crate) enum Failure {
    Store(StoreError),
    Answer(Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Answer(error)
    }
}

impl From<domain::Invalid> for Failure {
    fn from(invalid: domain::Invalid) -> Self {
        Self::Answer(invalid.into())
    }
}

impl Commands {
    /// Does the work in one transaction and commits; again from the start when another writer came first.
    pub(crate) async fn carry_out<T>(
        &self,
        context: &CommandContext,
        work: impl AsyncFn(&mut Unit) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        for _ in 0..TRIES {
            let mut unit = self.store.begin(context.clone()).await?;
            let ended = match work(&mut unit).await {
                Ok(value) => unit.commit().await.map(|()| value).map_err(Failure::Store),
                Err(failure) => Err(failure),
            };
            match ended {
                Ok(value) => return Ok(value),
                Err(Failure::Store(StoreError::Conflict)) => {}
                Err(Failure::Store(error)) => return Err(error.into()),
                Err(Failure::Answer(error)) => return Err(error),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// The moment of a request.
    pub(crate) fn context(&self, request: &HttpRequest) -> CommandContext {
        let extensions = request.extensions();
        let traceparent = extensions
            .get::<RequestContext>()
            .and_then(|context| context.traceparent.clone());
        CommandContext {
            now: (self.ambient.now)(),
            new_id: self.ambient.new_id,
            traceparent,
        }
    }

    /// Plays of one thing.
    pub(crate) async fn plays_of(&self, kind: Kind, id: Uuid) -> Option<u64> {
        plays_or_none(&*self.plays, kind, &[id]).await.pop().flatten()
    }
}

/// 403 unless it is the caller's own, or the caller is an admin.
pub(crate) fn must_own(owned: bool, by: &Principal) -> Result<(), Error> {
    if owned || by.role == events::Role::Admin {
        return Ok(());
    }
    Err(Error::forbidden("only its owner or an admin may change this"))
}
