//! `POST /api/v1/auth/login` and `/login-json` sign in.

use access::{Access, Tokens};
use actix_web::{HttpRequest, http::header::USER_AGENT, post, web::Data};
use domain::{Password, Proof};
use events::UserId;
use http_kit::{Action, Body, ClientAddress, Error, FromForm, FromQuery, ProblemType, SignInProblems};
use serde::Deserialize;
use store::{CommandContext, SignInAttempt, User};
use utoipa::ToSchema;

use super::{
    cookie::{CookieQuery, TokensAnswer},
    hasher::Turn,
    totp::Shown,
};
use crate::{Commands, commands::client};

/// Characters that are kept.
const MAX_USER_AGENT: usize = 300;

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
    /// Of an authenticator app, where the account has a second factor.
    #[schema(example = "287082")]
    code: Option<String>,
    /// Instead of it.
    recovery_code: Option<String>,
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
    /// Of an authenticator app, where the account has a second factor.
    #[schema(example = "287082")]
    code: Option<String>,
    /// Instead of it.
    recovery_code: Option<String>,
}

impl From<LoginForm> for Login {
    fn from(form: LoginForm) -> Self {
        Self {
            username: form.username,
            password: form.password,
            code: form.code,
            recovery_code: form.recovery_code,
        }
    }
}

/// Sign in with a form
///
/// The password form of `OAuth2`.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/login", security(()),
    params(CookieQuery), request_body(content = LoginForm, content_type = "application/x-www-form-urlencoded"),
    responses(SignInProblems, (status = 200, description = "signed in", body = Tokens)))]
#[post("/api/v1/auth/login")]
pub(crate) async fn log_in(
    FromForm(form): FromForm<LoginForm>,
    query: FromQuery<CookieQuery>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<TokensAnswer, Error> {
    let as_cookie = query.valid()?.cookie;
    let tokens = sign_in(form.into(), &request, &commands, &access).await?;
    Ok(TokensAnswer { tokens, as_cookie })
}

/// Sign in with JSON
#[utoipa::path(tag = "auth", path = "/api/v1/auth/login-json", security(()), request_body = Login, params(CookieQuery),
    responses(SignInProblems, (status = 200, description = "signed in", body = Tokens)))]
#[post("/api/v1/auth/login-json")]
pub(crate) async fn log_in_with_json(
    body: Body,
    query: FromQuery<CookieQuery>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<TokensAnswer, Error> {
    let as_cookie = query.valid()?.cookie;
    let tokens = sign_in(body.parse()?, &request, &commands, &access).await?;
    Ok(TokensAnswer { tokens, as_cookie })
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
    let password = Password::normalised(&sent.password);
    let user = verify(commands, &context, &attempt, user, password)
        .await?
        .ok_or_else(wrong)?;
    let shown = Shown {
        code: sent.code.as_deref(),
        recovery_code: sent.recovery_code.as_deref(),
    };
    let factors = match show(commands, access, &context, &attempt, &shown).await? {
        Beside::Missing => return Err(Error::totp_required()),
        Beside::Wrong => {
            return Err(Error::of(
                ProblemType::WrongCode,
                "the code is wrong, or was used before",
            ));
        }
        Beside::NotNeeded => "password",
        Beside::Code => "password and code",
        Beside::RecoveryCode => "password and recovery code",
    };
    let session = commands
        .transact(&context, async |unit| {
            unit.record_known_address(user, &attempt.address).await?;
            Ok(unit.open_session(user, user_agent(request)).await?)
        })
        .await?;
    tracing::info!(user_id = %user.0, session = %session.id.0, client = %attempt.address, factors, "signed in");
    access.keys.tokens_of(&session, context.now)
}

/// What it calls itself, cut short.
fn user_agent(request: &HttpRequest) -> Option<String> {
    let sent = request.headers().get(USER_AGENT)?.to_str().ok()?;
    Some(sent.chars().take(MAX_USER_AGENT).collect())
}

fn wrong() -> Error {
    Error::of(ProblemType::WrongCredentials, "the username or the password is wrong")
}

/// What came of what is shown beside the right password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// The account has no second factor.
    NotNeeded,
    /// It is right, and used up.
    Code,
    RecoveryCode,
    Wrong,
    /// Something is needed, and nothing is shown.
    Missing,
}

