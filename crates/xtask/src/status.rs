//! What runs, where, and whether it is healthy.

use std::env;

use serde_json::{Value, json};

use crate::accounts::{self, Account};
use crate::checkout::Checkout;
use crate::engines::{self, ENGINES, Engine};
use crate::error::Result;
use crate::files;
use crate::report;
use crate::roles::{self, ROLES};

/// The status as one object: `{url, ready, accounts, processes, engines}`.
pub fn describe(checkout: &Checkout) -> Result<Value> {
    let accounts: Vec<Value> = accounts::known(checkout)?.iter().map(Account::to_json).collect();
    let processes: Vec<Value> = ROLES.into_iter().map(|role| process(checkout, role)).collect();
    let engines: Vec<Value> = ENGINES
        .into_iter()
        .map(|engine| engine_state(checkout, engine))
        .collect();
    Ok(
        json!({ "url": roles::url(checkout), "ready": roles::is_ready(checkout), "accounts": accounts, "processes": processes, "engines": engines }),
    )
}

fn process(checkout: &Checkout, role: &str) -> Value {
    let service = roles::service(checkout, role);
    let pid = service.pid();
    let stopped = match pid {
        Some(_) => roles::stopped(checkout, role),
        // Its last words, if it ever ran.
        None => Some(files::tail(&service.log(), 1)).filter(|last| !last.trim().is_empty()),
    };
    let running = pid.is_some() && stopped.is_none();
    json!({ "role": role, "instance": roles::instance(role), "pid": pid, "log": service.log(), "running": running, "stopped": stopped })
}

fn engine_state(checkout: &Checkout, engine: &dyn Engine) -> Value {
    let name = engine.key();
    if let (true, Ok(url)) = (engines::is_external(engine), env::var(engine.variable())) {
        // An external engine: its address without the password, and no health.
        let address = url.rsplit_once('@').map_or(url.as_str(), |(_, address)| address);
        return json!({ "name": name, "address": address, "pid": null, "log": null, "healthy": null });
    }
    let service = engines::home(checkout, engine).service;
    let pid = service.pid();
    let healthy = pid.is_some() && engine.answers(checkout);
    json!({ "name": name, "address": format!("127.0.0.1:{}", engine.ports(checkout)[0]), "pid": pid, "log": service.log(), "healthy": healthy })
}

/// `cargo xtask status`.
pub fn print(checkout: &Checkout, as_json: bool) -> Result<()> {
    let state = describe(checkout)?;
    if as_json {
        report::print(&state.to_string());
        return Ok(());
    }
    let ready = if state["ready"] == true { "ready" } else { "not ready" };
    report::print(&format!("{} is {ready}", roles::url(checkout)));
    for (kind, name, health) in [("processes", "role", "running"), ("engines", "name", "healthy")] {
        for entry in state[kind].as_array().into_iter().flatten() {
            let how = match (&entry["pid"], entry[health].as_bool()) {
                (_, None) => "external".to_owned(),
                (Value::Null, _) => "not running".to_owned(),
                (pid, Some(true)) => format!("pid {pid}"),
                (pid, Some(false)) => format!("pid {pid}, not healthy"),
            };
            let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            report::print(&format!(
                "  {:<14} {:<22} {how:<26} {}",
                text(name),
                text("address"),
                text("log")
            ));
            if let Some(stopped) = entry["stopped"].as_str() {
                report::print(&format!("    stopped: {}", stopped.trim()));
            }
        }
    }
    Ok(())
}
