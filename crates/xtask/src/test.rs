//! `test` and `bench`: commands that need the engines while they run.

use std::env;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use crate::arguments::Arguments;
use crate::checkout::Checkout;
use crate::engines;
use crate::error::{Error, Result};
use crate::node;
use crate::prerequisites::{self, Need};
use crate::python;
use crate::report;
use crate::tidy;
use crate::tool;
use crate::web;

/// Everything but xtask. `up`, lints and tests use the same packages, so cargo uses the same features and compiles no
/// dependency twice.
pub const SERVICE: &[&str] = &["--workspace", "--exclude", "xtask"];
const XTASK: &[&str] = &["--package", "xtask"];
/// Clippy compiles what belongs to the workspace in the compiler's place: linting and building are one pass, and what we
/// depend on is compiled once. (`cargo clippy` would compile all of it once more, to check only.)
const LINTS: [(&str, &str); 2] = [
    ("RUSTC_WORKSPACE_WRAPPER", "clippy-driver"),
    // As `cargo clippy` hands `-D warnings` over.
    ("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"),
];

/// Runs the lints and all tests; with a filter only those tests.
pub fn test(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    prerequisites::check_with(checkout, &[Need::Tour, Need::Python])?;
    // Beside the lints and the build, which take longer.
    thread::scope(|scope| {
        let tools = scope.spawn(|| {
            node::tools(checkout)?;
            python::tools(checkout)
        });
        test_with(checkout, arguments, || {
            let installed = tools
                .join()
                .map_err(|_| Error::new("installing the tools of the tests panicked"));
            Ok(python::variable(&installed??))
        })
    })
}

fn test_with(
    checkout: &Checkout,
    arguments: &Arguments,
    tools: impl FnOnce() -> Result<(String, String)>,
) -> Result<()> {
    if arguments.rest.is_empty() {
        step("tidy", || tidy::check(checkout))?;
        step("format", || cargo(checkout, &["fmt", "--all", "--check"], &[], &[]))?;
        step("page", || web::check(checkout))?;
    }
    with_engines(checkout, arguments.has("--keep"), |variables| {
        let mut variables = variables.to_vec();
        if arguments.rest.is_empty() {
            variables.extend(LINTS.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        // The tests start the binary `jonquil`.
        step("build, with clippy", || {
            let build = ["build", "--quiet", "--bins"];
            cargo(checkout, &[&build, SERVICE].concat(), &[], &variables)?;
            let build = ["test", "--quiet", "--no-run"];
            cargo(checkout, &[&build, SERVICE].concat(), &[], &variables)?;
            cargo(checkout, &[&build, XTASK].concat(), &[], &variables)
        })?;
        variables.push(tools()?);
        step("tests", || {
            cargo(checkout, &[&["test"], SERVICE].concat(), &arguments.rest, &variables)?;
            cargo(checkout, &[&["test"], XTASK].concat(), &arguments.rest, &variables)
        })?;
        Ok(())
    })
}

/// The stories of the page, in a browser.
pub fn page(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    in_browser(checkout, arguments, None)
}

/// Pictures of every page, in both themes, wide and narrow, to be looked at.
pub fn screenshots(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    let folder = checkout.state().join("screenshots");
    in_browser(checkout, arguments, Some(&folder))?;
    report::line(&format!("the pictures are in {}", folder.display()));
    Ok(())
}

fn in_browser(checkout: &Checkout, arguments: &Arguments, screenshots: Option<&Path>) -> Result<()> {
    prerequisites::check_with(checkout, &[Need::Chromium])?;
    with_engines(checkout, arguments.has("--keep"), |variables| {
        cargo(
            checkout,
            &[&["build", "--quiet", "--bins"], SERVICE].concat(),
            &[],
            variables,
        )?;
        web::stories(checkout, variables, screenshots)
    })
}

/// Runs a benchmark of the crate bench in a release build.
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

/// Runs one story, with these variables beside those of the engines.
pub fn story(checkout: &Checkout, keep: bool, name: &str, more: &[(String, String)]) -> Result<()> {
    prerequisites::check_with(checkout, &[Need::Python])?;
    with_engines(checkout, keep, |variables| {
        let variables = [variables, more].concat();
        cargo(
            checkout,
            &[&["build", "--quiet", "--bins"], SERVICE].concat(),
            &[],
            &variables,
        )?;
        cargo(checkout, &[&["test"], SERVICE].concat(), &[name.to_owned()], &variables)
    })
}

/// Starts the engines for `work` and stops those it started afterwards, also after an error.
pub fn with_engines(
    checkout: &Checkout,
    keep: bool,
    work: impl FnOnce(&[(String, String)]) -> Result<()>,
) -> Result<()> {
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

/// Prints a step, its result and its duration.
pub fn step(what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    report::line(&format!("== {what}"));
    let begin = Instant::now();
    let result = work();
    let how = if result.is_ok() { "ok" } else { "FAILED" };
    report::line(&format!("== {what}: {how}, {:.0} s", begin.elapsed().as_secs_f32()));
    result
}

pub fn cargo(checkout: &Checkout, fixed: &[&str], more: &[String], variables: &[(String, String)]) -> Result<()> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Cargo sets these for xtask. Build scripts look at some of them, so packages would be compiled again whenever cargo
    // was called by hand in between.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    cargo
        .args(fixed)
        .args(more)
        .current_dir(&checkout.root)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    if tool::pass_through(&mut cargo)? {
        Ok(())
    } else {
        Err(Error::new(format!("cargo {} failed; its errors are above", fixed[0])))
    }
}
