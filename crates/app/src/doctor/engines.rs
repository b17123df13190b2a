//! Looks at Postgres, Kafka, the object store and the upload folder.

use std::time::Instant;

use bus::Cluster;
use chrono::{DateTime, TimeDelta, Utc};
use media::Objects;
use store::{Replica, ReplicaState, StoreConfig};
use tokio::time::timeout;

use super::{Check, PATIENCE};
use crate::{Config, clock};

/// Tokens, leases and windows of charts compare the clocks of two machines.
const CLOCK_WARNS: TimeDelta = TimeDelta::seconds(2);
const CLOCK_BREAKS: TimeDelta = TimeDelta::seconds(30);
/// The relay publishes within milliseconds, and a job is claimed within a second.
const WAITS: TimeDelta = TimeDelta::seconds(30);
/// The space that uploads may need at once.
const MIN_FREE: u64 = 1 << 30;

const MIGRATE: &str = "run `jonquil migrate` of this version";

pub(super) async fn postgres(config: &Config) -> Vec<Check> {
    let advice = "check that Postgres runs, JONQUIL_POSTGRES_URL, and what lies between";
    let began = Instant::now();
    let looked = timeout(PATIENCE, looks_at_postgres(config)).await;
    match looked {
        Ok(Ok(mut checks)) => {
            checks.insert(0, Check::ok("postgres", answered(began)));
            checks
        }
        Ok(Err(error)) => vec![Check::broken("postgres", error.to_string(), advice)],
        Err(_) => vec![Check::broken("postgres", silent(), advice)],
    }
}

async fn looks_at_postgres(config: &Config) -> Result<Vec<Check>, store::StoreError> {
    let reader = super::reader(config)?;
    reader.ping().await?;
    let pending = store::pending_migrations(&reader).await?;
    if pending > 0 {
        return Ok(vec![Check::broken(
            "schema",
            format!("{pending} migrations are pending"),
            MIGRATE,
        )]);
    }
    let found = reader.diagnosis().await?;
    let now = clock::now().utc();
    let mut checks = vec![
        Check::ok("schema", "that of this version"),
        clocks(now - found.clock),
        outbox(&found, now),
        refused(found.refused),
        jobs(&found, now),
    ];
    if found.connections * 10 > found.max_connections * 9 {
        let seen = format!("{} of {} are used", found.connections, found.max_connections);
        let advice = "raise max_connections, or lower JONQUIL_POSTGRES_CONNECTIONS of the processes";
        checks.push(Check::warning("connections", seen, advice));
    }
    Ok(checks)
}

/// The replica of Postgres, where there is one.
pub(super) async fn replica(config: &Config) -> Vec<Check> {
    let Some(there) = &config.replica else {
        return Vec::new();
    };
    let began = Instant::now();
    let advice =
        "the primary answers meanwhile: check that the replica runs and replays, and JONQUIL_POSTGRES_READ_URL";
    let looked = timeout(PATIENCE, looks_at_replica(config, there)).await;
    vec![match looked {
        Ok(Ok(behind)) => Check::ok("read replica", format!("{}, {behind} bytes behind", answered(began))),
        Ok(Err(reason)) => Check::warning("read replica", reason, advice),
        Err(_) => Check::warning("read replica", silent(), advice),
    }]
}

async fn looks_at_replica(config: &Config, there: &StoreConfig) -> Result<i64, String> {
    let primary = super::reader(config).map_err(|error| error.to_string())?;
    let replica = Replica::new(there, &primary, &ReplicaState::default()).map_err(|error| error.to_string())?;
    let found = replica.replayed().await.map_err(|problem| problem.to_string())?;
    Ok((found.written - found.replayed).max(0))
}

fn clocks(difference: TimeDelta) -> Check {
    let seen = format!("differs from Postgres' by {} ms", difference.num_milliseconds());
    let advice = "synchronise the clocks of both machines (NTP): tokens, leases and charts compare them";
    if difference.abs() > CLOCK_BREAKS {
        Check::broken("clock", seen, advice)
    } else if difference.abs() > CLOCK_WARNS {
        Check::warning("clock", seen, advice)
    } else {
        Check::ok("clock", seen)
    }
}

