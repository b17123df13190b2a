//! People: accounts that are made, changed and deleted, and what is a person's own.

pub(crate) mod export;
pub(crate) mod favourites;
pub(crate) mod links;
pub(crate) mod mailed;
pub(crate) mod own;
mod passwords;
pub(crate) mod users;

use access::Principal;
use events::{ListenerId, UserId};
use http_kit::Error;

use crate::Commands;

/// The pseudonym of a person whose own things the caller may change; 404 for nobody, 403 for somebody else.
async fn of_person(commands: &Commands, user: UserId, by: &Principal) -> Result<ListenerId, Error> {
    if by.user_id == user {
        return Ok(by.listener_id);
    }
    let pseudonym = commands.reader.pseudonym(user, by.actor().into()).await?;
    let pseudonym = pseudonym.ok_or_else(|| Error::not_found("user"))?;
    Ok(pseudonym.ok_or(domain::Refusal::NotOneself)?)
}
