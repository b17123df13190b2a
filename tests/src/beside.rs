//! Real music data in `../shared/data`, beside the checkout.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// A file or folder of `../shared/data`. Without it a story prints that it is skipped, and fails if `CI` is set.
#[must_use]
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    data_in(&folder, name, is_ci())
}

fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// A program of `tests/clients/requirements.txt`, where `cargo xtask test` installed it. Without it as [`shared_data`].
#[must_use]
pub fn python_tool(name: &str) -> Option<PathBuf> {
    let folder = env::var_os("JONQUIL_PYTHON_TOOLS").unwrap_or_else(|| "JONQUIL_PYTHON_TOOLS".into());
    data_in(Path::new(&folder), name, is_ci())
}

/// A file of the packages of `web/`, where `npm ci` installed it. Without it as [`shared_data`].
#[must_use]
pub fn node_package(name: &str) -> Option<PathBuf> {
    data_in(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/node_modules"),
        name,
        is_ci(),
    )
}

/// The script that reads an AsyncAPI document with the official parser. Without that parser, which `cargo xtask test` installs,
/// as [`shared_data`].
#[must_use]
pub fn asyncapi_checker() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("asyncapi");
    data_in(&folder, "node_modules/@asyncapi/parser", is_ci())?;
    Some(folder.join("check.mjs"))
}

/// As [`shared_data`], from another folder.
///
/// # Panics
/// In CI, if the data is missing: there a skipped story would pass unnoticed.
#[must_use]
pub fn data_in(folder: &Path, name: &str, is_ci: bool) -> Option<PathBuf> {
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        !is_ci,
        "{} is missing, and CI is set: stories with real data must run there",
        path.display()
    );
    eprintln!("skipped: {} is missing", path.display());
    None
}

/// What a shell pipeline makes of a file, given as `$1`: `zstd -dc "$1"`.
#[must_use]
pub fn unpacked(path: &Path, pipeline: &str) -> Vec<u8> {
    let output = Command::new("sh")
        .args(["-c", pipeline, "sh"])
        .arg(path)
        .output()
        .expect("a shell");
    assert!(
        output.status.success(),
        "{pipeline}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
