//! Coming to rest: everything published, every read model at the end.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use bus::PartitionOffset;
use events::Topic;
use projector::{Position, Projection};
use read_analytics::AnalyticsProjection;
use read_counters::CountersProjection;
use read_search::SearchProjection;

use crate::{App, eventually};

const ANSWER: Duration = Duration::from_secs(10);
const BOUND: Duration = Duration::from_secs(20);

impl App {
    /// Waits until nothing is unpublished, reads the topics' ends once, and waits until every read model is there.
    /// Roles that were not started are waited for as well: a story without one uses [`Self::settle_without`].
    pub async fn settle(&self) {
        self.settle_without(&[]).await;
    }

    /// As [`Self::settle`], but not for these read models (`search`, `analytics`, `counters`).
    pub async fn settle_without(&self, away: &[&str]) {
        self.settle_outbox().await;
        let ends = self.ends().await;
        for model in ["search", "analytics", "counters"] {
            if !away.contains(&model) {
                self.caught_up(model, &ends).await;
            }
        }
    }

    /// Waits until nothing is unpublished.
    pub async fn settle_outbox(&self) {
        let unpublished = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
        eventually("the relay publishes every row of the outbox", async || {
            (self.number(unpublished).await == 0).then_some(())
        })
        .await;
    }

    /// Where the topics end now.
    pub async fn ends(&self) -> Vec<PartitionOffset> {
        self.parts()
            .cluster
            .end_offsets(&Topic::ALL, ANSWER)
            .await
            .expect("the topics' ends")
    }

    /// Events of a topic so far.
    pub async fn events_on(&self, topic: Topic) -> i64 {
        self.ends()
            .await
            .iter()
            .filter(|end| end.partition.topic == topic)
            .map(|end| end.offset)
            .sum()
    }

    /// How far a read model is.
    pub async fn positions(&self, model: &str) -> Vec<Position> {
        let reads = &self.parts().reads;
        match model {
            "search" => reads.search.positions().await.unwrap_or_default(),
            "analytics" => reads.analytics_positions.positions().await.unwrap_or_default(),
            _ => reads.counters.positions().await.unwrap_or_default(),
        }
    }

    async fn caught_up(&self, model: &str, ends: &[PartitionOffset]) {
        let topics = match model {
            "search" => SearchProjection::TOPICS,
            "analytics" => AnalyticsProjection::TOPICS,
            _ => CountersProjection::TOPICS,
        };
        let ends: Vec<_> = ends
            .iter()
            .filter(|end| topics.contains(&end.partition.topic))
            .collect();
        let mut behind = String::new();
        let began = Instant::now();
        while began.elapsed() < BOUND {
            let held: HashMap<_, _> = self
                .positions(model)
                .await
                .iter()
                .map(|at| ((at.topic, at.partition), at.next))
                .collect();
            let lag = ends.iter().filter_map(|end| {
                let at = held
                    .get(&(end.partition.topic, end.partition.number))
                    .copied()
                    .unwrap_or(0);
                let name = end.partition.topic.name();
                (at < end.offset).then(|| format!("{name}/{}: {at} of {}", end.partition.number, end.offset))
            });
            behind = lag.collect::<Vec<_>>().join(", ");
            if behind.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{model} did not catch up within 20 s: {behind}");
    }
}
