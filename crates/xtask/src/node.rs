//! Packages from npm, for the page and for the story `asyncapi`: in the folder of their lock, installed anew when it changes.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::checkout::Checkout;
use crate::error::{Context, Result};
use crate::files;
use crate::report;
use crate::tool;

/// The tools of the story `asyncapi`. Their `.npmrc` lets no script of a package run: one would send numbers to its makers.
pub fn tools(checkout: &Checkout) -> Result<()> {
    let folder = checkout.root.join("tests/asyncapi");
    let log = checkout.state().join("asyncapi.log");
    install(checkout, &folder, "installing the tools of tests/asyncapi", &log)
}

/// Installs exactly the packages of package-lock.json, if they are not installed.
pub fn install(checkout: &Checkout, folder: &Path, what: &str, log: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock).context(format_args!("cannot read {}", lock.display()))?;
    let stamp = folder.join("node_modules/.installed-from");
    if files::read_if_there(&stamp)?.as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    files::make_folder(&checkout.state())?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    report::with_progress(what, || tool::run(&mut npm, log))?;
    files::write(&stamp, &wanted, 0o644)
}
