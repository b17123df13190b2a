//! Generated listens of a year, by many listeners, of tracks with a long tail: published to the topic as the API publishes
//! them, and projected by the service's own workers.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use events::{AlbumId, ArtistId, Listen, ListenerId, TrackId};
use projector::Position;
use rdkafka::{
    ClientConfig,
    producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer},
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
const YEAR_MS: usize = 365 * 86_400_000;
const PATIENCE: Duration = Duration::from_mins(30);

/// What a listen says of its track.
pub struct Facts {
    pub track: Uuid,
    pub artist: Uuid,
    pub album: Option<Uuid>,
    pub genres: Vec<String>,
}

/// How long a number of listens took, from the first to be published until each read model had the last.
pub struct Projected {
    pub events: u64,
    pub published: Duration,
    pub counters: Duration,
    pub analytics: Duration,
}

/// The read models, in their first generation.
pub struct Models {
    pub counters: Counters,
    pub analytics: Analytics,
}

impl Models {
    pub fn of(stage: &Stage) -> Result<Self, BenchError> {
        let config = stage.config()?;
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

/// Publishes so many listens; `first` is where their ids go on.
pub async fn publish(models: &Models, facts: &[Facts], first: u64, events: u64) -> Result<Projected, BenchError> {
    let began = Instant::now();
    let topic = Stage::listens()?;
    let (name, brokers) = (topic.name.clone(), variable("JONQUIL_KAFKA_URL")?);
    let sent = tokio::task::block_in_place(|| send(&brokers, &name, facts, first, events));
    sent?;
    let published = began.elapsed();
    let ends: i64 = topic.ends()?.iter().sum();
    let (mut counters, mut analytics) = (None, None);
    while counters.is_none() || analytics.is_none() {
        if began.elapsed() > PATIENCE {
            return Err("the read models do not catch up".into());
        }
        if counters.is_none() && sum(&models.counters.positions().await?) >= ends {
            counters = Some(began.elapsed());
        }
        if analytics.is_none() && sum(&models.analytics.positions().await?) >= ends {
            analytics = Some(began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(Projected {
        events,
        published,
        counters: counters.unwrap_or_default(),
        analytics: analytics.unwrap_or_default(),
    })
}

fn send(brokers: &str, topic: &str, facts: &[Facts], first: u64, events: u64) -> Result<(), BenchError> {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .set("compression.codec", "lz4")
        .set("linger.ms", "20")
        .create()?;
    let (now, mut chance) = (stage::now(), Chance(first + 1));
    for number in first..first + events {
        let (key, payload) = listen(facts, number, now, &mut chance)?;
        let mut record = BaseRecord::to(topic).key(&key).payload(&payload);
        while let Err((error, back)) = producer.send(record) {
            if error.rdkafka_error_code() != Some(rdkafka::types::RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            std::thread::sleep(Duration::from_millis(5));
            record = back;
        }
    }
    Ok(producer.flush(Duration::from_mins(2))?)
}

fn listen(
    facts: &[Facts],
    number: u64,
    now: events::Time,
    chance: &mut Chance,
) -> Result<(String, Vec<u8>), BenchError> {
    // The smallest of three: few tracks have most of the plays.
    let at = (0..3).map(|_| chance.below(facts.len())).min().unwrap_or(0);
    let track = &facts[at];
    let id = uuid::Builder::from_random_bytes((u128::from(number) << 40 | 0xbe_7c).to_be_bytes()).into_uuid();
    let ago = i64::try_from(chance.below(YEAR_MS)).unwrap_or(0);
    let counted = chance.below(10) != 0;
    let listen = Listen {
        event_id: id,
        listener_id: ListenerId(stage::listener_id(chance.below(LISTENERS))),
        track_id: TrackId(track.track),
        artist_id: ArtistId(track.artist),
        artist_ids: vec![ArtistId(track.artist)],
        album_id: track.album.map(AlbumId),
        genres: track.genres.clone(),
        duration_ms: Some(crate::listens::DURATION_MS),
        listened_at: now.plus(TimeDelta::milliseconds(-ago)),
        ms_played: if counted { crate::listens::DURATION_MS } else { 20_000 },
        counted,
        source: Some(crate::listens::SOURCE.to_owned()),
        device: None,
        context: None,
    };
    crate::listens::encoded(listen, now)
}
