//! The loop in which every read model runs: read a batch, project it, store it, move the position.
//!
//! It owns how events reach a read model in order and count once, and what happens when an event is rejected or an
//! engine is unavailable. It must not know any read model, nor what an event means.

#![warn(missing_docs)]

mod batch;
mod budget;
mod catch_up;
mod config;
mod dead_letters;
pub mod freshness;
pub mod generations;
mod lag;
mod look;
mod origin;
mod progress;
mod projection;
mod run;
mod traced;
mod worker;

pub use budget::{BudgetExceeded, DeadLetterBudget};
pub use catch_up::{has_reached, missing};
pub use config::{DeadLetterLimit, ProjectorConfig, Stopped};
pub use generations::{Generation, ReadModel, Stage};
pub use look::Look;
pub use projection::{Batch, Position, Projected, Projection, RefusedRow, Slice, Stored, Unavailable, Unprojectable};
pub use run::run;
