//! Random secrets, generated at first use and stored in ignored files with mode 600.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::error::{Context, Result};
use crate::files;

/// Engines start in parallel threads, which must not overwrite each other's secrets.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The secret `name` in `file`, of `bytes` random bytes as hex.
pub fn load_or_create(file: &Path, name: &str, bytes: usize) -> Result<String> {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all: Value = match files::read_if_there(file)? {
        Some(text) => serde_json::from_str(&text).context(format_args!("{} is damaged", file.display()))?,
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
