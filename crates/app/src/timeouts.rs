//! Every timeout of the service in one table, so that a reader sees whether they fit together.

use std::time::Duration;

/// Getting a Postgres connection from the pool, or opening one.
pub(crate) const POSTGRES_CONNECTION: Duration = Duration::from_secs(2);
/// One Postgres statement; the server cancels it.
pub(crate) const POSTGRES_STATEMENT: Duration = Duration::from_secs(5);
/// One statement of a replica: the primary answers after it, within the same request.
pub(crate) const POSTGRES_REPLICA: Duration = Duration::from_secs(2);
/// One request to a Kafka broker; a publish has a limit of its own (`bus::ProducerConfig`).
pub(crate) const KAFKA_REQUEST: Duration = Duration::from_secs(5);
/// Until the partitions of a topic that was created a moment ago have leaders.
pub(crate) const KAFKA_LEADERS: Duration = Duration::from_secs(20);
/// Without a message for this long the copy of a partition fails.
pub(crate) const KAFKA_COPY: Duration = Duration::from_secs(30);
/// Between two looks whether they have.
pub(crate) const KAFKA_POLL: Duration = Duration::from_millis(200);
/// One query of Elasticsearch.
pub(crate) const SEARCH: Duration = Duration::from_secs(2);
/// One write to Elasticsearch.
pub(crate) const SEARCH_WRITE: Duration = Duration::from_secs(15);
/// One analytics query.
pub(crate) const ANALYTICS: Duration = Duration::from_secs(5);
/// One analytics write.
pub(crate) const ANALYTICS_WRITE: Duration = Duration::from_secs(30);
/// One call of Redis by a request.
pub(crate) const COUNTERS: Duration = Duration::from_millis(500);
/// One script of the counters' projector.
pub(crate) const COUNTERS_WRITE: Duration = Duration::from_secs(5);
/// From a request to the start of its response: longer than any single call above that a request makes.
pub(crate) const REQUEST: Duration = Duration::from_secs(10);
/// From the connection to the end of the request's headers.
pub(crate) const REQUEST_HEAD: Duration = Duration::from_secs(10);
/// A client that takes nothing of an answer: the kernel closes its connection (`TCP_USER_TIMEOUT`). A player that pauses for
/// longer goes on with a range. The kernel also counts the time of a client that does read, but whose window never opens as
/// wide as the next piece: with 30 s one in ten such readers of 6,000 bytes a second was cut off.
pub(crate) const STALLED_CLIENT: Duration = Duration::from_mins(1);
/// An idle connection of a client.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Until a client has closed its side of a connection that we end.
pub(crate) const CLOSE: Duration = Duration::from_secs(1);
/// First stage of the shutdown: requests in flight finish.
pub(crate) const DRAIN_REQUESTS: Duration = Duration::from_secs(20);
/// Second stage: relay and projectors finish the batch in flight.
pub(crate) const DRAIN_WORKERS: Duration = Duration::from_secs(10);
/// Between two starts of a role that stopped with a temporary error.
pub(crate) const RESTART: Duration = Duration::from_secs(1);
/// The same after several panics in a row.
pub(crate) const RESTART_MAX: Duration = Duration::from_secs(30);
/// Until the instance id of a process that was killed elsewhere is free: longer than Postgres takes to notice.
pub(crate) const INSTANCE: Duration = Duration::from_secs(12);
/// Between two tries to get it.
pub(crate) const INSTANCE_POLL: Duration = Duration::from_millis(100);
/// Between two looks whether it is still held.
pub(crate) const INSTANCE_LOOK: Duration = Duration::from_secs(15);
/// A role that ran this long had recovered; its next stop is logged as a warning again.
pub(crate) const RECOVERED: Duration = Duration::from_mins(1);
/// Between two looks for a job, while there is room for one.
pub(crate) const JOB_POLL: Duration = Duration::from_millis(500);
/// How long a job may go on in the second stage of the shutdown; then it is given back. Less than `DRAIN_WORKERS`.
pub(crate) const DRAIN_JOBS: Duration = Duration::from_secs(7);
/// An object that no row names is deleted after this time.
pub(crate) const ORPHAN: chrono::TimeDelta = chrono::TimeDelta::hours(24);
/// Between two looks at the register of a read model's generations.
pub(crate) const GENERATIONS_LOOK: Duration = Duration::from_secs(5);
/// The same while one is being built.
pub(crate) const BUILDING_LOOK: Duration = Duration::from_secs(1);
/// How long readers wait at most for a new generation that keeps up but is not prepared: where late events come in all the
/// time it may never be.
pub(crate) const PREPARED: Duration = Duration::from_mins(10);
/// How long a rebuild that somebody follows may be out of sight. It goes on all the same.
pub(crate) const REBUILD_UNSEEN: Duration = Duration::from_mins(1);
/// Each step of sending a mail.
pub(crate) const SMTP: Duration = Duration::from_secs(20);
/// Finding the addresses of a name that a person gave.
pub(crate) const RESOLVE: Duration = Duration::from_secs(5);
/// Between two looks for new dead letters.
pub(crate) const DEAD_LETTERS_LOOK: Duration = Duration::from_secs(1);
/// One try of a webhook, from the look-up of its name to the end of what is read of the answer.
pub(crate) const WEBHOOK: Duration = Duration::from_secs(15);
/// Between two looks whether anybody has a webhook.
pub(crate) const WEBHOOKS_LOOK: Duration = Duration::from_secs(1);
/// Between two sweeps of the search index.
pub(crate) const SWEEP: Duration = Duration::from_hours(1);
/// How old a look at the search indexes may be. With what an answer is kept, a change is found within half a second.
pub(crate) const SEARCH_LOOK: Duration = Duration::from_millis(200);
/// How old a look at the days of the charts may be: short, since the listens come through a batch of 300 ms.
pub(crate) const CHARTS_LOOK: Duration = Duration::from_millis(50);
