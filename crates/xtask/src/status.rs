//! What runs, where, and whether it is healthy.

use std::env;

use serde_json::{Value, json};

use crate::accounts::{self, Account};
use crate::checkout::Checkout;
use crate::engines::{self, ENGINES, Engine};
use crate::error::Result;
use crate::files;
use crate::http;
use crate::report;
use crate::roles::{self, ROLES};

/// The status as one object: `{url, ready, health, accounts, processes, engines}`; `health` is what the API says of itself.
pub fn describe(checkout: &Checkout) -> Result<Value> {
    let accounts: Vec<Value> = accounts::known(checkout)?.iter().map(Account::to_json).collect();
    let processes: Vec<Value> = ROLES.into_iter().map(|role| process(checkout, role)).collect();
    let engines: Vec<Value> = ENGINES
        .into_iter()
        .map(|engine| engine_state(checkout, engine))
        .collect();
    let health = http::get(checkout.ports.http(), "/health").and_then(|answer| serde_json::from_str(&answer.body).ok());
    Ok(json!({
        "url": roles::url(checkout),
        "ready": roles::is_ready(checkout),
        "health": health.unwrap_or(Value::Null),
        "accounts": accounts,
        "processes": processes,
        "engines": engines,
    }))
}

fn process(checkout: &Checkout, role: &str) -> Value {
    let service = roles::service(checkout, role);
    let pid = service.pid();
    let error = pid.is_none().then(|| reason(&files::tail(&service.log(), 1))).flatten();
    json!({
        "role": role, "instance": roles::instance(role), "pid": pid, "log": service.log(), "running": pid.is_some(), "error": error,
    })
}

/// Why a process ended: its last line, if it says so.
fn reason(last_line: &str) -> Option<String> {
    last_line.trim().strip_prefix("jonquil: ").map(str::to_owned)
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
    for line in lines(&state) {
        report::print(&line);
    }
    Ok(())
}

/// The status for people.
fn lines(state: &Value) -> Vec<String> {
    let ready = if state["ready"] == true { "ready" } else { "not ready" };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!("{} is {ready}", text(&state["url"]))];
    for (kind, name, health) in [("processes", "role", "running"), ("engines", "name", "healthy")] {
        for entry in state[kind].as_array().into_iter().flatten() {
            let how = match (&entry["pid"], entry[health].as_bool()) {
                (_, None) => "external".to_owned(),
                (Value::Null, _) => "not running".to_owned(),
                (pid, Some(true)) => format!("pid {pid}"),
                (pid, Some(false)) => format!("pid {pid}, not healthy"),
            };
            let (name, address, log) = (text(&entry[name]), text(&entry["address"]), text(&entry["log"]));
            lines.push(format!("  {name:<14} {address:<22} {how:<26} {log}"));
            lines.extend(entry["error"].as_str().map(|error| format!("    it ended: {error}")));
        }
    }
    // Roles that share the API's process: there is no process of their own to look at.
    for (role, found) in state["health"]["roles"].as_object().into_iter().flatten() {
        if found["status"] != "ok" {
            let error = found["error"].as_str().unwrap_or("no reason was given");
            lines.push(format!("  {role:<14} stopped, in the API's process: {error}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_stopped_is_shown_with_its_reason() {
        let log = reason("jonquil: projector search stopped: too many rejected events\n");
        assert_eq!(
            log.as_deref(),
            Some("projector search stopped: too many rejected events")
        );
        assert_eq!(
            reason("2026-11-26T09:00:00Z  INFO search: stopped"),
            None,
            "it was asked to"
        );
        let state = json!({
            "url": "http://127.0.0.1:8080",
            "ready": true,
            "health": {"status": "degraded", "roles": {
                "search": {"status": "down", "error": "too many rejected events"}, "relay": {"status": "ok"},
            }},
            "processes": [
                {"role": "api", "pid": 7, "running": true, "log": "api/log", "error": null},
                {"role": "search", "pid": null, "running": false, "log": "search/log", "error": log},
            ],
            "engines": [{"name": "redis", "address": "127.0.0.1:1", "pid": 8, "healthy": true, "log": "redis/log"}],
        });
        let lines: Vec<String> = lines(&state)
            .iter()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "http://127.0.0.1:8080 is ready",
                "api pid 7 api/log",
                "search not running search/log",
                "it ended: projector search stopped: too many rejected events",
                "redis 127.0.0.1:1 pid 8 redis/log",
                "search stopped, in the API's process: too many rejected events",
            ]
        );
    }
}
