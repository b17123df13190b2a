//! The rules of this repository that a machine can check. Each finding names the place, the breach and the fix.

mod code;
mod documents;
mod layers;
mod once;
mod source;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;
use crate::error::{Context, Error, Result};
use crate::report;
use crate::tool;

/// One breach of a rule.
#[derive(Clone)]
pub struct Finding {
    file: PathBuf,
    line: usize,
    what: String,
    fix: &'static str,
}

impl Finding {
    fn new(file: &Path, line: usize, what: impl Into<String>, fix: &'static str) -> Self {
        Self {
            file: file.to_path_buf(),
            line,
            what: what.into(),
            fix,
        }
    }
}

/// A file and its content; the path is relative to the checkout.
pub struct Text {
    path: PathBuf,
    text: String,
}

impl Text {
    fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }
}

/// Extensions of the files that are checked. JSON is generated, and its texts come from the code.
const CHECKED: [&str; 12] = [
    "css", "lua", "md", "py", "rs", "sh", "sql", "toml", "ts", "tsx", "yaml", "yml",
];

/// Runs every check and prints all findings.
pub fn check(checkout: &Checkout) -> Result<()> {
    let mut findings = layers::check(checkout)?;
    let files = texts(checkout)?;
    for file in &files {
        findings.extend(code::check(file));
        findings.extend(words::check(file));
    }
    findings.extend(once::check(&files));
    findings.extend(documents::check(&files));
    for finding in &findings {
        report::line(&format!(
            "{}:{}: {}. {}",
            finding.file.display(),
            finding.line,
            finding.what,
            finding.fix
        ));
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(Error::new(format!("tidy: {count} findings"))),
    }
}

/// The files that git tracks or would track.
fn texts(checkout: &Checkout) -> Result<Vec<Text>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&checkout.root);
    let listed = tool::output(&mut git)?;
    let is_checked = |path: &&Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_generated = path.starts_with("web/src/api/gen");
        !is_generated
            && extension.is_some_and(|extension| CHECKED.contains(&extension))
            && checkout.root.join(path).is_file()
    };
    let read = |path: &Path| {
        let text = fs::read_to_string(checkout.root.join(path));
        text.map(|text| Text::new(path, text))
            .context(format_args!("cannot read {}", path.display()))
    };
    listed.lines().map(Path::new).filter(is_checked).map(read).collect()
}
