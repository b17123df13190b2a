//! `POST /api/v1/users/`, `PUT` and `DELETE /api/v1/users/{user_id}`.

use access::{Access, AdminOnly, Principal, SignedIn};
use actix_web::{HttpRequest, HttpResponse, delete, post, put, web::Data};
use domain::{Person, PersonChanges, SessionId};
use events::{Role, UserId};
use http_kit::{
    Body, ChangeProblems, ConflictProblem, CreateProblems, DeleteProblems, Error, Id, IfMatch, TooManyProblem,
    Versioned,
};
use representations::User;
use serde::Deserialize;
use store::{MailLink, RemoveObjects, Unit, User as Account, UserView};
use utoipa::ToSchema;

use super::passwords::{Confirmed, confirmed};
use crate::{Commands, commands::CommandError, idempotency_key::OnceKey, new_account, once::Sent};

/// An account that an admin makes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// 3 to 32 characters of `a-z0-9_.-`; upper case is folded.
    #[schema(example = "ada", min_length = 3, max_length = 32, pattern = "^[A-Za-z0-9_.-]+$")]
    username: String,
    /// E-mail address.
    #[schema(example = "ada@example.org", format = Email, max_length = 254)]
    email: String,
    /// 10 to 256 characters, not easily guessed.
    #[schema(example = "violet steam engine 1843", min_length = 10, max_length = 256)]
    password: String,
    /// `listener` when absent.
    role: Option<Role>,
}

/// Create an account
///
/// Of any role. To register oneself, see `/api/v1/auth/register`.
#[utoipa::path(tag = "users", path = "/api/v1/users/", request_body = NewUser, security(("bearer" = [])),
    params(OnceKey),
    responses(CreateProblems, ConflictProblem, (status = 201, description = "the account", body = User)))]
#[post("/api/v1/users")]
pub(crate) async fn create_user(
    AdminOnly(by): AdminOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let sent: NewUser = body.parse()?;
    let identity = (sent.username, sent.email, sent.password);
    let role = sent.role.unwrap_or(Role::Listener);
    let new = new_account(&commands.hasher, &commands.ambient, identity, role).await?;
    let context = commands.context(&request);
    let sent = Sent::of(&request, &by, &body).secret(&access.keys);
    commands
        .transact_once(sent, &context, async |unit| {
            let user = unit.create_user(new.clone()).await?;
            Ok(Versioned::created(user.version(), User::from(UserView::from(user))))
        })
        .await
}

/// Change an account
///
/// A new password and a new address need the account's password until now, whoever changes them: for somebody who forgot it
/// an admin makes a link. A new password ends every other session; either ends links that were made before. Role and state
/// are for admins to change.
#[utoipa::path(tag = "users", request_body = PersonChanges, security(("bearer" = [])),
    params(IfMatch, ("user_id" = UserId, Path, description = "account")),
    responses(ChangeProblems, ConflictProblem, TooManyProblem, (status = 200, description = "the account", body = User)))]
#[put("/api/v1/users/{user_id}")]
pub(crate) async fn change_user(
    SignedIn(by): SignedIn,
    Id(id): Id<UserId>,
    if_match: IfMatch,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<Versioned<User>, Error> {
    let account = account_of(&commands, id, &by).await?;
    let changes: PersonChanges = body.parse()?;
    // Refusals come before the password is looked at.
    account.person().change(&changes, by.actor())?;
    let context = commands.context(&request);
    let confirmed = confirmed(&commands, &context, &request, &account, &changes).await?;
    let change = async |unit: &mut Unit| {
        let (person, row) = held(unit, id, &if_match, confirmed.as_ref()).await?;
        let person = person.change(&changes, by.actor())?;
        record(&commands, unit, (&person, &row), confirmed.as_ref(), by.session).await
    };
    let (row, ended) = commands.transact(&context, change).await?;
    log(&account, &row, &by);
    access.forget_all(ended);
    Ok(Versioned::ok(row.version(), UserView::from(row).into()))
}

/// Delete an account
///
/// With everything that is the person's own, and with the only link to what was heard. Works and an artist profile stay.
/// Access tokens stop within 5 s.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(IfMatch, ("user_id" = UserId, Path, description = "account")),
    responses(DeleteProblems, (status = 204, description = "deleted")))]
