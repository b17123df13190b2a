//! Listens: no row, an event; answered once the broker has acknowledged it.

pub(crate) mod batch;
mod intake;
mod known;
pub(crate) mod listen;
mod publish;

pub use known::KnownTracks;
