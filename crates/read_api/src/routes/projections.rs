//! Read models for whoever runs the service: how far each is, and making one anew.

use std::time::Duration;

use access::AdminOnly;
use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json, Path},
};
use events::Time;
use http_kit::{AdminListProblems, Error, SelfProblems};
use projector::{
    Projection as _, ReadModel, Stage, Unavailable,
    generations::{Generation, ends, reached, rebuild},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use webhooks::Feed;

use crate::{
    Queries,
    lag::seconds_behind,
    webhook_feed::{self, FeedState},
};

/// The brokers' limit for one answer.
const KAFKA: Duration = Duration::from_secs(2);
/// Why a rebuild of the webhooks is refused.
const NOT_MADE_ANEW: &str = "the webhooks are no read model: what was sent of an event cannot be taken back; a single delivery is \
    sent again by its owner";

/// What the topics feed: a read model, or the webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionName {
    Search,
    Analytics,
    Counters,
    Webhooks,
}

/// What can be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadModelName {
    Search,
    Analytics,
    Counters,
}

/// A read model, with every generation that has a store; or the feed of the webhooks, which has none.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProjectionState {
    pub name: ProjectionName,
    /// Version of the schema that this process reads; null of the webhooks.
    #[schema(example = "s3")]
    pub schema: Option<String>,
    /// The oldest first; the latest one that serves is read. The webhooks have none and cannot be made anew, since what was sent
    /// cannot be taken back.
    pub generations: Vec<GenerationState>,
    /// How far the feed of the webhooks is; null of a read model, and as long as nobody has a webhook.
    pub feed: Option<FeedState>,
    /// Why they are not known: the engine's or the broker's own words.
    pub error: Option<String>,
}

/// One making of a read model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct GenerationState {
    /// From 1.
    #[schema(example = 7)]
    pub number: u32,
    /// Version of its schema.
    #[schema(example = "s3")]
    pub schema: String,
    /// `building`, `serving` or `retired`.
    #[schema(example = "serving")]
    pub stage: String,
    /// When it came to that stage.
    pub since: Time,
    /// Events of the topics that it has.
    #[schema(example = 1_200_000)]
    pub done: i64,
    /// Events in the topics; the difference is its lag.
    #[schema(example = 1_200_003)]
    pub of: i64,
    /// How long ago the oldest event was published that it does not have: 0 when it has all, null when it is not known.
    #[schema(example = 0.4)]
    pub lag_seconds: Option<f64>,
    /// Of one that is building: events in a second, since it was begun; null before the first.
    #[schema(example = 2_500.0)]
    pub rate_per_s: Option<f64>,
    /// Of one that is building: about how long it still takes at that rate; null while it is not known.
    #[schema(example = 90)]
    pub seconds_left: Option<i64>,
}

impl GenerationState {
    fn new(one: Generation, (done, of): (i64, i64), lag_seconds: Option<f64>, now: Time) -> Self {
        let rate_per_s = rate(&one, done, now);
        Self {
            number: one.number,
            schema: one.schema,
            stage: one.stage.name().to_owned(),
            since: one.since,
            done,
            of,
            lag_seconds,
            rate_per_s,
            seconds_left: rate_per_s.map(|rate| seconds_left(of - done, rate)),
        }
    }
}

/// The mean since it was begun: what it has is what it has projected since then.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn rate(one: &Generation, done: i64, now: Time) -> Option<f64> {
    let millis = now.millis() - one.since.millis();
    (one.stage == Stage::Building && done > 0 && millis > 0).then(|| done as f64 * 1_000.0 / millis as f64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "an estimate; a float that is too large becomes the largest number"
)]
fn seconds_left(left: i64, rate: f64) -> i64 {
    (left.max(0) as f64 / rate).ceil() as i64
}

/// Every read model, and the feed of the webhooks
///
/// One whose engine does not answer is listed with the reason.
#[utoipa::path(tag = "operations", security(("bearer" = [])),
    responses((status = 200, description = "search, analytics, counters and webhooks", body = Vec<ProjectionState>), AdminListProblems))]
#[get("/api/v1/admin/projections")]
pub(crate) async fn list_projections(
    _: AdminOnly,
    queries: Data<Queries>,
) -> Result<Json<Vec<ProjectionState>>, Error> {
    let (search, analytics, counters, webhooks) = futures_util::join!(
        shown(ProjectionName::Search, &queries.search, &queries),
        shown(ProjectionName::Analytics, &queries.analytics, &queries),
        shown(ProjectionName::Counters, &queries.counters, &queries),
        of_webhooks(&queries),
    );
    Ok(Json(vec![search, analytics, counters, webhooks]))
}