/// Takes what is shown beside the right password. What is wrong counts as a failed sign-in.
pub(crate) async fn show(
    commands: &Commands,
    access: &Access,
    context: &CommandContext,
    attempt: &SignInAttempt,
    shown: &Shown<'_>,
) -> Result<Beside, Error> {
    let Some(user) = attempt.user else {
        return Ok(Beside::Wrong);
    };
    let right = commands.transact(context, async |unit| {
        let factor = unit.second_factor(user).await?.filter(|factor| factor.is_confirmed);
        let Some(factor) = factor else {
            return Ok(Beside::NotNeeded);
        };
        let Some(proof) = shown.proof(access, user, &factor, context.now) else {
            return Ok(Beside::Missing);
        };
        let Some(factor) = factor.accept(&proof) else {
            unit.record_failed_sign_in(attempt).await?;
            // Not an error: that would roll back the failure that was just recorded.
            return Ok(Beside::Wrong);
        };
        unit.store_second_factor(user, &factor).await?;
        Ok(match proof {
            Proof::Recovery(_) => Beside::RecoveryCode,
            _ => Beside::Code,
        })
    });
    right.await
}

/// As a sign-in of somebody who is signed in: whoever guesses has to wait. 422 of this field unless it is the account's
/// password.
pub(crate) async fn confirm(
    commands: &Data<Commands>,
    context: &CommandContext,
    address: ClientAddress,
    user: User,
    (field, password): (&'static str, String),
) -> Result<SignInAttempt, Error> {
    let attempt = SignInAttempt {
        name: user.username.clone(),
        user: Some(user.id()),
        address: address.to_string(),
    };
    let right = verify(commands, context, &attempt, Some(user), password).await?;
    right.ok_or_else(|| not_the_password(field))?;
    Ok(attempt)
}

pub(crate) fn not_the_password(field: &'static str) -> Error {
    Error::invalid(field, "is not the password of this account")
}

/// The account, if the password is right. A wrong one counts as a failed sign-in; 429 after too many.
pub(crate) async fn verify(
    commands: &Data<Commands>,
    context: &CommandContext,
    attempt: &SignInAttempt,
    user: Option<User>,
    password: String,
) -> Result<Option<UserId>, Error> {
    // Who has to wait takes nobody's turn.
    refuse_if_too_many(commands, attempt).await?;
    let turn = commands.hasher.turn().await?;
    let check = check(
        Data::clone(commands),
        context.clone(),
        attempt.clone(),
        user,
        password,
        turn,
    );
    // A task of its own: whoever hangs up has tried too.
    actix_web::rt::spawn(check).await.map_err(Error::defect)?
}

/// The turn is held until a failure is recorded, so at most as many guesses as there are turns pass a limit, and what is
/// under way counts as no failure.
async fn check(
    commands: Data<Commands>,
    context: CommandContext,
    attempt: SignInAttempt,
    user: Option<User>,
    password: String,
    turn: Turn,
) -> Result<Option<UserId>, Error> {
    // Again, now that it has its turn: while it waited, others may have failed.
    refuse_if_too_many(&commands, &attempt).await?;
    let stored = user.as_ref().map(|user| user.password_hash().to_owned());
    let (fits, turn) = commands.hasher.verify(turn, password, stored).await?;
    if let Some(user) = user.filter(|user| fits && user.is_active) {
        return Ok(Some(user.id()));
    }
    // The wait for a turn may take seconds: a failure is of the moment when it was found.
    let context = CommandContext {
        now: (commands.ambient.now)(),
        ..context
    };
    commands
        .transact(&context, async |unit| Ok(unit.record_failed_sign_in(&attempt).await?))
        .await?;
    drop(turn);
    Ok(None)
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