#[delete("/api/v1/users/{user_id}")]
pub(crate) async fn delete_user(
    SignedIn(by): SignedIn,
    Id(id): Id<UserId>,
    if_match: IfMatch,
    request: HttpRequest,
    commands: Data<Commands>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    account_of(&commands, id, &by).await?;
    let context = commands.context(&request);
    let deleted = commands.transact(&context, async |unit| {
        let held = unit.person_with_profile(id).await?;
        let (person, profiles) = held.ok_or_else(|| Error::not_found("user"))?;
        if_match.check(person.version)?;
        let ended = unit.end_sessions(id, None).await?;
        remove_exports(unit, id).await?;
        unit.delete_person(&person, &profiles).await?;
        Ok(ended)
    });
    access.forget_all(deleted.await?);
    tracing::info!(user_id = %id.0, by = %by.user_id.0, "an account was deleted");
    Ok(HttpResponse::NoContent().finish())
}

/// What ways into an account were changed, by whom (ASVS 16.3.1).
fn log(before: &Account, after: &Account, by: &Principal) {
    let (user_id, by) = (after.id().0, by.user_id.0);
    if before.password_hash() != after.password_hash() {
        tracing::info!(%user_id, %by, "a password was changed");
    }
    if before.email != after.email {
        tracing::info!(%user_id, %by, "an e-mail address was changed");
    }
    let may = |account: &Account| (account.person().role, account.is_active);
    if may(before) != may(after) {
        let (role, is_active) = may(after);
        tracing::info!(%user_id, %by, ?role, is_active, "what an account may do was changed");
    }
}

async fn remove_exports(unit: &mut Unit, of: UserId) -> Result<(), CommandError> {
    let exports = unit.delete_exports(of).await?;
    let keys: Vec<String> = exports.into_iter().map(|job| media::export_key(job.0)).collect();
    if !keys.is_empty() {
        unit.enqueue(&RemoveObjects { keys }, None).await?;
    }
    Ok(())
}

/// The account, if it is there (404) and the caller may change it (403).
async fn account_of(commands: &Commands, id: UserId, by: &Principal) -> Result<Account, Error> {
    let account = commands
        .reader
        .user(id)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    Person::may_be_changed(id, by.actor())?;
    Ok(account)
}

/// The account as it is now, held until the unit ends. `confirmed` is of what was read before.
async fn held(
    unit: &mut Unit,
    id: UserId,
    if_match: &IfMatch,
    confirmed: Option<&Confirmed>,
) -> Result<(Person, Account), CommandError> {
    let (person, row) = unit.person(id).await?.ok_or_else(|| Error::not_found("user"))?;
    if_match.check(person.version)?;
    match confirmed {
        // Between the look at the present password and this lock another command may have set a new one.
        Some(confirmed) if confirmed.present != row.password_hash() => {
            Err(Error::conflict("the password was changed meanwhile").into())
        }
        _ => Ok((person, row)),
    }
}

/// A new address is to be proved.
async fn mail_of(commands: &Commands, unit: &mut Unit, person: &Person, before: &Account) -> Result<(), CommandError> {
    if commands.settings.sends_mail && person.email != before.email {
        unit.enqueue(&MailLink::to_prove(person.id), None).await?;
    }
    Ok(())
}

/// The row, and the sessions that ended with it: others' with a new password, all of an account that may not sign in.
async fn record(
    commands: &Commands,
    unit: &mut Unit,
    (person, before): (&Person, &Account),
    confirmed: Option<&Confirmed>,
    own: Option<SessionId>,
) -> Result<(Account, Vec<SessionId>), CommandError> {
    mail_of(commands, unit, person, before).await?;
    let password = confirmed.and_then(|confirmed| confirmed.new.as_deref());
    let row = unit.update_person(person, password).await?;
    let ended = match (password, person.is_active) {
        (_, false) => unit.end_sessions(person.id, None).await?,
        // Whoever signed in with the password before is out; the session that set the new one stays.
        (Some(_), true) => unit.end_sessions(person.id, own).await?,
        (None, true) => Vec::new(),
    };
    Ok((row, ended))
}
