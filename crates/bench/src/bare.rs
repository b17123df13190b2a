//! The peer: a bare rdkafka loop with the settings of `bus::ProducerConfig::api`, writing the same bytes.

use std::{process::Stdio, time::Duration};

use events::{ArtistId, ListenerId};
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};
use tokio::process::Command;
use uuid::Uuid;

use crate::{
    BenchError,
    drive::{Metrics, Sender, Times, drive},
    ingest::Load,
    listens::{self, Ids},
    say, stage,
};

/// Starts the peer as a process of its own.
pub async fn run(load: Load, times: Times, topic: &str, run: u32) -> Result<Metrics, BenchError> {
    let mut command = Command::new(std::env::current_exe()?);
    let numbers = [
        load.batch as u64,
        load.at_once as u64,
        u64::try_from(times.warm_up.as_millis())?,
        u64::try_from(times.measured.as_millis())?,
        u64::from(run),
    ];
    command
        .arg("peer")
        .arg(topic)
        .args(numbers.map(|number| number.to_string()));
    command.stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    let output = command.output().await?;
    if !output.status.success() {
        return Err("the bare producer failed; see its message above".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Runs inside the peer's process.
pub async fn peer(arguments: &[String]) -> Result<(), BenchError> {
    let [topic, numbers @ ..] = arguments else {
        return Err("peer TOPIC BATCH AT_ONCE WARM_UP MEASURED RUN".into());
    };
    let numbers: Vec<u64> = numbers.iter().map(|number| number.parse()).collect::<Result<_, _>>()?;
    let [batch, at_once, warm_up, measured, run] = numbers[..] else {
        return Err("peer: five numbers".into());
    };
    let times = Times {
        warm_up: Duration::from_millis(warm_up),
        measured: Duration::from_millis(measured),
    };
    let producer: FutureProducer = settings(&stage::variable("JONQUIL_KAFKA_URL")?).create()?;
    let now = stage::now();
    let artist = ArtistId(Uuid::from_u128(1));
    let tracks: Vec<Uuid> = (2..2 + stage::TRACKS as u128).map(Uuid::from_u128).collect();
    let mut senders = Vec::new();
    for number in 0..usize::try_from(at_once)? {
        senders.push(Bare {
            producer: producer.clone(),
            topic: topic.clone(),
            batch: usize::try_from(batch)?,
            ids: Ids::new(u32::try_from(run)?, number),
            listener: ListenerId(stage::listener_id(number % stage::LISTENERS)),
            tracks: tracks.clone(),
            artist,
            now,
        });
    }
    let metrics = drive(senders, times, std::process::id()).await?;
    say(&serde_json::to_string(&metrics)?);
    Ok(())
}

/// The result compares nothing unless these are the settings of `bus::ProducerConfig::api`.
pub fn settings(brokers: &str) -> ClientConfig {
    let mut settings = ClientConfig::new();
    settings
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("partitioner", "murmur2_random")
        .set("compression.codec", "lz4")
        .set("linger.ms", "5")
        .set("message.timeout.ms", "2000")
        .set("message.max.bytes", "2097152")
        .set("queue.buffering.max.messages", "20000")
        .set("queue.buffering.max.kbytes", "65536")
        .set("socket.nagle.disable", "true");
    settings
}

struct Bare {
    producer: FutureProducer,
    topic: String,
    batch: usize,
    ids: Ids,
    listener: ListenerId,
    tracks: Vec<Uuid>,
    artist: ArtistId,
    now: events::Time,
}

impl Sender for Bare {
    async fn send(&mut self) -> Result<u64, BenchError> {
        let mut waiting = Vec::with_capacity(self.batch);
        for number in 0..self.batch {
            let track = self.tracks[number % self.tracks.len()];
            let (key, payload) = listens::event(self.ids.next(), self.listener, track, self.artist, self.now)?;
            let headers = OwnedHeaders::new_with_capacity(1).insert(Header {
                key: "content-type",
                value: Some("application/cloudevents+json"),
            });
            let record = FutureRecord::to(&self.topic)
                .key(&key)
                .payload(&payload)
                .headers(headers);
            waiting.push(self.producer.send_result(record).map_err(|(error, _)| error)?);
        }
        for delivery in waiting {
            delivery.await?.map_err(|(error, _)| error)?;
        }
        Ok(self.batch as u64)
    }
}
