//! Chaos: the whole service under load while processes and engines are killed, stopped, cut off and slowed; afterwards a
//! checker compares what was acknowledged with Postgres, Kafka, Elasticsearch, ClickHouse, Redis and S3.

mod book;
mod caller;
mod checks;
mod events_checks;
mod faults;
mod load;
mod random;
mod report;
mod system;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub use book::Finding;
use events::Topic;
pub use report::{ChaosReport, Recovery, recovery_table};
pub use system::OwnEngines;
use tokio::task::{JoinHandle, JoinSet};

use self::{caller::Caller, faults::Fault, load::Worker, random::Random, system::System};
use crate::{Engine, Person, eventually_within};

/// How a run is made.
#[derive(Clone, Debug)]
pub struct ChaosOptions {
    /// Chooses faults and commands.
    pub seed: u64,
    /// How long faults happen.
    pub length: Duration,
    /// How many faults there are however little time is left.
    pub at_least: usize,
    /// How long a process is stopped; consumers leave their group after 10 s.
    pub pause: Duration,
    /// Engines that may be killed, and their disks filled; none: only what goes through proxies.
    pub engines: Option<OwnEngines>,
    /// Whether Kafka is three brokers of the run's own, with replication 3: first two of them are killed, one after the
    /// other, while the other two go on; then one after every third fault.
    pub three_brokers: bool,
    /// Whether read models are made anew at the end and compared again.
    pub rebuild_at_the_end: bool,
    /// Shows what happens.
    pub show: fn(&str),
}

/// Runs it.
pub async fn run(options: &ChaosOptions) -> ChaosReport {
    let (system, supervisor) = System::start(options.engines.clone(), options.three_brokers).await;
    let began = Instant::now();
    let workers = starts_load(&system, options.seed).await;
    let (recoveries, rebuilds) = breaks(&system, options).await;
    system.log.stop();
    for rebuild in rebuilds {
        let _ended = rebuild.await;
    }
    comes_to_rest(&system, workers).await;
    checks::everything(&system).await;
    if options.rebuild_at_the_end {
        (options.show)("the checks are through; the read models are made anew and compared again");
        makes_anew(&system).await;
        checks::read_models(&system).await;
    }
    let report = ChaosReport::of(&system, options, began.elapsed(), recoveries).await;
    system.log.give_up();
    supervisor.await.expect("the supervisor ends");
    report
}

/// Everybody at work.
async fn starts_load(system: &Arc<System>, seed: u64) -> JoinSet<()> {
    let http = system.http();
    let has_volumes = system.engines.as_ref().is_some_and(|own| own.volumes.is_ok());
    let mut people = Vec::new();
    for (name, role) in [
        ("wa", "artist"),
        ("wb", "artist"),
        ("up", "artist"),
        ("la", "listener"),
        ("lb", "listener"),
        ("pa", "listener"),
    ] {
        people.push(Person::registered(&http, &format!("chaos-{name}"), role).await);
    }
    let mut workers = JoinSet::new();
    for person in people {
        let name = person.username.trim_start_matches("chaos-").to_owned();
        let worker = Worker {
            caller: Caller::of(&person, &system.bases, &system.log).await,
            log: Arc::clone(&system.log),
            random: Random::of(seed, &name),
            made: 0,
            pause: 60,
            clock: 0,
            name: name.clone(),
        };
        match &name[..1] {
            "w" => workers.spawn(worker.writes()),
            "l" => workers.spawn(worker.listens()),
            "p" => workers.spawn(worker.keeps()),
            _ => workers.spawn(worker.uploads(seed, has_volumes)),
        };
    }
    workers
}

/// One fault after another, some two at once, until the time is over.
async fn breaks(system: &Arc<System>, options: &ChaosOptions) -> (Vec<Recovery>, Vec<JoinHandle<()>>) {
    let mut random = Random::of(options.seed, "faults");
    let (mut recoveries, mut rebuilds) = (Vec::new(), Vec::new());
    if options.three_brokers {
        recoveries.extend(breaks_a_broker(system, options).await);
        recoveries.extend(breaks_a_broker(system, options).await);
    }
    for full in Fault::every_full_disk(options.engines.as_ref()) {
        recoveries.push(one_fault(system, options, &full).await);
    }
    let began = Instant::now();
    let mut drawn = 0;
    while began.elapsed() < options.length || recoveries.len() < options.at_least {
        drawn += 1;
        if options.three_brokers && drawn % 4 == 0 {
            recoveries.extend(breaks_a_broker(system, options).await);
            continue;
        }
        let mut draw = || draws(&mut random, options);
        let (first, second) = (draw(), draw());
        let together = first.is_compatible(&second) && random.percent(30);
        let kills = first.kills() + if together { second.kills() } else { 0 };
        let name = if together {
            format!("{} + {}", first.name(), second.name())
        } else {
            first.name()
        };
        if together {
            tokio::join!(first.happens(system), second.happens(system));
        } else {
            rebuilds.extend(first.happens(system).await);
        }
        let recovery = recovers(system, name, kills).await;
        (options.show)(&format!("{:>4} s  {}", began.elapsed().as_secs(), recovery.line()));
        recoveries.push(recovery);
    }
    (recoveries, rebuilds)
}

