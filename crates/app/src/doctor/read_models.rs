//! Looks at the read models: whether one serves, whether it is made anew, and how far it is behind; and at the feed of the
//! webhooks, which reads the topics as they do.

use std::{fmt::Display, time::Duration};

use bus::{Cluster, Partition, PartitionOffset};
use projector::{
    Position, Projection as _, ReadModel, Unavailable, freshness,
    generations::{building, ends, reached, serving},
};
use read_analytics::Analytics;
use read_counters::Counters;
use read_search::Search;
use store::{Reader, StoreConfig};
use tokio::time::timeout;
use webhooks::Feed;

use super::{Check, PATIENCE};
use crate::{Config, clock};

/// A worker that keeps up shows an event within a second.
const KEEPS_UP: i64 = 30;
/// A worker says every 10 s that it is at work, or 16 s where nothing happens.
const IS_AT_WORK: Duration = Duration::from_mins(1);

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

/// The feed of the webhooks.
pub(super) async fn webhooks(config: &Config) -> Vec<Check> {
    let advice = "a process with the role jobs must run: see its log, and its metric jonquil_projector_lag_seconds";
    let check = match timeout(PATIENCE, feed_behind(config)).await {
        Ok(Ok(None)) => Check::ok("webhooks", "nobody has one"),
        Ok(Ok(Some((events, seconds)))) => {
            let seen = format!("{events} events behind, the oldest for {seconds} s");
            if seconds > KEEPS_UP {
                Check::broken("webhooks", seen, advice)
            } else {
                Check::ok("webhooks", seen)
            }
        }
        Ok(Err(error)) => Check::broken("webhooks", error, "see postgres and kafka above"),
        Err(_) => Check::broken(
            "webhooks",
            format!("no answer within {} s", PATIENCE.as_secs()),
            "see postgres and kafka above",
        ),
    };
    vec![check]
}

async fn feed_behind(config: &Config) -> Result<Option<(i64, i64)>, String> {
    let one = StoreConfig {
        connections: 1,
        ..config.store.clone()
    };
    let held = Reader::new(&one).map_err(text)?.webhook_positions().await;
    let Some(held) = held.map_err(text)? else {
        return Ok(None);
    };
    let held: Vec<Position> = held.into_iter().map(webhooks::position).collect();
    let cluster = Cluster::new(&config.bus).map_err(text)?;
    let ends = cluster.end_offsets(Feed::TOPICS, PATIENCE / 4).await.map_err(text)?;
    let ends: Vec<Position> = ends.into_iter().map(position).collect();
    waiting(&held, &ends, &cluster).await.map(Some).map_err(text)
}

fn position(end: PartitionOffset) -> Position {
    Position {
        topic: end.partition.topic,
        partition: end.partition.number,
        next: end.offset,
    }
}

/// A read model against its topics.
struct Behind {
    serving: Option<u32>,
    building: Option<u32>,
    /// Events that the serving one does not have, and for how many seconds the oldest of them has waited.
    events: i64,
    seconds: i64,
    /// For how long nobody is at work on it, if that is known.
    silence: Option<Duration>,
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
        let advice = "a process with this role must run: see its log, and its metric jonquil_projector_lag_seconds";
        if let Some(silence) = self.silence.filter(|silence| *silence > IS_AT_WORK) {
            let seen = format!("{seen}; nobody has been at work on it for {} s", silence.as_secs());
            return Check::broken(about, seen, advice);
        }
        if self.seconds > KEEPS_UP {
            return Check::broken(about, seen, advice);
        }
        Check::ok(about, seen)
    }
}

async fn behind<M: ReadModel>(model: &M, cluster: &Result<Cluster, String>) -> Result<Behind, String> {
    let register = model.generations().await.map_err(text)?;
    let number = serving(&register, M::SCHEMA).map(|one| one.number);
    let ((events, seconds), silence) = match (number, cluster) {
        (Some(number), Ok(cluster)) => {
            let behind = lag(&model.at(number), cluster).await.map_err(text)?;
            (behind, silence::<M>(number, cluster).await)
        }
        _ => ((0, 0), None),
    };
    Ok(Behind {
        serving: number,
        building: building(&register, M::SCHEMA).map(|one| one.number),
        events,
        seconds,
        silence,
    })
}

async fn lag<M: ReadModel>(model: &M, cluster: &Cluster) -> Result<(i64, i64), Unavailable> {
    let held = model.positions().await?;
    waiting(&held, &ends::<M>(cluster, PATIENCE / 4).await?, cluster).await
}

/// Events that are not there, and for how many seconds the oldest of them has waited.
async fn waiting(held: &[Position], ends: &[Position], cluster: &Cluster) -> Result<(i64, i64), Unavailable> {
    let (done, of) = reached(held, ends);
    let waiting: Vec<PartitionOffset> = ends.iter().filter_map(|end| first_missing(held, end)).collect();
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

/// None also where this user may not read the offsets of the group.
async fn silence<M: ReadModel>(generation: u32, cluster: &Cluster) -> Option<Duration> {
    let (name, topics, limit) = (M::Projection::NAME, M::Projection::TOPICS, PATIENCE / 4);
    let partitions = cluster.partitions(topics, limit).await.ok()?;
    let noted = freshness::noted(cluster, name, generation, &partitions, clock::now(), limit).await;
    noted.ok()?.silence
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn a_read_model_on_which_nobody_is_at_work_is_broken_though_it_lacks_nothing() {
        let looked = |silence| {
            let behind = Behind {
                serving: Some(1),
                building: None,
                events: 0,
                seconds: 0,
                silence,
            };
            behind.check("search")
        };
        for well in [None, Some(16), Some(60)] {
            assert_eq!(looked(well.map(Duration::from_secs)).state, State::Ok, "{well:?}");
        }
        let dead = looked(Some(Duration::from_secs(312)));
        assert_eq!(dead.state, State::Broken);
        assert!(
            dead.seen.ends_with("nobody has been at work on it for 312 s"),
            "{}",
            dead.seen
        );
    }
}
