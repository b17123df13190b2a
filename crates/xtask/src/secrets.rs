//! Secrets that nobody has to invent: random, made at their first use, kept in ignored files that only we can read.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::fault::{Explain, Result};
use crate::files;

/// Engines start in threads of their own; two that make their first secret at once must not lose one.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The secret `name` in `file`, of `bytes` random bytes as hex.
pub fn kept(file: &Path, name: &str, bytes: usize) -> Result<String> {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all: Value = match files::read_if_there(file)? {
        Some(text) => serde_json::from_str(&text).explain(format_args!("{} is damaged", file.display()))?,
        None => json!({}),
    };
    if let Some(known) = all[name].as_str() {
        return Ok(known.to_owned());
    }
    let fresh = files::random_hex(bytes)?;
    all[name] = json!(fresh);
    files::write(file, &format!("{all:#}\n"), 0o600)?;
    Ok(fresh)
}
