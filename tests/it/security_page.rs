//! `docs/security.md` has every requirement of ASVS 5.0, level 2, once, and the tests and files that it names exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What a row says, and whether it must name what shows it.
const STATES: [(&str, bool); 5] = [
    ("met", true),
    ("in part", true),
    ("not met", true),
    ("the operator's", false),
    ("does not apply", false),
];
/// Where files are that the page names.
const FOLDERS: [&str; 4] = ["crates/", "ops/", "tests/", "web/"];

struct Row<'page> {
    number: &'page str,
    state: &'page str,
    shown_by: &'page str,
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(at(path)).ok()
}

fn page() -> String {
    read("docs/security.md").expect("docs/security.md")
}

/// The rows whose first cell is a number, as `6.2.12` or `API7`.
fn rows(page: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = cells[0];
        if !number.split('.').all(|part| part.parse::<u16>().is_ok()) && !is_risk(number) {
            continue;
        }
        let [number, _, state, _, shown_by] = cells[..] else {
            panic!("five cells: {line}");
        };
        rows.push(Row {
            number,
            state,
            shown_by,
        });
    }
    rows
}

fn is_risk(number: &str) -> bool {
    number
        .strip_prefix("API")
        .is_some_and(|rest| rest.parse::<u8>().is_ok())
}

/// What stands between backticks.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether there is such a test: a story, one beside the code, or one of the page.
fn exists(file: &str, test: &str) -> bool {
    if file.starts_with("web/") {
        return read(file).is_some_and(|text| text.contains(&format!("('{test}'")));
    }
    let path = if file.contains('/') {
        format!("crates/{file}")
    } else {
        format!("tests/it/{file}.rs")
    };
    let source = read(&path).unwrap_or_default();
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_it = |line: &str| line.contains(&format!("fn {test}("));
    let Some(found) = lines.iter().position(|line| is_it(line)) else {
        return false;
    };
    let attributes = lines[..found].iter().rev().take_while(|line| line.starts_with("#["));
    attributes.into_iter().any(|line| line.contains("test"))
}

#[test]
fn the_security_page_has_every_requirement_once() {
    let page = page();
    let mut here: Vec<&str> = rows(&page).iter().map(|row| row.number).collect();
    let listed = read("tests/it/asvs.txt").expect("tests/it/asvs.txt");
    let mut asked: Vec<&str> = listed.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(asked.len(), 253);
    let risks: Vec<String> = (1..=10).map(|number| format!("API{number}")).collect();
    asked.extend(risks.iter().map(String::as_str));
    here.sort_unstable();
    asked.sort_unstable();
    assert_eq!(here, asked);
}

#[test]
fn every_test_and_every_file_that_the_security_page_names_exists() {
    let page = page();
    let mut tests = BTreeSet::new();
    for name in named(&page).filter(|name| *name != "file::test") {
        if let Some((file, test)) = name.split_once("::") {
            assert!(exists(file, test), "{name} does not exist");
            tests.insert(name);
        } else if FOLDERS.iter().any(|folder| name.starts_with(folder)) {
            assert!(at(name).exists(), "{name} does not exist");
        }
    }
    assert!(tests.len() > 130, "{}", tests.len());
}

#[test]
fn every_row_of_the_security_page_says_what_shows_it() {
    let page = page();
    for row in rows(&page) {
        let state = STATES.iter().find(|(state, _)| *state == row.state);
        let (_, is_shown) = state.unwrap_or_else(|| panic!("{}: {}", row.number, row.state));
        let shown = named(row.shown_by).count();
        if *is_shown {
            assert!(shown > 0, "{} names nothing that shows it", row.number);
        } else {
            assert!(shown > 0 || row.shown_by == "none", "{}", row.number);
        }
        // A file is no test: the row has to say so.
        let tests = named(row.shown_by).filter(|name| name.contains("::")).count();
        assert!(
            tests == shown || row.shown_by.contains("by reading: "),
            "{}",
            row.number
        );
        for file in named(row.shown_by).filter(|name| !name.contains("::")) {
            assert!(at(file).is_file(), "{}: {file} does not exist", row.number);
        }
    }
}

#[test]
fn what_is_not_met_is_named_at_the_top_of_the_security_page() {
    let page = page();
    for (title, state) in [("Not met: ", "not met"), ("In part: ", "in part")] {
        let line = page.lines().find_map(|line| line.strip_prefix(title));
        let listed: Vec<&str> = line.expect(title).trim_end_matches('.').split(", ").collect();
        let rows = rows(&page);
        let here = rows.iter().filter(|row| row.state == state && !is_risk(row.number));
        assert_eq!(listed, here.map(|row| row.number).collect::<Vec<_>>(), "{state}");
    }
}
