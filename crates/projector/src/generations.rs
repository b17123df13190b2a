//! Generations of a read model: how one is made anew beside the one that serves, and when readers go over to it.
//!
//! Each generation is a store of its own, filled from the topics' beginning by a consumer group of its own. A register in
//! the same engine says which there are. A record only ever moves to a later stage, so any process may write it, twice or
//! at the same time as another, and needs no lock.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bus::Cluster;
use events::{Time, Topic};

use crate::{Position, Projection, Unavailable, catch_up::next_of, has_reached};

/// How long readers use what they found in the register. The generation before goes on far longer than that.
const LOOKED_UP_FOR: Duration = Duration::from_secs(1);
/// An older finding still serves while somebody else looks.
const USABLE_FOR: Duration = Duration::from_secs(10);
/// A store of another schema stays so long after a later generation began to serve: processes of the version before read
/// and feed it.
const OTHER_SCHEMA_KEPT: Duration = Duration::from_hours(24);
/// How long a worker may go on before it sees that its generation is retired.
const STOPS_WITHIN: Duration = Duration::from_secs(30);

/// Where a generation is in its life. The order is that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It is filled, and nobody reads it.
    Building,
    /// Readers may use it; the latest one is what they use.
    Serving,
    /// Nobody reads or feeds it any more.
    Retired,
    /// Its store is erased.
    Erased,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 4] = [Self::Building, Self::Serving, Self::Retired, Self::Erased];

    /// As registers and clients see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Serving => "serving",
            Self::Retired => "retired",
            Self::Erased => "erased",
        }
    }

    /// Its place in time, from 1: what a register orders by.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::Building => 1,
            Self::Serving => 2,
            Self::Retired => 3,
            Self::Erased => 4,
        }
    }

    /// The stage of that place.
    #[must_use]
    pub fn of_rank(rank: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.rank() == rank)
    }
}

/// One making of a read model, as the register has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// From 1, in the order in which they were made.
    pub number: u32,
    /// The version of the schema it was made with.
    pub schema: String,
    /// Where it is in its life.
    pub stage: Stage,
    /// When it came to that stage.
    pub since: Time,
}

impl Generation {
    /// The same at a later stage.
    #[must_use]
    pub fn moved_to(&self, stage: Stage, now: Time) -> Self {
        Self {
            stage,
            since: now,
            ..self.clone()
        }
    }

    /// Whether a worker of that schema feeds it.
    #[must_use]
    pub fn is_fed(&self, schema: &str) -> bool {
        self.schema == schema && self.stage < Stage::Retired
    }
}

/// What readers of that schema use: the latest that serves.
#[must_use]
pub fn serving<'a>(register: &'a [Generation], schema: &str) -> Option<&'a Generation> {
    let serves = |one: &&Generation| one.schema == schema && one.stage == Stage::Serving;
    register.iter().filter(serves).max_by_key(|one| one.number)
}

/// What is being made for that schema: the latest that is not served yet.
#[must_use]
pub fn building<'a>(register: &'a [Generation], schema: &str) -> Option<&'a Generation> {
    let after = serving(register, schema).map_or(0, |one| one.number);
    let builds = |one: &&Generation| one.schema == schema && one.stage == Stage::Building && one.number > after;
    register.iter().filter(builds).max_by_key(|one| one.number)
}

/// What the next worker that looks should do away with: the record that each of these moves to next.
#[must_use]
pub fn outdated(register: &[Generation], schema: &str, kept: Duration, now: Time) -> Vec<Generation> {
    let Some(serving) = serving(register, schema) else {
        return Vec::new();
    };
    let is_over = |since: Time, wait: Duration| now.millis() - since.millis() >= millis(wait);
    let next = |one: &Generation| {
        let wait = match one.stage {
            Stage::Retired => {
                let stopped = is_over(one.since, STOPS_WITHIN.min(kept));
                return stopped.then(|| one.moved_to(Stage::Erased, now));
            }
            Stage::Erased => return None,
            // A later one is being made, or is of a later version, which knows better when to drop it.
            _ if one.number >= serving.number => return None,
            _ if one.schema == schema => kept,
            _ => OTHER_SCHEMA_KEPT,
        };
        // From when readers went over to the present one: until then they used this one.
        is_over(serving.since, wait).then(|| one.moved_to(Stage::Retired, now))
    };
    register.iter().filter_map(next).collect()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A read model that can be made anew beside the one that serves. A value stands for one generation; [`Self::at`] gives
/// another one over the same connection.
pub trait ReadModel: Clone + Send + Sync + 'static {
    /// What feeds it.
    type Projection: Projection;
    /// Version of the store's form, and of what the projection makes of an event.
    const SCHEMA: &'static str;

    /// The same read model in another generation.
    #[must_use]
    fn at(&self, generation: u32) -> Self;

    /// What feeds this generation.
    fn projection(&self) -> Self::Projection;

    /// The register: every generation there ever was, in no order. Empty where there is no register yet.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn generations(&self) -> impl Future<Output = Result<Vec<Generation>, Unavailable>> + Send;

    /// Writes a record, unless the register has a later stage of that generation.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn record(&self, generation: &Generation) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Creates what is missing of this generation's store. `ends` are where the topics end now.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn install(&self, ends: &[Position]) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Erases this generation's store. Nobody may be writing it.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn erase(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// How far this generation is.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn positions(&self) -> impl Future<Output = Result<Vec<Position>, Unavailable>> + Send;

    /// Where the topics ended when this generation was installed; empty when it was not.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn until(&self) -> impl Future<Output = Result<Vec<Position>, Unavailable>> + Send;

    /// Whether readers would find this generation as fast as the one before: what it prepares for them is there, but for
    /// what is always being made. It has all events by then.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn is_prepared(&self, _now: Time) -> impl Future<Output = Result<bool, Unavailable>> + Send {
        std::future::ready(Ok(true))
    }
}

