//! How far the read models are behind, as readers see it: between what is visible in the store and what is in the topics. And
//! how far the feed of the webhooks is, which reads the topics as they do.

use std::time::Duration;

use projector::{
    Position, Projection, ReadModel, Stage, Unavailable,
    freshness::{self, Noted},
    generations::{ends, reached},
    missing,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use webhooks::Feed;

use crate::{ProjectionName, Queries, webhook_feed};

/// The brokers' limit for one answer.
const KAFKA: Duration = Duration::from_secs(1);

/// How far a read model is behind, or the feed of the webhooks, whose events are visible once they are to be delivered. As long
/// as nobody has a webhook, nothing of the feed is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProjectionLag {
    pub name: ProjectionName,
    /// The generation that is read; null when it is not known, and of the webhooks, which have none.
    #[schema(example = 1)]
    pub generation: Option<u32>,
    /// Events of the topics that it does not have yet.
    #[schema(example = 0)]
    pub lag_events: Option<i64>,
    /// How long ago the oldest of them was published: 0 without any, null when it is not known.
    #[schema(example = 0.0)]
    pub lag_seconds: Option<f64>,
    /// For how long nobody has been at work on one of its partitions, whether anything is published or not: at most 16 s as
    /// long as its workers run. Null when it is not known.
    #[schema(example = 4.2)]
    pub silent_seconds: Option<f64>,
    /// How long events of the last minutes took until they were visible; null when none came, or it is not known.
    pub visible_after: Option<VisibleAfter>,
    /// Why one of its workers does not go on, in whatever process, or why the rest is not known: the words of the worker, the
    /// engine or the broker. Null as long as all go on; a worker that waits for its engine since its start is seen by
    /// `silent_seconds` only.
    pub last_error: Option<String>,
}

/// How long events took from their own time, which is that of the command or of a listen's arrival, until readers see them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisibleAfter {
    /// Of so many events, of the last five to twenty minutes.
    #[schema(example = 1200)]
    pub events: u64,
    /// Half of them within this, in milliseconds; it is at most a fifth too large, as the others are.
    #[schema(example = 90.5)]
    pub p50_ms: f64,
    /// 95 of 100.
    #[schema(example = 215.3)]
    pub p95_ms: f64,
    /// 99 of 100.
    #[schema(example = 362.0)]
    pub p99_ms: f64,
}

/// The three read models, and the feed of the webhooks.
pub(crate) async fn lags(queries: &Queries) -> Vec<ProjectionLag> {
    let (search, analytics, counters, webhooks) = futures_util::join!(
        shown(ProjectionName::Search, &queries.search, queries),
        shown(ProjectionName::Analytics, &queries.analytics, queries),
        shown(ProjectionName::Counters, &queries.counters, queries),
        of_webhooks(queries),
    );
    vec![search, analytics, counters, webhooks]
}

async fn of_webhooks(queries: &Queries) -> ProjectionLag {
    let name = ProjectionName::Webhooks;
    match webhook_feed::state(queries, KAFKA).await {
        Ok(Some(feed)) => {
            let noted = noted::<Feed>(None, queries).await;
            let reach = (None, feed.of - feed.done, feed.lag_seconds);
            ProjectionLag::known(name, reach, noted, None)
        }
        Ok(None) => ProjectionLag::unknown(name, None),
        Err(unavailable) => ProjectionLag::unknown(name, Some(unavailable.to_string())),
    }
}

async fn shown<M: ReadModel>(name: ProjectionName, model: &M, queries: &Queries) -> ProjectionLag {
    let stopped = queries.roles.error(M::Projection::NAME);
    match lag(model, queries).await {
        Ok((generation, lag_events, lag_seconds)) => {
            let noted = noted::<M::Projection>(Some(generation), queries).await;
            ProjectionLag::known(name, (Some(generation), lag_events, lag_seconds), noted, stopped)
        }
        Err(unavailable) => ProjectionLag::unknown(name, stopped.or_else(|| Some(unavailable.to_string()))),
    }
}

impl ProjectionLag {
    /// What its role of this process says goes before what its workers noted.
    fn known(
        name: ProjectionName,
        (generation, lag_events, lag_seconds): (Option<u32>, i64, Option<f64>),
        noted: Noted,
        stopped: Option<String>,
    ) -> Self {
        Self {
            name,
            generation,
            lag_events: Some(lag_events),
            lag_seconds,
            silent_seconds: noted.silence.map(|time| time.as_secs_f64()),
            visible_after: noted.visible_after.map(VisibleAfter::from),
            last_error: stopped.or(noted.error),
        }
    }

    fn unknown(name: ProjectionName, last_error: Option<String>) -> Self {
        Self {
            name,
            generation: None,
            lag_events: None,
            lag_seconds: None,
            silent_seconds: None,
            visible_after: None,
            last_error,
        }
    }
}

async fn lag<M: ReadModel>(model: &M, queries: &Queries) -> Result<(u32, i64, Option<f64>), Unavailable> {
    let register = model.generations().await?.into_iter();
    let serving = register.filter(|one| one.stage == Stage::Serving).map(|one| one.number);
    let serving = serving.max().ok_or_else(|| Unavailable {
        engine: M::Projection::NAME,
        reason: "no generation serves".to_owned(),
    })?;
    let held = model.at(serving).positions().await?;
    let ends = ends::<M>(&queries.kafka, KAFKA).await?;
    let (done, of) = reached(&held, &ends);
    Ok((serving, of - done, seconds_behind(queries, &held, &ends).await))
}

/// How long ago the oldest event was published that is not there yet: 0 when all are, none when it is not known.
pub(crate) async fn seconds_behind(queries: &Queries, held: &[Position], ends: &[Position]) -> Option<f64> {
    let behind = missing(held, ends);
    if behind.is_empty() {
        return Some(0.0);
    }
    let oldest = queries.kafka.oldest_after(&behind, KAFKA).await;
    let oldest = oldest.inspect_err(|error| tracing::debug!(%error, "the oldest event that waits is not known"));
    let waits = (queries.ambient.now)().millis() - oldest.ok().flatten()?;
    Some(Duration::from_millis(waits.max(0).unsigned_abs()).as_secs_f64())
}

/// Nothing where it is not known.
async fn noted<P: Projection>(generation: Option<u32>, queries: &Queries) -> Noted {
    let noted = freshness::noted::<P>(&queries.kafka, generation, (queries.ambient.now)(), KAFKA).await;
    let noted = noted.inspect_err(|error| tracing::debug!(projector = P::NAME, %error, "freshness is not known"));
    noted.unwrap_or_default()
}

impl From<freshness::VisibleAfter> for VisibleAfter {
    fn from(seen: freshness::VisibleAfter) -> Self {
        Self {
            events: seen.events,
            p50_ms: seen.p50_ms,
            p95_ms: seen.p95_ms,
            p99_ms: seen.p99_ms,
        }
    }
}
