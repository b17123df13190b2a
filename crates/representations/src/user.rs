//! Accounts as they are shown over HTTP.

use domain::ScopeName;
use events::{Role, Time, UserId};
use serde::{Deserialize, Serialize};
use store::UserView;
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
    #[schema(value_type = Option<Vec<ScopeName>>)]
    pub scopes: Option<Vec<String>>,
}

impl From<UserView> for User {
    fn from(view: UserView) -> Self {
        let (email, email_verified, is_active) = match view.private {
            Some(private) => (
                Some(private.email),
                Some(private.email_verified),
                Some(private.is_active),
            ),
            None => (None, None, None),
        };
        Self {
            id: view.id,
            username: view.username,
            display_name: view.display_name,
            role: view.role,
            created_at: view.created_at,
            email,
            email_verified,
            is_active,
            scopes: None,
        }
    }
}
