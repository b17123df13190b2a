//! Runs other programs.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Result};
use crate::files;

/// Runs a program with its output in `log`. The error contains the end of the log.
pub fn run(command: &mut Command, log: &Path) -> Result<()> {
    let open = || {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .context(format_args!("cannot open {}", log.display()))
    };
    let program = name(command);
    let status = command
        .stdin(Stdio::null())
        .stdout(open()?)
        .stderr(open()?)
        .status()
        .context(format_args!("cannot run {program}"))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::new(format!(
        "{program} failed ({status}). The end of {}:\n{}",
        log.display(),
        files::tail(log, 15)
    )))
}

/// Runs a program and returns its stdout, trimmed.
pub fn output(command: &mut Command) -> Result<String> {
    let program = name(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .context(format_args!("cannot run {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(format!(
            "{program} failed ({}): {}",
            output.status,
            said.trim()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program that writes to the terminal; true if it succeeded.
pub fn pass_through(command: &mut Command) -> Result<bool> {
    let program = name(command);
    Ok(command
        .status()
        .context(format_args!("cannot run {program}"))?
        .success())
}

/// Whether a program is on PATH.
pub fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned()
}
