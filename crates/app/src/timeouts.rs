//! How long anything is waited for. One table, so that they can be seen to fit each other.

use std::time::Duration;

/// A free Postgres connection, or a new one.
pub(crate) const POSTGRES_CONNECTION: Duration = Duration::from_secs(2);
/// One Postgres statement; the server gives it up.
pub(crate) const POSTGRES_STATEMENT: Duration = Duration::from_secs(5);
/// One request to a Kafka broker; a publish has a limit of its own (`bus::ProducerConfig`).
pub(crate) const KAFKA_REQUEST: Duration = Duration::from_secs(5);
/// One query of Elasticsearch.
pub(crate) const SEARCH: Duration = Duration::from_secs(2);
/// One write to Elasticsearch.
pub(crate) const SEARCH_WRITE: Duration = Duration::from_secs(15);
/// One query of the warehouse.
pub(crate) const ANALYTICS: Duration = Duration::from_secs(5);
/// One write to the warehouse.
pub(crate) const ANALYTICS_WRITE: Duration = Duration::from_secs(30);
/// One call of Redis by a request.
pub(crate) const COUNTERS: Duration = Duration::from_millis(500);
/// One script of the counters' projector.
pub(crate) const COUNTERS_WRITE: Duration = Duration::from_secs(5);
/// From a request to the beginning of its answer: more than any one call above that a request makes.
pub(crate) const REQUEST: Duration = Duration::from_secs(10);
/// From a connection to the end of a request's head.
pub(crate) const REQUEST_HEAD: Duration = Duration::from_secs(10);
/// An idle connection of a client.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// First stage of the shutdown: requests in flight come to their end.
pub(crate) const DRAIN_REQUESTS: Duration = Duration::from_secs(20);
/// Second stage: relay and projectors finish the batch in flight.
pub(crate) const DRAIN_WORKERS: Duration = Duration::from_secs(10);
/// Between two starts of a role that ended with a fault that may pass.
pub(crate) const RESTART: Duration = Duration::from_secs(1);
/// A role that ran this long before it stopped has been well in between.
pub(crate) const NEWS: Duration = Duration::from_mins(1);
/// Between two sweeps of the search index.
pub(crate) const SWEEP: Duration = Duration::from_hours(1);
