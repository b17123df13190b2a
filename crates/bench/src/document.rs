//! The tables of `docs/performance.md`.

use std::{env, fs, path::Path};

use crate::BenchError;

/// Replaces what stands between the marks of a bench.
pub fn put(bench: &str, text: &str) -> Result<(), BenchError> {
    let (begin, end) = (
        format!("<!-- begin of bench {bench} -->"),
        format!("<!-- end of bench {bench} -->"),
    );
    let root = env::var_os("JONQUIL_CHECKOUT").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        std::path::PathBuf::from,
    );
    let file = root.join("docs/performance.md");
    let document = fs::read_to_string(&file)?;
    let parts = document
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = parts.ok_or_else(|| format!("docs/performance.md lacks the marks of bench {bench}"))?;
    fs::write(&file, format!("{before}{begin}\n{text}\n{end}{after}"))?;
    Ok(())
}
