//! `chaos`: the service under load on a set of engines of its own, which are killed and stopped while it works.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::arguments::Arguments;
use crate::checkout::Checkout;
use crate::engines::{self, ENGINES};
use crate::error::{Context, Error, Result};
use crate::prerequisites;
use crate::process;
use crate::report;
use crate::test::{SERVICE, cargo, with_engines};
use crate::volumes;

/// From the checkout's own ports to those of the chaos engines.
const DISTANCE: u16 = 3_700;

/// Starts the engines, builds, runs, and stops the engines.
pub fn run(arguments: &Arguments) -> Result<()> {
    has_own_engines()?;
    let checkout = Checkout::find(None)?;
    let port_base = arguments.port_base.unwrap_or(checkout.ports.base + DISTANCE);
    let checkout = checkout.for_chaos(port_base);
    prerequisites::check(&checkout)?;
    let volumes = volumes::mount_all(&checkout);
    if let Err(reason) = &volumes {
        report::line(&format!("no disk will become full: {reason}"));
    }
    let result = with_engines(&checkout, arguments.has("--keep"), |variables| {
        runs(&checkout, arguments, [variables, &[of_volumes(&volumes)]].concat())
    });
    result.and(volumes::unmount_all(&checkout))
}

/// Where uploads in progress are, on a volume that may become full; or why there are no such volumes.
fn of_volumes(volumes: &Result<PathBuf>) -> (String, String) {
    match volumes {
        Ok(spool) => ("JONQUIL_CHAOS_SPOOL".to_owned(), spool.display().to_string()),
        Err(reason) => ("JONQUIL_CHAOS_NO_VOLUMES".to_owned(), reason.to_string()),
    }
}

fn has_own_engines() -> Result<()> {
    let Some(engine) = ENGINES.into_iter().find(|engine| engines::is_external(*engine)) else {
        return Ok(());
    };
    let message = format!(
        "chaos kills its engines: unset {} and it starts one of its own",
        engine.variable()
    );
    Err(Error::new(message))
}

fn runs(checkout: &Checkout, arguments: &Arguments, mut variables: Vec<(String, String)>) -> Result<()> {
    let xtask = env::current_exe().context("cannot find xtask")?;
    variables.push(("JONQUIL_CHAOS_XTASK".to_owned(), xtask.display().to_string()));
    variables.push(("JONQUIL_CHAOS_PORT_BASE".to_owned(), checkout.ports.base.to_string()));
    cargo(
        checkout,
        &[&["build", "--quiet", "--bins"], SERVICE].concat(),
        &[],
        &variables,
    )?;
    let mut test = [&["test", "--quiet"], SERVICE, &["--test", "chaos"]].concat();
    test.push("--");
    cargo(checkout, &test, &arguments.rest, &variables)
}

/// `chaos-engine KEY kill|pause|resume|start`, and `fill|free` of a volume: what the run orders while it goes on.
pub fn engine(mut given: impl Iterator<Item = String>) -> Result<()> {
    has_own_engines()?;
    let (key, what) = (given.next().unwrap_or_default(), given.next().unwrap_or_default());
    let arguments = Arguments::read(given, &[], false)?;
    let port_base = arguments
        .port_base
        .ok_or_else(|| Error::new("chaos-engine needs --port-base"))?;
    let checkout = Checkout::find(None)?.for_chaos(port_base);
    match what.as_str() {
        "fill" => return volumes::fill(&checkout, &key),
        "free" => return volumes::free(&checkout, &key),
        _ => {}
    }
    let engine = ENGINES.into_iter().find(|engine| engine.key() == key);
    let engine = engine.ok_or_else(|| Error::new(format!("there is no engine {key}")))?;
    let service = engines::home(&checkout, engine).service;
    match what.as_str() {
        "kill" => {
            service.signal(Signal::SIGKILL)?;
            // Until it is gone: else the start after it would find it running.
            service.stop(Signal::SIGKILL, Duration::from_secs(10))?;
            process::end_marked(&service.folder, Duration::ZERO)
        }
        "pause" => service.signal(Signal::SIGSTOP),
        "resume" => service.signal(Signal::SIGCONT),
        "start" => engines::start(&checkout).map(drop),
        _ => Err(Error::new("kill, pause, resume, start, fill or free")),
    }
}
