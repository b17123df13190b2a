//! Keeps roles running: starts one that panicked again, shows one that cannot go on, and sees to it that no two processes
//! run a role under one name.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use bus::Cluster;
use futures_util::FutureExt as _;
use metrics::{counter, gauge};
use read_api::Roles;
use store::{InstanceLock, StoreConfig, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use traces::Tracer;

use crate::{Config, Role, RunError, timeouts, workers};

/// Runs a role until `shutdown`, or until it cannot go on. A panic is a defect of one batch at most, so the role starts
/// again, later each time.
pub(crate) async fn run(
    role: Role,
    config: Config,
    cluster: Cluster,
    tracer: Tracer,
    roles: Roles,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let up = gauge!("jonquil_role_up", "role" => role.name());
    let mut pause = None;
    roles.runs(role.name());
    loop {
        up.set(1.0);
        let began = Instant::now();
        let work = workers::run(role, config.clone(), cluster.clone(), tracer.clone(), shutdown.clone());
        let reason = match AssertUnwindSafe(work).catch_unwind().await {
            Err(panic) => text(&*panic),
            // A task of the role panicked: the worker of a generation.
            Ok(Err(RunError::Panicked(reason))) => reason,
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => {
                up.set(0.0);
                roles.stopped(role.name(), error.to_string());
                return Err(error);
            }
        };
        counter!("jonquil_role_panics_total", "role" => role.name()).increment(1);
        tracing::error!(role = role.name(), reason, "role panicked, restarting");
        let next = next_pause(pause, began.elapsed());
        let slept = shutdown.run_until_cancelled(tokio::time::sleep(next)).await;
        if slept.is_none() {
            return Ok(());
        }
        pause = Some(next);
    }
}

/// Before the next start of a role that panicked after it `ran` so long: twice the pause before, unless it had recovered.
fn next_pause(before: Option<Duration>, ran: Duration) -> Duration {
    match before {
        Some(before) if ran <= timeouts::RECOVERED => (before * 2).min(timeouts::RESTART_MAX),
        Some(_) | None => timeouts::RESTART,
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// Holds the names of these roles, until it is dropped.
pub(crate) struct Names(Option<tokio::task::JoinHandle<()>>);

impl Names {
    /// Two processes under one name would take each other's partitions for ever.
    ///
    /// # Errors
    /// [`RunError::InstanceTaken`]. When Postgres is unavailable this only warns: projectors work without it.
    pub(crate) async fn hold(config: &Config, roles: &[Role]) -> Result<Self, RunError> {
        let roles = roles.iter().filter(|role| **role != Role::Api);
        let names: Vec<String> = roles
            .map(|role| format!("{}:{}", role.name(), config.instance))
            .collect();
        if names.is_empty() {
            return Ok(Self(None));
        }
        let lock = match held(&config.store, &names, timeouts::INSTANCE).await {
            Ok(Ok(lock)) => Some(lock),
            Ok(Err(name)) => return Err(RunError::InstanceTaken(name)),
            Err(error) => {
                tracing::warn!(%error, "not known whether another process has this instance id");
                None
            }
        };
        let store = config.store.clone();
        Ok(Self(Some(tokio::spawn(keep(lock, store, names)))))
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        if let Some(keeping) = &self.0 {
            keeping.abort();
        }
    }
}

/// The lock, or the name that another process has. A process that was killed on another machine keeps its names until
/// Postgres notices.
async fn held(
    config: &StoreConfig,
    names: &[String],
    patience: Duration,
) -> Result<Result<InstanceLock, String>, StoreError> {
    let mut lock = InstanceLock::connect(config).await?;
    let began = Instant::now();
    for name in names {
        while !lock.try_hold(name).await? {
            if began.elapsed() > patience {
                return Ok(Err(name.clone()));
            }
            tokio::time::sleep(timeouts::INSTANCE_POLL).await;
        }
    }
    Ok(Ok(lock))
}

/// Takes the names again after Postgres was restarted.
async fn keep(mut lock: Option<InstanceLock>, store: StoreConfig, names: Vec<String>) {
    loop {
        tokio::time::sleep(timeouts::INSTANCE_LOOK).await;
        if let Some(held) = &mut lock
            && held.check().await.is_ok()
        {
            continue;
        }
        lock = match held(&store, &names, Duration::ZERO).await {
            Ok(Ok(lock)) => Some(lock),
            Ok(Err(name)) => {
                tracing::error!(
                    name,
                    "another process runs under the same instance id; stop one of them"
                );
                None
            }
            Err(error) => {
                tracing::debug!(%error, "instance id not held, will try again");
                None
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_begin_anew_once_a_role_has_recovered() {
        let mut pauses = vec![next_pause(None, Duration::ZERO)];
        for ran in [0, 5, 0, 60, 0, 61, 1] {
            let before = pauses.last().copied();
            pauses.push(next_pause(before, Duration::from_secs(ran)));
        }
        let seconds: Vec<u64> = pauses.iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 1, 2]);
    }
}
