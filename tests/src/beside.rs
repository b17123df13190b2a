//! Real music data beside the checkout, where there is some.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A file of `../shared/data`; none, and a line that says so, when it is not there.
#[must_use]
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: ../shared/data/{name} is not there");
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
