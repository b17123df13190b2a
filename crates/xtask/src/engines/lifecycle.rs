//! Starting and stopping the engines of a checkout.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{ENGINES, Engine, Home, home, is_given};
use crate::checkout::{self, Checkout};
use crate::fault::{Explain, Fault, Result};
use crate::files;
use crate::ports;
use crate::process;
use crate::report;
use crate::together::together;

/// How long an engine may take until it answers; the slowest needs 25 s on 2 idle cores.
const READY_WITHIN: Duration = Duration::from_mins(3);
/// How long an engine may take to end in order.
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// A launcher may end a moment before what it launched listens.
const LAUNCHER_GRACE: Duration = Duration::from_secs(5);

/// Starts what does not run yet and waits until all answer. Gives back the engines that were started now.
pub fn start(checkout: &Checkout) -> Result<Vec<&'static dyn Engine>> {
    files::make_folder(&checkout.engines())?;
    // Two commands at once in one checkout: the second waits and finds everything running.
    let _starting = lock(&checkout.engines().join("starting"), File::lock)?;
    forget_orphans(checkout)?;
    let missing: Vec<&dyn Engine> = ENGINES.into_iter().filter(|engine| !is_given(*engine)).collect();
    settle_ports(checkout, &missing)?;
    let does_not_run = |engine: &&'static dyn Engine| home(checkout, *engine).service.pid().is_none();
    let idle: Vec<&'static dyn Engine> = missing.iter().copied().filter(does_not_run).collect();
    // Fetching is bound by the network and one compiler, starting by two JVMs: all at once is quickest.
    let results = together(missing, |engine| start_one(checkout, engine));
    let faults: Vec<String> = results
        .into_iter()
        .filter_map(Result::err)
        .map(|fault| fault.to_string())
        .collect();
    if faults.is_empty() {
        Ok(idle)
    } else {
        Err(Fault::new(faults.join("\n")))
    }
}

fn start_one(checkout: &Checkout, engine: &dyn Engine) -> Result<()> {
    let home = home(checkout, engine);
    let (name, port) = (engine.name(), engine.ports(checkout)[0]);
    let begin = Instant::now();
    let was_running = home.service.pid().is_some();
    if !was_running {
        engine.fetch()?;
        files::make_folder(&home.service.folder)?;
        if engine.refuses_root() {
            checkout::make_private_folder(&home.data)?;
        }
        // What a killed engine left behind still holds its data.
        process::end_marked(&home.service.folder, LAUNCHER_GRACE)?;
        let mut command = engine.prepare(checkout, &home)?;
        home.service.start(&mut command)?;
    }
    report::during(&format!("waiting for {name}"), || wait(checkout, engine, &home))?;
    // Elasticsearch is started by a launcher that ends: from here on the process is the one that listens.
    if let Some(pid) = ports::owner(port) {
        home.service.adopt(pid)?;
    }
    engine.finish(checkout)?;
    let seconds = begin.elapsed().as_secs_f32();
    let how = if was_running {
        "runs already".to_owned()
    } else {
        format!("started in {seconds:.0} s")
    };
    report::line(&format!("  {name:<14} 127.0.0.1:{port:<6} {how}"));
    Ok(())
}

fn wait(checkout: &Checkout, engine: &dyn Engine, home: &Home) -> Result<()> {
    let begin = Instant::now();
    let mut ended_since = None;
    while !engine.answers(checkout) {
        let runs = home.service.pid().is_some();
        let ended = !runs && ended_since.get_or_insert_with(Instant::now).elapsed() > LAUNCHER_GRACE;
        let how = match (ended, begin.elapsed() > READY_WITHIN) {
            (false, false) => {
                thread::sleep(Duration::from_millis(100));
                continue;
            }
            (true, _) => "ended instead of starting".to_owned(),
            (_, true) => format!("does not answer within {} s", READY_WITHIN.as_secs()),
        };
        let (name, log) = (engine.name(), home.service.log());
        let tail = files::tail(&log, 15);
        return Err(Fault::new(format!(
            "{name} {how}. The end of {}:\n{tail}",
            log.display()
        )));
    }
    Ok(())
}

