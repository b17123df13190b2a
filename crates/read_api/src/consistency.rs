//! Waits until the read models of a query hold what its `X-Consistency-Token` names: so a client reads its own writes.
//! Positions come from each read model's own store, where they are beside the data.

use std::time::Duration;

use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use events::Topic;
use http_kit::{ConsistencyToken, EdgeConfig, Reads, RequestContext};
use projector::{Look, Position, Projection, Unavailable, has_reached};
use read_analytics::AnalyticsProjection;
use read_counters::CountersProjection;
use read_search::SearchProjection;
use store::{EventPlace, TransactionEvents};

use crate::{Queries, pages};

#[cfg(test)]
mod tests;

/// The longest wait of a query.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const POLL: Duration = Duration::from_millis(20);

/// The last look at the positions, shared by all queries that wait: they ask the engines no more often than one would.
#[derive(Default)]
pub struct Positions {
    search: Seen,
    analytics: Seen,
    counters: Seen,
}

type Seen = Look<Vec<Position>>;

/// Runs a query once its read models are there, or after [`PATIENCE`].
pub async fn wait_for_read_models<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let context = request.extensions().get::<RequestContext>().cloned();
    let edge = request.app_data::<Data<EdgeConfig>>().cloned();
    let queries = request.app_data::<Data<Queries>>().cloned();
    if let (Some(context), Some(edge), Some(queries)) = (context, edge, queries)
        && let Some(token) = &context.consistency.wanted
    {
        let reads = edge.methods.reads(request.method(), request.path());
        let reads = resolved(reads, request.path(), request.query_string());
        if !reads.is_empty() && !queries.reached(token, &reads).await {
            context.consistency.set_stale();
        }
    }
    next.call(request).await
}

/// What a list reads depends on its parameters.
fn resolved(reads: &[Reads], path: &str, query: &str) -> Vec<Reads> {
    let of_one = |reads: &Reads| match reads {
        Reads::List => pages::reads(path, query),
        // With a token the primary answers: there is nothing to wait for.
        Reads::Catalogue => None,
        other => Some(*other),
    };
    reads.iter().filter_map(of_one).collect()
}

impl Queries {
    /// Whether these read models hold what the token names, in time.
    async fn reached(&self, token: &ConsistencyToken, reads: &[Reads]) -> bool {
        let reached = async {
            let places = self.places(token).await?;
            for one in reads {
                self.reached_by(*one, &places).await?;
            }
            Some(())
        };
        matches!(tokio::time::timeout(PATIENCE, reached).await, Ok(Some(())))
    }

    /// Where the events are, once they are published; none when Postgres does not answer.
    async fn places(&self, token: &ConsistencyToken) -> Option<Vec<EventPlace>> {
        let transaction = match token {
            ConsistencyToken::Places(places) => return Some(places.clone()),
            ConsistencyToken::Transaction(transaction) => *transaction,
        };
        loop {
            match self.reader.events_of(transaction).await {
                Ok(TransactionEvents::Published(places)) => return Some(places),
                Ok(TransactionEvents::Unpublished) => tokio::time::sleep(POLL).await,
                Err(error) => {
                    tracing::debug!(%error, "a query does not wait for what was written");
                    return None;
                }
            }
        }
    }

    /// Returns once the read model is there; none when its engine does not answer, which the query then says itself.
    async fn reached_by(&self, reads: Reads, places: &[EventPlace]) -> Option<()> {
        let until = until(reads, places);
        while !until.is_empty() && !has_reached(&self.seen(reads).await?, &until) {
            tokio::time::sleep(POLL).await;
        }
        // What they remember of an earlier look is from before.
        match reads {
            Reads::Search | Reads::List => self.search.looks_again().await,
            Reads::Analytics => self.analytics.looks_again().await,
            // Redis and Postgres answer from what they hold at the time.
            Reads::Counters | Reads::Catalogue => {}
        }
        Some(())
    }

    /// The positions of a read model, at most [`POLL`] old.
    async fn seen(&self, reads: Reads) -> Option<Vec<Position>> {
        let seen = match reads {
            Reads::Search | Reads::List => &self.positions.search,
            Reads::Analytics => &self.positions.analytics,
            Reads::Counters => &self.positions.counters,
            Reads::Catalogue => return Some(Vec::new()),
        };
        let look = async {
            match reads {
                Reads::Search | Reads::List => self.search.serving_positions().await,
                Reads::Analytics => self.analytics.serving_positions().await.map_err(Into::into),
                Reads::Counters | Reads::Catalogue => self.counters.serving_positions().await.map_err(Into::into),
            }
        };
        let positions: Result<_, Unavailable> = seen.within(POLL, |_| true, look).await;
        match positions {
            Ok(positions) => Some(positions),
            Err(unavailable) => {
                tracing::debug!(%unavailable, "a query does not wait for what was written");
                None
            }
        }
    }
}

/// The positions that a read model must have; none of topics that it does not read.
fn until(reads: Reads, places: &[EventPlace]) -> Vec<Position> {
    let topics: &[Topic] = match reads {
        Reads::Search | Reads::List => SearchProjection::TOPICS,
        Reads::Analytics => AnalyticsProjection::TOPICS,
        Reads::Counters => CountersProjection::TOPICS,
        Reads::Catalogue => &[],
    };
    let read = places.iter().filter(|place| topics.contains(&place.topic));
    let position = |place: &EventPlace| Position {
        topic: place.topic,
        partition: place.partition,
        next: place.offset + 1,
    };
    read.map(position).collect()
}
