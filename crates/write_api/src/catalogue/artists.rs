//! `POST /api/v1/artists/`, `PUT` and `DELETE /api/v1/artists/{artist_id}`.

use access::{ArtistOnly, SignedIn};
use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::{ArtistChanges, ArtistFields, ObjectKind, Parents};
use events::{ArtistId, Kind};
use http_kit::{
    Body, ChangeProblems, ConflictProblem, CreateProblems, DeleteProblems, Error, FromQuery, Id, IfMatch,
    InvalidProblem, Versioned,
};
use representations::Artist;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Commands,
    commands::{claim_object, load_owned},
    idempotency_key::OnceKey,
    once::Sent,
};

/// Whether what belongs to a thing goes with it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Cascade {
    /// Delete the albums and tracks that the artist leads as well, and its credits on others.
    #[serde(default)]
    cascade: bool,
}

/// Create an artist
#[utoipa::path(tag = "artists", path = "/api/v1/artists/", request_body = ArtistFields, security(("bearer" = [])),
    params(OnceKey),
    responses(CreateProblems, ConflictProblem, (status = 201, description = "the artist", body = Artist)))]
#[post("/api/v1/artists")]
pub(crate) async fn create_artist(
    ArtistOnly(by): ArtistOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let fields: ArtistFields = body.parse()?;
    let context = commands.context(&request);
    let artist = domain::Artist::create(commands.new_id(), fields, by.actor(), context.now)?;
    let sent = Sent::of(&request, &by, &body);
    let cover = artist.fields.cover_key.as_deref();
    commands
        .transact_once(sent, &context, async |unit| {
            claim_object(unit, ObjectKind::Cover, (None, cover), by.actor()).await?;
            let created = unit.create_artist(&artist).await?;
            Ok(Versioned::created(created.version, Artist::new(created, Some(0))))
        })
        .await
}

/// Change an artist
///
/// A new name reaches every album and track that credits the artist.
#[utoipa::path(tag = "artists", path = "/api/v1/artists/{artist_id}", request_body = ArtistChanges, security(("bearer" = [])),
    params(IfMatch, ("artist_id" = ArtistId, Path, description = "the artist")),
    responses(ChangeProblems, ConflictProblem, (status = 200, description = "the artist", body = Artist)))]
#[put("/api/v1/artists/{artist_id}")]
pub(crate) async fn change_artist(
    SignedIn(by): SignedIn,
    Id(id): Id<ArtistId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Artist>, Error> {
    let context = commands.context(&request);
    let changed = commands
        .transact(&context, async |unit| {
            let (artist, by) = load_owned::<domain::Artist>(unit, id, &if_match, &by, &Parents::default()).await?;
            let before = artist.thing.fields.cover_key.clone();
            let change = async |artist: domain::Artist| Ok(artist.change(body.parse()?, by, context.now)?);
            let changed = artist.change(change).await?;
            let keys = (before.as_deref(), changed.thing.fields.cover_key.as_deref());
            claim_object(unit, ObjectKind::Cover, keys, by).await?;
            Ok(unit.update_artist(&changed).await?)
        })
        .await?;
    let plays = commands.plays_of(Kind::Artist, id.0).await;
    Ok(Versioned::ok(changed.version, Artist::new(changed, plays)))
}

/// Delete an artist
///
/// With albums or tracks it is refused, unless `cascade=true`; when it leads other accounts' ones, unless an admin does it.
#[utoipa::path(tag = "artists", path = "/api/v1/artists/{artist_id}", security(("bearer" = [])),
    params(Cascade, IfMatch, ("artist_id" = ArtistId, Path, description = "the artist")),
    responses(DeleteProblems, ConflictProblem, InvalidProblem, (status = 204, description = "deleted")))]
#[delete("/api/v1/artists/{artist_id}")]
pub(crate) async fn delete_artist(
    SignedIn(by): SignedIn,
    Id(id): Id<ArtistId>,
    if_match: IfMatch,
    query: FromQuery<Cascade>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .transact(&context, async |unit| {
            let (artist, by) = load_owned::<domain::Artist>(unit, id, &if_match, &by, &Parents::default()).await?;
            let cascade = query.valid()?.cascade;
            let artist = artist.current()?;
            let works = unit.credited_works(artist.id, by).await?;
            artist.delete(by, cascade, works)?;
            Ok(unit.delete_artist(&artist).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
