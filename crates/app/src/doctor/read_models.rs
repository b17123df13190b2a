//! Looks at the read models: whether one serves, whether it is made anew, and how far it is behind.

use std::fmt::Display;

use bus::{Cluster, Partition, PartitionOffset};
use projector::{
    Position, ReadModel, Unavailable,
    generations::{building, ends, reached, serving},
};
use read_analytics::Analytics;
use read_counters::Counters;
use read_search::Search;
use tokio::time::timeout;

use super::{Check, PATIENCE};
use crate::{Config, clock};

/// A worker that keeps up shows an event within a second.
const KEEPS_UP: i64 = 30;

pub(super) async fn look(config: &Config) -> [Vec<Check>; 3] {
    let cluster = Cluster::new(&config.bus).map_err(|error| error.to_string());
    let search = async {
        let model = Search::connect(&config.search).map_err(text)?;
        model.health().await.map_err(text)?;
        behind(&model, &cluster).await
    };
    let analytics = async {
        let model = Analytics::new(&config.analytics);
        model.health().await.map_err(text)?;
        behind(&model, &cluster).await
    };
    let counters = async {
        let model = Counters::new(&config.counters).map_err(text)?;
        model.check().await.map_err(text)?;
        behind(&model, &cluster).await
    };
    let (search, analytics, counters) = tokio::join!(
        look_at(
            "search",
            "check that Elasticsearch runs, and JONQUIL_ELASTICSEARCH_URL; `jonquil migrate` makes what is missing",
            search
        ),
        look_at(
            "analytics",
            "check that ClickHouse runs, and JONQUIL_CLICKHOUSE_URL; `jonquil migrate` makes what is missing",
            analytics
        ),
        look_at("counters", "check that Redis runs, and JONQUIL_REDIS_URL", counters),
    );
    [vec![search], vec![analytics], vec![counters]]
}

async fn look_at(
    about: &'static str,
    advice: &'static str,
    look: impl Future<Output = Result<Behind, String>>,
) -> Check {
    match timeout(PATIENCE, look).await {
        Ok(Ok(behind)) => behind.check(about),
        Ok(Err(error)) => Check::broken(about, error, advice),
        Err(_) => Check::broken(about, format!("no answer within {} s", PATIENCE.as_secs()), advice),
    }
}

/// A read model against its topics.
struct Behind {
    serving: Option<u32>,
    building: Option<u32>,
    /// Events that the serving one does not have, and for how many seconds the oldest of them has waited.
    events: i64,
    seconds: i64,
}

impl Behind {
    fn check(&self, about: &'static str) -> Check {
        let Some(serving) = self.serving else {
            return Check::broken(
                about,
                "no generation serves",
                "run `jonquil migrate`, and a process with this role fills the read model from the topics",
            );
        };
        let building = self
            .building
            .map_or_else(String::new, |number| format!("; generation {number} is being made"));
        let seen = format!(
            "generation {serving} serves, {} events behind, the oldest for {} s{building}",
            self.events, self.seconds
        );
        if self.seconds > KEEPS_UP {
            let advice = "a process with this role must run: see its log, and its metric jonquil_projector_lag_seconds";
            return Check::broken(about, seen, advice);
        }
        Check::ok(about, seen)
    }
}

async fn behind<M: ReadModel>(model: &M, cluster: &Result<Cluster, String>) -> Result<Behind, String> {
    let register = model.generations().await.map_err(text)?;
    let number = serving(&register, M::SCHEMA).map(|one| one.number);
    let (events, seconds) = match (number, cluster) {
        (Some(number), Ok(cluster)) => lag(&model.at(number), cluster).await.map_err(text)?,
        _ => (0, 0),
    };
    Ok(Behind {
        serving: number,
        building: building(&register, M::SCHEMA).map(|one| one.number),
        events,
        seconds,
    })
}

async fn lag<M: ReadModel>(model: &M, cluster: &Cluster) -> Result<(i64, i64), Unavailable> {
    let held = model.positions().await?;
    let ends = ends::<M>(cluster, PATIENCE / 4).await?;
    let (done, of) = reached(&held, &ends);
    let waiting: Vec<PartitionOffset> = ends.iter().filter_map(|end| first_missing(&held, end)).collect();
    if waiting.is_empty() {
        return Ok((0, 0));
    }
    let oldest = cluster.oldest_after(&waiting, PATIENCE / 4).await;
    let oldest = oldest.map_err(|error| Unavailable {
        engine: "kafka",
        reason: error.to_string(),
    })?;
    let waits = oldest.map_or(0, |at| (clock::now().millis() - at).max(0));
    Ok((of - done, waits / 1_000))
}

/// The first event of a partition that the read model does not have.
fn first_missing(held: &[Position], end: &Position) -> Option<PartitionOffset> {
    let same = |at: &&Position| at.topic == end.topic && at.partition == end.partition;
    let offset = held.iter().find(same).map_or(0, |at| at.next);
    let partition = Partition {
        topic: end.topic,
        number: end.partition,
    };
    (offset < end.next).then_some(PartitionOffset { partition, offset })
}

fn text(error: impl Display) -> String {
    error.to_string()
}
