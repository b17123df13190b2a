//! The loop every read model runs in: read a batch, project it, store it, move the position; retry, refuse, wait.
//!
//! It owns how events reach a read model once and in order, and what happens when an event is bad or an engine is unavailable.
//! It must not know any read model, nor what an event means.

#![warn(missing_docs)]

mod assembling;
mod config;
mod dead_letters;
mod lag;
mod limit;
mod progress;
mod projection;
mod run;
mod worker;

pub use config::{DeadLetterLimit, ProjectorConfig, Stopped};
pub use limit::{Exceeded, Limit};
pub use projection::{Batch, Position, Projected, Projection, Refused, Slice, Stored, Unavailable, Unprojectable};
pub use run::run;
