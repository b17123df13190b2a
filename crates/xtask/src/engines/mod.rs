//! The engines that Jonquil stands on, run natively: one file per engine behind one trait.

mod clickhouse;
mod clickhouse_host;
mod elasticsearch;
mod kafka;
mod postgres;
mod redis;
mod s3;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

pub use self::clickhouse_host::host as clickhouse_host;
pub use self::elasticsearch::java_home;
pub use self::postgres::binaries as postgres_programs;
use crate::checkout::{self, Checkout};
use crate::fault::{Explain, Fault, Result};
use crate::files;
use crate::ports;
use crate::prerequisites::Need;
use crate::process::Service;
use crate::report;

/// How one engine is fetched, started and asked.
pub trait Engine: Sync {
    /// Its name, for humans.
    fn name(&self) -> &'static str;
    /// Its name in paths.
    fn key(&self) -> &'static str;
    /// The variable that holds its address; if the human has set it, the engine is theirs and is not started.
    fn variable(&self) -> &'static str;
    /// The ports that it listens on; the first is the one that clients know.
    fn ports(&self, checkout: &Checkout) -> Vec<u16>;
    /// Its address for clients.
    fn url(&self, checkout: &Checkout) -> Result<String>;
    /// What else clients have to know, as environment variables.
    fn more_variables(&self, _checkout: &Checkout) -> Result<Vec<(&'static str, String)>> {
        Ok(Vec::new())
    }
    /// What the machine must have to fetch and to run it.
    fn needs(&self) -> Vec<Need>;
    /// Sees that its programs are on this machine.
    fn fetch(&self) -> Result<()>;
    /// Makes its data and config in `home` if they are not there yet, and tells how it is started.
    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command>;
    /// Whether it answers in its own protocol.
    fn answers(&self, checkout: &Checkout) -> bool;
    /// Once it answers: what clients expect to find in it.
    fn finish(&self, _checkout: &Checkout) -> Result<()> {
        Ok(())
    }
    /// The signal that makes it end in order.
    fn stop_signal(&self) -> Signal {
        Signal::SIGTERM
    }
    /// Whether it refuses to run as root.
    fn refuses_root(&self) -> bool {
        false
    }
}

/// The folders of one engine in one checkout.
pub struct Home {
    /// Record and log, ours.
    pub service: Service,
    /// Data and config, the engine's.
    pub data: PathBuf,
}

/// Every engine.
pub const ENGINES: [&dyn Engine; 6] = [
    &postgres::Postgres,
    &redis::Redis,
    &kafka::Kafka,
    &elasticsearch::Elasticsearch,
    &clickhouse::ClickHouse,
    &s3::S3,
];

/// How long an engine may take until it answers; the slowest needs 25 s on 2 idle cores.
const READY_WITHIN: Duration = Duration::from_mins(3);
/// How long an engine may take to end in order.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Whether the human brought this engine.
pub fn is_given(engine: &dyn Engine) -> bool {
    env::var_os(engine.variable()).is_some_and(|url| !url.is_empty())
}

/// The folders of an engine.
pub fn home(checkout: &Checkout, engine: &dyn Engine) -> Home {
    let folder = checkout.engines().join(engine.key());
    let data = if engine.refuses_root() {
        checkout.private().join(engine.key())
    } else {
        folder.clone()
    };
    Home {
        service: Service::new(folder),
        data,
    }
}

/// Starts what does not run yet and waits until all answer. Gives back the engines that were started now.
pub fn start(checkout: &Checkout) -> Result<Vec<&'static dyn Engine>> {
    checkout.note_base()?;
    forget_orphans(checkout)?;
    let missing: Vec<&dyn Engine> = ENGINES.into_iter().filter(|engine| !is_given(*engine)).collect();
    refuse_taken_ports(checkout, &missing)?;
    let idle: Vec<&'static dyn Engine> = missing
        .iter()
        .copied()
        .filter(|engine| home(checkout, *engine).service.pid().is_none())
        .collect();
    // Fetching is bound by the network and one compiler, starting by two JVMs: all at once is quickest.
    let results: Vec<Result<()>> = thread::scope(|scope| {
        let running: Vec<_> = missing
            .iter()
            .map(|engine| scope.spawn(|| start_one(checkout, *engine)))
            .collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Fault::new("xtask itself failed; this is a bug")))
            })
            .collect()
    });
    let faults: Vec<String> = results
        .into_iter()
        .filter_map(|result| result.err().map(|fault| fault.to_string()))
        .collect();
    if faults.is_empty() {
        Ok(idle)
    } else {
        Err(Fault::new(faults.join("\n")))
    }
}

