//! The harness of the stories in `it/`: an application of one's own on the engines that `cargo xtask test` runs.
//!
//! [`App`] owns a database, topics, indexes, an analytics database, a key prefix and a bucket that nobody else has, so that stories
//! run in parallel; what a story made is removed at its end, and what a killed run left at the beginning of the next. It
//! must not know what a story is about: it starts, breaks and looks, and stories say what must hold.
//!
//! Nothing sleeps for a length of time and hopes: [`eventually`] waits for a condition, with a bound that names it.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a harness that fails is a failed test"
)]
#![expect(
    clippy::missing_panics_doc,
    reason = "every function panics when something is not as it must be"
)]

mod answer;
mod app;
mod audio;
mod beside;
mod breaking;
mod brokers;
mod builder;
pub mod chaos;
mod child;
mod cleanup;
mod command;
mod engines;
mod eventually;
mod everything;
mod http;
mod metrics;
mod names;
mod person;
mod postgres_server;
mod proxy;
mod redis_server;
mod settle;
mod shows;
mod template;
mod tls;
mod topics;

pub use answer::Answer;
pub use app::{App, SearchResults};
pub use audio::{Container, Wav};
pub use beside::{asyncapi_checker, data_in, node_package, python_tool, shared_data, unpacked};
pub use breaking::CountersCopy;
pub use brokers::Brokers;
pub use builder::{Builder, Engine, patient};
pub use child::Child;
pub use command::command_context;
pub use eventually::{eventually, eventually_within};
pub use everything::Piece;
pub use http::Http;
pub use jonquil::Role;
pub use metrics::{free_address, metrics};
pub use names::{new_id, now};
pub use person::{PASSWORD, Person};
pub use postgres_server::PostgresServer;
pub use proxy::Proxy;
pub use redis_server::RedisServer;
pub use shows::shows;
pub use tls::Authority;
pub use topics::Record;
