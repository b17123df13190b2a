//! Whether the engines answer.

use std::{
    collections::BTreeMap,
    fmt::Display,
    future::Future,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{
    HttpResponse, get,
    http::StatusCode,
    web::{Data, Json},
};
use http_kit::{Error, InvalidProblem, UnavailableProblem};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::Queries;

/// How long one engine is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// Kafka's client blocks a thread while it asks; it gives up a little earlier than we do.
const KAFKA_PATIENCE: Duration = Duration::from_millis(900);
/// An answer is used again for this long: whoever asks without end does not keep the engines busy.
const FRESH: Duration = Duration::from_millis(300);
/// Characters of a reason that are shown.
const MAX_REASON: usize = 200;

/// Whether the whole works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// Every engine answers.
    Ok,
    /// An engine is unavailable or a role stopped; what does not need it works.
    Degraded,
    /// Postgres is unavailable; next to nothing works.
    Down,
}

/// Whether an engine answers, or a role runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EngineStatus {
    /// It does.
    Ok,
    /// It does not.
    Down,
}

/// One engine.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Check {
    /// Whether it answers.
    pub status: EngineStatus,
    /// After how many milliseconds it answered or was given up.
    #[schema(example = 3)]
    pub latency_ms: u64,
    /// What was seen when it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The engines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Engines {
    /// Catalogue and accounts.
    pub postgres: Check,
    /// Events.
    pub kafka: Check,
    /// Search.
    pub elasticsearch: Check,
    /// Histories and statistics.
    pub clickhouse: Check,
    /// Plays and charts of the day.
    pub redis: Check,
    /// Audio and covers.
    pub s3: Check,
}

/// A background role of this process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleState {
    /// `down`: it cannot go on. The process must be started again, usually with another version.
    pub status: EngineStatus,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The background roles of this process; clones share it.
#[derive(Clone, Default)]
pub struct Roles(Arc<std::sync::Mutex<BTreeMap<&'static str, RoleState>>>);

impl Roles {
    pub fn runs(&self, role: &'static str) {
        self.set(role, EngineStatus::Ok, None);
    }

    /// It cannot go on.
    pub fn stopped(&self, role: &'static str, error: String) {
        self.set(role, EngineStatus::Down, Some(error));
    }

    /// Why a role of this process cannot go on.
    pub(crate) fn error(&self, role: &str) -> Option<String> {
        let roles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        roles.get(role).and_then(|state| state.error.as_deref().map(plain))
    }

    fn set(&self, role: &'static str, status: EngineStatus, error: Option<String>) {
        let mut roles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        roles.insert(role, RoleState { status, error });
    }

    fn shown(&self) -> BTreeMap<String, RoleState> {
        let roles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = |(role, state): (&&str, &RoleState)| {
            let error = state.error.as_deref().map(plain);
            ((*role).to_owned(), RoleState { error, ..state.clone() })
        };
        roles.iter().map(shown).collect()
    }
}

/// The state of the service.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// All in all.
    pub status: Overall,
    /// Version of the service.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Engine by engine.
    pub checks: Engines,
    /// The background roles that share this process; none where each has a process of its own.
    pub roles: BTreeMap<String, RoleState>,
}

/// That the service may take traffic.
#[derive(Serialize, ToSchema)]
pub struct Ready {
    /// `ready`.
    #[schema(example = "ready")]
    pub status: &'static str,
}

/// The last look at the engines; clones share it. Whoever asks meanwhile waits for the same look.
#[derive(Clone, Default)]
pub struct Checks(Arc<Mutex<Option<(Instant, Health)>>>);

/// The state of every engine
///
/// Never takes much longer than a second: the engines are asked at once, a second each.
#[utoipa::path(tag = "service", security(()), responses(
    (status = 200, description = "ok, or degraded: an engine other than Postgres is unavailable, or a role stopped", body = Health),
    (status = 503, description = "down: Postgres is unavailable", body = Health),
    InvalidProblem))]
#[get("/health")]
pub(crate) async fn get_health(queries: Data<Queries>) -> HttpResponse {
    let health = queries.checks.look(&queries).await;
    let status = match health.status {
        Overall::Ok | Overall::Degraded => StatusCode::OK,
        Overall::Down => StatusCode::SERVICE_UNAVAILABLE,
    };
    HttpResponse::build(status).json(health)
}

/// Whether the service may take traffic
///
/// Postgres answers and has the schema of this version.
#[utoipa::path(tag = "service", security(()), responses(
    (status = 200, description = "it may", body = Ready),
    UnavailableProblem, InvalidProblem))]
#[get("/ready")]
pub(crate) async fn get_ready(queries: Data<Queries>) -> Result<Json<Ready>, Error> {
    let pending = tokio::time::timeout(PATIENCE, store::pending_migrations(&queries.reader)).await;
    match pending {
        Ok(Ok(0)) => Ok(Json(Ready { status: "ready" })),
        Ok(Ok(pending)) => {
            let reason = format!("{pending} migrations are pending");
            Err(Error::unavailable("the schema of this version", reason))
        }
        Ok(Err(error)) => Err(Error::unavailable("the database", error)),
        Err(_) => Err(Error::unavailable("the database", "no answer within a second")),
    }
}

impl Checks {
    async fn look(&self, queries: &Queries) -> Health {
        let mut last = self.0.lock().await;
        if let Some((_, health)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return health.clone();
        }
        let health = Box::pin(look(queries)).await;
        *last = Some((Instant::now(), health.clone()));
        health
    }
}

async fn look(queries: &Queries) -> Health {
    let (postgres, kafka, elasticsearch, clickhouse, redis, s3) = tokio::join!(
        check(queries.reader.ping()),
        check(queries.kafka.health(KAFKA_PATIENCE)),
        check(queries.search.health()),
        check(queries.analytics.health()),
        check(queries.counters.health()),
        check(queries.objects.health()),
    );
    let roles = queries.roles.shown();
    let others = [&kafka, &elasticsearch, &clickhouse, &redis, &s3];
    let status = if postgres.status == EngineStatus::Down {
        Overall::Down
    } else if others.iter().any(|check| check.status == EngineStatus::Down)
        || roles.values().any(|role| role.status == EngineStatus::Down)
    {
        Overall::Degraded
    } else {
        Overall::Ok
    };
    Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        checks: Engines {
            postgres,
            kafka,
            elasticsearch,
            clickhouse,
            redis,
            s3,
        },
        roles,
    }
}

pub(crate) async fn check<T, E: Display>(engine: impl Future<Output = Result<T, E>>) -> Check {
    let began = Instant::now();
    let error = match tokio::time::timeout(PATIENCE, engine).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(plain(&error.to_string())),
        Err(_) => Some("no answer within a second".to_owned()),
    };
    Check {
        status: if error.is_none() {
            EngineStatus::Ok
        } else {
            EngineStatus::Down
        },
        latency_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        error,
    }
}

/// The reason without addresses, which may hold a password: anybody may read this.
fn plain(reason: &str) -> String {
    let is_address = |word: &str| word.contains("://") || word.contains('@');
    let words: Vec<&str> = reason
        .split_whitespace()
        .map(|word| if is_address(word) { "***" } else { word })
        .collect();
    words.join(" ").chars().take(MAX_REASON).collect()
}
