//! How far the feed of the webhooks is. It reads the topics as read models do, and nothing of it can be made anew.

use std::time::Duration;

use projector::{
    Position, Projection as _, Unavailable,
    generations::{ends_of, reached},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use webhooks::Feed;

use crate::{Queries, lag::seconds_behind};

/// What the feed of the webhooks has read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedState {
    /// Events of its topics that it has read.
    #[schema(example = 1_200_000)]
    pub done: i64,
    /// Events in the topics; the difference is its lag.
    #[schema(example = 1_200_003)]
    pub of: i64,
    /// How long ago the oldest event was published that it has not read: 0 when it has all, null when it is not known.
    #[schema(example = 0.4)]
    pub lag_seconds: Option<f64>,
}

/// None as long as nobody has a webhook: then nobody reads for them. `patience` is for one answer of the brokers.
pub(crate) async fn state(queries: &Queries, patience: Duration) -> Result<Option<FeedState>, Unavailable> {
    let held = queries.reader.webhook_positions().await.map_err(|error| Unavailable {
        engine: "postgres",
        reason: error.to_string(),
    })?;
    let Some(held) = held else { return Ok(None) };
    let held: Vec<Position> = held.into_iter().map(webhooks::position).collect();
    let ends = ends_of(Feed::TOPICS, &queries.kafka, patience).await?;
    let (done, of) = reached(&held, &ends);
    let lag_seconds = seconds_behind(queries, &held, &ends).await;
    Ok(Some(FeedState { done, of, lag_seconds }))
}
