//! `PUT`, `DELETE /api/v1/users/{user_id}/favourites/{type}/{id}` and `…/following/{artist_id}`.

use access::SignedIn;
use actix_web::{
    HttpRequest, HttpResponse, delete, put,
    web::{Data, Json},
};
use domain::Refusal;
use events::{ArtistId, ItemType, UserId};
use http_kit::{ConflictProblem, Error, Ids, SelfProblems};
use representations::{Favourite, Followed};
use store::{Added, Liked};
use uuid::Uuid;

use super::of_person;
use crate::Commands;

/// Like something
///
/// Doing it twice changes nothing. 20,000 at most.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"),
        ("type" = ItemType, Path, description = "what it is"), ("id" = Uuid, Path, description = "which one")),
    responses(SelfProblems, ConflictProblem, (status = 200, description = "it is a favourite", body = Favourite)))]
#[put("/api/v1/users/{user_id}/favourites/{type}/{id}")]
pub(crate) async fn add_favourite(
    SignedIn(by): SignedIn,
    Ids(user, id): Ids<UserId, Uuid>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Json<Favourite>, Error> {
    let listener = of_person(&commands, user, &by).await?;
    let liked = Liked {
        kind: favourite_type(&request)?,
        id,
    };
    let context = commands.context(&request);
    let add = commands.transact(&context, async |unit| {
        Ok(unit.add_favourite(user, listener, liked).await?)
    });
    match add.await? {
        Added::At(added_at) => Ok(Json(Favourite {
            kind: liked.kind,
            id,
            added_at,
        })),
        Added::NoSuchThing => Err(Error::not_found(liked.kind.name())),
        Added::TooMany => Err(Refusal::ListIsFull.into()),
    }
}

/// Like something no longer
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"),
        ("type" = ItemType, Path, description = "what it is"), ("id" = Uuid, Path, description = "which one")),
    responses(SelfProblems, (status = 204, description = "it is none any more")))]
#[delete("/api/v1/users/{user_id}/favourites/{type}/{id}")]
pub(crate) async fn remove_favourite(
    SignedIn(by): SignedIn,
    Ids(user, id): Ids<UserId, Uuid>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let listener = of_person(&commands, user, &by).await?;
    let liked = Liked {
        kind: favourite_type(&request)?,
        id,
    };
    let context = commands.context(&request);
    let remove = commands.transact(&context, async |unit| {
        Ok(unit.remove_favourite(user, listener, liked).await?)
    });
    if !remove.await? {
        return Err(Error::not_found("favourite"));
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Follow an artist
///
/// Doing it twice changes nothing. 5,000 at most.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), ("artist_id" = ArtistId, Path, description = "artist")),
    responses(SelfProblems, ConflictProblem, (status = 200, description = "it is followed", body = Followed)))]
#[put("/api/v1/users/{user_id}/following/{artist_id}")]
pub(crate) async fn follow_artist(
    SignedIn(by): SignedIn,
    Ids(user, artist): Ids<UserId, ArtistId>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Json<Followed>, Error> {
    of_person(&commands, user, &by).await?;
    let context = commands.context(&request);
    let follow = commands.transact(&context, async |unit| Ok(unit.follow(user, artist).await?));
    match follow.await? {
        Added::At(followed_at) => Ok(Json(Followed {
            artist_id: artist,
            followed_at,
        })),
        Added::NoSuchThing => Err(Error::not_found("artist")),
        Added::TooMany => Err(Refusal::ListIsFull.into()),
    }
}

/// Follow an artist no longer
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "account"), ("artist_id" = ArtistId, Path, description = "artist")),
    responses(SelfProblems, (status = 204, description = "it is followed no more")))]
#[delete("/api/v1/users/{user_id}/following/{artist_id}")]
pub(crate) async fn unfollow_artist(
    SignedIn(by): SignedIn,
    Ids(user, artist): Ids<UserId, ArtistId>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    of_person(&commands, user, &by).await?;
    let context = commands.context(&request);
    let unfollow = commands.transact(&context, async |unit| Ok(unit.unfollow(user, artist).await?));
    if !unfollow.await? {
        return Err(Error::not_found("followed artist"));
    }
    Ok(HttpResponse::NoContent().finish())
}

/// 404 for what cannot be liked.
fn favourite_type(request: &HttpRequest) -> Result<ItemType, Error> {
    let named = request.match_info().get("type").and_then(ItemType::by_name);
    named.ok_or_else(|| Error::not_found("type; it is track, album, artist or playlist"))
}
