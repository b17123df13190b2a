//! `POST /api/v1/albums/`, `PUT` and `DELETE /api/v1/albums/{album_id}`.

use access::{ArtistOnly, SignedIn};
use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::{AlbumChanges, AlbumFields, ObjectKind, Parents};
use events::{AlbumId, Kind};
use http_kit::{Body, ChangeProblems, ConflictProblem, CreateProblems, DeleteProblems, Error, Id, IfMatch, Versioned};
use representations::Album;

use crate::{
    Commands,
    commands::{claim_object, load_owned},
    idempotency_key::OnceKey,
    once::Sent,
};

/// Create an album
#[utoipa::path(tag = "albums", path = "/api/v1/albums/", request_body = AlbumFields, security(("bearer" = [])),
    params(OnceKey),
    responses(CreateProblems, ConflictProblem, (status = 201, description = "the album", body = Album)))]
#[post("/api/v1/albums")]
pub(crate) async fn create_album(
    ArtistOnly(by): ArtistOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let fields: AlbumFields = body.parse()?;
    let context = commands.context(&request);
    let album = domain::Album::create(commands.new_id(), fields, by.actor(), context.now)?;
    let sent = Sent::of(&request, &by, &body);
    let cover = album.fields.cover_key.as_deref();
    commands
        .transact_once(sent, &context, async |unit| {
            claim_object(unit, ObjectKind::Cover, (None, cover), by.actor()).await?;
            let created = unit.create_album(&album).await?;
            Ok(Versioned::created(created.version, Album::new(created, Some(0))))
        })
        .await
}

/// Change an album
///
/// A new title or day of release reaches the album's tracks too.
#[utoipa::path(tag = "albums", path = "/api/v1/albums/{album_id}", request_body = AlbumChanges, security(("bearer" = [])),
    params(IfMatch, ("album_id" = AlbumId, Path, description = "the album")),
    responses(ChangeProblems, (status = 200, description = "the album", body = Album)))]
#[put("/api/v1/albums/{album_id}")]
pub(crate) async fn change_album(
    SignedIn(by): SignedIn,
    Id(id): Id<AlbumId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Album>, Error> {
    let context = commands.context(&request);
    // What is wrong with it is answered after who may; what it names is held before the album.
    let sent = body.parse::<AlbumChanges>();
    let named = sent.as_ref().map(AlbumChanges::parents).unwrap_or_default();
    let change = commands.transact(&context, async |unit| {
        let (album, by) = load_owned::<domain::Album>(unit, id, &if_match, &by, &named).await?;
        let before = album.thing.fields.cover_key.clone();
        let change = async |album: domain::Album| Ok(album.change(sent.clone()?, by, context.now)?);
        let changed = album.change(change).await?;
        let keys = (before.as_deref(), changed.thing.fields.cover_key.as_deref());
        claim_object(unit, ObjectKind::Cover, keys, by).await?;
        Ok(unit.update_album(&changed).await?)
    });
    let changed = change.await?;
    let plays = commands.plays_of(Kind::Album, id.0).await;
    Ok(Versioned::ok(changed.version, Album::new(changed, plays)))
}

/// Delete an album
///
/// Its tracks stay, without album.
#[utoipa::path(tag = "albums", path = "/api/v1/albums/{album_id}", security(("bearer" = [])),
    params(IfMatch, ("album_id" = AlbumId, Path, description = "the album")),
    responses(DeleteProblems, (status = 204, description = "deleted")))]
#[delete("/api/v1/albums/{album_id}")]
pub(crate) async fn delete_album(
    SignedIn(by): SignedIn,
    Id(id): Id<AlbumId>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .transact(&context, async |unit| {
            let (album, by) = load_owned::<domain::Album>(unit, id, &if_match, &by, &Parents::default()).await?;
            let album = album.current()?;
            album.delete(by)?;
            Ok(unit.delete_album(&album).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
