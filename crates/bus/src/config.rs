//! Settings of the clients: ours, and those of librdkafka that follow from them.

use std::{fmt, sync::Arc, time::Duration};

use events::Topic;
use rdkafka::ClientConfig;

/// Where Kafka is, and how to reach it.
#[derive(Clone)]
pub struct BusConfig {
    /// Bootstrap brokers, as `host:port,host:port`.
    pub brokers: String,
    /// Before every topic and group name. Empty in production, unique in a test.
    pub topic_prefix: String,
    /// Further librdkafka properties, as `sasl.password`: their values are never printed. What this crate relies on
    /// (acks, offsets, membership) cannot be overridden.
    pub properties: Vec<(String, String)>,
    /// Authorities that are trusted over TLS, in PEM; none: those of the system. `ssl.ca.location` among the properties wins.
    pub authorities: Option<Arc<str>>,
    /// Of each topic. None: the broker's default.
    pub replication: Option<i32>,
    /// Of each topic. None: the broker's default.
    pub min_insync_replicas: Option<i32>,
    /// Also for connecting, but then at least a second.
    pub request_timeout: Duration,
}

impl fmt::Debug for BusConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let properties: Vec<_> = self.properties.iter().map(|(key, _)| (key.as_str(), "***")).collect();
        f.debug_struct("BusConfig")
            .field("brokers", &self.brokers)
            .field("topic_prefix", &self.topic_prefix)
            .field("properties", &properties)
            .field("authorities", &self.authorities.is_some())
            .field("replication", &self.replication)
            .field("min_insync_replicas", &self.min_insync_replicas)
            .field("request_timeout", &self.request_timeout)
            .finish()
    }
}

impl BusConfig {
    /// Settings of a local broker without TLS.
    #[must_use]
    pub fn new(brokers: &str, topic_prefix: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            topic_prefix: topic_prefix.to_owned(),
            properties: Vec::new(),
            authorities: None,
            replication: None,
            min_insync_replicas: None,
            request_timeout: Duration::from_secs(5),
        }
    }

    /// With the prefix, as the broker knows it.
    #[must_use]
    pub fn topic(&self, topic: Topic) -> String {
        format!("{}{}", self.topic_prefix, topic.name())
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<Topic> {
        name.strip_prefix(self.topic_prefix.as_str()).and_then(Topic::by_name)
    }

    /// What every client has in common. A client's own settings are set later and win.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        let names_authorities = self.properties.iter().any(|(key, _)| key.starts_with("ssl.ca."));
        if let Some(pem) = self.authorities.as_deref().filter(|_| !names_authorities) {
            client.set("ssl.ca.pem", pem);
        }
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
            // However long a broker was gone, it is found within a second once it is back.
            .set("reconnect.backoff.max.ms", "1000")
            .set("log.connection.close", "false");
        client
    }
}

/// How a producer batches and when it gives up.
#[derive(Clone, Debug)]
pub struct ProducerConfig {
    /// Without an acknowledgement within this time a message fails as [`crate::NotPublished::Unavailable`].
    pub message_timeout: Duration,
    /// How long a message waits for others to share its request.
    pub linger: Duration,
    /// Larger ones are [`crate::NotPublished::Refused`].
    pub max_message_bytes: usize,
    /// Messages that may wait for acknowledgement. One more is [`crate::NotPublished::QueueFull`].
    pub queue_messages: usize,
    /// KiB that may wait for acknowledgement.
    pub queue_kbytes: usize,
}

impl ProducerConfig {
    /// For HTTP requests: without a broker they are answered within 2.3 s.
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

    /// For the relay. A new leader waits 6 s, so a message of the old one must fail before that.
    #[must_use]
    pub fn relay() -> Self {
        Self {
            message_timeout: Duration::from_secs(5),
            ..Self::api()
        }
    }

    /// For dead letters: the largest event still fits with the headers that are added.
    #[must_use]
    pub fn dead_letters() -> Self {
        Self {
            max_message_bytes: 3 * 1024 * 1024,
            ..Self::relay()
        }
    }

    /// For filling topics from a backup, where nobody waits for an answer.
    #[must_use]
    pub fn restore() -> Self {
        Self {
            message_timeout: Duration::from_secs(30),
            max_message_bytes: 3 * 1024 * 1024,
            ..Self::api()
        }
    }

    pub(crate) fn client(&self, bus: &BusConfig) -> ClientConfig {
        let mut client = bus.client();
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // The Java client's default, not librdkafka's: any producer puts the events of a key on the same partition.
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

/// A member of a consumer group.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    /// Without the prefix.
    pub group: String,
    /// `group.instance.id`: no two running processes share one, and a restarted process keeps its own.
    pub instance: String,
    /// Without a heartbeat for this long a member loses its partitions.
    pub session_timeout: Duration,
    /// Interval of heartbeats.
    pub heartbeat: Duration,
    /// KiB fetched ahead of the reader.
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
            // Eager: a rebalance revokes everything at once, so a worker never owns an old and a new assignment. With
            // static members a restart does not rebalance anyway. Round robin spreads topics of few partitions evenly.
            .set("partition.assignment.strategy", "roundrobin")
            .set("session.timeout.ms", millis(self.session_timeout))
            .set("heartbeat.interval.ms", millis(self.heartbeat))
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("allow.auto.create.topics", "false")
            // A topic that is created after the subscription is found this soon.
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
