//! `jonquil users create`: makes an account of any role, the first administrator's too.

use events::Role;
use store::{CommandContext, Constraint, Store, StoreError};
use write_api::{Hasher, new_account};

use crate::{Config, clock};

pub struct NewAccount {
    pub username: String,
    pub email: String,
    pub password: String,
    pub role: Role,
}

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// Fields that are not valid, each with its reason.
    #[error("invalid account: {0}")]
    Invalid(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates the account; false when the username or the e-mail address is taken.
pub async fn create_user(config: &Config, account: NewAccount) -> Result<bool, CreateUserError> {
    let ambient = clock::ambient();
    let invalid = |error: http_kit::Error| CreateUserError::Invalid(reasons(&error));
    let hasher = Hasher::new(1, &(ambient.random)()[..16]).map_err(invalid)?;
    let NewAccount {
        username,
        email,
        password,
        role,
    } = account;
    let new = new_account(&hasher, &ambient, (username, email, password), role)
        .await
        .map_err(invalid)?;
    let context = CommandContext {
        now: (ambient.now)(),
        new_id: ambient.new_id,
        trace: events::Trace::default(),
        marks: store::Marks::default(),
    };
    let mut unit = Store::new(&config.store)?.begin(context).await?;
    // Taken is an answer and not an error: a setup script runs this each time.
    match unit.create_user(new).await {
        Ok(_) => Ok(unit.commit().await.map(|()| true)?),
        Err(StoreError::Violated(Constraint::UniqueUsername | Constraint::UniqueEmail)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn reasons(error: &http_kit::Error) -> String {
    match error.field_errors() {
        [] => error.to_string(),
        fields => {
            let fields = fields.iter().map(|field| format!("{} {}", field.field, field.message));
            fields.collect::<Vec<_>>().join("; ")
        }
    }
}
