//! Feeds every generation of a read model, and moves generations on: to readers, and away.
//!
//! Any number of processes do this side by side without a lock: each decides from the register and from positions, and a
//! record that two of them write is the same.

use std::{collections::BTreeMap, time::Duration};

use bus::Cluster;
use projector::{
    Generation, Position, Projection, ProjectorConfig, ReadModel, Stage, Unavailable,
    generations::{building, ends, ensure, outdated, serving, worker_name},
    has_reached,
};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{Config, RunError, clock, timeouts, workers};

/// When generations go over to readers, and away.
#[derive(Clone, Copy, Debug)]
pub struct RebuildSettings {
    /// How long a new generation must keep up before readers use it.
    pub steady: Duration,
    /// How long the one before goes on afterwards.
    pub kept: Duration,
}

/// Feeds the generations of this version's schema until `shutdown`.
pub(crate) async fn run<M: ReadModel>(
    model: &M,
    config: &Config,
    cluster: &Cluster,
    settings: &ProjectorConfig,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let mut keeper = Keeper {
        model,
        config,
        settings,
        cluster,
        fed: BTreeMap::new(),
        workers: JoinSet::new(),
        candidate: None,
        is_waiting: false,
    };
    let ended = keeper.keep(shutdown).await;
    for stop in keeper.fed.values() {
        stop.cancel();
    }
    while keeper.workers.join_next().await.is_some() {}
    ended
}

struct Keeper<'a, M> {
    model: &'a M,
    config: &'a Config,
    settings: &'a ProjectorConfig,
    cluster: &'a Cluster,
    /// What stops the worker of each generation.
    fed: BTreeMap<u32, CancellationToken>,
    workers: JoinSet<(u32, Result<(), RunError>)>,
    candidate: Option<Candidate>,
    is_waiting: bool,
}

/// A generation that is being built.
struct Candidate {
    number: u32,
    /// Where the topics ended at the last look. What has passed that is about a look behind, at most.
    ends: Vec<Position>,
    keeps_up_since: Option<Instant>,
}

