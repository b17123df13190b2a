//! Accounts: registering, signing in, staying signed in.

mod hasher;
pub(crate) mod login;
pub(crate) mod me;
pub(crate) mod refresh;
pub(crate) mod register;

pub use hasher::Hasher;
pub use register::new_account;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use store::NewToken;

/// A refresh token: what the client gets, and what is stored.
fn refresh_token(random: [u8; 32]) -> (String, NewToken) {
    let text = URL_SAFE_NO_PAD.encode(random);
    let token = NewToken {
        hash: hash(&text),
        idle: TimeDelta::days(30),
        session: TimeDelta::days(90),
    };
    (text, token)
}

/// A token has 256 random bits, so a plain hash keeps it secret.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
