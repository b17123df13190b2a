//! The one binary: settings from the environment, the wiring of every role, start and shutdown, and the operator's
//! commands. Only this crate reads the environment and the clock. It must hold no rule of the service itself.

mod api;
mod clock;
mod config;
pub mod demo;
mod figures;
mod migrate;
mod openapi;
mod republish;
mod running;
mod timeouts;
mod users;
mod workers;

pub use clock::ambient;
pub use config::{Config, ConfigFaults, SETTINGS};
pub use figures::Figures;
pub use migrate::migrate;
pub use openapi::openapi;
pub use republish::{Aggregates, republish};
pub use running::{Failure, Role, Running};
pub use users::{NewAccount, create_user};
