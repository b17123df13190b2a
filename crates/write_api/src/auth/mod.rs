//! Accounts: registering, signing in, staying signed in.

mod hasher;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod refresh;
pub(crate) mod register;

pub use hasher::Hasher;
pub use register::new_account;
