//! Links that are good once: an admin makes them, whoever has one sets a new password or proves an address.

use access::{Access, AdminOnly};
use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use chrono::TimeDelta;
use domain::Person;
use events::{Time, UserId};
use http_kit::{Action, Body, Error, Id, ProblemType, SelfProblems, SignInProblems};
use serde::{Deserialize, Serialize};
use store::{LinkPurpose, Unit};
use utoipa::ToSchema;

use super::passwords::hashed;
use crate::{Commands, commands::CommandError};

/// How long a link is good.
pub(super) const LIFE: TimeDelta = TimeDelta::hours(24);

/// A link for one person. Whoever has it can use it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OneTimeLink {
    /// What the page sends to `…/confirm`.
    pub token: String,
    /// On this service.
    #[schema(example = "/app/password-reset#token=2b0Qm…")]
    pub url: String,
    /// When it ends, unless it is used before.
    pub expires_at: Time,
}

/// A new password for whoever has a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// Of the link.
    #[schema(max_length = 100)]
    token: String,
    /// 10 to 256 characters, not easily guessed.
    #[schema(example = "violet steam engine 1843", min_length = 10, max_length = 256)]
    password: String,
}

/// The token of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkToken {
    /// The secret of the link.
    #[schema(max_length = 100)]
    token: String,
}

/// Make a link for setting a new password
///
/// For a person who forgot the present one and gets no mail. It is good for 24 h and once; a new one ends the
/// one before.
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("user_id" = UserId, Path, description = "account")),
    responses(SelfProblems, (status = 201, description = "the link", body = OneTimeLink)))]
#[post("/api/v1/users/{user_id}/password-reset")]
pub(crate) async fn create_password_link(
    AdminOnly(by): AdminOnly,
    Id(user): Id<UserId>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    tracing::info!(user_id = %user.0, by = %by.user_id.0, "an admin asks for a link for a new password");
    link(&commands, &access, &request, user, LinkPurpose::PasswordReset).await
}

/// Make a link for proving an address
///
/// Whoever uses it proves that the account's present address is read. Good for 24 h and once.
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("user_id" = UserId, Path, description = "account")),
    responses(SelfProblems, (status = 201, description = "the link", body = OneTimeLink)))]
#[post("/api/v1/users/{user_id}/email-confirmation")]
pub(crate) async fn create_email_link(
    _by: AdminOnly,
    Id(user): Id<UserId>,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    link(&commands, &access, &request, user, LinkPurpose::EmailConfirmation).await
}

async fn link(
    commands: &Commands,
    access: &Access,
    request: &HttpRequest,
    user: UserId,
    purpose: LinkPurpose,
) -> Result<HttpResponse, Error> {
    let user = commands
        .reader
        .user(user)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    let context = commands.context(request);
    let expires_at = context.now.plus(LIFE);
    let (token, mac) = access.keys.new_link_token((commands.ambient.random)());
    let create = commands.transact(&context, async |unit| {
        Ok(unit.create_link(&mac, &user, purpose, expires_at).await?)
    });
    create.await?;
    let url = path(purpose, &token);
    let answer = OneTimeLink { token, url, expires_at };
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(answer))
}

/// The page that such a link opens. The token stands behind `#`, which browsers send nowhere (ASVS 14.2.1).
pub(super) fn path(purpose: LinkPurpose, token: &str) -> String {
    let page = match purpose {
        LinkPurpose::PasswordReset => "password-reset",
        LinkPurpose::EmailConfirmation => "email-confirmation",
    };
    format!("/app/{page}#token={token}")
}

/// Set a new password with a link
///
/// Every session of the account ends. A second factor stays.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/password-reset/confirm", request_body = NewPassword, security(()),
    responses(SignInProblems, (status = 204, description = "sign in with the new one")))]
#[post("/api/v1/auth/password-reset/confirm")]
pub(crate) async fn reset_password(
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let _permit = commands.permit(Action::SignIn, &request)?;
    let NewPassword { token, password } = body.parse()?;
    let context = commands.context(&request);
    let mac = access.keys.link_mac(&token);
    let (reader, purpose) = (&commands.reader, LinkPurpose::PasswordReset);
    // Looked at before the hash, which a wrong token must not cost. `use_link` decides: of two at once one finds it used.
    let user = reader.link_of(&mac, purpose, context.now).await?.ok_or_else(over)?;
    let account = reader.user(user).await?.ok_or_else(over)?;
    let hash = hashed(&commands, &account, password).await?;
    let reset = commands.transact(&context, async |unit| {
        let person = whose(unit, &mac, purpose).await?.set_password();
        unit.update_person(&person, Some(&hash)).await?;
        Ok(unit.end_sessions(person.id, None).await?)
    });
    access.forget_all(reset.await?);
    tracing::info!(user_id = %user.0, "a password was set with a link");
    Ok(HttpResponse::NoContent().finish())
}

/// Uses the link up. One for an address of before may be in a mailbox that is not this person's any more.
async fn whose(unit: &mut Unit, mac: &[u8], purpose: LinkPurpose) -> Result<Person, CommandError> {
    let (user, email) = unit.use_link(mac, purpose).await?.ok_or_else(over)?;
    let (person, _) = unit.person(user).await?.ok_or_else(over)?;
    if person.email == email {
        Ok(person)
    } else {
        Err(over().into())
    }
}

/// Prove an address with a link
#[utoipa::path(tag = "auth", path = "/api/v1/auth/email/confirm", request_body = LinkToken, security(()),
    responses(SignInProblems, (status = 204, description = "the address is proved")))]
#[post("/api/v1/auth/email/confirm")]
pub(crate) async fn confirm_email(
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let _permit = commands.permit(Action::SignIn, &request)?;
    let LinkToken { token } = body.parse()?;
    let context = commands.context(&request);
    let mac = access.keys.link_mac(&token);
    let confirm = commands.transact(&context, async |unit| {
        let (user, email) = unit
            .use_link(&mac, LinkPurpose::EmailConfirmation)
            .await?
            .ok_or_else(over)?;
        let (person, _) = unit.person(user).await?.ok_or_else(over)?;
        let proved = person.prove_email(&email).ok_or_else(over)?;
        unit.update_person(&proved, None).await?;
        Ok(())
    });
    confirm.await?;
    Ok(HttpResponse::NoContent().finish())
}

fn over() -> Error {
    Error::of(
        ProblemType::WrongCredentials,
        "this link is not valid, was used, or has ended; ask for another one",
    )
}
