//! Requests to addresses that strangers name: names are resolved once, every address is checked and pinned, redirects are
//! followed by hand and checked like the first address, and size, time and type are limited.
//!
//! It must not know what is fetched, nor any engine. Whoever sends requests to addresses that people name goes through
//! [`CheckedResolver`], whatever the request is.

mod address;
mod allowed;
mod fetch;
mod post;
mod resolver;

pub use address::{is_public, own_addresses};
pub use allowed::AllowedHosts;
pub use fetch::{FetchError, Fetched, Fetcher, Limits};
pub use post::{Answer, PostLimits, Poster};
pub use resolver::{CheckedResolver, Refused, Resolve, Resolving, SystemResolver, Target};

/// A parsed address of the web.
pub use reqwest::Url;
