//! A streaming replica of Postgres, for what may be a little behind: how far it is, and whether it is read now.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

use crate::{Reader, StoreConfig, StoreError};

#[cfg(test)]
mod tests;

/// Nothing that is read from a replica is older.
const MAX_BEHIND: Duration = Duration::from_secs(5);
/// Between two looks, while somebody wants to read.
const LOOK: Duration = Duration::from_millis(500);
/// One look.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two log lines that say that it is left out.
const QUIET: Duration = Duration::from_mins(1);

/// Why a replica is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaProblem {
    #[error("{0}")]
    Unreadable(String),
    #[error("it is no replica of this Postgres")]
    Stranger,
    #[error("it is more than {} s behind", MAX_BEHIND.as_secs())]
    Behind,
}

/// How far both are in the log of what was written, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    pub written: i64,
    pub replayed: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Bool)]
    is_replica: bool,
    #[diesel(sql_type = BigInt)]
    cluster: i64,
}

/// The replica of one worker.
#[derive(Clone)]
pub struct Replica {
    reader: Reader,
    primary: Reader,
    state: ReplicaState,
}

/// What a process knows of its replica; clones share it.
#[derive(Clone, Default)]
pub struct ReplicaState(Arc<Mutex<Known>>);

impl fmt::Debug for ReplicaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicaState").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Known {
    /// It had what the primary had at this time.
    whole_at: Option<Instant>,
    /// How far the primary was at a time; the replica was not there yet.
    ahead: Option<(Instant, i64)>,
    next_look: Option<Instant>,
    is_left_out: bool,
    /// Whether a log line says so.
    is_said: bool,
    warned_at: Option<Instant>,
}

impl Replica {
    /// A pool that connects when first used.
    pub fn new(config: &StoreConfig, primary: &Reader, state: &ReplicaState) -> Result<Self, StoreError> {
        Ok(Self {
            reader: Reader::new(config)?,
            primary: primary.clone(),
            state: state.clone(),
        })
    }

    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Whether it is surely less than 5 s behind. Nobody waits for a look at it, and nobody is answered by a replica that was
    /// not looked at: after a rest the primary answers first.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        let now = Instant::now();
        let mut known = self.state.known();
        if known.next_look.is_none_or(|at| at <= now) {
            // One look at a time; if its task is lost, another one begins then.
            known.next_look = Some(now + PATIENCE + LOOK);
            tokio::spawn(self.clone().look());
        }
        known.is_fit(now)
    }

    /// It did not answer: it is left out until a look finds it well.
    pub fn failed(&self, error: &StoreError) {
        let problem = ReplicaProblem::Unreadable(error.to_string());
        self.state.known().leave_out(&problem, Instant::now());
    }

    /// Asks both how far they are.
    pub async fn replayed(&self) -> Result<Replayed, ReplicaProblem> {
        let unreadable = |error: StoreError| ReplicaProblem::Unreadable(error.to_string());
        // In this order: what the replica has then was written before.
        let primary = self.primary.place().await.map_err(unreadable)?;
        let replica = self.reader.place().await.map_err(unreadable)?;
        if !replica.is_replica || replica.cluster != primary.cluster {
            return Err(ReplicaProblem::Stranger);
        }
        Ok(Replayed {
            written: primary.place,
            replayed: replica.place,
        })
    }

    async fn look(self) {
        let began = Instant::now();
        let silent = |_| Err(ReplicaProblem::Unreadable("no answer in time".to_owned()));
        let looked = tokio::time::timeout(PATIENCE, self.replayed()).await;
        let looked = looked.unwrap_or_else(silent);
        let now = Instant::now();
        let mut known = self.state.known();
        known.next_look = Some(now + LOOK);
        match looked {
            Ok(replayed) => known.saw(replayed, began, now),
            Err(problem) => known.leave_out(&problem, now),
        }
    }
}

impl Reader {
    async fn place(&self) -> Result<Row, StoreError> {
        let query = "SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() \
            ELSE pg_current_wal_lsn() END, '0/0')::bigint AS place, pg_is_in_recovery() AS is_replica, \
            (SELECT system_identifier FROM pg_control_system()) AS cluster";
        Ok(diesel::sql_query(query)
            .get_result(&mut self.connection().await?)
            .await?)
    }
}

impl ReplicaState {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_fit(&self, now: Instant) -> bool {
        self.whole_at.is_some_and(|at| now.duration_since(at) < MAX_BEHIND)
    }

    /// A look that began at a time. Under load the replica is always a little behind: it is then compared with where the
    /// primary was at an earlier look.
    fn saw(&mut self, found: Replayed, began: Instant, now: Instant) {
        let reached = self.ahead.filter(|(_, written)| found.replayed >= *written);
        if found.replayed >= found.written {
            (self.whole_at, self.ahead) = (Some(began), None);
        } else if let Some((at, _)) = reached {
            (self.whole_at, self.ahead) = (Some(at), Some((began, found.written)));
        } else {
            self.ahead = self.ahead.or(Some((began, found.written)));
        }
        if self.is_fit(now) {
            if self.is_said {
                tracing::info!("the read replica is read again");
            }
            (self.is_left_out, self.is_said) = (false, false);
        } else if self.ahead.is_some_and(|(at, _)| now.duration_since(at) >= MAX_BEHIND) {
            self.leave_out(&ReplicaProblem::Behind, now);
        }
    }

    /// One log line, and none for each request or look after it.
    fn leave_out(&mut self, problem: &ReplicaProblem, now: Instant) {
        self.whole_at = None;
        if *problem != ReplicaProblem::Behind {
            self.ahead = None;
        }
        let was_silent = self.warned_at.is_none_or(|at| now.duration_since(at) >= QUIET);
        if !self.is_left_out && was_silent {
            tracing::warn!(reason = %problem, "the read replica is left out, the primary answers");
            (self.is_said, self.warned_at) = (true, Some(now));
        }
        self.is_left_out = true;
    }
}
