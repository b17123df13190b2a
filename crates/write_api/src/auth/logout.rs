//! `POST /api/v1/auth/logout` ends a session.

use access::{Access, SignedIn};
use actix_web::{HttpRequest, HttpResponse, http::header::SET_COOKIE, post, web::Data};
use http_kit::{Error, ReadProblems};

use super::cookie;
use crate::Commands;

/// Sign out
///
/// Ends the session of the access token. Its refresh token stops at once, its access tokens within 5 s.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/logout", security(("bearer" = [])),
    responses(ReadProblems, (status = 204, description = "signed out")))]
#[post("/api/v1/auth/logout")]
pub(crate) async fn log_out(
    SignedIn(by): SignedIn,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let over = || Error::unauthorized("this session has ended");
    let session = by.session.ok_or_else(over)?;
    let context = commands.context(&request);
    let ended = commands
        .transact(&context, async |unit| Ok(unit.end_session(session).await?))
        .await?;
    access.forget(session);
    if !ended {
        return Err(over());
    }
    tracing::info!(user_id = %by.user_id.0, session = %session.0, "signed out");
    let mut answer = HttpResponse::NoContent();
    if cookie::sent(&request).is_some() {
        answer.insert_header((SET_COOKIE, cookie::removal(&request)));
    }
    Ok(answer.finish())
}
