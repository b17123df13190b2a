//! `POST /api/v1/auth/login` and `/login-json` sign in.

use access::{Access, Tokens};
use actix_web::{HttpRequest, post, web::Data};
use domain::Password;
use events::UserId;
use http_kit::{Action, Body, Error, FromForm, SignInProblems};
use serde::Deserialize;
use store::{CommandContext, SignInAttempt, User};
use utoipa::ToSchema;

use super::hasher::Turn;
use crate::{Commands, commands::client};

/// Who signs in, with what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// Username or e-mail address.
    #[schema(example = "ada")]
    username: String,
    /// Password.
    #[schema(example = "violet steam engine 1843")]
    password: String,
}

/// The same as the form of `OAuth2` (RFC 6749, 4.3.2), whose other fields are not looked at.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LoginForm {
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
    request_body(content = LoginForm, content_type = "application/x-www-form-urlencoded"), 
    responses(SignInProblems, (status = 200, description = "signed in", body = Tokens)))]
#[post("/api/v1/auth/login")]
pub(crate) async fn log_in(
    FromForm(LoginForm { username, password }): FromForm<LoginForm>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Tokens, Error> {
    sign_in(Login { username, password }, &request, &commands, &access).await
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

async fn sign_in(
    sent: Login,
    request: &HttpRequest,
    commands: &Data<Commands>,
    access: &Access,
) -> Result<Tokens, Error> {
    let _permit = commands.permit(Action::SignIn, request)?;
    let name = sent.username.trim().to_lowercase();
    // Nobody has such a name, and Postgres would not take it.
    if name.chars().count() > 254 || name.contains(char::is_control) || sent.password.len() > 4 * 256 {
        return Err(wrong());
    }
    let context = commands.context(request);
    let user = commands.reader.user_by_login(&name).await?;
    let attempt = SignInAttempt {
        user: user.as_ref().map(User::id),
        address: client(request)?.to_string(),
        name,
    };
    // Who has to wait takes nobody's turn.
    refuse_if_too_many(commands, &attempt).await?;
    let turn = commands.hasher.turn().await?;
    let password = Password::normalised(&sent.password);
    let check = check(
        Data::clone(commands),
        context.clone(),
        attempt.clone(),
        user,
        password,
        turn,
    );
    // A task of its own: whoever hangs up has tried too.
    let user = actix_web::rt::spawn(check).await.map_err(Error::defect)??;
    let session = commands
        .transact(&context, async |unit| {
            unit.record_known_address(user, &attempt.address).await?;
            Ok(unit.open_session(user).await?)
        })
        .await?;
    access.keys.tokens_of(&session, context.now)
}

fn wrong() -> Error {
    Error::unauthorized("the username or the password is wrong")
}

/// The account, if the password is right. The turn is held until a failure is recorded, so at most as many guesses as there
/// are turns pass a limit, and what is under way counts as no failure.
async fn check(
    commands: Data<Commands>,
    context: CommandContext,
    attempt: SignInAttempt,
    user: Option<User>,
    password: String,
    turn: Turn,
) -> Result<UserId, Error> {
    refuse_if_too_many(&commands, &attempt).await?;
    let stored = user.as_ref().map(|user| user.password_hash().to_owned());
    let (fits, turn) = commands.hasher.verify(turn, password, stored).await?;
    if let Some(user) = user.filter(|user| fits && user.is_active) {
        return Ok(user.id());
    }
    let context = CommandContext {
        now: (commands.ambient.now)(),
        ..context
    };
    commands
        .transact(&context, async |unit| Ok(unit.record_failed_sign_in(&attempt).await?))
        .await?;
    drop(turn);
    Err(wrong())
}

async fn refuse_if_too_many(commands: &Commands, attempt: &SignInAttempt) -> Result<(), Error> {
    let now = (commands.ambient.now)();
    match commands.reader.failed_sign_ins(attempt, now).await?.wait(now) {
        Some(seconds) => Err(Error::too_many(
            seconds,
            "too many failed sign-ins; wait before the next one",
        )),
        None => Ok(()),
    }
}
