//! The load: so many senders, each with one request under way, for a time. The same for us and for the peer.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{Failure, process};

/// One of many who send at once.
pub trait Sender: Send + 'static {
    /// Sends its next events and waits until they are acknowledged; how many they were.
    fn send(&mut self) -> impl Future<Output = Result<u64, Failure>> + Send;
}

/// How long.
#[derive(Clone, Copy)]
pub struct Times {
    /// Not measured.
    pub warm_up: Duration,
    /// Measured.
    pub measured: Duration,
}

/// What was seen.
#[derive(Clone, Serialize, Deserialize)]
pub struct Figures {
    /// Acknowledged while measuring.
    pub events: u64,
    /// Acknowledged from first to last, the warm-up included: what the topic must hold.
    pub acknowledged: u64,
    /// Seconds measured.
    pub elapsed: f64,
    /// CPU seconds of the process under test while measuring.
    pub cpu: f64,
    /// Its memory's peak in the whole run, in MiB.
    pub peak_mib: f64,
    /// Median of the requests' times, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 requests took no longer, in milliseconds.
    pub p99_ms: f64,
}

/// Lets all of them send; `pid` is the process under test.
pub async fn drive<S: Sender>(senders: Vec<S>, times: Times, pid: u32) -> Result<Figures, Failure> {
    // Unavailable in some containers: the peak is then that of the process's whole life.
    let _not_permitted = process::forget_peak(pid);
    let from = Instant::now() + times.warm_up;
    let until = from + times.measured;
    let mut working: JoinSet<Result<Seen, Failure>> =
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
    Ok(Figures {
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
    /// In milliseconds, of the sorted times.
    fn percentile(&self, percent: usize) -> f64 {
        let index = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
        self.micros.get(index).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

async fn work<S: Sender>(mut sender: S, from: Instant, until: Instant) -> Result<Seen, Failure> {
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