impl<M: ReadModel> Keeper<'_, M> {
    const NAME: &'static str = <M::Projection as Projection>::NAME;

    async fn keep(&mut self, shutdown: &CancellationToken) -> Result<(), RunError> {
        loop {
            let pause = match self.look().await {
                Ok(()) if self.candidate.is_some() => timeouts::BUILDING_LOOK,
                Ok(()) => timeouts::GENERATIONS_LOOK,
                Err(unavailable) => self.wait_for(&unavailable),
            };
            let until = Instant::now() + pause;
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return Ok(()),
                    () = tokio::time::sleep_until(until) => break,
                    Some(ended) = self.workers.join_next() => {
                        let (number, ended) = ended.map_err(|panic| RunError::Panicked(panic.to_string()))?;
                        self.ended(number, ended).await?;
                    }
                }
            }
        }
    }

    /// One warning, not one every second while an engine is unavailable.
    fn wait_for(&mut self, unavailable: &Unavailable) -> Duration {
        if !std::mem::replace(&mut self.is_waiting, true) {
            tracing::warn!(projector = Self::NAME, %unavailable, "generations not looked up, retrying");
        }
        timeouts::RESTART
    }

    async fn look(&mut self) -> Result<(), Unavailable> {
        let now = clock::now();
        let mut register = self.model.generations().await?;
        if !register.iter().any(|one| one.is_fed(M::SCHEMA)) {
            let ends = self.ends().await?;
            ensure(self.model, &ends, now).await?;
            tracing::info!(projector = Self::NAME, schema = M::SCHEMA, "read model created");
            register = self.model.generations().await?;
        }
        self.feed(&register);
        self.consider(&register).await?;
        for next in outdated(&register, M::SCHEMA, self.config.rebuilds.kept, now) {
            // The record after the store: a store without its record would never be erased.
            if next.stage == Stage::Erased {
                self.model.at(next.number).erase().await?;
            }
            self.model.record(&next).await?;
            let (generation, stage) = (next.number, next.stage.name());
            tracing::info!(projector = Self::NAME, generation, stage, "generation goes away");
        }
        self.is_waiting = false;
        Ok(())
    }

    fn feed(&mut self, register: &[Generation]) {
        let is_fed = |number: u32| register.iter().any(|one| one.number == number && one.is_fed(M::SCHEMA));
        for (number, stop) in &self.fed {
            if !is_fed(*number) {
                stop.cancel();
            }
        }
        for one in register.iter().filter(|one| one.is_fed(M::SCHEMA)) {
            if self.fed.contains_key(&one.number) {
                continue;
            }
            let stop = CancellationToken::new();
            self.fed.insert(one.number, stop.clone());
            let (number, projection) = (one.number, self.model.at(one.number).projection());
            let (cluster, mut settings) = (self.cluster.clone(), self.settings.clone());
            settings.generation = Some(worker_name(number));
            self.workers.spawn(async move {
                let ended = workers::project(&projection, &cluster, &settings, &stop).await;
                (number, ended)
            });
        }
    }

    /// Readers get a generation that has what the topics held when it was made, has kept up for a while since, and is
    /// prepared for them. Those of a new schema have no other one, and do not wait for what only makes answers fast.
    async fn consider(&mut self, register: &[Generation]) -> Result<(), Unavailable> {
        let Some(building) = building(register, M::SCHEMA) else {
            self.candidate = None;
            return Ok(());
        };
        let generation = self.model.at(building.number);
        let ends = self.ends().await?;
        let (until, held) = (generation.until().await?, generation.positions().await?);
        let known = self.candidate.take().filter(|known| known.number == building.number);
        let keeps_up_since = known
            .filter(|known| has_reached(&held, &until) && has_reached(&held, &known.ends))
            .map(|known| known.keeps_up_since.unwrap_or_else(Instant::now));
        let is_steady_for = keeps_up_since.and_then(|since| since.elapsed().checked_sub(self.config.rebuilds.steady));
        // Before anything is asked that may have no answer: how long it has kept up is not forgotten for that.
        self.candidate = Some(Candidate {
            number: building.number,
            ends,
            keeps_up_since,
        });
        let may_wait = serving(register, M::SCHEMA).is_some();
        let is_ready = match is_steady_for {
            None => false,
            Some(time) if may_wait && time < timeouts::PREPARED => generation.is_prepared(clock::now()).await?,
            Some(_) => true,
        };
        if is_ready {
            self.model
                .record(&building.moved_to(Stage::Serving, clock::now()))
                .await?;
            self.candidate = None;
            let generation = building.number;
            tracing::info!(projector = Self::NAME, generation, "generation serves from now on");
        }
        Ok(())
    }

    async fn ends(&self) -> Result<Vec<Position>, Unavailable> {
        ends::<M>(self.cluster, timeouts::KAFKA_REQUEST).await
    }

    /// A worker that cannot go on ends the role, but a generation that nobody reads yet is only given up.
    async fn ended(&mut self, number: u32, ended: Result<(), RunError>) -> Result<(), RunError> {
        self.fed.remove(&number);
        let Err(error) = ended else {
            return Ok(());
        };
        // An engine that does not answer is as an empty register: then the role ends, and nothing is given up.
        let register = self.model.generations().await.unwrap_or_default();
        let given_up = building(&register, M::SCHEMA).filter(|one| one.number == number);
        let (Some(one), true) = (given_up, serving(&register, M::SCHEMA).is_some()) else {
            return Err(error);
        };
        tracing::error!(projector = Self::NAME, generation = number, %error, "rebuild failed");
        if self
            .model
            .record(&one.moved_to(Stage::Retired, clock::now()))
            .await
            .is_err()
        {
            return Err(error);
        }
        Ok(())
    }
}
