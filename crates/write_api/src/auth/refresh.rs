//! `POST /api/v1/auth/refresh` and `/logout`: going on, and ending.

use access::{Access, SignedIn, Tokens};
use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use events::UserId;
use http_kit::{Body, CommandProblems, Error};
use serde::Deserialize;
use store::Rotation;
use utoipa::ToSchema;

use super::{hash, refresh_token};
use crate::Commands;

/// The refresh token of a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshToken {
    /// As answered by the sign-in or the last refresh.
    refresh_token: String,
}

/// Refresh
///
/// New tokens for a refresh token, which is then used up. Within 10 s it answers again, for a lost answer or a second
/// tab; later use ends the whole session, since somebody has a copy.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/refresh", security(()), request_body = RefreshToken,
    responses(CommandProblems, (status = 200, description = "new tokens", body = Tokens)))]
#[post("/api/v1/auth/refresh")]
pub(crate) async fn refresh(
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Tokens, Error> {
    let context = commands.context(&request);
    let RefreshToken { refresh_token: sent } = body.parse()?;
    let old = hash(&sent);
    let (text, token) = refresh_token((commands.ambient.random)());
    let rotation = commands
        .transact(&context, async |unit| Ok(unit.rotate(&old, token).await?))
        .await?;
    let user = rotated(rotation)?;
    access.keys.issue(user, text, context.now)
}

fn rotated(rotation: Rotation) -> Result<UserId, Error> {
    match rotation {
        Rotation::Rotated(user) => Ok(user),
        Rotation::Refused => Err(Error::unauthorized(
            "the refresh token is not valid or has ended; sign in again",
        )),
        Rotation::Reused => {
            tracing::warn!("a used refresh token came again; its session was ended");
            Err(Error::unauthorized(
                "the refresh token was used before, so the session was ended; sign in again",
            ))
        }
    }
}

/// Sign out
///
/// Ends the session of this refresh token.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/logout", security(("bearer" = [])), request_body = RefreshToken,
    responses(CommandProblems, (status = 204, description = "signed out")))]
#[post("/api/v1/auth/logout")]
pub(crate) async fn log_out(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let RefreshToken { refresh_token } = body.parse()?;
    let token = hash(&refresh_token);
    let context = commands.context(&request);
    commands
        .transact(&context, async |unit| {
            Ok(unit.close_session(by.user_id, &token).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
