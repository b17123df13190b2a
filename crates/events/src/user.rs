//! Accounts, as the topics see them: nothing in here names a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Time, UserId};

/// What an account may do. The order is the rank: each may do what the ones before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Plays, searches, keeps playlists.
    Listener,
    /// Also puts music into the catalogue.
    Artist,
    /// Runs the service.
    Admin,
}

impl Role {
    /// The name used in JSON, in the database and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Artist => "artist",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Listener, Self::Artist, Self::Admin]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// An account: no name, no e-mail, no listener id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserState {
    /// The account.
    pub user_id: UserId,
    /// What it may do.
    pub role: Role,
    /// When it registered.
    pub created_at: Time,
}
