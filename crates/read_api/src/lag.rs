//! How far the read models are behind, as readers see it: between what is visible in the store and what is in the topics.

use std::time::Duration;

use bus::{Partition, PartitionOffset};
use projector::{
    Position, ReadModel, Stage, Unavailable,
    generations::{ends, reached},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ProjectionName, Queries};

/// The brokers' limit for one answer.
const KAFKA: Duration = Duration::from_secs(1);

/// How far a read model is behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProjectionLag {
    pub name: ProjectionName,
    /// The generation that is read; null when it is not known.
    #[schema(example = 1)]
    pub generation: Option<u32>,
    /// Events of the topics that it does not have yet.
    #[schema(example = 0)]
    pub lag_events: Option<i64>,
    /// How long ago the oldest of them was published.
    #[schema(example = 0.0)]
    pub lag_seconds: Option<f64>,
    /// Why its role of this process cannot go on, or why the rest is not known; the words of the role, the engine or the
    /// broker.
    pub last_error: Option<String>,
}

/// The three read models.
pub(crate) async fn lags(queries: &Queries) -> Vec<ProjectionLag> {
    let (search, analytics, counters) = futures_util::join!(
        shown(ProjectionName::Search, &queries.search, queries),
        shown(ProjectionName::Analytics, &queries.analytics, queries),
        shown(ProjectionName::Counters, &queries.counters, queries),
    );
    vec![search, analytics, counters]
}

async fn shown<M: ReadModel>(name: ProjectionName, model: &M, queries: &Queries) -> ProjectionLag {
    let stopped = queries.roles.error(<M::Projection as projector::Projection>::NAME);
    match lag(model, queries).await {
        Ok((generation, events, seconds)) => ProjectionLag {
            name,
            generation: Some(generation),
            lag_events: Some(events),
            lag_seconds: Some(seconds),
            last_error: stopped,
        },
        Err(unavailable) => ProjectionLag {
            name,
            generation: None,
            lag_events: None,
            lag_seconds: None,
            last_error: stopped.or_else(|| Some(unavailable.to_string())),
        },
    }
}

async fn lag<M: ReadModel>(model: &M, queries: &Queries) -> Result<(u32, i64, f64), Unavailable> {
    let register = model.generations().await?.into_iter();
    let serving = register.filter(|one| one.stage == Stage::Serving).map(|one| one.number);
    let serving = serving.max().ok_or_else(|| Unavailable {
        engine: <M::Projection as projector::Projection>::NAME,
        reason: "no generation serves".to_owned(),
    })?;
    let held = model.at(serving).positions().await?;
    let ends = ends::<M>(&queries.kafka, KAFKA).await?;
    let (done, of) = reached(&held, &ends);
    let behind = behind(&held, &ends);
    if behind.is_empty() {
        return Ok((serving, of - done, 0.0));
    }
    let oldest = queries.kafka.oldest_after(&behind, KAFKA).await;
    let oldest = oldest.map_err(|error| Unavailable {
        engine: "kafka",
        reason: error.to_string(),
    })?;
    let waits = oldest.map_or(0, |at| ((queries.ambient.now)().millis() - at).max(0));
    Ok((
        serving,
        of - done,
        Duration::from_millis(waits.unsigned_abs()).as_secs_f64(),
    ))
}

/// Where the events begin that are not there yet.
fn behind(held: &[Position], ends: &[Position]) -> Vec<PartitionOffset> {
    let place = |end: &Position| {
        let same = |at: &&Position| at.topic == end.topic && at.partition == end.partition;
        let next = held.iter().find(same).map_or(0, |at| at.next);
        let partition = Partition {
            topic: end.topic,
            number: end.partition,
        };
        (next < end.next).then_some(PartitionOffset {
            partition,
            offset: next,
        })
    };
    ends.iter().filter_map(place).collect()
}
