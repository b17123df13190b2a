//! Accounts: registering, signing in, staying signed in.

pub(crate) mod api_keys;
mod cookie;
mod hasher;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod refresh;
pub(crate) mod register;
pub(crate) mod sessions;
pub(crate) mod totp;

pub use api_keys::{ApiKey, ApiKeys, NewApiKey};
pub use hasher::Hasher;
pub use register::new_account;
pub use sessions::{SignInSession, SignInSessions};
pub use totp::{RecoveryCodes, TotpSecret, TotpState};
