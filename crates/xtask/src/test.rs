//! `test` and `bench`: everything that needs engines for a while.

use std::env;
use std::process::Command;
use std::time::Instant;

use crate::arguments::Arguments;
use crate::checkout::Checkout;
use crate::engines;
use crate::fault::{Fault, Result};
use crate::prerequisites::{self, Need};
use crate::report;
use crate::tidy;
use crate::tool;

/// Everything but xtask: one set of packages for `up`, lints and tests has one set of features, so nothing that they
/// depend on is compiled twice.
const SERVICE: &[&str] = &["--workspace", "--exclude", "xtask"];
const XTASK: &[&str] = &["--package", "xtask"];
const WARNINGS_FAIL: &[&str] = &["--quiet", "--", "-D", "warnings"];

/// The lints and all tests; with a filter, those tests only.
pub fn test(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    prerequisites::check_with(checkout, &[Need::Tour])?;
    if arguments.rest.is_empty() {
        step("tidy", || tidy::check(checkout))?;
        step("format", || cargo(checkout, &["fmt", "--all", "--check"], &[], &[]))?;
        step("clippy", || {
            cargo(
                checkout,
                &[&["clippy", "--all-targets"], SERVICE, WARNINGS_FAIL].concat(),
                &[],
                &[],
            )?;
            cargo(
                checkout,
                &[&["clippy", "--all-targets"], XTASK, WARNINGS_FAIL].concat(),
                &[],
                &[],
            )
        })?;
    }
    with_engines(checkout, arguments.has("--keep"), |variables| {
        // The stories start the service's own binary; `up` builds it from the same set of packages.
        step("build", || {
            cargo(
                checkout,
                &[&["build", "--quiet", "--bins"], SERVICE].concat(),
                &[],
                variables,
            )?;
            cargo(
                checkout,
                &[&["test", "--quiet", "--no-run"], SERVICE].concat(),
                &[],
                variables,
            )
        })?;
        step("tests", || {
            cargo(checkout, &[&["test"], SERVICE].concat(), &arguments.rest, variables)?;
            cargo(checkout, &[&["test"], XTASK].concat(), &arguments.rest, variables)
        })
    })
}

/// A measurement: a program of the crate bench, built for release.
pub fn bench(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    prerequisites::check(checkout)?;
    with_engines(checkout, arguments.has("--keep"), |variables| {
        cargo(
            checkout,
            &["run", "--release", "--package", "bench", "--"],
            &arguments.rest,
            variables,
        )
    })
}

/// Leaves the engines as they were found: what was started for `work` is stopped after it, also when it fails.
fn with_engines(checkout: &Checkout, keep: bool, work: impl FnOnce(&[(String, String)]) -> Result<()>) -> Result<()> {
    let held = engines::hold(checkout)?;
    let mut started = Vec::new();
    step("engines", || {
        started = engines::start(checkout)?;
        Ok(())
    })?;
    let result = engines::variables(checkout).and_then(|variables| work(&variables));
    if !keep {
        engines::release(checkout, held, &started)?;
    }
    result
}

/// Says what is done and how long it took.
fn step(what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    report::line(&format!("== {what}"));
    let begin = Instant::now();
    let result = work();
    let how = if result.is_ok() { "ok" } else { "FAILED" };
    report::line(&format!("== {what}: {how}, {:.0} s", begin.elapsed().as_secs_f32()));
    result
}

fn cargo(checkout: &Checkout, fixed: &[&str], more: &[String], variables: &[(String, String)]) -> Result<()> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(fixed)
        .args(more)
        .current_dir(&checkout.root)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    if tool::pass_through(&mut cargo)? {
        Ok(())
    } else {
        Err(Fault::new(format!("cargo {} failed; why is said above", fixed[0])))
    }
}
