//! Listens: no row, an event; answered once the broker has acknowledged it.

pub(crate) mod batch;
mod intake;
mod known;
pub(crate) mod listen;
mod parts;
mod publish;

pub use batch::{BatchOutcome, ListenIdentity, RejectedListen};
pub use known::KnownTracks;
