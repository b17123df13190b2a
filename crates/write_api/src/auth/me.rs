//! `GET /api/v1/auth/me`: who am I.

use access::SignedIn;
use actix_web::{
    get,
    web::{Data, Json},
};
use events::Role;
use http_kit::{Error, ReadProblems};
use representations::User;

use crate::Commands;

/// Who am I
///
/// The signed-in account, with what it may do.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/me", security(("bearer" = [])), 
    responses(ReadProblems, (status = 200, description = "the account", body = User)))]
#[get("/api/v1/auth/me")]
pub(crate) async fn get_me(SignedIn(by): SignedIn, commands: Data<Commands>) -> Result<Json<User>, Error> {
    let user = commands
        .reader
        .user(by.user_id)
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
