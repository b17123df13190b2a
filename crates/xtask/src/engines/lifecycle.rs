//! Starting and stopping the engines of a checkout.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{ENGINES, Engine, Home, home, is_external};
use crate::checkout::{self, Checkout};
use crate::error::{Context, Error, Result};
use crate::files;
use crate::parallel::in_parallel;
use crate::ports;
use crate::process;
use crate::report;

/// Time for an engine to become ready; the slowest needs 25 s on 2 idle cores.
const READY_WITHIN: Duration = Duration::from_mins(3);
/// Time for an engine to shut down.
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// A launcher may exit shortly before the process it launched listens.
const LAUNCHER_GRACE: Duration = Duration::from_secs(5);

/// Starts the engines that do not run yet and waits until all are ready. Returns those it started.
pub fn start(checkout: &Checkout) -> Result<Vec<&'static dyn Engine>> {
    files::make_folder(&checkout.engines())?;
    // With two commands in one checkout, the second waits here and then finds everything running.
    let _starting = lock(&checkout.engines().join("starting"), File::lock)?;
    remove_orphans(checkout)?;
    let missing: Vec<&dyn Engine> = ENGINES.into_iter().filter(|engine| !is_external(*engine)).collect();
    check_ports(checkout, &missing)?;
    let does_not_run = |engine: &&'static dyn Engine| home(checkout, *engine).service.pid().is_none();
    let idle: Vec<&'static dyn Engine> = missing.iter().copied().filter(does_not_run).collect();
    // In parallel: fetching waits for the network and one compiler, starting waits for two JVMs.
    let results = in_parallel(missing, |engine| start_one(checkout, engine));
    let errors: Vec<String> = results
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.to_string())
        .collect();
    if errors.is_empty() {
        Ok(idle)
    } else {
        Err(Error::new(errors.join("\n")))
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
        } else {
            files::make_folder(&home.data)?;
        }
        // Processes left by a killed engine still lock its data.
        process::end_marked(&home.service.folder, LAUNCHER_GRACE)?;
        let mut command = engine.prepare(checkout, &home)?;
        home.service.start(&mut command)?;
    }
    report::with_progress(&format!("waiting for {name}"), || wait(checkout, engine, &home))?;
    // Elasticsearch's launcher exits: record the process that listens instead.
    if let Some(pid) = ports::owner(port) {
        home.service.adopt(pid)?;
    }
    engine.finish(checkout)?;
    let seconds = begin.elapsed().as_secs_f32();
    let how = if was_running {
        "already running".to_owned()
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
            (true, _) => "exited during its start".to_owned(),
            (_, true) => format!("is not ready after {} s", READY_WITHIN.as_secs()),
        };
        let (name, log) = (engine.name(), home.service.log());
        let tail = files::tail(&log, 15);
        return Err(Error::new(format!(
            "{name} {how}. The end of {}:\n{tail}",
            log.display()
        )));
    }
    Ok(())
}

/// Stops the given engines. Returns how many were running.
pub fn stop(checkout: &Checkout, engines: &[&'static dyn Engine]) -> Result<usize> {
    let results = in_parallel(engines.to_vec(), |engine| {
        let service = home(checkout, engine).service;
        report::with_progress(&format!("stopping {}", engine.name()), || {
            service.stop(engine.stop_signal(), STOP_WITHIN)
        })
    });
    let stopped: Vec<bool> = results.into_iter().collect::<Result<_>>()?;
    Ok(stopped.into_iter().filter(|was_running| *was_running).count())
}

/// Keeps the engines running until `down`, also when another command that uses them ends.
pub fn keep(checkout: &Checkout) -> Result<()> {
    files::write(&checkout.engines().join("keep"), "", 0o644)
}

/// Undoes [`keep`].
pub fn stop_keeping(checkout: &Checkout) -> Result<()> {
    files::remove_file(&checkout.engines().join("keep"))
}

/// Marks the engines as used until the file is dropped. The lock also ends with the process.
pub fn hold(checkout: &Checkout) -> Result<File> {
    files::make_folder(&checkout.engines())?;
    lock(&checkout.engines().join("in-use"), File::lock_shared)
}

/// Stops `started` unless they are still in use by another [`hold`] or by [`keep`].
pub fn release(checkout: &Checkout, held: File, started: &[&'static dyn Engine]) -> Result<()> {
    drop(held);
    let nobody_else = lock(&checkout.engines().join("in-use"), |file| Ok(file.try_lock()?));
    if nobody_else.is_err() || checkout.engines().join("keep").exists() {
        report::line("the engines keep running: another command uses them. `cargo xtask down` stops them");
        return Ok(());
    }
    stop(checkout, started).map(drop)
}

fn lock(path: &Path, take: impl FnOnce(&File) -> std::io::Result<()>) -> Result<File> {
    let file = File::create(path).context(format_args!("cannot write {}", path.display()))?;
    take(&file).context(format_args!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// Saves the port base and reports all ports that are taken, before anything is started.
fn check_ports(checkout: &Checkout, engines: &[&dyn Engine]) -> Result<()> {
    let runs = |engine: &dyn Engine| home(checkout, engine).service.pid().is_some();
    let base = checkout.ports.base;
    if let Some(saved) = checkout.saved_base()?.filter(|saved| *saved != base)
        && engines.iter().any(|engine| runs(*engine))
    {
        let message =
            format!("the engines of this checkout run at port base {saved}, not {base}: `cargo xtask down` first");
        return Err(Error::new(message));
    }
    checkout.save_base()?;
    let mut taken = Vec::new();
    for engine in engines.iter().filter(|engine| !runs(**engine)) {
        let service = home(checkout, *engine).service;
        let ports = engine.ports(checkout);
        // Started by an xtask that was killed before it wrote the record.
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
    Err(Error::new(format!(
        "{}\nStop these processes, or choose other ports with `--port-base {}` or JONQUIL_PORT_BASE; {} ports from there are used",
        taken.join("\n"),
        base + ports::SPAN,
        ports::SPAN
    )))
}

/// Whether a port is taken by a leftover process of the engine in that folder, which is ended before the engine starts.
fn is_marked(folder: &Path, port: u16) -> bool {
    ports::owner(port).is_some_and(|pid| process::marked(folder).contains(&pid))
}

/// Ends processes and deletes data that have outlived the checkout's ignored files (`git clean -fdx`). Their passwords are lost.
pub fn remove_orphans(checkout: &Checkout) -> Result<()> {
    if checkout.engines().join("secrets.json").exists() {
        return Ok(());
    }
    if !process::marked(&checkout.engines()).is_empty() {
        report::line("the folder .engines was deleted: ending the engines it belonged to");
        process::end_marked(&checkout.engines(), Duration::ZERO)?;
    }
    files::remove_folder(&checkout.private())
}

/// Deletes the data of all engines, which must be stopped.
pub fn delete_data(checkout: &Checkout) -> Result<()> {
    files::remove_folder(&checkout.private())?;
    let Ok(entries) = fs::read_dir(checkout.engines()) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.context("cannot read .engines")?.path();
        if path.is_dir() {
            files::remove_folder(&path)?;
        }
    }
    files::remove_file(&checkout.engines().join("secrets.json"))
}
