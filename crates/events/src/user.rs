//! Accounts, as the topics see them: nothing in here names a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Open, Time, UserId, named::named};

named! {
    /// What an account may do. The order is the rank: each may do what the ones before may.
    pub enum Role {
        /// Plays, searches, keeps playlists.
        Listener = "listener",
        /// Also puts music into the catalogue.
        Artist = "artist",
        /// Runs the service.
        Admin = "admin",
    }
}

/// An account: no name, no e-mail, no listener id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserState {
    /// The account.
    pub user_id: UserId,
    /// What it may do.
    pub role: Open<Role>,
    /// When it registered.
    pub created_at: Time,
}
