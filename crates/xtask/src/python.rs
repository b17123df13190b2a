//! Tools from `PyPI`, for the stories that need them: a venv in `target`, made anew when their list changes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;
use crate::error::{Context, Result};
use crate::files;
use crate::report;
use crate::tool;

const REQUIREMENTS: &str = "tests/clients/requirements.txt";

/// How stories find the tools.
pub fn variable(programs: &Path) -> (String, String) {
    ("JONQUIL_PYTHON_TOOLS".to_owned(), programs.display().to_string())
}

/// The folder of the tools' programs, installed at the first time.
pub fn tools(checkout: &Checkout) -> Result<PathBuf> {
    let list = checkout.root.join(REQUIREMENTS);
    let wanted = fs::read_to_string(&list).context(format_args!("cannot read {REQUIREMENTS}"))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout.root.join("target"), PathBuf::from);
    let folder = target.join("python");
    let programs = folder.join("bin");
    let stamp = folder.join(".installed-from");
    if files::read_if_there(&stamp)?.as_deref() == Some(wanted.as_str()) {
        return Ok(programs);
    }
    files::make_folder(&folder)?;
    let log = folder.join("install.log");
    report::with_progress("installing the tools of tests/clients", || {
        tool::run(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
            &target.join("venv.log"),
        )?;
        let pip = folder.join("bin/pip");
        tool::run(
            Command::new(pip)
                .args(["install", "--quiet", "--no-deps", "-r"])
                .arg(&list),
            &log,
        )
    })?;
    files::write(&stamp, &wanted, 0o644)?;
    Ok(programs)
}
