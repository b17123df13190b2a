//! What goes wrong, drawn from the seed, and how long the system takes to recover from it.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use bus::{Message, PartitionOffset, Producer, ProducerConfig};
use events::Topic;
use projector::{Position, Projection, has_reached};
use read_analytics::AnalyticsProjection;
use read_counters::CountersProjection;
use read_search::SearchProjection;
use tokio::task::JoinHandle;

use super::{
    random::Random,
    system::{ENGINES, OwnEngines, ROLES, System, key},
};
use crate::{Engine, template};

/// Marks messages that the run itself put on a topic.
pub(super) const MARK: &str = "chaos";
/// Roles whose processes share work by partitions, leases or a lock.
const WORKERS: [&str; 5] = ["relay", "search", "analytics", "counters", "jobs"];
const MODELS: [&str; 3] = ["search", "analytics", "counters"];
const ANSWER: Duration = Duration::from_secs(10);
/// A system that has not recovered by then never will.
const RECOVERS_WITHIN: Duration = Duration::from_mins(2);

/// A disk that may become full: a volume of the run's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Disk {
    Postgres,
    /// Of Postgres too, just when its log needs another file: the server stops.
    Log,
    S3,
    /// Uploads in progress.
    Spool,
}

const DISKS: [Disk; 4] = [Disk::Postgres, Disk::Log, Disk::S3, Disk::Spool];