/// Sees to it that there is a generation of this version's schema. The first one of all serves at once, and answers when
/// it has caught up with `ends`; with an older schema beside it, it is built first.
///
/// # Errors
/// [`Unavailable`]: what was done stays, call again.
pub async fn ensure<M: ReadModel>(model: &M, ends: &[Position], now: Time) -> Result<(), Unavailable> {
    let register = model.generations().await?;
    let fed: Vec<&Generation> = register.iter().filter(|one| one.is_fed(M::SCHEMA)).collect();
    for one in &fed {
        model.at(one.number).install(ends).await?;
    }
    if fed.is_empty() {
        let first = !register.iter().any(|one| one.stage == Stage::Serving);
        let stage = if first { Stage::Serving } else { Stage::Building };
        create(model, &register, stage, ends, now).await?;
    }
    Ok(())
}

/// Begins a rebuild, or joins the one that is under way; answers its generation.
///
/// # Errors
/// [`Unavailable`]: what was done stays, call again.
pub async fn rebuild<M: ReadModel>(model: &M, ends: &[Position], now: Time) -> Result<u32, Unavailable> {
    let register = model.generations().await?;
    match building(&register, M::SCHEMA) {
        Some(one) => Ok(one.number),
        None => create(model, &register, Stage::Building, ends, now).await,
    }
}

/// The store before the record: whoever finds the record finds the store. Two processes at once make the same one.
async fn create<M: ReadModel>(
    model: &M,
    register: &[Generation],
    stage: Stage,
    ends: &[Position],
    now: Time,
) -> Result<u32, Unavailable> {
    // Numbers of erased ones are not given again: a record only moves to a later stage, so it would stay erased.
    let number = 1 + register.iter().map(|one| one.number).max().unwrap_or(0);
    model.at(number).install(ends).await?;
    let generation = Generation {
        number,
        schema: M::SCHEMA.to_owned(),
        stage,
        since: now,
    };
    model.record(&generation).await?;
    Ok(number)
}

/// Where the topics of a read model end now.
///
/// # Errors
/// [`Unavailable`]: no broker answers within `timeout`.
pub async fn ends<M: ReadModel>(cluster: &Cluster, timeout: Duration) -> Result<Vec<Position>, Unavailable> {
    ends_of(M::Projection::TOPICS, cluster, timeout).await
}

/// Where these topics end now.
///
/// # Errors
/// As [`ends`].
pub async fn ends_of(topics: &[Topic], cluster: &Cluster, timeout: Duration) -> Result<Vec<Position>, Unavailable> {
    let ends = cluster.end_offsets(topics, timeout).await;
    let ends = ends.map_err(|error| Unavailable {
        engine: "kafka",
        reason: error.to_string(),
    })?;
    let position = |end: bus::PartitionOffset| Position {
        topic: end.partition.topic,
        partition: end.partition.number,
        next: end.offset,
    };
    Ok(ends.into_iter().map(position).collect())
}

/// How the workers of a generation know it; their consumer group ends with it.
#[must_use]
pub fn worker_name(generation: u32) -> String {
    format!("g{generation}")
}

/// How many events of the topics are projected, and how many there are.
#[must_use]
pub fn reached(held: &[Position], ends: &[Position]) -> (i64, i64) {
    // A position may have passed an end that was read before it.
    let done = |end: &Position| next_of(held, end).min(end.next);
    (ends.iter().map(done).sum(), ends.iter().map(|end| end.next).sum())
}

/// What readers found in the register, for a second. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Serving {
    found: Arc<Mutex<Option<Looked>>>,
    looking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone, Copy, Debug)]
struct Looked {
    number: u32,
    at: Instant,
}

