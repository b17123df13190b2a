//! What every command needs, and how one runs: in a unit of work, again when another writer came first.

use std::sync::Arc;

use access::Principal;
use actix_web::{HttpMessage as _, HttpRequest};
use bus::Producer;
use domain::{Actor, Album, Artist, Invalid, ObjectKind, Owned, Parents, Refusal, StoredObject, Track};
use events::{AlbumId, ArtistId, Kind, TrackId};
use fetcher::CheckedResolver;
use http_kit::{Action, Ambient, ClientAddress, Error, IfMatch, Limiter, Permit, RequestContext, Who};
use media::{Objects, Parser, Spool};
use representations::{PlayCounts, plays_or_none};
use store::{CommandContext, Reader, ResolveError, Store, StoreError, Unit};
use uuid::Uuid;

use crate::{Hasher, Ingest, KnownPlaylists, KnownTracks};

/// How often a command is tried when other writers come first.
const TRIES: usize = 3;

/// What the operator decides.
#[derive(Clone)]
pub struct Settings {
    /// Whether anybody may register as an artist.
    pub open_artist_signup: bool,
    /// Largest audio file, in bytes.
    pub max_upload_bytes: u64,
    /// Whether links come by mail.
    pub sends_mail: bool,
    /// Which addresses of the web uploads may be fetched from.
    pub urls: CheckedResolver,
    /// Which addresses of the web webhooks may be sent to.
    pub webhook_urls: CheckedResolver,
}

/// What commands work with; one for each worker, since connections are the worker's own.
pub struct Commands {
    pub store: Store,
    pub reader: Reader,
    pub producer: Producer,
    pub objects: Objects,
    pub spool: Spool,
    pub parser: Parser,
    pub hasher: Hasher,
    pub tracks: KnownTracks,
    pub playlists: KnownPlaylists,
    pub plays: Arc<dyn PlayCounts>,
    pub ambient: Ambient,
    pub limiter: Limiter,
    pub settings: Settings,
}

/// Why a unit of work did not come to its end.
pub(crate) enum CommandError {
    Store(StoreError),
    Answer(Error),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        Self::Answer(error)
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Answer(refusal.into())
    }
}

impl From<Invalid> for CommandError {
    fn from(invalid: Invalid) -> Self {
        Self::Answer(invalid.into())
    }
}

impl From<ResolveError> for CommandError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Store(error) => error.into(),
            ResolveError::Refused(refusal) => refusal.into(),
        }
    }
}

impl Commands {
    /// Does the work in one transaction and commits; again from the start when another writer came first.
    pub(crate) async fn transact<T>(
        &self,
        context: &CommandContext,
        work: impl AsyncFn(&mut Unit) -> Result<T, CommandError>,
    ) -> Result<T, Error> {
        transact(&self.store, context, work).await
    }

    /// What turns files into tracks.
    pub(crate) fn ingest(&self) -> Ingest {
        Ingest {
            store: self.store.clone(),
            objects: self.objects.clone(),
            spool: self.spool.clone(),
            parser: self.parser.clone(),
            max_upload_bytes: self.settings.max_upload_bytes,
        }
    }

    /// Counts one more from the client's address; 429 when it is too much.
    pub(crate) fn permit(&self, action: Action, request: &HttpRequest) -> Result<Permit, Error> {
        self.limiter.permit(action, Who::Address(client(request)?), request)
    }

    pub(crate) fn context(&self, request: &HttpRequest) -> CommandContext {
        let extensions = request.extensions();
        let context = extensions.get::<RequestContext>();
        CommandContext {
            now: (self.ambient.now)(),
            new_id: self.ambient.new_id,
            trace: context.map(|context| context.trace.carried.clone()).unwrap_or_default(),
            marks: context.map(|context| context.marks.clone()).unwrap_or_default(),
        }
    }

    pub(crate) fn new_id<T: From<Uuid>>(&self) -> T {
        (self.ambient.new_id)().into()
    }

    pub(crate) async fn plays_of(&self, kind: Kind, id: Uuid) -> Option<u64> {
        plays_or_none(&*self.plays, kind, &[id]).await.pop().flatten()
    }
}