impl Disk {
    /// As xtask calls its volume.
    fn key(self) -> &'static str {
        match self {
            Self::Postgres | Self::Log => "postgres",
            Self::S3 => "s3",
            Self::Spool => "spool",
        }
    }
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// SIGKILL of one process, or of both of the role.
    Kill(&'static str, usize, bool),
    /// SIGKILL of so many processes, one after another.
    KillMany(Vec<(&'static str, usize)>),
    /// SIGSTOP, and SIGCONT after so long.
    Pause(&'static str, usize, Duration),
    /// Connections are reset.
    Cut(Engine, Duration),
    /// Connections stay open and say nothing.
    Hang(Engine, Duration),
    /// Each piece is late.
    Slow(Engine, Duration),
    /// SIGKILL of the engine, which is then started again.
    KillEngine(Engine),
    /// SIGSTOP of the engine.
    PauseEngine(Engine, Duration),
    /// No room on a disk, for so long.
    Fill(Disk, Duration),
    /// A third worker joins, and leaves again.
    Rebalance(&'static str),
    /// Everything on a topic comes again.
    Replay(Topic),
    /// Bytes that are no event.
    Malformed(Topic),
    /// A read model is made anew.
    Rebuild(&'static str),
}

impl Fault {
    /// Each disk that may become full, once.
    pub(super) fn every_full_disk(engines: Option<&OwnEngines>) -> Vec<Self> {
        let volumes = engines.filter(|own| own.volumes.is_ok());
        let disks = volumes.into_iter().flat_map(|_| DISKS);
        disks.map(|disk| Self::Fill(disk, Duration::from_secs(5))).collect()
    }

    /// The next one. Without engines of one's own only what goes through proxies, without volumes no full disk.
    pub(super) fn draw(random: &mut Random, engines: Option<&OwnEngines>, pause: Duration) -> Self {
        let role = *random.pick(&ROLES).expect("roles");
        let worker = *random.pick(&WORKERS).expect("workers");
        let model = *random.pick(&MODELS).expect("models");
        let engine = *random.pick(&ENGINES).expect("engines");
        let (number, short) = (random.below(2), random.millis(500, 4_000));
        let chances = engines.map_or(100, |own| if own.volumes.is_ok() { 133 } else { 118 });
        match random.below(chances) {
            0..18 => Self::Kill(role, number, false),
            18..26 => Self::Kill(role, number, true),
            26..34 => Self::KillMany((0..10).map(|_| (ROLES[random.below(6)], random.below(2))).collect()),
            34..44 => Self::Pause(role, number, pause),
            44..56 => Self::Cut(engine, short),
            56..66 => Self::Hang(engine, short * 2),
            66..74 => Self::Slow(engine, short),
            74..82 => Self::Rebalance(worker),
            82..90 => Self::Replay([Topic::Tracks, Topic::Listens, Topic::Artists][random.below(3)]),
            90..93 => Self::Malformed([Topic::Tracks, Topic::Listens][random.below(2)]),
            93..100 => Self::Rebuild(model),
            100..112 => Self::KillEngine(engine),
            112..118 => Self::PauseEngine(engine, short * 2),
            _ => {
                let disk = DISKS[random.below(DISKS.len())];
                Self::Fill(disk, short * 2 + Duration::from_secs(2))
            }
        }
    }

    /// Whether it is this engine that goes wrong.
    pub(super) fn is_of(&self, engine: Engine) -> bool {
        match self {
            Self::Cut(one, _)
            | Self::Hang(one, _)
            | Self::Slow(one, _)
            | Self::KillEngine(one)
            | Self::PauseEngine(one, _) => *one == engine,
            _ => false,
        }
    }

    /// As the report counts it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Kill(role, _, false) => format!("kill one {role}"),
            Self::Kill(role, _, true) => format!("kill both {role}"),
            Self::KillMany(_) => "kill ten processes in 3 s".to_owned(),
            Self::Pause(role, _, time) => format!("stop {role} for {} s", time.as_secs()),
            Self::Cut(engine, _) => format!("cut {engine:?}"),
            Self::Hang(engine, _) => format!("hang {engine:?}"),
            Self::Slow(engine, _) => format!("slow {engine:?}"),
            Self::KillEngine(engine) => format!("kill {engine:?}"),
            Self::PauseEngine(engine, _) => format!("stop {engine:?}"),
            Self::Fill(Disk::Log, _) => "full disk for the log of Postgres".to_owned(),
            Self::Fill(disk, _) => format!("full disk of {disk:?}"),
            Self::Rebalance(role) => format!("third {role} joins and leaves"),
            Self::Replay(topic) => format!("replay {}", topic.name()),
            Self::Malformed(topic) => format!("no event on {}", topic.name()),
            Self::Rebuild(model) => format!("rebuild {model}"),
        }
    }

    /// Processes and engines that it kills.
    pub(super) fn kills(&self) -> usize {
        match self {
            Self::Kill(_, _, both) => 1 + usize::from(*both),
            Self::KillMany(all) => all.len(),
            Self::KillEngine(_) => 1,
            _ => 0,
        }
    }

    /// Whether another one may happen at the same time: those that read or write a topic themselves need their broker.
    fn is_physical(&self) -> bool {
        !matches!(
            self,
            Self::Replay(_) | Self::Malformed(_) | Self::Rebalance(_) | Self::Rebuild(_)
        )
    }

    /// Whether both may happen at once: an engine that is started waits for all of them, and Postgres without room may not come.
    pub(super) fn is_compatible(&self, other: &Self) -> bool {
        let one = |a: &Self, b: &Self| matches!((a, b), (Self::KillEngine(_), Self::Fill(..)));
        self.is_physical() && other.is_physical() && self != other && !one(self, other) && !one(other, self)
    }

    /// Happens, and is healed.
    pub(super) async fn happens(&self, system: &Arc<System>) -> Option<JoinHandle<()>> {
        match self {
            Self::Kill(role, number, both) => {
                system.kills(role, *number);
                if *both {
                    system.kills(role, number + 1);
                }
            }
            Self::KillMany(all) => {
                for (role, number) in all {
                    system.kills(role, *number);
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
            }
            Self::Pause(role, number, time) => {
                system.signals(role, *number, "STOP");
                tokio::time::sleep(*time).await;
                system.signals(role, *number, "CONT");
            }
            Self::Cut(engine, time) | Self::Hang(engine, time) | Self::Slow(engine, time) => {
                self.breaks(system, *engine);
                tokio::time::sleep(*time).await;
                system.app.proxy(*engine).pass();
            }
            Self::KillEngine(_) | Self::PauseEngine(..) | Self::Fill(..) => self.breaks_engine(system).await,
            Self::Rebalance(role) => {
                let third = system.app.spawns_as(role, "three", "");
                tokio::time::sleep(Duration::from_secs(5)).await;
                third.signals("TERM");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Self::Replay(topic) => replays(system, *topic).await,
            Self::Malformed(topic) => publishes_no_event(system, *topic).await,
            Self::Rebuild(model) => return Some(rebuilds(system, model)),
        }
        None
    }

    fn breaks(&self, system: &System, engine: Engine) {
        let proxy = system.app.proxy(engine);
        match self {
            Self::Cut(..) => proxy.refuse(),
            Self::Hang(..) => proxy.hang(),
            _ => proxy.slow(Duration::from_millis(80)),
        }
    }

    async fn breaks_engine(&self, system: &System) {
        let engines = system.engines.as_ref().expect("engines of its own");
        match self {
            Self::KillEngine(engine) => {
                engines.orders(key(*engine), "kill").await;
                engines.orders(key(*engine), "start").await;
            }
            Self::PauseEngine(engine, time) => {
                engines.orders(key(*engine), "pause").await;
                tokio::time::sleep(*time).await;
                engines.orders(key(*engine), "resume").await;
            }
            Self::Fill(disk, time) => {
                let before = system.log.unavailable.load(Ordering::Relaxed);
                engines.orders(disk.key(), "fill").await;
                if *disk == Disk::Log {
                    uses_up_the_log(system).await;
                }
                tokio::time::sleep(*time).await;
                let answers = system.log.unavailable.load(Ordering::Relaxed) - before;
                system.log.unavailable_while_full.fetch_add(answers, Ordering::Relaxed);
                engines.orders(disk.key(), "free").await;
                // Postgres stops where its log has no room, and somebody starts it again.
                engines.orders("postgres", "start").await;
            }
            _ => {}
        }
    }
}

/// Goes through the files that Postgres keeps for its log, until it needs a new one and does not answer any more.
async fn uses_up_the_log(system: &System) {
    const MANY: usize = 100;
    for _ in 0..MANY {
        // A switch uses up a file only when something was written to it.
        let switch = "SELECT 1::bigint FROM pg_logical_emit_message(false, 'chaos', 'a file') m, pg_switch_wal()";
        if system.number(switch).await.is_none() {
            return;
        }
    }
    panic!("Postgres has more than {MANY} files for its log");
}

/// Everything on a topic, newest two thousand, with the same keys and bytes.
async fn replays(system: &System, topic: Topic) {
    let mut records = system.app.records(topic).await;
    records.retain(|record| record.header(MARK).is_empty());
    let newest = records.len().saturating_sub(2_000);
    let messages = records[newest..].iter().map(|record| Message {
        topic,
        key: Some(record.key.as_bytes()),
        payload: Some(&record.payload),
        headers: vec![(MARK, Cow::Borrowed(b"again".as_slice()))],
    });
    publishes(system, messages.collect()).await;
}

async fn publishes_no_event(system: &System, topic: Topic) {
    let message = Message {
        topic,
        key: Some(b"00000000-0000-0000-0000-000000000000"),
        payload: Some(b"no event"),
        headers: vec![(MARK, Cow::Borrowed(b"no event".as_slice()))],
    };
    publishes(system, vec![message]).await;
}

async fn publishes(system: &System, messages: Vec<Message<'_>>) {
    let producer = Producer::new(system.app.bus(), &ProducerConfig::relay()).expect("a producer");
    for outcome in producer.publish(messages).await {
        outcome.expect("acknowledged");
    }
}

/// As an operator would; it ends when readers have gone over.
fn rebuilds(system: &Arc<System>, model: &'static str) -> JoinHandle<()> {
    let system = Arc::clone(system);
    tokio::task::spawn_blocking(move || {
        let output = system.app.output(&["rebuild", model], &[]);
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            eprintln!("rebuild {model}: {}", said.lines().last().unwrap_or_default());
        }
    })
}

/// Where the system was when a fault was healed.
pub(super) struct Mark {
    outbox: i64,
    ends: Vec<PartitionOffset>,
}

impl System {
    /// One number out of Postgres over a connection of its own, since the server may have been killed in between.
    pub(super) async fn number(&self, query: &str) -> Option<i64> {
        let url = self.app.direct_postgres();
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.ok()?;
        let driver = tokio::spawn(connection);
        let row = tokio::time::timeout(ANSWER, client.query_one(query, &[])).await;
        driver.abort();
        Some(row.ok()?.ok()?.get(0))
    }

    /// Rows of Postgres; the server answers by now.
    pub(super) async fn rows(&self, query: &str) -> Vec<tokio_postgres::Row> {
        let client = template::connect(&self.app.direct_postgres()).await;
        client.query(query, &[]).await.expect(query)
    }

    pub(super) async fn mark(&self) -> Mark {
        let what = "Postgres and Kafka answer again";
        crate::eventually_within(RECOVERS_WITHIN, what, async || {
            let outbox = self.number("SELECT coalesce(max(id), 0) FROM outbox").await?;
            let ends = self.app.parts().cluster.end_offsets(&Topic::ALL, ANSWER).await.ok()?;
            Some(Mark { outbox, ends })
        })
        .await
    }

    /// What has not yet passed the mark; none: everything has.
    async fn behind(&self, mark: &Mark) -> Option<String> {
        if !self.is_ready().await {
            return Some("an API process".to_owned());
        }
        let unpublished = "SELECT count(*) FROM outbox WHERE published_at IS NULL AND id <= ";
        match self.number(&format!("{unpublished}{}", mark.outbox)).await {
            Some(0) => {}
            other => return Some(format!("the relay: {other:?} rows")),
        }
        let reads = &self.app.parts().reads;
        let search = reads.index.serving_positions().await.ok();
        let analytics = reads.analytics.serving_positions().await.ok();
        let counters = reads.counters.serving_positions().await.ok();
        let models = [
            ("search", search, SearchProjection::TOPICS),
            ("analytics", analytics, AnalyticsProjection::TOPICS),
            ("counters", counters, CountersProjection::TOPICS),
        ];
        models.into_iter().find_map(|(name, held, topics)| {
            let Some(held) = held else {
                return Some(format!("{name} does not answer"));
            };
            let of_topics = mark.ends.iter().filter(|end| topics.contains(&end.partition.topic));
            let until: Vec<Position> = of_topics.map(position).collect();
            (!has_reached(&held, &until)).then(|| format!("{name}: {}", missing(&held, &until)))
        })
    }

    /// How long it takes until everything up to the mark is visible; the reason when it never is.
    pub(super) async fn recovers(&self, mark: &Mark) -> Result<Duration, String> {
        let began = Instant::now();
        loop {
            let Some(behind) = self.behind(mark).await else {
                return Ok(began.elapsed());
            };
            if began.elapsed() > RECOVERS_WITHIN {
                return Err(behind);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn position(end: &PartitionOffset) -> Position {
    Position {
        topic: end.partition.topic,
        partition: end.partition.number,
        next: end.offset,
    }
}

fn missing(held: &[Position], until: &[Position]) -> String {
    let short = until.iter().find(|end| !has_reached(held, &[**end]));
    short.map_or_else(String::new, |end| {
        format!("{}/{} is not at {}", end.topic.name(), end.partition, end.next)
    })
}