impl Serving {
    /// The generation that serves readers of this version, once it has caught up with the time when it was made.
    ///
    /// # Errors
    /// [`Unavailable`], also while there is none.
    pub async fn of<M: ReadModel>(&self, model: &M, engine: &'static str) -> Result<M, Unavailable> {
        let found = self.found();
        let younger = |than: Duration| found.filter(|found| found.at.elapsed() < than);
        if let Some(found) = younger(LOOKED_UP_FOR) {
            return Ok(model.at(found.number));
        }
        let _looking = match (self.looking.try_lock(), younger(USABLE_FOR)) {
            (Ok(looking), _) => looking,
            (Err(_), Some(found)) => return Ok(model.at(found.number)),
            (Err(_), None) => {
                let looking = self.looking.lock().await;
                // Whoever had the lock has looked meanwhile.
                if let Some(found) = self.found().filter(|found| found.at.elapsed() < LOOKED_UP_FOR) {
                    return Ok(model.at(found.number));
                }
                looking
            }
        };
        let number = look(model, found.map(|found| found.number), engine).await?;
        let at = Instant::now();
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(Looked { number, at });
        Ok(model.at(number))
    }

    fn found(&self) -> Option<Looked> {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look<M: ReadModel>(model: &M, known: Option<u32>, engine: &'static str) -> Result<u32, Unavailable> {
    let register = model.generations().await?;
    let being_made = || Unavailable {
        engine,
        reason: "the read model is being made anew".to_owned(),
    };
    let number = serving(&register, M::SCHEMA).ok_or_else(being_made)?.number;
    // It was found caught up once, and positions only rise: that needs no two questions a second.
    if known == Some(number) {
        return Ok(number);
    }
    let generation = model.at(number);
    let (until, held) = (generation.until().await?, generation.positions().await?);
    // Without a row the store was not installed to its end.
    if !until.is_empty() && has_reached(&held, &until) {
        return Ok(number);
    }
    Err(being_made())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: u32, schema: &str, stage: Stage, since: i64) -> Generation {
        Generation {
            number,
            schema: schema.to_owned(),
            stage,
            since: Time::from_millis(since * 1000),
        }
    }

    fn numbers(of: &[Generation]) -> Vec<(u32, Stage)> {
        of.iter().map(|one| (one.number, one.stage)).collect()
    }

    #[test]
    fn readers_use_the_latest_that_serves_their_schema() {
        let register = [
            at(1, "s1", Stage::Serving, 0),
            at(2, "s2", Stage::Serving, 10),
            at(3, "s2", Stage::Building, 20),
        ];
        assert_eq!(serving(&register, "s1").map(|one| one.number), Some(1));
        assert_eq!(serving(&register, "s2").map(|one| one.number), Some(2));
        assert_eq!(serving(&register, "s3"), None);
        assert_eq!(building(&register, "s2").map(|one| one.number), Some(3));
        assert_eq!(building(&register, "s1"), None);
    }

    #[test]
    fn a_generation_that_was_overtaken_is_not_built_any_more() {
        let register = [at(2, "s2", Stage::Building, 0), at(3, "s2", Stage::Serving, 10)];
        assert_eq!(building(&register, "s2"), None);
    }

    #[test]
    fn the_one_before_stays_for_a_while_then_retires_then_is_erased() {
        let kept = Duration::from_mins(10);
        let now = |seconds: i64| Time::from_millis(seconds * 1000);
        let mut register = vec![at(1, "s2", Stage::Serving, 0), at(2, "s2", Stage::Serving, 1000)];
        assert_eq!(outdated(&register, "s2", kept, now(1599)), []);
        register[0] = outdated(&register, "s2", kept, now(1600)).remove(0);
        assert_eq!(numbers(&register)[0], (1, Stage::Retired));
        assert_eq!(outdated(&register, "s2", kept, now(1629)), []);
        register[0] = outdated(&register, "s2", kept, now(1630)).remove(0);
        assert_eq!(numbers(&register)[0], (1, Stage::Erased));
        assert_eq!(outdated(&register, "s2", kept, now(9_999_999)), []);
    }

    #[test]
    fn another_schema_stays_for_a_day_and_a_later_one_is_not_touched() {
        let kept = Duration::from_mins(10);
        let register = [
            at(1, "s1", Stage::Serving, 0),
            at(2, "s2", Stage::Serving, 0),
            at(3, "s3", Stage::Serving, 0),
        ];
        let after = |hours: i64| outdated(&register, "s2", kept, Time::from_millis(hours * 3_600_000));
        assert_eq!(after(23), []);
        assert_eq!(numbers(&after(24)), [(1, Stage::Retired)]);
    }

    #[test]
    fn a_stage_survives_its_rank() {
        for stage in Stage::ALL {
            assert_eq!(Stage::of_rank(stage.rank()), Some(stage));
        }
    }
}
