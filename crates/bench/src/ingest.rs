//! `bench ingest`: listens over HTTP, answered after acks=all, against a bare rdkafka loop. The sides alternate, so that
//! a slower machine slows both.

use std::{sync::Arc, time::Duration};

use crate::{
    BenchError, bare,
    drive::{Metrics, Sender, Times, drive},
    http::Connection,
    listens::{Ids, Posted},
    report::{self, Measured, Side},
    service::Service,
    stage::{self, Stage},
    topic::Topic,
};

#[derive(Clone, Copy)]
pub struct Load {
    pub name: &'static str,
    /// Listens in one request.
    pub batch: usize,
    /// Requests in flight.
    pub at_once: usize,
}

const LOADS: [Load; 2] = [
    Load {
        name: "batches of 50",
        batch: 50,
        at_once: 32,
    },
    Load {
        name: "one a request",
        batch: 1,
        at_once: 64,
    },
];
const WARM_UP: Duration = Duration::from_secs(1);

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let number = |name: &str, default: u64| -> Result<u64, BenchError> {
        let given = arguments
            .iter()
            .position(|argument| argument == name)
            .and_then(|at| arguments.get(at + 1));
        Ok(given.map_or(Ok(default), |text| text.parse())?)
    };
    let rounds = number("--rounds", 5)?;
    let times = Times {
        warm_up: WARM_UP,
        measured: Duration::from_secs(number("--seconds", 5)?),
    };
    eprintln!("preparing stores, accounts and tracks");
    let stage = Stage::make().await?;
    let measured = measure(&stage, rounds, times).await;
    stage.clear().await?;
    let measured = measured?;
    report::print(&measured, times);
    report::write("ingest", &measured, times)
}

async fn measure(stage: &Stage, rounds: u64, times: Times) -> Result<Vec<Measured>, BenchError> {
    let service = Service::start(stage).await?;
    let topic = Stage::listens()?;
    let mut all: Vec<Measured> = LOADS.iter().map(|load| Measured::new(*load)).collect();
    let mut run = 0;
    for round in 1..=rounds {
        for measured in &mut all {
            let load = measured.load;
            eprintln!("round {round} of {rounds}: {}", load.name);
            for side in [Side::Jonquil, Side::Bare] {
                run += 1;
                let before = topic.ends()?;
                let metrics = match side {
                    Side::Jonquil => ours(&service, load, times, run).await?,
                    Side::Bare => bare::run(load, times, &topic.name, run).await?,
                };
                let bytes = check(&topic, &before, &metrics)?;
                measured.add(side, metrics, bytes);
            }
        }
    }
    service.stop().await?;
    Ok(all)
}

/// A run counts only when the topic holds each acknowledged event once. Answers the mean size of a value, in bytes.
fn check(topic: &Topic, before: &[i64], metrics: &Metrics) -> Result<u64, BenchError> {
    let content = topic.since(before)?;
    if content.count != metrics.acknowledged || content.distinct != metrics.acknowledged {
        let (count, distinct, acknowledged) = (content.count, content.distinct, metrics.acknowledged);
        let what =
            format!("run does not count: {acknowledged} acknowledged, {count} in the topic, {distinct} different");
        return Err(what.into());
    }
    Ok(content.bytes / content.count.max(1))
}

async fn ours(service: &Service, load: Load, times: Times, run: u32) -> Result<Metrics, BenchError> {
    let posted = Arc::new(Posted {
        tracks: service.tracks.clone(),
        listened_at: stage::now(),
    });
    let mut senders = Vec::new();
    for number in 0..load.at_once {
        senders.push(Client {
            connection: Connection::open(service.address).await?,
            token: service.tokens[number % service.tokens.len()].clone(),
            posted: Arc::clone(&posted),
            ids: Ids::new(run, number),
            batch: load.batch,
            sent: number,
        });
    }
    drive(senders, times, service.pid).await
}

struct Client {
    connection: Connection,
    token: String,
    posted: Arc<Posted>,
    ids: Ids,
    batch: usize,
    sent: usize,
}

impl Sender for Client {
    async fn send(&mut self) -> Result<u64, BenchError> {
        if self.batch == 1 {
            self.sent += 1;
            let track = self.posted.tracks[self.sent % self.posted.tracks.len()];
            let body = self.posted.one(self.ids.next());
            self.connection
                .post(&format!("/api/v1/tracks/{track}/listen"), &self.token, &body)
                .await?;
            return Ok(1);
        }
        let body = self.posted.many(&mut self.ids, self.batch);
        let answer = self
            .connection
            .post("/api/v1/analytics/listening-events", &self.token, &body)
            .await?;
        let accepted = format!("\"accepted\":{},", self.batch);
        if answer.windows(accepted.len()).any(|part| part == accepted.as_bytes()) {
            return Ok(self.batch as u64);
        }
        Err(format!("not all were accepted: {}", String::from_utf8_lossy(answer)).into())
    }
}