/// Stops what runs of ours. Gives back how many there were.
pub fn stop(checkout: &Checkout, engines: &[&'static dyn Engine]) -> Result<usize> {
    let results = together(engines.to_vec(), |engine| {
        let service = home(checkout, engine).service;
        report::during(&format!("stopping {}", engine.name()), || {
            service.stop(engine.stop_signal(), STOP_WITHIN)
        })
    });
    let stopped: Vec<bool> = results.into_iter().collect::<Result<_>>()?;
    Ok(stopped.into_iter().filter(|was_running| *was_running).count())
}

/// From now on the engines stay until `down`, whoever else uses them meanwhile.
pub fn keep(checkout: &Checkout) -> Result<()> {
    files::write(&checkout.engines().join("keep"), "", 0o644)
}

/// Ends what [`keep`] began.
pub fn keep_no_longer(checkout: &Checkout) -> Result<()> {
    files::remove_file(&checkout.engines().join("keep"))
}

/// Holds the engines for a while. Locks go with the process that has them.
pub fn hold(checkout: &Checkout) -> Result<File> {
    files::make_folder(&checkout.engines())?;
    lock(&checkout.engines().join("in-use"), File::lock_shared)
}

/// Stops `started` unless somebody still needs them: another [`hold`], or [`keep`].
pub fn release(checkout: &Checkout, held: File, started: &[&'static dyn Engine]) -> Result<()> {
    drop(held);
    let nobody_else = lock(&checkout.engines().join("in-use"), |file| Ok(file.try_lock()?));
    if nobody_else.is_err() || checkout.engines().join("keep").exists() {
        report::line("the engines stay: something else uses them. `cargo xtask down` stops them");
        return Ok(());
    }
    stop(checkout, started).map(drop)
}

fn lock(path: &Path, take: impl FnOnce(&File) -> std::io::Result<()>) -> Result<File> {
    let file = File::create(path).explain(format_args!("cannot write {}", path.display()))?;
    take(&file).explain(format_args!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// Notes the port base and says all ports at once that somebody else has, before anything is started.
fn settle_ports(checkout: &Checkout, engines: &[&dyn Engine]) -> Result<()> {
    let runs = |engine: &dyn Engine| home(checkout, engine).service.pid().is_some();
    let base = checkout.ports.base;
    if let Some(noted) = checkout.noted_base()?.filter(|noted| *noted != base)
        && engines.iter().any(|engine| runs(*engine))
    {
        let message =
            format!("the engines of this checkout run at port base {noted}, not {base}: `cargo xtask down` first");
        return Err(Fault::new(message));
    }
    checkout.note_base()?;
    let mut taken = Vec::new();
    for engine in engines.iter().filter(|engine| !runs(**engine)) {
        let service = home(checkout, *engine).service;
        let ports = engine.ports(checkout);
        // Started by an xtask that was killed before it could note it: ours after all.
        if let Some(pid) = ports::owner(ports[0])
            && service.adopt(pid)?
        {
            continue;
        }
        let others = ports
            .into_iter()
            .filter(|port| ports::is_taken(*port) && !is_marked(&service.folder, *port));
        let name = engine.name();
        taken.extend(
            others.map(|port| format!("  port {port}, for {name}, is taken by {}", ports::describe_owner(port))),
        );
    }
    if taken.is_empty() {
        return Ok(());
    }
    Err(Fault::new(format!(
        "{}\nStop what has them, or choose other ports: `--port-base {}` (or JONQUIL_PORT_BASE); {} ports from there are ours",
        taken.join("\n"),
        base + ports::SPAN,
        ports::SPAN
    )))
}

/// Whether a port is held by what is left of the engine of that folder; it is ended before the engine starts.
fn is_marked(folder: &Path, port: u16) -> bool {
    ports::owner(port).is_some_and(|pid| process::marked(folder).contains(&pid))
}

/// Processes, and data under another user, outlive a checkout's ignored files (`git clean -fdx`). They are of no use: their password is gone.
fn forget_orphans(checkout: &Checkout) -> Result<()> {
    if checkout.engines().join("secrets.json").exists() {
        return Ok(());
    }
    let private = checkout.private();
    if !process::marked(&checkout.engines()).is_empty() {
        report::line("the folder .engines was deleted: what is left of its engines ends");
        process::end_marked(&checkout.engines(), Duration::ZERO)?;
    }
    if private == checkout.engines() {
        Ok(())
    } else {
        files::remove_folder(&private)
    }
}

/// Deletes all data of all engines; they must not run.
pub fn delete_data(checkout: &Checkout) -> Result<()> {
    files::remove_folder(&checkout.private())?;
    let Ok(entries) = fs::read_dir(checkout.engines()) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.explain("cannot read .engines")?.path();
        if path.is_dir() {
            files::remove_folder(&path)?;
        }
    }
    files::remove_file(&checkout.engines().join("secrets.json"))
}
