//! Which crate may depend on which, read from the manifests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Finding;
use crate::checkout::Checkout;
use crate::error::{Context, Result};
use crate::tool;

/// An engine's client and the one crate that uses it.
const CLIENTS: [(&str, &str); 10] = [
    ("diesel", "store"),
    ("diesel-async", "store"),
    ("diesel_migrations", "store"),
    ("tokio-postgres", "store"),
    ("rdkafka", "bus"),
    ("redis", "read_counters"),
    ("elasticsearch", "read_search"),
    ("clickhouse", "read_analytics"),
    ("aws-sdk-s3", "media"),
    ("lettre", "mail"),
];
/// Tools and tests.
const MAY_USE_ANY_CLIENT: [&str; 3] = ["bench", "tests", "xtask"];
/// Both sides use these, so they must know neither: through one of them a side would reach the other.
const SHARED: [&str; 12] = [
    "access",
    "bus",
    "domain",
    "events",
    "fetcher",
    "http_kit",
    "jobs",
    "mail",
    "media",
    "representations",
    "store",
    "traces",
];
/// Crates without I/O, and what brings I/O.
const PURE: [&str; 2] = ["events", "domain"];
const BRINGS_IO: [&str; 8] = [
    "tokio",
    "tokio-util",
    "actix-web",
    "reqwest",
    "async-std",
    "smol",
    "futures-util",
    "tempfile",
];

/// Checks the dependencies of every crate of the workspace, except those for tests.
pub fn check(checkout: &Checkout) -> Result<Vec<Finding>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(&checkout.root);
    let metadata: Value =
        serde_json::from_str(&tool::output(&mut cargo)?).context("cannot read the output of cargo metadata")?;
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            if dependency["kind"] == "dev" {
                continue;
            }
            if let Some((what, fix)) = breach(name, used) {
                let file = manifest.strip_prefix(&checkout.root).unwrap_or(&manifest);
                findings.push(Finding::new(file, line_of(&manifest, used), what, fix));
            }
        }
    }
    Ok(findings)
}

/// What is wrong with `name` depending on `used`, if anything is.
fn breach(name: &str, used: &str) -> Option<(String, &'static str)> {
    let writes = |name: &str| name.starts_with("write_");
    // `recommend` learns from what the analytics hold.
    let reads = |name: &str| name.starts_with("read_") || matches!(name, "projector" | "recommend");
    if (reads(name) && writes(used)) || (writes(name) && reads(used)) {
        return Some((
            format!("{name} depends on {used}, which is of the other side"),
            "The sides share only the crates of SHARED in crates/xtask/src/tidy/layers.rs",
        ));
    }
    if SHARED.contains(&name) && (writes(used) || reads(used)) {
        return Some((
            format!("{name} depends on {used}, and both sides use {name}"),
            "Define a trait in the shared crate and implement it in the side's crate",
        ));
    }
    if PURE.contains(&name) && BRINGS_IO.contains(&used) {
        return Some((
            format!("{name} is pure and depends on {used}"),
            "Do the I/O in the caller and pass in what was read",
        ));
    }
    let (_, owner) = CLIENTS.iter().find(|(client, _)| *client == used)?;
    if name == *owner || MAY_USE_ANY_CLIENT.contains(&name) {
        return None;
    }
    Some((
        format!("{name} depends on {used}, which belongs to {owner}"),
        "Put what you need into the owner's crate, or a trait where you need it and its implementation there",
    ))
}

fn line_of(manifest: &Path, dependency: &str) -> usize {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let is_it = |line: &str| {
        line.strip_prefix(dependency)
            .is_some_and(|rest| rest.starts_with([' ', '.', '=']))
    };
    text.lines().position(is_it).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::{SHARED, breach};

    #[test]
    fn the_sides_do_not_know_each_other() {
        assert!(breach("read_api", "write_api").is_some());
        assert!(breach("write_api", "read_counters").is_some());
        assert!(breach("write_api", "projector").is_some());
        assert!(breach("write_api", "recommend").is_some());
        assert!(breach("projector", "write_api").is_some());
        for shared in SHARED {
            assert!(breach("read_api", shared).is_none(), "{shared}");
            assert!(breach("write_api", shared).is_none(), "{shared}");
            assert!(breach("jonquil", shared).is_none(), "{shared}");
            assert!(breach(shared, "write_api").is_some(), "{shared}");
            assert!(breach(shared, "read_search").is_some(), "{shared}");
        }
        assert!(breach("read_search", "projector").is_none());
        assert!(breach("jonquil", "write_api").is_none() && breach("jonquil", "read_api").is_none());
    }

    #[test]
    fn a_pure_crate_uses_nothing_that_does_io() {
        assert!(breach("domain", "tokio").is_some());
        assert!(breach("domain", "chrono").is_none());
    }

    #[test]
    fn an_engines_client_has_one_owner() {
        assert!(breach("app", "redis").is_some());
        assert!(breach("read_counters", "redis").is_none());
        assert!(breach("tests", "rdkafka").is_none());
    }
}