async fn one_fault(system: &Arc<System>, options: &ChaosOptions, fault: &Fault) -> Recovery {
    works(system, "people are at work").await;
    fault.happens(system).await;
    let recovery = recovers(system, fault.name(), fault.kills()).await;
    (options.show)(&recovery.line());
    recovery
}

async fn recovers(system: &System, name: String, kills: usize) -> Recovery {
    let mark = system.mark().await;
    let recovered = system.recovers(&mark).await;
    if let Err(behind) = &recovered {
        system.log.finds("not recovered", format!("{name}: {behind}"));
    }
    let seconds = recovered.map_or(f64::NAN, |time| time.as_secs_f64());
    Recovery { name, kills, seconds }
}

/// The next fault. Brokers of the run's own are behind no proxy, and killed in turn.
fn draws(random: &mut Random, options: &ChaosOptions) -> Fault {
    loop {
        let fault = Fault::draw(random, options.engines.as_ref(), options.pause);
        if !(options.three_brokers && fault.is_of(Engine::Kafka)) {
            return fault;
        }
    }
}

/// The broker that leads most partitions of the listens is killed, the other two go on, and it comes back. The next time it
/// is the one that leads most by then: what the first one had missed is on it.
async fn breaks_a_broker(system: &System, options: &ChaosOptions) -> [Recovery; 2] {
    let brokers = system.brokers.as_ref().expect("brokers of the run's own");
    works(system, "people are at work").await;
    let busiest = brokers.busiest(Topic::Listens.name()).await;
    brokers.kill(busiest);
    let killed = recovers(system, "kill one broker of three".to_owned(), 1).await;
    (options.show)(&killed.line());
    works(system, "people work on with two brokers").await;
    brokers.restart(busiest).await;
    let returned = recovers(system, "a broker comes back".to_owned(), 0).await;
    (options.show)(&returned.line());
    [killed, returned]
}

/// Waits until twenty more commands are acknowledged.
async fn works(system: &System, what: &str) {
    let before = system.acknowledged();
    eventually_within(Duration::from_mins(1), what, async || {
        (system.acknowledged() > before + 20).then_some(())
    })
    .await;
}

/// The load ends, with every command answered; then everything is published and projected, and no job is left.
async fn comes_to_rest(system: &System, mut workers: JoinSet<()>) {
    let patience = Duration::from_mins(1);
    let all = async { while workers.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, all).await.is_err() {
        system.log.finds(
            "not recovered",
            "a command had no answer for a minute after the last fault",
        );
        workers.abort_all();
    }
    let began = Instant::now();
    let unfinished = "SELECT count(*) FROM jobs WHERE status = 'running' OR status = 'queued'";
    while system.number(unfinished).await != Some(0) {
        // A job that failed several times waits for its next try.
        if began.elapsed() > patience * 6 {
            let jobs = "SELECT kind || ' ' || status || ' ' || coalesce(last_error, '') FROM jobs \
                        WHERE status IN ('running', 'queued')";
            for row in system.rows(jobs).await {
                system
                    .log
                    .finds("half-done", format!("job {}", row.get::<_, String>(0)));
            }
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mark = system.mark().await;
    if let Err(behind) = system.recovers(&mark).await {
        system.log.finds("not recovered", format!("at the end: {behind}"));
    }
}

/// Every read model, from the topics alone.
async fn makes_anew(system: &Arc<System>) {
    for model in ["search", "analytics", "counters"] {
        if let Some(rebuild) = Fault::Rebuild(model).happens(system).await {
            let _ended = rebuild.await;
        }
    }
    let mark = system.mark().await;
    if let Err(behind) = system.recovers(&mark).await {
        system
            .log
            .finds("not recovered", format!("after the rebuild: {behind}"));
    }
}
