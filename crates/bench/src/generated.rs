//! Generated listens of a year, by many listeners, of tracks with a long tail: published to the topic as the API publishes
//! them, and projected by the service's own workers.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use events::{AlbumId, ArtistId, Listen, ListenerId, TrackId};
use projector::Position;
use rdkafka::{
    ClientConfig,
    producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer},
    types::RDKafkaErrorCode,
};
use read_analytics::Analytics;
use read_counters::Counters;
use uuid::Uuid;

use crate::{
    BenchError,
    requests::Chance,
    stage::{self, Stage, variable},
};

const LISTENERS: usize = 20_000;
pub const YEAR_MS: u64 = 365 * 86_400_000;
const PATIENCE: Duration = Duration::from_mins(30);
const ANSWER: Duration = Duration::from_secs(30);

/// What a listen says of its track.
pub struct Facts {
    pub track: Uuid,
    pub artist: Uuid,
    pub album: Option<Uuid>,
    pub genres: Vec<String>,
}

impl Facts {
    /// Of every track, by id.
    pub async fn all(stage: &Stage) -> Result<Vec<Self>, BenchError> {
        let sql = "SELECT id, artist_id, album_id, genres FROM tracks ORDER BY id";
        let rows = stage.database().await?.query(sql, &[]).await?;
        let fact = |row: &tokio_postgres::Row| Self {
            track: row.get(0),
            artist: row.get(1),
            album: row.get(2),
            genres: row.get(3),
        };
        Ok(rows.iter().map(fact).collect())
    }
}

/// The read models, in their first generation.
pub struct Models {
    pub counters: Counters,
    pub analytics: Analytics,
}

impl Models {
    pub fn of(stage: &Stage) -> Result<Self, BenchError> {
        let mut config = stage.config()?;
        // It only asks how far they are, while they work as hard as they can.
        (config.counters.timeout, config.analytics.timeout) = (ANSWER, ANSWER);
        Ok(Self {
            counters: Counters::new(&config.counters)?,
            analytics: Analytics::new(&config.analytics),
        })
    }
}

/// How far the topic of listens is read, over all partitions.
fn sum(positions: &[Position]) -> i64 {
    let of_listens = positions.iter().filter(|at| at.topic == events::Topic::Listens);
    of_listens.map(|at| at.next).sum()
}

impl Models {
    /// Waits until the counters and the analytics have every listen of the topic.
    pub async fn catch_up(&self) -> Result<(), BenchError> {
        let (began, end) = (Instant::now(), end()?);
        loop {
            if self.counters_read().await? >= end && self.analytics_read().await? >= end {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err("a read model does not catch up".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How many listens the counters have read.
    pub async fn counters_read(&self) -> Result<i64, BenchError> {
        Ok(sum(&self.counters.positions().await?))
    }

    /// The same of the analytics.
    pub async fn analytics_read(&self) -> Result<i64, BenchError> {
        Ok(sum(&self.analytics.positions().await?))
    }
}

/// How many listens the topic has.
pub fn end() -> Result<i64, BenchError> {
    Ok(Stage::listens()?.ends()?.iter().sum())
}

/// Publishes so many listens; `first` is where their numbers go on.
pub fn publish(facts: &[Facts], first: u64, events: u64) -> Result<(), BenchError> {
    let topic = Stage::listens()?.name;
    let publisher = Publisher::new()?;
    let now = stage::now();
    let mut generated = Generated::new(facts, first + 1, now);
    for number in first..first + events {
        let ago = generated.any_time();
        let (key, payload) = crate::listens::encoded(generated.listen(number, ago, None), now)?;
        publisher.send(&topic, &key, &payload)?;
    }
    publisher.flush()
}

/// Publishes a lot as fast as the broker takes it, with the settings of the service.
pub struct Publisher(ThreadedProducer<DefaultProducerContext>);

impl Publisher {
    pub fn new() -> Result<Self, BenchError> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", variable("JONQUIL_KAFKA_URL")?)
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("compression.codec", "lz4")
            .set("linger.ms", "20")
            .create()?;
        Ok(Self(producer))
    }

    /// Waits while its queue is full.
    pub fn send(&self, topic: &str, key: &str, payload: &[u8]) -> Result<(), BenchError> {
        let mut record = BaseRecord::to(topic).key(key).payload(payload);
        while let Err((error, back)) = self.0.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            std::thread::sleep(Duration::from_millis(5));
            record = back;
        }
        Ok(())
    }

    pub fn flush(self) -> Result<(), BenchError> {
        Ok(self.0.flush(Duration::from_mins(2))?)
    }
}

/// Listens drawn at random, the same each time.
pub struct Generated<'a> {
    facts: &'a [Facts],
    chance: Chance,
    now: events::Time,
}

impl<'a> Generated<'a> {
    pub fn new(facts: &'a [Facts], seed: u64, now: events::Time) -> Self {
        let chance = Chance(seed);
        Self { facts, chance, now }
    }

    /// Some time within the last year, as so many milliseconds ago.
    fn any_time(&mut self) -> u64 {
        self.chance.below(YEAR_MS.try_into().unwrap_or(usize::MAX)) as u64
    }

    /// By this listener, or by any.
    pub fn listen(&mut self, number: u64, ago: u64, listener: Option<Uuid>) -> Listen {
        // The smallest of three: few tracks have most of the plays.
        let at = (0..3).map(|_| self.chance.below(self.facts.len())).min().unwrap_or(0);
        let track = &self.facts[at];
        let id = uuid::Builder::from_random_bytes((u128::from(number) << 40 | 0xbe_7c).to_be_bytes()).into_uuid();
        let counted = self.chance.below(10) != 0;
        let any = stage::listener_id(self.chance.below(LISTENERS));
        Listen {
            event_id: id,
            listener_id: ListenerId(listener.unwrap_or(any)),
            track_id: TrackId(track.track),
            artist_id: ArtistId(track.artist),
            artist_ids: vec![ArtistId(track.artist)],
            album_id: track.album.map(AlbumId),
            genres: track.genres.clone(),
            duration_ms: Some(crate::listens::DURATION_MS),
            listened_at: self.now.plus(TimeDelta::milliseconds(-i64::try_from(ago).unwrap_or(0))),
            ms_played: if counted { crate::listens::DURATION_MS } else { 20_000 },
            counted,
            source: Some(crate::listens::SOURCE.to_owned()),
            device: None,
            context: None,
        }
    }
}