/// As [`Commands::transact`], for whoever has a store alone.
pub(crate) async fn transact<T>(
    store: &Store,
    context: &CommandContext,
    work: impl AsyncFn(&mut Unit) -> Result<T, CommandError>,
) -> Result<T, Error> {
    for _ in 0..TRIES {
        let mut unit = store.begin(context.clone()).await?;
        let ended = match work(&mut unit).await {
            Ok(value) => unit.commit().await.map(|()| value).map_err(CommandError::Store),
            Err(error) => {
                // When even this fails, the connection is closed with the unit, and the reason is the one above.
                if let Err(error) = unit.roll_back().await {
                    tracing::debug!(%error, "a refused command was not rolled back");
                }
                Err(error)
            }
        };
        match ended {
            Ok(value) => return Ok(value),
            Err(CommandError::Store(StoreError::Conflict)) => {}
            // Not tried again: after a commit that was not answered it is unknown whether it took place, and it could be
            // done twice.
            Err(CommandError::Store(error)) => return Err(error.into()),
            Err(CommandError::Answer(error)) => return Err(error),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Where the request comes from.
pub(crate) fn client(request: &HttpRequest) -> Result<ClientAddress, Error> {
    let extensions = request.extensions();
    let context = extensions.get::<RequestContext>();
    let context = context.ok_or_else(|| Error::defect("a request that did not pass the edge"))?;
    Ok(context.client)
}

/// A thing of the catalogue, as a command loads it.
pub(crate) trait Aggregate: Owned + Sized {
    type Id: Copy;
    const KIND: Kind;

    /// As it is now, held until the unit ends; `named` are parents that the command is about to give it.
    async fn load(unit: &mut Unit, id: Self::Id, named: &Parents) -> Result<Option<Self>, StoreError>;
}

impl Aggregate for Artist {
    type Id = ArtistId;
    const KIND: Kind = Kind::Artist;

    async fn load(unit: &mut Unit, id: ArtistId, _: &Parents) -> Result<Option<Self>, StoreError> {
        unit.artist(id).await
    }
}

impl Aggregate for Album {
    type Id = AlbumId;
    const KIND: Kind = Kind::Album;

    async fn load(unit: &mut Unit, id: AlbumId, named: &Parents) -> Result<Option<Self>, StoreError> {
        unit.album(id, named).await
    }
}

impl Aggregate for Track {
    type Id = TrackId;
    const KIND: Kind = Kind::Track;

    async fn load(unit: &mut Unit, id: TrackId, named: &Parents) -> Result<Option<Self>, StoreError> {
        unit.track(id, named).await
    }
}

/// A thing as it is now, and the versions that the caller has seen.
pub(crate) struct Held<'a, T> {
    pub thing: T,
    version: i64,
    if_match: &'a IfMatch,
}

impl<'a, T> Held<'a, T> {
    pub(crate) fn new(thing: T, version: i64, if_match: &'a IfMatch) -> Self {
        Self {
            thing,
            version,
            if_match,
        }
    }

    /// What becomes of it: what is wrong with the change is answered first (422), then that somebody else came first (412).
    pub(crate) async fn change<U>(
        self,
        change: impl AsyncFnOnce(T) -> Result<U, CommandError>,
    ) -> Result<U, CommandError> {
        let changed = change(self.thing).await?;
        self.if_match.check(self.version)?;
        Ok(changed)
    }

    /// The thing, if the caller has seen this version (412).
    pub(crate) fn current(self) -> Result<T, Error> {
        self.if_match.check(self.version)?;
        Ok(self.thing)
    }
}

/// The thing that a command is about, if it is there (404) and the caller may change it (403).
pub(crate) async fn load_owned<'a, A: Aggregate>(
    unit: &mut Unit,
    id: A::Id,
    if_match: &'a IfMatch,
    by: &Principal,
    named: &Parents,
) -> Result<(Held<'a, A>, Actor), CommandError> {
    let (thing, actor) = load_owned_by::<A>(unit, id, by.actor(), named).await?;
    let version = thing.version();
    Ok((Held::new(thing, version, if_match), actor))
}

/// As [`load_owned`], for whoever acts without a request of their own.
pub(crate) async fn load_owned_by<A: Aggregate>(
    unit: &mut Unit,
    id: A::Id,
    actor: Actor,
    named: &Parents,
) -> Result<(A, Actor), CommandError> {
    let thing = A::load(unit, id, named).await?;
    let thing = thing.filter(|thing| thing.is_seen_by(actor));
    let thing = thing.ok_or_else(|| Error::not_found(A::KIND.name()))?;
    thing.may_be_changed_by(actor)?;
    Ok((thing, actor))
}

/// The object that a changed thing names, held until the unit ends; none where it names the one that it had. The one that
/// it had is let go.
pub(crate) async fn claim_object(
    unit: &mut Unit,
    kind: ObjectKind,
    (before, after): (Option<&str>, Option<&str>),
    by: Actor,
) -> Result<Option<StoredObject>, CommandError> {
    if before == after {
        return Ok(None);
    }
    if let Some(before) = before {
        unit.let_go_of_objects(&[before.to_owned()]).await?;
    }
    let Some(after) = after else { return Ok(None) };
    let found = unit.hold_object(after).await?;
    Ok(Some(StoredObject::usable(found, kind, by)?))
}
