//! A new password of an account: judged and hashed before the transaction, which would hold its row meanwhile.

use actix_web::{HttpRequest, web::Data};
use domain::{Confirmation, Password, PersonChanges};
use http_kit::{Action, Error};
use store::{CommandContext, User};

use crate::{Commands, auth::login, commands::client};

/// That the present password is known.
pub(crate) struct Confirmed {
    /// What the row must still hold.
    pub present: String,
    /// What is stored of a new password.
    pub new: Option<String>,
}

/// Where the changes need the present password: that it is right, and the hash of a new one. A wrong one counts as a
/// failed sign-in.
pub(crate) async fn confirmed(
    commands: &Data<Commands>,
    context: &CommandContext,
    request: &HttpRequest,
    user: &User,
    changes: &PersonChanges,
) -> Result<Option<Confirmed>, Error> {
    let Some(Confirmation { current, new }) = changes.confirmation(&user.person())? else {
        return Ok(None);
    };
    let _permit = commands.permit(Action::SignIn, request)?;
    confirm(commands, context, request, user, current).await?;
    let new = match new {
        Some(new) => Some(hashed(commands, user, new).await?),
        None => None,
    };
    Ok(Some(Confirmed {
        present: user.password_hash().to_owned(),
        new,
    }))
}

/// 422 unless it is the account's password.
async fn confirm(
    commands: &Data<Commands>,
    context: &CommandContext,
    request: &HttpRequest,
    user: &User,
    password: String,
) -> Result<(), Error> {
    const FIELD: &str = "current_password";
    if password.len() > 4 * 256 {
        return Err(login::not_the_password(FIELD));
    }
    let confirmed = login::confirm(commands, context, client(request)?, user.clone(), (FIELD, password));
    confirmed.await.map(drop)
}

/// Judges and hashes. 422 for a weak one.
pub(crate) async fn hashed(commands: &Commands, user: &User, password: String) -> Result<String, Error> {
    if password.len() > 4 * 256 {
        return Err(Error::invalid("password", "must have 10 to 256 characters"));
    }
    let (username, email) = (user.username.clone(), user.email.clone());
    let judged = move || Password::checked(&password, &username, &email);
    let password = commands.hasher.judge(judged).await??;
    let salt = (commands.ambient.random)();
    commands.hasher.hash(password.reveal().to_owned(), salt).await
}
