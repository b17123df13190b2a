//! The rules of catalogue, listens and accounts: what is valid, what counts, who may.
//!
//! Pure: no I/O, no async runtime, no clock, no randomness. It must not know HTTP, SQL or Kafka. A value of a type in
//! here is valid; what is not comes back as [`Invalid`], naming each field and what would be right.

mod account;
mod catalogue;
mod invalid;
mod listen;
mod text;

pub use account::{Account, Email, Password, Username};
pub use catalogue::{AlbumFields, ArtistFields, TrackFields};
pub use invalid::{Checks, Fault, Invalid};
pub use listen::{Play, counts};
pub use text::{line, name_key};