fn outbox(found: &store::Diagnosis, now: DateTime<Utc>) -> Check {
    let waits = found.unpublished_since.map(|since| now - since);
    let seen = match waits {
        Some(waits) => format!(
            "{} events wait, the first for {} s",
            found.unpublished,
            waits.num_seconds().max(0)
        ),
        None => "everything is published".to_owned(),
    };
    let is_late = waits.is_some_and(|waits| waits > WAITS);
    match (found.is_led, is_late) {
        (true, false) => Check::ok("outbox", seen),
        (true, true) => Check::broken(
            "outbox",
            seen,
            "the leading relay does not keep up or cannot publish: see its log, and whether Kafka answers",
        ),
        (false, true) => Check::broken("outbox", seen, "no relay leads: start a process with the role relay"),
        (false, false) => Check::warning(
            "outbox",
            format!("{seen}; no relay leads"),
            "start a process with the role relay; a new one takes the lead within seconds",
        ),
    }
}

fn refused(rows: i64) -> Check {
    if rows == 0 {
        return Check::ok("refused events", "none");
    }
    let seen = format!("{rows} in outbox_refused");
    let advice = "see the column reason; when its cause is gone, `jonquil republish` publishes the present states";
    Check::broken("refused events", seen, advice)
}

fn jobs(found: &store::Diagnosis, now: DateTime<Utc>) -> Check {
    if let Some(waits) = found.due_since.map(|since| now - since).filter(|waits| *waits > WAITS) {
        let seen = format!("one is due for {} s", waits.num_seconds());
        let advice = "start a process with the role jobs, or more of them; jonquil_jobs_queued says which kind waits";
        return Check::broken("jobs", seen, advice);
    }
    if found.failed_jobs > 0 {
        let seen = format!("{} failed within a day", found.failed_jobs);
        let advice = "see last_error and refusal in the table jobs, or GET /api/v1/jobs/{id}";
        return Check::warning("jobs", seen, advice);
    }
    Check::ok("jobs", "none is late, none failed within a day")
}

pub(super) async fn kafka(config: &Config) -> Vec<Check> {
    let advice = "check that the brokers run, JONQUIL_KAFKA_URL, and that their advertised addresses are reachable";
    let began = Instant::now();
    let cluster = match Cluster::new(&config.bus) {
        Ok(cluster) => cluster,
        Err(error) => {
            return vec![Check::broken(
                "kafka",
                error.to_string(),
                "correct JONQUIL_KAFKA_PROPERTIES",
            )];
        }
    };
    if let Err(error) = cluster.health(PATIENCE / 2).await {
        return vec![Check::broken("kafka", error.to_string(), advice)];
    }
    let answers = Check::ok("kafka", answered(began));
    let topics = match timeout(PATIENCE, bus::audit(&config.bus)).await {
        Ok(Ok(differences)) if differences.is_empty() => Check::ok("topics", "as kafka/topics.toml has them"),
        Ok(Ok(differences)) => Check::broken("topics", differences.join("; "), MIGRATE),
        Ok(Err(error)) => Check::broken("topics", error.to_string(), advice),
        Err(_) => Check::broken("topics", silent(), advice),
    };
    vec![answers, topics]
}

pub(super) async fn objects(config: &Config) -> Vec<Check> {
    let began = Instant::now();
    let advice = "check that the object store runs, JONQUIL_S3_URL and its keys; `jonquil migrate` makes the bucket";
    let check = match timeout(PATIENCE, Objects::new(&config.media).health()).await {
        Ok(Ok(())) => Check::ok("s3", answered(began)),
        Ok(Err(error)) => Check::broken("s3", error.to_string(), advice),
        Err(_) => Check::broken("s3", silent(), advice),
    };
    vec![check]
}

/// The folder of uploads in progress, on this machine.
pub(super) fn upload_folder(config: &Config) -> Vec<Check> {
    let folder = &config.media.spool_dir;
    let place = folder.display();
    if let Err(error) = std::fs::create_dir_all(folder) {
        let advice = "make the folder writable, or set JONQUIL_SPOOL_DIR to another one";
        return vec![Check::broken("upload folder", format!("{place}: {error}"), advice)];
    }
    let free = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => {
            return vec![Check::warning(
                "upload folder",
                format!("{place}: {error}"),
                "look at the disk",
            )];
        }
    };
    let seen = format!("{place}: {} MiB are free", free >> 20);
    vec![if free < MIN_FREE {
        Check::warning(
            "upload folder",
            seen,
            "free some space: uploads are answered with 503 when there is none",
        )
    } else {
        Check::ok("upload folder", seen)
    }]
}

fn answered(began: Instant) -> String {
    format!("answers, looked at within {} ms", began.elapsed().as_millis())
}

fn silent() -> String {
    format!("no answer within {} s", PATIENCE.as_secs())
}
