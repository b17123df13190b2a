//! Webhooks at work: events of the topics become deliveries, and deliveries are sent, signed, until a receiver has them.
//!
//! It owns what is sent of an event, and the jobs that send it. Which events concern whom is asked in `store`, what becomes of a
//! try is decided in `domain`, where requests may go in `fetcher`. It must not know HTTP's routes, nor any read model.

mod deliver;
mod feed;
mod notice;

pub use deliver::Deliverer;
pub use feed::{FedEvent, Feed, position};
pub use notice::PauseMailer;
