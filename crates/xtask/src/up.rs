//! `up`, `down`, `reset`: the whole system on this machine.

use std::fs;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use serde_json::Value;

use crate::accounts::{self, Account};
use crate::arguments::Arguments;
use crate::checkout::Checkout;
use crate::engines;
use crate::error::{Context, Error, Result};
use crate::files;
use crate::http;
use crate::prerequisites;
use crate::report;
use crate::roles;
use crate::status;
use crate::tool;
use crate::web;

/// Starts everything and loads the demo into an empty catalogue.
pub fn up(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    let begin = Instant::now();
    prerequisites::check(checkout)?;
    report::line("engines");
    engines::start(checkout)?;
    engines::keep(checkout)?;
    roles::build(checkout)?;
    if web::build(checkout)? {
        // The API reads the page once, at its start.
        roles::stop_api(checkout)?;
    }
    roles::migrate(checkout)?;
    let accounts = accounts::create(checkout)?;
    roles::start(checkout)?;
    if !arguments.has("--no-demo") && (demo_file(checkout).exists() || is_empty(checkout)?) {
        load_demo(checkout, &accounts)?;
    }
    report::line(&format!("ready after {:.0} s", begin.elapsed().as_secs_f32()));
    if arguments.has("--json") {
        report::print(&status::describe(checkout)?.to_string());
    } else {
        report::print(&welcome(checkout, &accounts));
    }
    if arguments.has("--detach") {
        Ok(())
    } else {
        run_in_foreground(checkout)
    }
}

/// Whether the catalogue has no tracks.
fn is_empty(checkout: &Checkout) -> Result<bool> {
    let answer = http::get(checkout.ports.http(), "/api/v1/tracks/?limit=1").filter(|answer| answer.status == 200);
    let answer =
        answer.ok_or_else(|| Error::new("cannot list the tracks; `cargo xtask status` shows the API's log"))?;
    let page: Value = serde_json::from_str(&answer.body).context("cannot read the API's list of tracks")?;
    Ok(page["items"].as_array().is_none_or(Vec::is_empty))
}

/// There while the demo is loaded: one that was killed is completed by the next `up`.
fn demo_file(checkout: &Checkout) -> PathBuf {
    checkout.state().join("demo-unfinished")
}

fn load_demo(checkout: &Checkout, accounts: &[Account]) -> Result<()> {
    report::line("loading the demo");
    let unfinished = demo_file(checkout);
    files::write(&unfinished, "", 0o644)?;
    let artist = accounts::artist(accounts)?;
    let mut command: Command = roles::jonquil(checkout, "demo")?;
    command.args(["demo", "--url", &roles::url(checkout), "--username", &artist.username]);
    command
        .env("JONQUIL_DEMO_PASSWORD", &artist.password)
        .stdin(Stdio::null())
        .stdout(Stdio::from(io::stderr()));
    if tool::pass_through(&mut command)? {
        files::remove_file(&unfinished)?;
    } else {
        // The service works without it; the demo has printed its error.
        report::line("cannot load the demo; the service is ready without it. `cargo xtask up` tries again");
    }
    Ok(())
}

fn welcome(checkout: &Checkout, accounts: &[Account]) -> String {
    let url = roles::url(checkout);
    let sign_ins: Vec<String> = accounts
        .iter()
        .map(|account| format!("  {:<10} {}   ({})", account.username, account.password, account.role))
        .collect();
    let first = accounts.iter().find(|account| account.role == "listener");
    let (username, password) = first.map_or(("listener", "…"), |account| (&account.username, &account.password));
    format!(
        "
Jonquil is ready: {url}

Accounts (stored in .jonquil/accounts.json)
{}

What to try
  {url}/app/                     the page: search, play, upload, watch it run
  {url}/docs                     all operations, to try in the browser
  curl '{url}/api/v1/search/multi?q=singularity'
  curl -d 'username={username}&password={password}' {url}/api/v1/auth/login
  cargo xtask status                              shows what runs and its logs
  cargo xtask down                                stops everything; the data stays",
        sign_ins.join("\n")
    )
}

/// Waits for Ctrl-C and reports roles that exit; then stops everything.
fn run_in_foreground(checkout: &Checkout) -> Result<()> {
    report::line("\nCtrl-C stops everything. (`cargo xtask up --detach` leaves it running.)");
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    signals.thread_block().context("cannot wait for Ctrl-C")?;
    let (sender, signal) = mpsc::channel();
    thread::spawn(move || {
        let _receiver_gone = sender.send(signals.wait());
    });
    let mut reported: Vec<&str> = Vec::new();
    while let Err(RecvTimeoutError::Timeout) = signal.recv_timeout(Duration::from_secs(1)) {
        for role in roles::ROLES {
            if let Some(error) = roles::ended(checkout, role).filter(|_| !reported.contains(&role)) {
                reported.push(role);
                report::line(&format!("{error}\n`cargo xtask up` in another terminal restarts it"));
            }
        }
        reported.retain(|role| roles::service(checkout, role).pid().is_none());
    }
    report::line("stopping");
    down(checkout)
}

/// Stops the roles, then the engines that were started here.
pub fn down(checkout: &Checkout) -> Result<()> {
    let roles = roles::stop(checkout)?;
    engines::stop_keeping(checkout)?;
    let engines = engines::stop(checkout, &engines::ENGINES)?;
    report::line(&match (roles, engines) {
        (0, 0) => "nothing was running".to_owned(),
        _ => format!("stopped: {roles} roles, {engines} engines. The data stays; `cargo xtask reset` deletes it"),
    });
    Ok(())
}

/// Stops everything and deletes the data, the accounts and the secrets of this checkout.
pub fn reset(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    if !arguments.has("--yes") {
        eprint!(
            "This deletes all music, accounts and history of {}. Type yes to continue: ",
            checkout.root.display()
        );
        let mut answer = String::new();
        io::stdin()
            .lock()
            .read_line(&mut answer)
            .context("cannot read the answer")?;
        if answer.trim() != "yes" {
            return Err(Error::new("nothing was deleted"));
        }
    }
    down(checkout)?;
    engines::delete_data(checkout)?;
    files::remove_folder(&checkout.state())?;
    if fs::exists(checkout.state()).unwrap_or(false) {
        return Err(Error::new(format!("cannot delete {}", checkout.state().display())));
    }
    report::line("all data was deleted");
    Ok(())
}