/// Make a read model anew
///
/// The running workers fill a new generation from the topics' beginning, and readers go over to it once it has caught up.
/// Asked again while one is being built, this joins it. The webhooks are no read model: their owners have single deliveries sent
/// again.
#[utoipa::path(tag = "operations", security(("bearer" = [])),
    params(("name" = inline(ReadModelName), Path, description = "the read model", example = "search")),
    responses((status = 202, description = "it is being made", body = ProjectionState), SelfProblems))]
#[post("/api/v1/admin/projections/{name}/rebuild")]
pub(crate) async fn rebuild_projection(
    _: AdminOnly,
    name: Path<String>,
    queries: Data<Queries>,
) -> Result<HttpResponse, Error> {
    let state = match named(name.into_inner())? {
        ReadModelName::Search => begun(ProjectionName::Search, &queries.search, &queries).await,
        ReadModelName::Analytics => begun(ProjectionName::Analytics, &queries.analytics, &queries).await,
        ReadModelName::Counters => begun(ProjectionName::Counters, &queries.counters, &queries).await,
    };
    let state = state.map_err(|unavailable| Error::unavailable("the rebuild", unavailable))?;
    Ok(HttpResponse::Accepted().json(state))
}

fn named(name: String) -> Result<ReadModelName, Error> {
    if name == Feed::NAME {
        return Err(Error::invalid("name", NOT_MADE_ANEW));
    }
    let quoted = serde_json::Value::String(name);
    serde_json::from_value(quoted).map_err(|_| Error::not_found("projection"))
}

async fn begun<M: ReadModel>(
    name: ProjectionName,
    model: &M,
    queries: &Queries,
) -> Result<ProjectionState, Unavailable> {
    let ends = ends::<M>(&queries.kafka, KAFKA).await?;
    let generation = rebuild(model, &ends, (queries.ambient.now)()).await?;
    tracing::info!(projector = M::Projection::NAME, generation, "rebuild requested");
    Ok(shown(name, model, queries).await)
}

async fn shown<M: ReadModel>(name: ProjectionName, model: &M, queries: &Queries) -> ProjectionState {
    let (generations, error) = match generations(model, queries).await {
        Ok(generations) => (generations, None),
        Err(unavailable) => (Vec::new(), Some(unavailable.to_string())),
    };
    ProjectionState {
        name,
        schema: Some(M::SCHEMA.to_owned()),
        generations,
        feed: None,
        error,
    }
}

async fn of_webhooks(queries: &Queries) -> ProjectionState {
    let (feed, error) = match webhook_feed::state(queries, KAFKA).await {
        Ok(feed) => (feed, None),
        Err(unavailable) => (None, Some(unavailable.to_string())),
    };
    ProjectionState {
        name: ProjectionName::Webhooks,
        schema: None,
        generations: Vec::new(),
        feed,
        error,
    }
}

async fn generations<M: ReadModel>(model: &M, queries: &Queries) -> Result<Vec<GenerationState>, Unavailable> {
    let mut register = model.generations().await?;
    register.retain(|one| one.stage < Stage::Erased);
    register.sort_by_key(|one| one.number);
    let ends = ends::<M>(&queries.kafka, KAFKA).await?;
    let mut states = Vec::with_capacity(register.len());
    for one in register {
        let held = model.at(one.number).positions().await?;
        let lag_seconds = seconds_behind(queries, &held, &ends).await;
        let now = (queries.ambient.now)();
        states.push(GenerationState::new(one, reached(&held, &ends), lag_seconds, now));
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(stage: Stage, reached: (i64, i64), millis: i64) -> (Option<f64>, Option<i64>) {
        let one = Generation {
            number: 2,
            schema: "s3".to_owned(),
            stage,
            since: Time::from_millis(1_000),
        };
        let shown = GenerationState::new(one, reached, None, Time::from_millis(1_000 + millis));
        (shown.rate_per_s, shown.seconds_left)
    }

    #[test]
    fn a_generation_that_is_built_says_how_fast_and_for_how_long_once_that_can_be_said() {
        assert_eq!(state(Stage::Building, (500, 2_001), 10_000), (Some(50.0), Some(31)));
        assert_eq!(state(Stage::Building, (7, 7), 2_000), (Some(3.5), Some(0)));
        let unknown = (None, None);
        assert_eq!(state(Stage::Building, (0, 7), 10_000), unknown, "nothing was projected");
        assert_eq!(state(Stage::Building, (5, 7), 0), unknown, "no time has passed");
        assert_eq!(
            state(Stage::Building, (5, 7), -4_000),
            unknown,
            "the clocks of two machines"
        );
        assert_eq!(state(Stage::Serving, (5, 7), 10_000), unknown);
        assert_eq!(state(Stage::Retired, (5, 7), 10_000), unknown);
    }
}
