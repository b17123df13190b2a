//! The rules of the house that a machine can check; each finding says where, what, and how to mend it.

mod code;
mod layers;
mod source;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;
use crate::fault::{Fault, Result};
use crate::report;
use crate::tool;

/// One breach of a rule.
pub struct Finding {
    file: PathBuf,
    line: usize,
    what: String,
    mend: &'static str,
}

impl Finding {
    fn new(file: &Path, line: usize, what: impl Into<String>, mend: &'static str) -> Self {
        Self {
            file: file.to_path_buf(),
            line,
            what: what.into(),
            mend,
        }
    }
}

/// Checks everything; fails with all findings.
pub fn check(checkout: &Checkout) -> Result<()> {
    let mut findings = layers::check(checkout)?;
    for file in files(checkout)? {
        findings.extend(code::check(&checkout.root, &file)?);
    }
    for finding in &findings {
        report::line(&format!(
            "{}:{}: {}. {}",
            finding.file.display(),
            finding.line,
            finding.what,
            finding.mend
        ));
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(Fault::new(format!("tidy: {count} findings"))),
    }
}

/// What git keeps or would keep, as paths from the checkout's root.
fn files(checkout: &Checkout) -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&checkout.root);
    let files = tool::output(&mut git)?
        .lines()
        .map(PathBuf::from)
        .filter(|file| checkout.root.join(file).is_file())
        .collect();
    Ok(files)
}
