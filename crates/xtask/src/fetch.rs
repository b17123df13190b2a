//! The machine's cache. An entry is built in a temporary folder, checked and renamed, so that a kill leaves no incomplete entry.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::cache;
use crate::error::{Context, Error, Result};
use crate::files;
use crate::report;
use crate::tool;

pub fn is_cached(key: &str) -> bool {
    cache().join(key).is_dir()
}

/// The entry `key`; if it is missing, `make` fills an empty folder, which becomes the entry.
pub fn cached(key: &str, what: &str, make: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<PathBuf> {
    let place = cache().join(key);
    if place.is_dir() {
        return Ok(place);
    }
    files::make_folder(&cache())?;
    let lock = File::create(cache().join(format!("{key}.lock")))
        .context(format_args!("cannot write in {}", cache().display()))?;
    // Another checkout may be fetching the same entry: wait for it. The kernel releases the lock of a dead process.
    lock.lock().context("cannot lock the cache")?;
    if place.is_dir() {
        return Ok(place);
    }
    let aside = cache().join(format!("{key}.part"));
    files::remove_folder(&aside)?;
    files::make_folder(&aside)?;
    let log = cache().join(format!("{key}.log"));
    report::with_progress(what, || make(&aside, &log))?;
    tool::output(Command::new("chmod").args(["-R", "a+rX"]).arg(&aside))?;
    fs::rename(&aside, &place).context(format_args!("cannot put {} in place", place.display()))?;
    Ok(place)
}

/// Fails if the SHA-256 of a file is not the pinned one.
pub fn check_sha256(file: &Path, pinned: &str) -> Result<()> {
    let line = tool::output(Command::new("sha256sum").arg(file))?;
    check(
        &file.display().to_string(),
        line.split_whitespace().next().unwrap_or_default(),
        pinned,
    )
}

/// Fails if a checksum is not the pinned one.
pub fn check(what: &str, found: &str, pinned: &str) -> Result<()> {
    if found == pinned {
        return Ok(());
    }
    Err(Error::new(format!(
        "the checksum of {what} is {found}, expected {pinned}. The download was damaged, or its source was replaced; the pins are in crates/xtask/src/pins.rs"
    )))
}
