//! Accounts as they are shown over HTTP.

use events::{Role, Time, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account. The e-mail address and its state are for its owner and admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The account.
    pub id: UserId,
    /// Name to sign in with.
    #[schema(example = "ada")]
    pub username: String,
    /// Name as shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// When it registered.
    pub created_at: Time,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Whether it may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// What this sign-in may do; only in `/auth/me`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

impl User {
    /// An account as everybody sees it.
    #[must_use]
    pub fn public(user: &store::User) -> Self {
        Self {
            id: user.id(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            role: user.role(),
            created_at: user.created_at(),
            email: None,
            email_verified: None,
            is_active: None,
            scopes: None,
        }
    }

    /// An account as its owner and admins see it.
    #[must_use]
    pub fn whole(user: &store::User) -> Self {
        Self {
            email: Some(user.email.clone()),
            email_verified: Some(user.email_verified),
            is_active: Some(user.is_active),
            ..Self::public(user)
        }
    }
}
