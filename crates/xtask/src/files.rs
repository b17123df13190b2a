//! Files and folders: the few operations std leaves to its callers.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::fault::{Explain, Result};

/// Makes a folder and those above it.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).explain(format_args!("cannot make the folder {}", path.display()))
}

/// Removes a folder and all in it; that it is not there is no fault.
pub fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).explain(format_args!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Removes a file; that it is not there is no fault.
pub fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).explain(format_args!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Replaces a file in one step, so that a kill leaves the old one or the new one.
pub fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&beside)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(text.as_bytes())?;
        fs::rename(&beside, path)
    })();
    written.explain(format_args!("cannot write {}", path.display()))
}

/// The text of a file, or nothing if there is none.
pub fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).explain(format_args!("cannot read {}", path.display())),
    }
}

/// `bytes` random bytes from the kernel, as lower-case hex.
pub fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut buffer))
        .explain("cannot read random bytes")?;
    Ok(buffer
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

/// The last `count` lines of a log, indented, for a message that says why something failed.
pub fn tail(path: &Path, count: usize) -> String {
    let text = fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..]
        .iter()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
