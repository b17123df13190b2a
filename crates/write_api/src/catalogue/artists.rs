//! `POST /api/v1/artists/`, `PUT` and `DELETE /api/v1/artists/{artist_id}`.

use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::ArtistFields;
use events::{ArtistId, ExternalIds, Kind, Role, UserId};
use http_kit::{Artist, ArtistOnly, Body, Error, FromQuery, Id, IfMatch, Principal, Problem, SignedIn, Versioned};
use serde::Deserialize;
use store::Works;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{clearable, present};
use crate::{
    Commands,
    commands::must_own,
    problems::{OfChanging, OfCreating, OfDeleting},
};

/// A new artist.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewArtist {
    /// 1 to 300 characters.
    #[schema(example = "Кино", min_length = 1, max_length = 300)]
    name: String,
    /// Up to 10,000 characters.
    #[schema(min_length = 1, max_length = 10_000)]
    bio: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "RU", min_length = 2, max_length = 2)]
    country: Option<String>,
    /// Up to 20.
    #[serde(default)]
    #[schema(max_items = 20)]
    genres: Vec<String>,
    /// Binds the profile to an account: one's own, or any by an admin.
    user_id: Option<UserId>,
    /// Identifiers elsewhere, by scheme.
    #[serde(default)]
    external_ids: ExternalIds,
}

/// What to change. An absent field stays, null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArtistChanges {
    /// 1 to 300 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(example = "Kino", min_length = 1, max_length = 300, nullable = false)]
    name: Option<String>,
    /// Up to 10,000 characters.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 10_000)]
    bio: Option<Option<String>>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 2)]
    country: Option<Option<String>>,
    /// Up to 20.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_items = 20, nullable = false)]
    genres: Option<Vec<String>>,
    /// Binds the profile to an account: one's own, or any by an admin.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<UserId>)]
    user_id: Option<Option<UserId>>,
    /// Identifiers elsewhere, by scheme.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    external_ids: Option<ExternalIds>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Cascade {
    /// Delete the artist's albums and tracks as well.
    #[serde(default)]
    cascade: bool,
}

impl Cascade {
    fn works(&self, by: &Principal) -> Works {
        match (self.cascade, by.role) {
            (false, _) => Works::Stay,
            (true, Role::Admin) => Works::All,
            (true, _) => Works::OfAccount(by.user_id),
        }
    }

    fn refusal(&self) -> &'static str {
        if self.cascade {
            return "others have albums or tracks of this artist; only an admin may delete them as well";
        }
        "the artist has albums or tracks; send cascade=true to delete them as well"
    }
}

impl ArtistChanges {
    fn applied_to(&self, fields: ArtistFields) -> ArtistFields {
        ArtistFields {
            name: self.name.clone().unwrap_or(fields.name),
            bio: self.bio.clone().unwrap_or(fields.bio),
            country: self.country.clone().unwrap_or(fields.country),
            genres: self.genres.clone().unwrap_or(fields.genres),
            user_id: self.user_id.unwrap_or(fields.user_id),
            external_ids: self.external_ids.clone().unwrap_or(fields.external_ids),
        }
    }
}

/// Create an artist
#[utoipa::path(tag = "artists", path = "/api/v1/artists/", request_body = NewArtist, security(("bearer" = [])), responses(
    OfCreating,
    (status = 201, description = "the artist", body = Artist),
    (status = 409, description = "the account has a profile already", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/artists")]
pub(crate) async fn create(
    by: ArtistOnly,
    body: Body<NewArtist>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Artist>, Error> {
    let NewArtist {
        name,
        bio,
        country,
        genres,
        user_id,
        external_ids,
    } = body.0;
    let fields = ArtistFields {
        name,
        bio,
        country,
        genres,
        user_id,
        external_ids,
    }
    .checked()?;
    may_bind(user_id, &by.0)?;
    let id = ArtistId((commands.ambient.new_id)());
    let context = commands.context(&request);
    let view = commands
        .carry_out(&context, async |unit| {
            unit.create_artist(id, fields.clone(), by.0.user_id).await?;
            Ok(unit.artist_view(id).await?)
        })
        .await?;
    let view = view.ok_or_else(|| Error::no_such("artist"))?;
    Ok(Versioned::created(view.version, Artist::new(view, Some(0))))
}

/// Change an artist
///
/// A new name reaches the artist's albums and tracks too.
#[utoipa::path(tag = "artists", path = "/api/v1/artists/{artist_id}", request_body = ArtistChanges, security(("bearer" = [])),
    params(("artist_id" = Uuid, Path, description = "the artist"), ("If-Match" = Option<String>, Header, description = "the version it must have")), responses(
    OfChanging,
    (status = 200, description = "the artist", body = Artist),
    (status = 409, description = "the account has a profile already", body = Problem, content_type = "application/problem+json")))]
#[put("/api/v1/artists/{artist_id}")]
pub(crate) async fn update(
    by: SignedIn,
    id: Id<Uuid>,
    if_match: IfMatch,
    body: Body<ArtistChanges>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Versioned<Artist>, Error> {
    let id = ArtistId(id.0);
    let context = commands.context(&request);
    let view = commands
        .carry_out(&context, async |unit| {
            let artist = unit.artist(id).await?.ok_or_else(|| Error::no_such("artist"))?;
            must_own(artist.is_owned_by(by.0.user_id), &by.0)?;
            if_match.check(artist.version())?;
            may_bind(body.0.user_id.flatten(), &by.0)?;
            let fields = body.0.applied_to(artist.fields()).checked()?;
            unit.update_artist(artist, fields).await?;
            Ok(unit.artist_view(id).await?)
        })
        .await?;
    let view = view.ok_or_else(|| Error::no_such("artist"))?;
    let plays = commands.plays_of(Kind::Artist, id.0).await;
    Ok(Versioned::ok(view.version, Artist::new(view, plays)))
}

/// Delete an artist
///
/// With albums or tracks it is refused, unless `cascade=true`; with other accounts' ones, unless an admin does it.
#[utoipa::path(tag = "artists", path = "/api/v1/artists/{artist_id}", security(("bearer" = [])),
    params(Cascade, ("artist_id" = Uuid, Path, description = "the artist"), ("If-Match" = Option<String>, Header, description = "the version it must have")), responses(
    OfDeleting,
    (status = 204, description = "deleted"),
    (status = 409, description = "there are albums or tracks", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "cascade is no boolean", body = Problem, content_type = "application/problem+json")))]
#[delete("/api/v1/artists/{artist_id}")]
pub(crate) async fn delete(
    by: SignedIn,
    id: Id<Uuid>,
    if_match: IfMatch,
    query: FromQuery<Cascade>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .carry_out(&context, async |unit| {
            let artist = unit
                .artist(ArtistId(id.0))
                .await?
                .ok_or_else(|| Error::no_such("artist"))?;
            must_own(artist.is_owned_by(by.0.user_id), &by.0)?;
            if_match.check(artist.version())?;
            if unit.delete_artist(&artist, query.0.works(&by.0)).await? {
                return Ok(());
            }
            Err(Error::conflict(query.0.refusal()).into())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn may_bind(user: Option<UserId>, by: &Principal) -> Result<(), Error> {
    if user.is_none_or(|user| user == by.user_id) || by.role == Role::Admin {
        return Ok(());
    }
    Err(Error::forbidden("a profile can be bound to one's own account only"))
}
