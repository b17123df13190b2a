//! The machine's cache: each entry is made aside, checked, and put in place in one step, so that a kill leaves no half of one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::cache;
use crate::fault::{Explain, Fault, Result};
use crate::files;
use crate::report;
use crate::tool;

/// Whether the cache has the entry `key`.
pub fn is_cached(key: &str) -> bool {
    cache().join(key).is_dir()
}

/// The cache's entry `key`; if it is not there, `make` fills an empty folder that becomes it.
pub fn cached(key: &str, what: &str, make: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<PathBuf> {
    let place = cache().join(key);
    if place.is_dir() {
        return Ok(place);
    }
    files::make_folder(&cache())?;
    let lock = File::create(cache().join(format!("{key}.lock")))
        .explain(format_args!("cannot write in {}", cache().display()))?;
    // Another checkout may be fetching the same: wait for it instead of fetching twice. The kernel frees the lock of who dies.
    lock.lock().explain("cannot lock the cache")?;
    if place.is_dir() {
        return Ok(place);
    }
    let aside = cache().join(format!("{key}.part"));
    files::remove_folder(&aside)?;
    files::make_folder(&aside)?;
    let log = cache().join(format!("{key}.log"));
    report::during(what, || make(&aside, &log))?;
    tool::output(Command::new("chmod").args(["-R", "a+rX"]).arg(&aside))?;
    fs::rename(&aside, &place).explain(format_args!("cannot put {} in place", place.display()))?;
    Ok(place)
}

/// Refuses a file whose SHA-256 is not the pinned one.
pub fn check_sha256(file: &Path, pinned: &str) -> Result<()> {
    let line = tool::output(Command::new("sha256sum").arg(file))?;
    check(
        &file.display().to_string(),
        line.split_whitespace().next().unwrap_or_default(),
        pinned,
    )
}

/// Refuses something whose checksum is not the pinned one.
pub fn check(what: &str, found: &str, pinned: &str) -> Result<()> {
    if found == pinned {
        return Ok(());
    }
    Err(Fault::new(format!(
        "{what} is not what was pinned: its checksum is {found}, expected {pinned}. It was damaged on its way or replaced at its source; crates/xtask/src/pins.rs has the pins"
    )))
}
