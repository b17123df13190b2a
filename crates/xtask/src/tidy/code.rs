//! Rules for single files: size, names, the first paragraph, who reads the environment.

use std::path::Path;

use super::source::{self, Function};
use super::{Finding, Text};

const MAX_FILE_LINES: usize = 600;
const MAX_FUNCTION_LINES: usize = 60;
/// Extract, load, decide, record, answer.
const MAX_HANDLER_LINES: usize = 25;
/// Names that do not say what is inside, so everything ends up there.
const EMPTY_NAMES: [&str; 7] = ["common", "core", "shared", "utils", "util", "helpers", "helper"];
/// Who may read the environment: the binary, and tools and tests.
const MAY_READ_ENVIRONMENT: [&str; 4] = ["crates/app/", "crates/bench/", "crates/xtask/", "tests/"];
/// Crates without I/O.
const PURE: [&str; 2] = ["crates/domain/src/", "crates/events/src/"];

/// Checks one file.
pub fn check(Text { path: file, text }: &Text) -> Vec<Finding> {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    if !["rs", "ts", "tsx", "css", "sql", "sh"].contains(&extension.as_ref()) {
        return Vec::new();
    }
    let is_generated = text.lines().take(5).any(|line| line.contains("generated"));
    let mut findings = names(file);
    let lines = text.lines().count();
    if lines > MAX_FILE_LINES && !is_generated {
        findings.push(Finding::new(
            file,
            lines,
            format!("{lines} lines, more than {MAX_FILE_LINES}"),
            "Split it by what its parts are about",
        ));
    }
    if extension == "rs" {
        findings.extend(rust(file, text));
    }
    findings
}

fn too_long(file: &Path, function: &Function) -> Option<Finding> {
    let (most, what) = if function.is_handler {
        (MAX_HANDLER_LINES, "the handler")
    } else {
        (MAX_FUNCTION_LINES, "fn")
    };
    let Function { name, line, length, .. } = function;
    let what = format!("{what} {name} has {length} lines, more than {most}");
    (*length > most).then(|| Finding::new(file, *line, what, "Make functions of its steps"))
}

fn names(file: &Path) -> Vec<Finding> {
    let stem = file.file_stem().into_iter();
    let folders = file.parent().into_iter().flat_map(Path::iter);
    let empty = folders
        .chain(stem)
        .map(|part| part.to_string_lossy())
        .find(|part| EMPTY_NAMES.contains(&part.as_ref()));
    empty
        .map(|name| {
            Finding::new(
                file,
                1,
                format!("the name {name} does not say what is inside"),
                "Name it after what it is about",
            )
        })
        .into_iter()
        .collect()
}

fn rust(file: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.ends_with("src/lib.rs") && !text.starts_with("//! ") {
        findings.push(Finding::new(
            file,
            1,
            "lib.rs does not start with a paragraph",
            "Write in //! lines what the crate owns and what it must not know",
        ));
    }
    let bare = source::bare(text);
    findings.extend(
        source::functions(&bare)
            .iter()
            .filter_map(|function| too_long(file, function)),
    );
    let path = file.to_string_lossy();
    let outside_tests = || {
        bare.lines()
            .zip(1..)
            .take_while(|(line, _)| !line.contains("#[cfg(test)]"))
    };
    if !MAY_READ_ENVIRONMENT.iter().any(|start| path.starts_with(start)) {
        let reads = |line: &str| {
            ["env::var", "env::vars", "env::args"]
                .iter()
                .any(|call| line.contains(call))
        };
        findings.extend(outside_tests().filter(|(line, _)| reads(line)).map(|(_, number)| {
            Finding::new(
                file,
                number,
                "the environment is read outside of crates/app",
                "Take a config struct and let crates/app fill it",
            )
        }));
    }
    if PURE.iter().any(|start| path.starts_with(start)) {
        let does_io = |line: &str| {
            ["std::fs", "std::net", "std::process", "tokio::"]
                .iter()
                .any(|name| line.contains(name))
        };
        findings.extend(outside_tests().filter(|(line, _)| does_io(line)).map(|(_, number)| {
            Finding::new(
                file,
                number,
                "a pure crate does I/O",
                "Do it in the caller and pass in what was read",
            )
        }));
    }
    findings
}
