//! `POST /api/v1/auth/login` and `/login-json` sign in.

use access::{Access, Tokens};
use actix_web::{HttpRequest, http::header::X_FORWARDED_FOR, post, web::Data};
use chrono::TimeDelta;
use domain::Password;
use http_kit::{Body, Error, FromForm, SignInProblems};
use serde::Deserialize;
use utoipa::ToSchema;

use super::refresh_token;
use crate::Commands;

/// Failures are counted over this time.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// Failures of one account from one address, and of one address, until it has to wait: so nobody locks another out.
const MAX_FAILURES: i64 = 10;

/// Who signs in, with what. The form may carry more fields of `OAuth2`, which are not looked at.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Login {
    /// Username or e-mail address.
    #[schema(example = "ada")]
    username: String,
    /// Password.
    #[schema(example = "violet steam engine 1843")]
    password: String,
}

/// Sign in with a form
///
/// The password form of `OAuth2`.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/login", security(()),
    request_body(content = Login, content_type = "application/x-www-form-urlencoded"), 
    responses(SignInProblems, (status = 200, description = "signed in", body = Tokens)))]
#[post("/api/v1/auth/login")]
pub(crate) async fn log_in(
    FromForm(login): FromForm<Login>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Tokens, Error> {
    sign_in(login, &request, &commands, &access).await
}

/// Sign in with JSON
#[utoipa::path(tag = "auth", path = "/api/v1/auth/login-json", security(()), request_body = Login, 
    responses(SignInProblems, (status = 200, description = "signed in", body = Tokens)))]
#[post("/api/v1/auth/login-json")]
pub(crate) async fn log_in_with_json(
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Tokens, Error> {
    sign_in(body.parse()?, &request, &commands, &access).await
}

async fn sign_in(sent: Login, request: &HttpRequest, commands: &Commands, access: &Access) -> Result<Tokens, Error> {
    let wrong = || Error::unauthorized("the username or the password is wrong");
    let name = sent.username.trim().to_lowercase();
    // Nobody has such a name, and Postgres would not take it.
    if name.chars().count() > 254 || name.contains(char::is_control) || sent.password.len() > 4 * 256 {
        return Err(wrong());
    }
    let context = commands.context(request);
    let attempt = note_attempt(commands, &context, &name, &address(request, commands)).await?;
    let user = commands.reader.user_by_login(&name).await?;
    let stored = user.as_ref().map(|user| user.password_hash().to_owned());
    let fits = commands
        .hasher
        .verify(Password::normalised(&sent.password), stored)
        .await?;
    let user = user.filter(|user| fits && user.is_active).ok_or_else(wrong)?;
    let (text, token) = refresh_token((commands.ambient.random)());
    commands
        .transact(&context, async |unit| {
            unit.forget_login(attempt).await?;
            Ok(unit.open_session(user.id(), token).await?)
        })
        .await?;
    access.keys.issue(user.id(), text, context.now)
}

/// Counts this attempt as a failure until it has succeeded, and refuses it when there were too many.
async fn note_attempt(
    commands: &Commands,
    context: &store::CommandContext,
    account: &str,
    address: &str,
) -> Result<i64, Error> {
    let attempt = commands
        .transact(context, async |unit| {
            Ok(unit.note_login(account, address, WINDOW).await?)
        })
        .await?;
    let (all, own) = commands
        .reader
        .login_failures(account, address, context.now.plus(-WINDOW))
        .await?;
    if own <= MAX_FAILURES && all <= MAX_FAILURES {
        return Ok(attempt);
    }
    commands
        .transact(context, async |unit| Ok(unit.forget_login(attempt).await?))
        .await?;
    Err(Error::too_many(300, "too many failed sign-ins; wait five minutes"))
}

fn address(request: &HttpRequest, commands: &Commands) -> String {
    if commands.settings.behind_proxy {
        // The last entry is the proxy's own; whatever stands before it, the client may have made up.
        let lines = request.headers().get_all(X_FORWARDED_FOR).last();
        let last = lines.and_then(|line| line.to_str().ok()?.rsplit(',').next());
        if let Some(address) = last.map(str::trim).filter(|address| !address.is_empty()) {
            return address.chars().take(64).collect();
        }
    }
    request
        .peer_addr()
        .map_or_else(|| "unknown".to_owned(), |peer| peer.ip().to_string())
}
