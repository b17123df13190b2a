//! `GET /api/v1/auth/me`: who am I.

use access::SignedIn;
use actix_web::{
    get,
    web::{Data, Json},
};
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
    let user = commands.reader.profile(by.user_id, by.sight()).await?;
    let user = user.ok_or_else(|| Error::unauthorized("this account is gone"))?;
    let scopes = by.scopes.iter().map(|scope| scope.name().to_owned());
    Ok(Json(User {
        scopes: Some(scopes.collect()),
        ..User::from(user)
    }))
}
