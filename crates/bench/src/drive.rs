//! The load, the same for both sides: a number of senders, each with one request in flight, for a time.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{BenchError, process};

pub trait Sender: Send + 'static {
    /// Sends its next events and waits until they are acknowledged. Answers how many they are.
    fn send(&mut self) -> impl Future<Output = Result<u64, BenchError>> + Send;
}

#[derive(Clone, Copy)]
pub struct Times {
    pub warm_up: Duration,
    pub measured: Duration,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Metrics {
    /// Acknowledged while measuring.
    pub events: u64,
    /// Acknowledged in the whole run, the warm-up included: what the topic must hold.
    pub acknowledged: u64,
    /// Seconds.
    pub elapsed: f64,
    /// CPU seconds of the process under test while measuring.
    pub cpu: f64,
    /// Of its resident memory in the whole run.
    pub peak_mib: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// Runs all senders against the process `pid`.
pub async fn drive<S: Sender>(senders: Vec<S>, times: Times, pid: u32) -> Result<Metrics, BenchError> {
    // Not permitted in some containers. The peak is then that of the whole process.
    let _not_permitted = process::reset_peak(pid);
    let from = Instant::now() + times.warm_up;
    let until = from + times.measured;
    let mut working: JoinSet<Result<Seen, BenchError>> =
        senders.into_iter().map(|sender| work(sender, from, until)).collect();
    tokio::time::sleep_until(from.into()).await;
    let (before, began) = (process::cpu_seconds(pid)?, Instant::now());
    tokio::time::sleep_until(until.into()).await;
    let (cpu, elapsed) = (process::cpu_seconds(pid)? - before, began.elapsed());
    let mut all = Seen::default();
    while let Some(seen) = working.join_next().await {
        let seen = seen??;
        all.events += seen.events;
        all.acknowledged += seen.acknowledged;
        all.micros.extend(seen.micros);
    }
    all.micros.sort_unstable();
    Ok(Metrics {
        events: all.events,
        acknowledged: all.acknowledged,
        elapsed: elapsed.as_secs_f64(),
        cpu,
        peak_mib: process::peak_mib(pid)?,
        p50_ms: all.percentile(50),
        p99_ms: all.percentile(99),
    })
}

#[derive(Default)]
struct Seen {
    events: u64,
    acknowledged: u64,
    micros: Vec<u32>,
}

impl Seen {
    /// In milliseconds. `micros` must be sorted.
    fn percentile(&self, percent: usize) -> f64 {
        let index = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
        self.micros.get(index).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

async fn work<S: Sender>(mut sender: S, from: Instant, until: Instant) -> Result<Seen, BenchError> {
    let mut seen = Seen::default();
    loop {
        let began = Instant::now();
        if began >= until {
            return Ok(seen);
        }
        let events = sender.send().await?;
        let ended = Instant::now();
        seen.acknowledged += events;
        if ended >= from && ended <= until {
            seen.events += events;
            seen.micros
                .push(u32::try_from((ended - began).as_micros()).unwrap_or(u32::MAX));
        }
    }
}

/// In milliseconds.
pub fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
