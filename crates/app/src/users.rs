//! `jonquil users create`: an account of any role, by whoever has the machine.

use events::Role;
use store::{CommandContext, Store, StoreError};
use write_api::{Hasher, new_account};

use crate::{Config, Failure, clock};

/// The account to create.
pub struct NewAccount {
    /// Name to sign in with.
    pub username: String,
    /// Address.
    pub email: String,
    /// Password.
    pub password: String,
    /// What it may do.
    pub role: Role,
}

/// Creates the account; false when the name or the address is taken.
///
/// # Errors
/// A field that is not valid, or Postgres unavailable.
pub async fn create_user(config: &Config, account: NewAccount) -> Result<bool, Failure> {
    let ambient = clock::ambient();
    let refused = |error: http_kit::Error| Failure::Account(human(&error));
    let hasher = Hasher::new(1, &(ambient.random)()[..16]).map_err(refused)?;
    let NewAccount {
        username,
        email,
        password,
        role,
    } = account;
    let new = new_account(&hasher, &ambient, (username, email, password), role)
        .await
        .map_err(refused)?;
    let context = CommandContext {
        now: (ambient.now)(),
        new_id: ambient.new_id,
        traceparent: None,
    };
    let mut unit = Store::new(&config.store)?.begin(context).await?;
    match unit.create_user(new).await {
        Ok(_) => unit.commit().await.map(|()| true).map_err(Failure::Store),
        Err(StoreError::Taken(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn human(error: &http_kit::Error) -> String {
    match error {
        http_kit::Error::Invalid(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{} {}", field.field, field.message))
                .collect();
            fields.join("; ")
        }
        other => other.to_string(),
    }
}
