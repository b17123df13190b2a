//! The binary `jonquil`: reads the configuration, wires the roles, starts and stops them, and holds the operator's
//! commands. Only this crate reads the environment and the clock. It must hold no rule of the service itself.

mod api;
mod backup;
mod clock;
mod config;
mod dead_letters;
pub mod demo;
mod doctor;
mod export;
mod generations;
mod metrics;
mod migrate;
mod openapi;
mod own_history;
mod pools;
mod rebuild;
mod recording;
mod republish;
mod running;
mod server;
mod sockets;
mod supervision;
mod timeouts;
mod tls;
mod users;
mod web_page;
mod workers;

pub use self::metrics::Metrics;
pub use backup::{BackupContents, BackupError, BackupProgress, RestoreOptions, RestorePart, backup, restore};
pub use clock::ambient;
pub use config::{Config, InvalidConfig, SETTINGS};
pub use dead_letters::{list_dead_letters, purge_dead_letters, replay_dead_letters, show_dead_letter};
pub use doctor::{Diagnosis, doctor};
pub use export::{ExportError, ExportOptions, Exported, export};
pub use generations::RebuildSettings;
pub use migrate::migrate;
pub use openapi::openapi;
pub use rebuild::{Model, RebuildProgress, rebuild};
pub use republish::republish;
pub use running::{Role, RunError, Running};
pub use users::{CreateUserError, NewAccount, create_user};
