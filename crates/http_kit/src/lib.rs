//! What the two HTTP sides must agree on: the problem body, who calls, pages, versions, the shapes of the catalogue.
//!
//! It must not know what a command or a query does, nor any engine but Postgres, where it looks a caller up.

mod access;
mod ambient;
mod body;
mod edge;
mod methods;
mod page;
mod plays;
mod problem;
mod problems;
mod shapes;
mod tokens;
mod version;

pub use access::{Access, AdminOnly, ArtistOnly, MaybeSignedIn, Principal, Principals, SignedIn};
pub use ambient::Ambient;
pub use body::{Body, FromForm, FromQuery, Id, JsonObject, OptionalBody};
pub use edge::{EdgeConfig, RequestContext, edge, not_found};
pub use methods::Methods;
pub use page::{DEFAULT_LIMIT, History, MAX_LIMIT, Page, PageQuery, Paging};
pub use plays::{PlayCounts, plays_or_none};
pub use problem::{Error, FieldError, Problem};
pub use problems::problems;
pub use shapes::{Album, AlbumRef, Artist, ArtistRef, Track, User};
pub use tokens::{Keys, Tokens, stream_url};
pub use version::{IfMatch, Versioned};
