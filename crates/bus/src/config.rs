//! Settings of the clients.

use std::{fmt, time::Duration};

use events::Topic;
use rdkafka::ClientConfig;

/// Where Kafka is and how to reach it.
#[derive(Clone)]
pub struct BusConfig {
    /// Bootstrap brokers, as `host:port,host:port`.
    pub brokers: String,
    /// Put before every topic and group name; empty in production, one per test.
    pub topic_prefix: String,
    /// Further librdkafka properties, as `security.protocol` or `sasl.password`; their values are never printed.
    /// What this crate relies on (acks, offsets, membership) cannot be set here. TLS needs the feature `tls`.
    pub properties: Vec<(String, String)>,
    /// Replicas of each topic; none leaves it to the broker.
    pub replication: Option<i32>,
    /// `min.insync.replicas` of each topic; none leaves it to the broker.
    pub min_insync_replicas: Option<i32>,
    /// For one request to a broker, and to connect to one.
    pub request_timeout: Duration,
}

impl fmt::Debug for BusConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let properties: Vec<_> = self.properties.iter().map(|(key, _)| (key.as_str(), "***")).collect();
        f.debug_struct("BusConfig")
            .field("brokers", &self.brokers)
            .field("topic_prefix", &self.topic_prefix)
            .field("properties", &properties)
            .field("replication", &self.replication)
            .field("min_insync_replicas", &self.min_insync_replicas)
            .field("request_timeout", &self.request_timeout)
            .finish()
    }
}

impl BusConfig {
    /// The settings of a plain, local broker.
    #[must_use]
    pub fn new(brokers: &str, topic_prefix: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            topic_prefix: topic_prefix.to_owned(),
            properties: Vec::new(),
            replication: None,
            min_insync_replicas: None,
            request_timeout: Duration::from_secs(5),
        }
    }

    /// The topic's name at the broker.
    #[must_use]
    pub fn topic(&self, topic: Topic) -> String {
        format!("{}{}", self.topic_prefix, topic.name())
    }

    /// The topic of that name at the broker.
    pub(crate) fn by_name(&self, name: &str) -> Option<Topic> {
        name.strip_prefix(self.topic_prefix.as_str()).and_then(Topic::by_name)
    }

    /// What every client has in common. The caller's own settings come last and win.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        for (key, value) in &self.properties {
            client.set(key, value);
        }
        client
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "jonquil")
            .set("socket.timeout.ms", millis(self.request_timeout))
            .set(
                "socket.connection.setup.timeout.ms",
                millis(self.request_timeout.max(Duration::from_secs(1))),
            )
            .set("socket.keepalive.enable", "true")
            .set("socket.nagle.disable", "true")
            // A broker that is back is found within a second, whatever the length of its absence.
            .set("reconnect.backoff.max.ms", "1000")
            .set("log.connection.close", "false");
        client
    }
}

/// How to publish.
#[derive(Clone, Debug)]
pub struct ProducerConfig {
    /// A message not acknowledged within this time fails as [`crate::NotPublished::Unavailable`].
    pub message_timeout: Duration,
    /// How long a message waits for others to share its request.
    pub linger: Duration,
    /// Largest message, in bytes.
    pub max_message_bytes: usize,
    /// Most messages waiting for acknowledgement; one more is [`crate::NotPublished::QueueFull`].
    pub queue_messages: usize,
    /// Most KiB waiting for acknowledgement.
    pub queue_kbytes: usize,
}

impl ProducerConfig {
    /// For requests that wait for the broker: they hear within 2.3 s that there is none.
    #[must_use]
    pub fn api() -> Self {
        Self {
            message_timeout: Duration::from_secs(2),
            linger: Duration::from_millis(5),
            max_message_bytes: 2 * 1024 * 1024,
            queue_messages: 20_000,
            queue_kbytes: 64 * 1024,
        }
    }

    /// For the relay: a new leader waits 6 s, so nothing of an old one may arrive later than 5 s.
    #[must_use]
    pub fn relay() -> Self {
        Self {
            message_timeout: Duration::from_secs(5),
            ..Self::api()
        }
    }

    /// For dead letters: an event of the largest size and its headers still fit.
    #[must_use]
    pub fn dead_letters() -> Self {
        Self {
            max_message_bytes: 3 * 1024 * 1024,
            ..Self::relay()
        }
    }

    pub(crate) fn client(&self, bus: &BusConfig) -> ClientConfig {
        let mut client = bus.client();
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // librdkafka's own default differs from the Java client's: other producers' events of a key must land with ours.
            .set("partitioner", "murmur2_random")
            .set("compression.codec", "lz4")
            .set("linger.ms", millis(self.linger))
            .set("message.timeout.ms", millis(self.message_timeout))
            .set("message.max.bytes", self.max_message_bytes.to_string())
            .set("queue.buffering.max.messages", self.queue_messages.to_string())
            .set("queue.buffering.max.kbytes", self.queue_kbytes.to_string())
            .set("allow.auto.create.topics", "false");
        client
    }
}

/// Which group to consume in, and as which member.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    /// Consumer group, without the prefix.
    pub group: String,
    /// The member's own lasting name: two living processes never share one, and a restarted process keeps its own.
    pub instance: String,
    /// A member unheard of for this long loses its partitions.
    pub session_timeout: Duration,
    /// How often a member makes itself heard.
    pub heartbeat: Duration,
    /// Most KiB fetched ahead.
    pub prefetch_kbytes: usize,
}

impl ConsumerConfig {
    /// Session 10 s, heartbeat 3 s, 16 MiB ahead.
    #[must_use]
    pub fn new(group: &str, instance: &str) -> Self {
        Self {
            group: group.to_owned(),
            instance: instance.to_owned(),
            session_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(3),
            prefetch_kbytes: 16 * 1024,
        }
    }

    pub(crate) fn client(&self, bus: &BusConfig) -> ClientConfig {
        let mut client = bus.client();
        client
            .set("group.id", format!("{}{}", bus.topic_prefix, self.group))
            .set("group.instance.id", &self.instance)
            .set("group.protocol", "classic")
            // Eager: a rebalance hands over everything at once, so there is one state to reason about. Members keep
            // their partitions over a restart anyway. Round robin spreads topics of few partitions evenly.
            .set("partition.assignment.strategy", "roundrobin")
            .set("session.timeout.ms", millis(self.session_timeout))
            .set("heartbeat.interval.ms", millis(self.heartbeat))
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("allow.auto.create.topics", "false")
            // A topic that is created after we subscribed is seen this soon.
            .set("topic.metadata.refresh.interval.ms", "5000")
            .set("topic.metadata.propagation.max.ms", "0")
            .set("queued.max.messages.kbytes", self.prefetch_kbytes.to_string())
            .set("queued.min.messages", "10000")
            .set("fetch.queue.backoff.ms", "20")
            .set("fetch.max.bytes", (self.prefetch_kbytes * 1024).to_string());
        client
    }
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}
