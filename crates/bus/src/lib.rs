//! Kafka: topics, publishing in order, consuming from positions that are kept elsewhere.
//!
//! It owns the client's settings and what its errors mean. It must not know what an event means: it moves bytes.

#![warn(missing_docs)]

mod audit;
mod cluster;
mod config;
mod consumer;
mod context;
mod copies;
mod error;
mod message;
mod migrate;
mod outcome;
mod producer;
mod reader;
mod topics;

pub use audit::audit;
pub use cluster::{Cluster, Partition, PartitionOffset};
pub use config::{BusConfig, ConsumerConfig, ProducerConfig};
pub use consumer::{Consumer, Next, Rebalance, Received};
pub use copies::{CopiedMessage, PartitionReader};
pub use error::Error;
pub use message::Message;
pub use migrate::migrate;
pub use outcome::{Delivered, NotPublished};
pub use producer::Producer;
pub use reader::{OwnedMessage, ReadLimits, read};
