//! `POST /api/v1/albums/`, `PUT` and `DELETE /api/v1/albums/{album_id}`.

use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use chrono::NaiveDate;
use domain::AlbumFields;
use events::{AlbumId, AlbumType, ArtistId, ExternalIds, Kind};
use http_kit::{Album, ArtistOnly, Body, Error, Id, IfMatch, SignedIn, Versioned};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{clearable, present};
use crate::{
    Commands,
    commands::must_own,
    problems::{OfChanging, OfCreating, OfDeleting},
};

/// A new album.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAlbum {
    /// 1 to 300 characters.
    #[schema(example = "Группа крови", min_length = 1, max_length = 300)]
    title: String,
    /// Whose album it is.
    artist_id: ArtistId,
    /// `album` when absent.
    album_type: Option<AlbumType>,
    /// Day of release.
    release_date: Option<NaiveDate>,
    /// Up to 20.
    #[serde(default)]
    #[schema(max_items = 20)]
    genres: Vec<String>,
    /// Identifiers elsewhere, by scheme.
    #[serde(default)]
    external_ids: ExternalIds,
}

/// What to change. An absent field stays, null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlbumChanges {
    /// 1 to 300 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(example = "Gruppa krovi", min_length = 1, max_length = 300, nullable = false)]
    title: Option<String>,
    /// Whose album it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    artist_id: Option<ArtistId>,
    /// Kind of album.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    album_type: Option<AlbumType>,
    /// Day of release.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    release_date: Option<Option<NaiveDate>>,
    /// Up to 20.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_items = 20, nullable = false)]
    genres: Option<Vec<String>>,
    /// Identifiers elsewhere, by scheme.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    external_ids: Option<ExternalIds>,
}

impl AlbumChanges {
    fn applied_to(&self, fields: AlbumFields) -> AlbumFields {
        AlbumFields {
            title: self.title.clone().unwrap_or(fields.title),
            artist_id: self.artist_id.unwrap_or(fields.artist_id),
            album_type: self.album_type.unwrap_or(fields.album_type),
            release_date: self.release_date.unwrap_or(fields.release_date),
            genres: self.genres.clone().unwrap_or(fields.genres),
            external_ids: self.external_ids.clone().unwrap_or(fields.external_ids),
        }
    }
}

/// Create an album
#[utoipa::path(tag = "albums", path = "/api/v1/albums/", request_body = NewAlbum, security(("bearer" = [])), responses(
    OfCreating,
    (status = 201, description = "the album", body = Album)))]
#[post("/api/v1/albums")]
pub(crate) async fn create(
    by: ArtistOnly,
    body: Body<NewAlbum>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Album>, Error> {
    let NewAlbum {
        title,
        artist_id,
        album_type,
        release_date,
        genres,
        external_ids,
    } = body.0;
    let album_type = album_type.unwrap_or(AlbumType::Album);
    let fields = AlbumFields {
        title,
        artist_id,
        album_type,
        release_date,
        genres,
        external_ids,
    }
    .checked()?;
    let id = AlbumId((commands.ambient.new_id)());
    let context = commands.context(&request);
    let view = commands
        .carry_out(&context, async |unit| {
            unit.create_album(id, fields.clone(), None, by.0.user_id).await?;
            Ok(unit.album_view(id).await?)
        })
        .await?;
    let view = view.ok_or_else(|| Error::no_such("album"))?;
    Ok(Versioned::created(view.version, Album::new(view, Some(0))))
}

/// Change an album
///
/// A new title or day of release reaches the album's tracks too.
#[utoipa::path(tag = "albums", path = "/api/v1/albums/{album_id}", request_body = AlbumChanges, security(("bearer" = [])),
    params(("album_id" = Uuid, Path, description = "the album"), ("If-Match" = Option<String>, Header, description = "the version it must have")), responses(
    OfChanging,
    (status = 200, description = "the album", body = Album)))]
#[put("/api/v1/albums/{album_id}")]
pub(crate) async fn update(
    by: SignedIn,
    id: Id<Uuid>,
    if_match: IfMatch,
    body: Body<AlbumChanges>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Album>, Error> {
    let id = AlbumId(id.0);
    let context = commands.context(&request);
    let view = commands
        .carry_out(&context, async |unit| {
            let album = unit.album(id).await?.ok_or_else(|| Error::no_such("album"))?;
            must_own(album.is_owned_by(by.0.user_id), &by.0)?;
            if_match.check(album.version())?;
            let fields = body.0.applied_to(album.fields()).checked()?;
            unit.update_album(album, fields).await?;
            Ok(unit.album_view(id).await?)
        })
        .await?;
    let view = view.ok_or_else(|| Error::no_such("album"))?;
    let plays = commands.plays_of(Kind::Album, id.0).await;
    Ok(Versioned::ok(view.version, Album::new(view, plays)))
}

/// Delete an album
///
/// Its tracks stay, without album.
#[utoipa::path(tag = "albums", path = "/api/v1/albums/{album_id}", security(("bearer" = [])),
    params(("album_id" = Uuid, Path, description = "the album"), ("If-Match" = Option<String>, Header, description = "the version it must have")), responses(
    OfDeleting,
    (status = 204, description = "deleted")))]
#[delete("/api/v1/albums/{album_id}")]
pub(crate) async fn delete(
    by: SignedIn,
    id: Id<Uuid>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .carry_out(&context, async |unit| {
            let album = unit
                .album(AlbumId(id.0))
                .await?
                .ok_or_else(|| Error::no_such("album"))?;
            must_own(album.is_owned_by(by.0.user_id), &by.0)?;
            if_match.check(album.version())?;
            Ok(unit.delete_album(&album).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
