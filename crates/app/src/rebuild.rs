//! `jonquil rebuild`: makes a read model anew beside the one that serves, and follows it until readers use it.

use bus::Cluster;
use projector::{
    ReadModel, Unavailable,
    generations::{self, building, ends, reached},
};
use read_analytics::Analytics;
use read_counters::Counters;
use read_search::Search;
use tokio::time::Instant;

use crate::{Config, RunError, clock, timeouts};

/// What can be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Model {
    /// Elasticsearch.
    Search,
    /// ClickHouse.
    Analytics,
    /// Redis.
    Counters,
}

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RebuildProgress {
    pub generation: u32,
    /// Events projected, and those in the topics.
    pub done: i64,
    pub of: i64,
    /// Since this command began; 0 while nothing moves.
    pub events_per_second: f64,
}

impl RebuildProgress {
    /// None while that cannot be said.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, and not negative"
    )]
    pub fn seconds_left(&self) -> Option<u64> {
        let left = (self.of - self.done).max(0) as f64;
        (self.events_per_second > 0.0).then(|| (left / self.events_per_second).ceil() as u64)
    }
}

/// Begins a rebuild, or joins the one under way, and returns its generation once readers use it. The work is done by the
/// running workers; this only asks for it and looks, so it may be killed and run again.
pub async fn rebuild(config: &Config, model: Model, progress: impl FnMut(RebuildProgress)) -> Result<u32, RunError> {
    match model {
        Model::Search => follow(&Search::connect(&config.search)?, config, progress).await,
        Model::Analytics => follow(&Analytics::new(&config.analytics), config, progress).await,
        Model::Counters => follow(&Counters::new(&config.counters)?, config, progress).await,
    }
}

async fn follow<M: ReadModel>(
    model: &M,
    config: &Config,
    mut progress: impl FnMut(RebuildProgress),
) -> Result<u32, RunError> {
    let cluster = Cluster::new(&config.bus)?;
    let number = generations::rebuild(
        model,
        &ends::<M>(&cluster, timeouts::KAFKA_REQUEST).await?,
        clock::now(),
    )
    .await?;
    fail::fail_point!("rebuild::begun");
    let (began, mut first, mut seen) = (Instant::now(), None, Instant::now());
    loop {
        match look(model, number, &cluster).await {
            Ok(Look::Ended { serves: true }) => return Ok(number),
            Ok(Look::Ended { serves: false }) => return Err(RunError::Rebuild(number)),
            Ok(Look::At { done, of }) => {
                seen = Instant::now();
                let moved = done - *first.get_or_insert(done);
                progress(RebuildProgress {
                    generation: number,
                    done,
                    of,
                    events_per_second: rate(moved, began),
                });
            }
            // An engine that is being filled may answer late.
            Err(unavailable) if seen.elapsed() > timeouts::REBUILD_UNSEEN => return Err(unavailable.into()),
            Err(_) => {}
        }
        tokio::time::sleep(timeouts::BUILDING_LOOK).await;
    }
}

enum Look {
    At {
        done: i64,
        of: i64,
    },
    /// It is no longer being built; `serves` if readers use it.
    Ended {
        serves: bool,
    },
}

async fn look<M: ReadModel>(model: &M, number: u32, cluster: &Cluster) -> Result<Look, Unavailable> {
    let register = model.generations().await?;
    if building(&register, M::SCHEMA).is_none_or(|one| one.number != number) {
        // A later one that serves has overtaken it, and has all that it would have had.
        let serves = generations::serving(&register, M::SCHEMA).is_some_and(|one| one.number >= number);
        return Ok(Look::Ended { serves });
    }
    let held = model.at(number).positions().await?;
    let (done, of) = reached(&held, &ends::<M>(cluster, timeouts::KAFKA_REQUEST).await?);
    Ok(Look::At { done, of })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn rate(moved: i64, began: Instant) -> f64 {
    moved as f64 / began.elapsed().as_secs_f64().max(0.001)
}
