//! Looks at the read models: whether one serves, whether it is made anew, and how far it is behind; and at the feed of the
//! webhooks, which reads the topics as they do.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use bus::Cluster;
use projector::{
    Position, Projection, ReadModel, Unavailable,
    freshness::{self, Noted},
    generations::{building, ends, ends_of, reached, serving},
    missing,
};
use read_analytics::Analytics;
use read_counters::Counters;
use read_search::Search;
use tokio::time::timeout;
use webhooks::Feed;

use super::{Check, PATIENCE};
use crate::{Config, clock};

/// A worker that keeps up shows an event within a second.
const KEEPS_UP: i64 = 30;
/// A worker says every 10 s that it is at work, or 16 s where nothing happens.
const IS_AT_WORK: Duration = Duration::from_mins(1);

pub(super) async fn look(config: &Config) -> Vec<Check> {
    let cluster = Cluster::new(&config.bus).map_err(|error| error.to_string());
    let search = async {
        let model = Search::connect(&config.search).map_err(text)?;
        model.health().await.map_err(text)?;
        Ok(behind(&model, &cluster).await?.check("search"))
    };
    let analytics = async {
        let model = Analytics::new(&config.analytics);
        model.health().await.map_err(text)?;
        Ok(behind(&model, &cluster).await?.check("analytics"))
    };
    let counters = async {
        let model = Counters::new(&config.counters).map_err(text)?;
        model.check().await.map_err(text)?;
        Ok(behind(&model, &cluster).await?.check("counters"))
    };
    let (search, analytics, counters, webhooks) = tokio::join!(
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
        look_at("webhooks", "see postgres and kafka above", feed(config, &cluster)),
    );
    vec![search, analytics, counters, webhooks]
}

async fn look_at(
    about: &'static str,
    advice: &'static str,
    look: impl Future<Output = Result<Check, String>>,
) -> Check {
    match timeout(PATIENCE, look).await {
        Ok(Ok(check)) => check,
        Ok(Err(error)) => Check::broken(about, error, advice),
        Err(_) => Check::broken(about, format!("no answer within {} s", PATIENCE.as_secs()), advice),
    }
}

/// How far the feed of the webhooks is.
async fn feed(config: &Config, cluster: &Result<Cluster, String>) -> Result<Check, String> {
    let reader = super::reader(config).map_err(text)?;
    let Some(held) = reader.webhook_positions().await.map_err(text)? else {
        return Ok(Check::ok("webhooks", "nobody has one"));
    };
    let held: Vec<Position> = held.into_iter().map(webhooks::position).collect();
    let cluster = cluster.as_ref().map_err(Clone::clone)?;
    let ends = ends_of(Feed::TOPICS, cluster, PATIENCE / 4).await.map_err(text)?;
    let at_work = AtWork {
        lag: lag(&held, &ends, cluster).await.map_err(text)?,
        noted: noted::<Feed>(None, cluster).await,
    };
    let advice = "a process with the role jobs must run: see its log, and its metric jonquil_projector_lag_seconds";
    Ok(at_work.check("webhooks", at_work.lag.to_string(), advice))
}

/// A read model against its topics.
struct Behind {
    serving: Option<u32>,
    building: Option<u32>,
    /// Of the serving one.
    at_work: AtWork,
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
        let seen = format!("generation {serving} serves, {}{building}", self.at_work.lag);
        let advice = "a process with this role must run: see its log, and its metric jonquil_projector_lag_seconds";
        self.at_work.check(about, seen, advice)
    }
}

/// What reads the topics.
#[derive(Default)]
struct AtWork {
    lag: Lag,
    /// What its workers say of themselves, if that is known.
    noted: Noted,
}

impl AtWork {
    fn check(&self, about: &'static str, mut seen: String, advice: &'static str) -> Check {
        let Noted { silence, error, .. } = &self.noted;
        if let Some(error) = error {
            seen = format!("{seen}; a worker does not go on: {error}");
        }
        if let Some(silence) = silence.filter(|silence| *silence > IS_AT_WORK) {
            let seen = format!("{seen}; nobody has been at work on it for {} s", silence.as_secs());
            return Check::broken(about, seen, advice);
        }
        if self.lag.seconds > KEEPS_UP {
            return Check::broken(about, seen, advice);
        }
        if error.is_some() {
            return Check::warning(about, seen, advice);
        }
        Check::ok(about, seen)
    }
}

/// What does not have every event of its topics.
#[derive(Clone, Copy, Default)]
struct Lag {
    /// Those that it does not have.
    events: i64,
    /// For how long the oldest of them has waited.
    seconds: i64,
}

impl Display for Lag {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} events behind, the oldest for {} s", self.events, self.seconds)
    }
}

async fn behind<M: ReadModel>(model: &M, cluster: &Result<Cluster, String>) -> Result<Behind, String> {
    let register = model.generations().await.map_err(text)?;
    let number = serving(&register, M::SCHEMA).map(|one| one.number);
    let at_work = match (number, cluster) {
        (Some(number), Ok(cluster)) => {
            let held = model.at(number).positions().await.map_err(text)?;
            let ends = ends::<M>(cluster, PATIENCE / 4).await.map_err(text)?;
            AtWork {
                lag: lag(&held, &ends, cluster).await.map_err(text)?,
                noted: noted::<M::Projection>(Some(number), cluster).await,
            }
        }
        _ => AtWork::default(),
    };
    Ok(Behind {
        serving: number,
        building: building(&register, M::SCHEMA).map(|one| one.number),
        at_work,
    })
}

async fn lag(held: &[Position], ends: &[Position], cluster: &Cluster) -> Result<Lag, Unavailable> {
    let (done, of) = reached(held, ends);
    let waiting = missing(held, ends);
    if waiting.is_empty() {
        return Ok(Lag::default());
    }
    let oldest = cluster.oldest_after(&waiting, PATIENCE / 4).await;
    let oldest = oldest.map_err(|error| Unavailable {
        engine: "kafka",
        reason: error.to_string(),
    })?;
    let waits = oldest.map_or(0, |at| (clock::now().millis() - at).max(0));
    Ok(Lag {
        events: of - done,
        seconds: waits / 1_000,
    })
}

/// Nothing also where this user may not read the offsets of the group.
async fn noted<P: Projection>(generation: Option<u32>, cluster: &Cluster) -> Noted {
    let noted = freshness::noted::<P>(cluster, generation, clock::now(), PATIENCE / 4);
    noted.await.unwrap_or_default()
}

fn text(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn looked(noted: Noted) -> Check {
        let behind = Behind {
            serving: Some(1),
            building: None,
            at_work: AtWork {
                lag: Lag::default(),
                noted,
            },
        };
        behind.check("search")
    }

    #[test]
    fn a_read_model_on_which_nobody_is_at_work_is_broken_though_it_lacks_nothing() {
        let looked = |silence| {
            looked(Noted {
                silence,
                ..Noted::default()
            })
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

    #[test]
    fn a_worker_that_does_not_go_on_is_a_warning_before_anything_is_late() {
        let waits = looked(Noted {
            error: Some("elasticsearch is unavailable: read-only".to_owned()),
            ..Noted::default()
        });
        assert_eq!(waits.state, State::Warning);
        assert!(
            waits
                .seen
                .ends_with("does not go on: elasticsearch is unavailable: read-only"),
            "{}",
            waits.seen
        );
    }
}
