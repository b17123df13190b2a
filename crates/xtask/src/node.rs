//! Tools from npm, for the story `asyncapi`: in the folder of their list, installed anew when its lock changes.

use std::fs;
use std::process::Command;

use crate::checkout::Checkout;
use crate::error::{Context, Result};
use crate::files;
use crate::report;
use crate::tool;

const FOLDER: &str = "tests/asyncapi";

/// Installs exactly the packages of the lock, if they are not installed. No script of a package runs: one of them would send
/// numbers to its makers.
pub fn tools(checkout: &Checkout) -> Result<()> {
    let folder = checkout.root.join(FOLDER);
    let lock = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock).context(format_args!("cannot read {}", lock.display()))?;
    let stamp = folder.join("node_modules/.installed-from");
    if files::read_if_there(&stamp)?.as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    files::make_folder(&checkout.state())?;
    let log = checkout.state().join("asyncapi.log");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder);
    report::with_progress("installing the tools of tests/asyncapi", || tool::run(&mut npm, &log))?;
    files::write(&stamp, &wanted, 0o644)
}
