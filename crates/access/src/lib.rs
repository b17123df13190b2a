//! Who calls: access tokens, signed stream addresses, and the extractors that say in a handler's signature who may.
//!
//! It looks accounts up in Postgres. It must not know what is asked.

mod access;
mod tokens;
mod totp;
mod webhooks;

pub use access::{Access, AdminOnly, ArtistOnly, MaybeSignedIn, Principal, Principals, SignedIn};
pub use domain::SecondFactorFor;
pub use tokens::{Keys, Tokens, stream_url};
pub use totp::recovery_code;