fn start_one(checkout: &Checkout, engine: &dyn Engine) -> Result<()> {
    let home = home(checkout, engine);
    let name = engine.name();
    let begin = Instant::now();
    let was_running = home.service.pid().is_some();
    if !was_running {
        engine.fetch()?;
        files::make_folder(&home.service.folder)?;
        if engine.refuses_root() {
            checkout::make_private_folder(&home.data)?;
        }
        let mut command = engine.prepare(checkout, &home)?;
        home.service.start(&mut command)?;
    }
    report::during(&format!("waiting for {name}"), || wait(checkout, engine, &home))?;
    // Elasticsearch is started by a launcher that ends: from here on the process is the one that listens.
    if let Some(pid) = ports::owner(engine.ports(checkout)[0]) {
        home.service.adopt(pid)?;
    }
    engine.finish(checkout)?;
    let how = if was_running {
        "runs already".to_owned()
    } else {
        format!("started in {:.0} s", begin.elapsed().as_secs_f32())
    };
    report::line(&format!(
        "  {name:<14} 127.0.0.1:{:<6} {how}",
        engine.ports(checkout)[0]
    ));
    Ok(())
}

fn wait(checkout: &Checkout, engine: &dyn Engine, home: &Home) -> Result<()> {
    let begin = Instant::now();
    let mut ended_since = None;
    while !engine.answers(checkout) {
        if home.service.pid().is_some() {
            ended_since = None;
        }
        // A launcher may end a moment before what it launched listens.
        let ended = home.service.pid().is_none()
            && ended_since.get_or_insert_with(Instant::now).elapsed() > Duration::from_secs(5);
        if ended || begin.elapsed() > READY_WITHIN {
            let how = if ended {
                "ended instead of starting".to_owned()
            } else {
                format!("does not answer within {} s", READY_WITHIN.as_secs())
            };
            let log = home.service.log();
            return Err(Fault::new(format!(
                "{} {how}. The end of {}:\n{}",
                engine.name(),
                log.display(),
                files::tail(&log, 15)
            )));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Stops what runs of ours. Gives back how many there were.
pub fn stop(checkout: &Checkout, engines: &[&'static dyn Engine]) -> Result<usize> {
    let results: Vec<Result<bool>> = thread::scope(|scope| {
        let running: Vec<_> = engines
            .iter()
            .map(|engine| {
                scope.spawn(|| {
                    report::during(&format!("stopping {}", engine.name()), || {
                        home(checkout, *engine).service.stop(engine.stop_signal(), STOP_WITHIN)
                    })
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Fault::new("xtask itself failed; this is a bug")))
            })
            .collect()
    });
    let stopped: Vec<bool> = results.into_iter().collect::<Result<_>>()?;
    Ok(stopped.into_iter().filter(|was_running| *was_running).count())
}

/// Every variable that a client of the engines needs: those that the human gave, then ours.
pub fn variables(checkout: &Checkout) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for engine in ENGINES {
        if let Ok(url) = env::var(engine.variable())
            && is_given(engine)
        {
            variables.push((engine.variable().to_owned(), url));
            continue;
        }
        variables.push((engine.variable().to_owned(), engine.url(checkout)?));
        variables.extend(
            engine
                .more_variables(checkout)?
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    Ok(variables)
}

/// Says all ports at once that somebody else has, before anything is started.
fn refuse_taken_ports(checkout: &Checkout, engines: &[&dyn Engine]) -> Result<()> {
    let mut taken = Vec::new();
    for engine in engines {
        let service = home(checkout, *engine).service;
        if service.pid().is_some() {
            continue;
        }
        for port in engine.ports(checkout).into_iter().filter(|port| ports::is_taken(*port)) {
            let ours = ports::owner(port).map_or(Ok(false), |pid| service.adopt(pid))?;
            if ours {
                break;
            }
            taken.push(format!(
                "  port {port}, for {}, is taken by {}",
                engine.name(),
                ports::describe_owner(port)
            ));
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    let base = checkout.ports.base;
    Err(Fault::new(format!(
        "{}\nStop what has them, or choose other ports: `--port-base {}` (or JONQUIL_PORT_BASE); {} ports from there are ours",
        taken.join("\n"),
        base + ports::SPAN,
        ports::SPAN
    )))
}

/// Data under another user outlives a checkout's ignored files (`git clean -fdx`); alone it is of no use, for its password is gone.
fn forget_orphans(checkout: &Checkout) -> Result<()> {
    let private = checkout.private();
    let secrets = checkout.engines().join("secrets.json");
    if private == checkout.engines() || secrets.exists() || !private.exists() {
        return Ok(());
    }
    report::line("the folder .engines was deleted: what was left of its engines goes too");
    for engine in ENGINES.into_iter().filter(|engine| engine.refuses_root()) {
        let service = home(checkout, engine).service;
        if let Some(pid) = ports::owner(engine.ports(checkout)[0]) {
            files::make_folder(&service.folder)?;
            service.adopt(pid)?;
            service.stop(engine.stop_signal(), STOP_WITHIN)?;
        }
    }
    files::remove_folder(&private)
}

/// Deletes all data of all engines; they must not run.
pub fn delete_data(checkout: &Checkout) -> Result<()> {
    files::remove_folder(&checkout.private())?;
    let Ok(entries) = fs::read_dir(checkout.engines()) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.explain("cannot read .engines")?.path();
        // The port base stays: it is a choice, not data.
        if path.is_dir() {
            files::remove_folder(&path)?;
        } else if path.file_name().is_some_and(|name| name == "secrets.json") {
            fs::remove_file(&path).explain("cannot remove the engines' secrets")?;
        }
    }
    Ok(())
}
