//! Engines lose what they held, beside the service.

use bus::BusConfig;
use events::Topic;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
};
use redis::{AsyncCommands as _, aio::MultiplexedConnection};

use crate::App;

/// What Redis holds of one application, as a snapshot would.
pub struct CountersCopy(Vec<(String, Vec<u8>)>);

impl App {
    /// Deletes a topic with everything on it. `jonquil migrate` creates it again.
    pub async fn deletes_topic(&self, topic: Topic) {
        let BusConfig { brokers, .. } = self.bus();
        let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .create()
            .expect("a Kafka client");
        let name = self.bus().topic(topic);
        let deleted = admin.delete_topics(&[&name], &AdminOptions::new()).await;
        for result in deleted.expect("Kafka answers") {
            result.expect("the topic is deleted");
        }
    }

    /// Copies every key of the counters.
    pub async fn copies_counters(&self) -> CountersCopy {
        let mut redis = self.redis().await;
        let mut copy = Vec::new();
        for key in self.counter_keys(&mut redis).await {
            let value = redis::cmd("DUMP").arg(&key).query_async(&mut redis).await;
            copy.push((key, value.expect("a value")));
        }
        CountersCopy(copy)
    }

    /// Puts the counters back to a copy, at one moment.
    pub async fn restores_counters(&self, copy: &CountersCopy) {
        let mut redis = self.redis().await;
        let mut transaction = redis::pipe();
        transaction.atomic();
        for key in self.counter_keys(&mut redis).await {
            transaction.del(key).ignore();
        }
        for (key, value) in &copy.0 {
            // Without a time to live: a story is over before one would end.
            transaction.cmd("RESTORE").arg(key).arg(0).arg(value).ignore();
        }
        transaction
            .query_async::<()>(&mut redis)
            .await
            .expect("the copy is back");
    }

    /// The number that a command of Redis answers, past the service.
    pub async fn redis_command(&self, parts: &[&str]) -> u64 {
        let mut command = redis::Cmd::new();
        for part in parts {
            command.arg(part);
        }
        let answer = command.query_async(&mut self.redis().await).await;
        answer.expect("a number")
    }

    pub(crate) async fn counter_keys(&self, redis: &mut MultiplexedConnection) -> Vec<String> {
        let pattern = format!("{}*", self.setting("JONQUIL_KEY_PREFIX"));
        redis.keys(pattern).await.expect("keys")
    }

    pub(crate) async fn redis(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.setting("JONQUIL_REDIS_URL")).expect("Redis' address");
        let connected = client.get_multiplexed_async_connection().await;
        connected.expect("Redis answers")
    }
}
