//! `POST /api/v1/auth/register` opens an account.

use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use domain::Account;
use events::{ListenerId, Role};
use http_kit::{Action, Ambient, Body, Error, RegisterProblems};
use representations::User;
use serde::Deserialize;
use store::{MailLink, NewUser, UserView};
use utoipa::ToSchema;

use crate::{Commands, Hasher};

/// Who registers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
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
    #[schema(inline)]
    role: Option<OpenRole>,
}

/// What one may be without being made it.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum OpenRole {
    /// Plays, searches, keeps playlists.
    Listener,
    /// Also puts music into the catalogue, where the operator lets anybody do so.
    Artist,
}

/// Register
///
/// Opens an account. An artist may also put music into the catalogue. Where this service sends mail, a link for proving the
/// address is sent.
#[utoipa::path(tag = "auth", path = "/api/v1/auth/register", request_body = Register, security(()), 
    responses(RegisterProblems, (status = 201, description = "the account", body = User)))]
#[post("/api/v1/auth/register")]
pub(crate) async fn register(
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let _permit = commands.permit(Action::Register, &request)?;
    let sent: Register = body.parse()?;
    let role = open_role(sent.role, commands.settings.open_artist_signup)?;
    let account = (sent.username, sent.email, sent.password);
    let new = new_account(&commands.hasher, &commands.ambient, account, role).await?;
    let context = commands.context(&request);
    let created = commands.transact(&context, async |unit| {
        let user = unit.create_user(new.clone()).await?;
        if commands.settings.sends_mail {
            unit.enqueue(&MailLink::to_prove(user.id()), None).await?;
        }
        Ok(user)
    });
    let user = created.await?;
    Ok(HttpResponse::Created().json(User::from(UserView::from(user))))
}

fn open_role(asked: Option<OpenRole>, artists_may: bool) -> Result<Role, Error> {
    match asked {
        None | Some(OpenRole::Listener) => Ok(Role::Listener),
        Some(OpenRole::Artist) if artists_may => Ok(Role::Artist),
        Some(OpenRole::Artist) => Err(Error::invalid("role", "must be listener; others are given by an admin")),
    }
}

/// Checks and hashes: what a new account's row is made of. 422 with every fault.
pub async fn new_account(
    hasher: &Hasher,
    ambient: &Ambient,
    (username, email, password): (String, String, String),
    role: Role,
) -> Result<NewUser, Error> {
    if password.len() > 4 * 256 {
        return Err(Error::invalid("password", "must have 10 to 256 characters"));
    }
    let account = hasher
        .judge(move || Account::parse(&username, &email, &password))
        .await??;
    let password_hash = hasher
        .hash(account.password.reveal().to_owned(), (ambient.random)())
        .await?;
    let mut pseudonym = [0; 16];
    pseudonym.copy_from_slice(&(ambient.random)()[..16]);
    Ok(NewUser {
        id: (ambient.new_id)().into(),
        listener_id: ListenerId(uuid::Builder::from_random_bytes(pseudonym).into_uuid()),
        username: account.username.as_str().to_owned(),
        email: account.email.as_str().to_owned(),
        password_hash,
        role,
    })
}
