//! The page in `web/`: its packages, its build, its checks.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::checkout::Checkout;
use crate::error::{Context, Error, Result};
use crate::files;
use crate::node;
use crate::report;
use crate::tool;

/// Where the generator of the client and the build write; not a source.
const MADE: [&str; 2] = ["node_modules", "dist"];

/// The built page.
pub fn dist(checkout: &Checkout) -> PathBuf {
    folder(checkout).join("dist")
}

fn folder(checkout: &Checkout) -> PathBuf {
    checkout.root.join("web")
}

/// Builds the page if its sources changed since the last build; true if it did.
pub fn build(checkout: &Checkout) -> Result<bool> {
    let stamp = dist(checkout).join(".built-from");
    let sources = fingerprint(&folder(checkout))?;
    if files::read_if_there(&stamp)?.as_deref() == Some(sources.as_str()) {
        return Ok(false);
    }
    install(checkout)?;
    npm(checkout, "building the page", &["run", "--silent", "build"])?;
    files::write(&stamp, &sources, 0o644)?;
    Ok(true)
}

fn install(checkout: &Checkout) -> Result<()> {
    let log = checkout.state().join("web.log");
    node::install(checkout, &folder(checkout), "installing the page's packages", &log)
}

/// The linter, the types, the unit tests, and that the client is the one of the committed document.
pub fn check(checkout: &Checkout) -> Result<()> {
    install(checkout)?;
    npm(checkout, "checking the page", &["run", "--silent", "check"])?;
    npm(checkout, "testing the page's rules", &["run", "--silent", "test"])?;
    let client = folder(checkout).join("src/api/gen");
    let before = fingerprint(&client)?;
    npm(checkout, "generating the page's client", &["run", "--silent", "gen"])?;
    if fingerprint(&client)? == before {
        return Ok(());
    }
    Err(Error::new(
        "web/src/api/gen was not that of schemas/openapi.json. It is now; look at the difference and commit it",
    ))
}

/// The stories of the page in Debian's Chromium, on a system of their own.
pub fn stories(checkout: &Checkout, variables: &[(String, String)], screenshots: Option<&Path>) -> Result<()> {
    build(checkout)?;
    let mut command = command(checkout, &["run", "--silent", "e2e"]);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    if let Some(folder) = screenshots {
        files::make_folder(folder)?;
        command.args(["--", "pages.test"]).env("JONQUIL_SCREENSHOTS", folder);
    }
    if tool::pass_through(&mut command)? {
        Ok(())
    } else {
        Err(Error::new("the page's stories failed; their errors are above"))
    }
}

fn npm(checkout: &Checkout, what: &str, arguments: &[&str]) -> Result<()> {
    files::make_folder(&checkout.state())?;
    let log = checkout.state().join("web.log");
    report::with_progress(what, || tool::run(&mut command(checkout, arguments), &log))
}

fn command(checkout: &Checkout, arguments: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(arguments)
        .current_dir(folder(checkout))
        .stdin(Stdio::null())
        .stdout(Stdio::from(io::stderr()));
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout.root.join("target"), PathBuf::from);
    npm.env("JONQUIL_BIN", target.join("debug/jonquil"));
    npm
}

/// Of the names and contents of all files below a folder.
fn fingerprint(folder: &Path) -> Result<String> {
    let mut found = Vec::new();
    collect(folder, &mut found)?;
    found.sort();
    let mut hasher = DefaultHasher::new();
    for file in found {
        file.hash(&mut hasher);
        fs::read(&file)
            .context(format_args!("cannot read {}", file.display()))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let wrong = format!("cannot list {}", folder.display());
    for entry in fs::read_dir(folder).context(&wrong)? {
        let entry = entry.context(&wrong)?;
        let is_folder = entry.file_type().context(&wrong)?.is_dir();
        if MADE.iter().any(|made| entry.file_name() == **made) {
            continue;
        }
        if is_folder {
            collect(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}
