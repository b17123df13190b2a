//! `GET /api/v1/auth/me`: who am I.

use actix_web::{
    get,
    web::{Data, Json},
};
use events::Role;
use http_kit::{Error, Problem, SignedIn, User};

use crate::Commands;

/// Who am I
///
/// The signed-in account, with what it may do.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/me", security(("bearer" = [])), responses(
    (status = 200, description = "the account", body = User),
    (status = 401, description = "not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "try again", body = Problem, content_type = "application/problem+json")))]
#[get("/api/v1/auth/me")]
pub(crate) async fn me(by: SignedIn, commands: Data<Commands>) -> Result<Json<User>, Error> {
    let user = commands
        .reader
        .user(by.0.user_id)
        .await?
        .ok_or_else(|| Error::unauthorized("this account is gone"))?;
    let mut scopes = vec!["library", "events:write"];
    if user.role() >= Role::Artist {
        scopes.push("catalogue:write");
    }
    if user.role() == Role::Admin {
        scopes.push("admin");
    }
    let scopes = Some(scopes.into_iter().map(str::to_owned).collect());
    Ok(Json(User {
        scopes,
        ..User::whole(&user)
    }))
}
