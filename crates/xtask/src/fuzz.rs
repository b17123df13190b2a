//! `cargo xtask fuzz`: schemathesis over the OpenAPI document. It comes from PyPI into a folder of its own in `target`.

use std::path::PathBuf;
use std::process::Command;

use crate::arguments::Arguments;
use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::files;
use crate::report;
use crate::test;
use crate::tool;

/// What is installed.
const TOOL: &str = "schemathesis==4.32.5";

/// Runs the story `fuzz` with the tool.
pub fn fuzz(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    let seconds = arguments.rest.first().map_or("25", String::as_str);
    if seconds.parse::<u32>().is_err() {
        return Err(Error::new(format!("fuzz takes seconds, not \"{seconds}\"")));
    }
    let variables = [
        (
            "JONQUIL_SCHEMATHESIS".to_owned(),
            install(checkout)?.display().to_string(),
        ),
        ("JONQUIL_FUZZ_SECONDS".to_owned(), seconds.to_owned()),
    ];
    test::story(checkout, arguments.has("--keep"), "fuzz::", &variables)
}

/// Where the tool is; installed at the first time.
fn install(checkout: &Checkout) -> Result<PathBuf> {
    let folder = checkout.root.join("target/fuzz");
    let installed = folder.join("bin/schemathesis");
    if installed.is_file() {
        return Ok(installed);
    }
    files::make_folder(&folder)?;
    let log = folder.join("install.log");
    report::with_progress(&format!("installing {TOOL}"), || {
        tool::run(Command::new("python3").args(["-m", "venv"]).arg(&folder), &log)?;
        tool::run(
            Command::new(folder.join("bin/pip")).args(["install", "--quiet", TOOL]),
            &log,
        )
    })?;
    Ok(installed)
}
