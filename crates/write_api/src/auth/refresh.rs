//! `POST /api/v1/auth/refresh` and `/logout`: going on, and ending.

use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use http_kit::{Access, Body, Error, Problem, SignedIn, Tokens};
use serde::Deserialize;
use store::Rotation;
use utoipa::ToSchema;

use super::{hash, refresh_token};
use crate::{
    Commands,
    problems::{OfAccounts, OfSignedIn},
};

/// The refresh token of a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    /// As answered by the sign-in or the last refresh.
    refresh_token: String,
}

/// Refresh
///
/// New tokens for a refresh token, which is then used up. Within 10 s it answers again, for a lost answer or a second
/// tab; later use ends the whole session, since somebody has a copy.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/refresh", security(()), request_body = Refresh, responses(
    OfAccounts,
    (status = 200, description = "new tokens", body = Tokens),
    (status = 401, description = "not valid any more; sign in again", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/auth/refresh")]
pub(crate) async fn refresh(
    body: Body<Refresh>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Tokens, Error> {
    let context = commands.context(&request);
    let old = hash(&body.0.refresh_token);
    let (text, token) = refresh_token((commands.ambient.random)());
    let rotation = commands
        .carry_out(&context, async |unit| Ok(unit.rotate(&old, token).await?))
        .await?;
    match rotation {
        Rotation::Rotated(user) => {
            let tokens = access.keys.issue(user, text, context.now);
            tokens.map_err(|error| Error::Defect(error.to_string()))
        }
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
#[utoipa::path(tag = "auth", path = "/api/v1/auth/logout", security(("bearer" = [])), request_body = Refresh, responses(
    OfSignedIn,
    (status = 204, description = "signed out")))]
#[post("/api/v1/auth/logout")]
pub(crate) async fn logout(
    by: SignedIn,
    body: Body<Refresh>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let token = hash(&body.0.refresh_token);
    let context = commands.context(&request);
    commands
        .carry_out(&context, async |unit| {
            Ok(unit.close_session(by.0.user_id, &token).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
