//! `POST /api/v1/auth/refresh` keeps a session going.

use access::{Access, Tokens};
use actix_web::{HttpRequest, post, web::Data};
use domain::{Refresh, SessionId};
use http_kit::{Action, Body, Error, FromQuery, SignInProblems};
use serde::Deserialize;
use store::CommandContext;
use utoipa::ToSchema;

use super::cookie::{self, CookieQuery, TokensAnswer};
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
/// New tokens for a refresh token, which is then used up. Within 10 s it is answered with the same new tokens again, for a
/// lost answer or a second tab; later use ends the session, since somebody has a copy. Without a body, the token of the cookie is
/// taken, and the new one is a cookie as well.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/refresh", security(()), request_body = Option<RefreshToken>,
    params(CookieQuery),
    responses(SignInProblems, (status = 200, description = "new tokens", body = Tokens)))]
#[post("/api/v1/auth/refresh")]
pub(crate) async fn refresh(
    body: Body,
    query: FromQuery<CookieQuery>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<TokensAnswer, Error> {
    let _permit = commands.permit(Action::Refresh, &request)?;
    let context = commands.context(&request);
    let (refresh_token, is_cookie) = token(&body, &request)?;
    let as_cookie = query.valid()?.cookie || is_cookie;
    let ended = || Error::unauthorized("the refresh token is not valid or has ended; sign in again");
    let (id, generation) = access.keys.verify_refresh(&refresh_token).ok_or_else(ended)?;
    match turn(&commands, &context, id, generation).await? {
        Refresh::Turned(session) | Refresh::Again(session) => {
            let tokens = access.keys.tokens_of(&session, context.now)?;
            Ok(TokensAnswer { tokens, as_cookie })
        }
        Refresh::Ended => Err(ended()),
        Refresh::Reused => Err(reused(&access, id)),
    }
}

fn reused(access: &Access, id: SessionId) -> Error {
    tracing::warn!(session = %id.0, "a used refresh token came again; its session was ended");
    access.forget(id);
    Error::unauthorized("the refresh token was used before, so the session was ended; sign in again")
}

/// The token, and whether it came as a cookie: it does where the body is empty.
fn token(body: &Body, request: &HttpRequest) -> Result<(String, bool), Error> {
    if !body.is_empty()? {
        return Ok((body.parse::<RefreshToken>()?.refresh_token, false));
    }
    let nowhere = || Error::unauthorized("there is no refresh token, neither in the body nor as a cookie");
    cookie::sent(request).map(|token| (token, true)).ok_or_else(nowhere)
}

/// Decides and records in one transaction: of two at once the second sees what the first one did.
async fn turn(commands: &Commands, context: &CommandContext, id: SessionId, generation: i64) -> Result<Refresh, Error> {
    let turned = commands.transact(context, async |unit| {
        let Some(session) = unit.session(id).await? else {
            return Ok(Refresh::Ended);
        };
        let refreshed = session.refresh(generation, context.now);
        match &refreshed {
            Refresh::Turned(session) => unit.turn_session(session).await?,
            Refresh::Again(_) => {}
            Refresh::Ended | Refresh::Reused => drop(unit.end_session(id).await?),
        }
        // Also where it is refused: an error would roll back the end of the session.
        Ok(refreshed)
    });
    turned.await
}
