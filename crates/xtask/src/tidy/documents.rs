//! `ARCHITECTURE.md` and `CONTRIBUTING.md`: the width of their lines, and whether the files they name exist.

use std::path::Path;

use super::{Finding, Text};

const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];
/// In characters.
const MAX_COLUMNS: usize = 140;
/// Extensions of files whose existence is checked.
const NAMED: [&str; 6] = ["lua", "md", "rs", "sql", "toml", "yaml"];

/// Checks the documents among all files.
pub fn check(files: &[Text]) -> Vec<Finding> {
    let documents = files
        .iter()
        .filter(|file| DOCUMENTS.iter().any(|name| file.path == Path::new(name)));
    let check = |document| [wide_lines(document), missing_files(document, files)].concat();
    documents.flat_map(check).collect()
}

fn wide_lines(document: &Text) -> Vec<Finding> {
    let lines = document.text.lines().map(|line| line.chars().count()).zip(1..);
    let wide = lines.filter(|(columns, _)| *columns > MAX_COLUMNS);
    wide.map(|(columns, number)| {
        let what = format!("{columns} columns, more than {MAX_COLUMNS}");
        Finding::new(&document.path, number, what, "Break the line, or write less")
    })
    .collect()
}

/// Names in backticks that are the end of no file's path.
fn missing_files(document: &Text, files: &[Text]) -> Vec<Finding> {
    let exists = |name: &str| files.iter().any(|file| file.path.ends_with(name));
    let lines = document.text.lines().zip(1..);
    let names = lines.flat_map(|(line, number)| file_names(line).map(move |name| (name, number)));
    let missing = names.filter(|(name, _)| !exists(name));
    missing
        .map(|(name, number)| {
            let what = format!("there is no file {name}");
            Finding::new(&document.path, number, what, "Name the file that has it now")
        })
        .collect()
}

/// Paths of files in backticks, without those that hold a placeholder such as `KIND.rs`.
fn file_names(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|text| {
        let path = Path::new(text);
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_placeholder = path.iter().any(|part| {
            part.to_string_lossy()
                .starts_with(|letter: char| letter.is_ascii_uppercase())
        });
        let is_file = extension.is_some_and(|extension| NAMED.contains(&extension));
        is_file && text.contains('/') && !text.contains(char::is_whitespace) && !is_placeholder
    })
}

#[cfg(test)]
mod tests {
    use super::{Text, check};

    #[test]
    fn a_line_of_a_document_has_140_columns_at_most() {
        let text = format!("{}\n{}\n", "é".repeat(140), "x".repeat(141));
        let found = check(&[Text::new("ARCHITECTURE.md", text.as_str())]);
        assert_eq!((found.len(), found[0].line), (1, 2));
        assert!(check(&[Text::new("README.md", text.as_str())]).is_empty());
    }

    #[test]
    fn a_file_that_a_document_names_exists() {
        let text = "See `store/src/unit.rs`.\nSee `crates/store/src/gone.rs`, `THING/src/a.rs`, `config.rs`.\n";
        let files = [
            Text::new("CONTRIBUTING.md", text),
            Text::new("crates/store/src/unit.rs", ""),
        ];
        let found = check(&files);
        assert_eq!((found.len(), found[0].line), (1, 2));
        assert!(found[0].what.contains("gone.rs"));
    }
}
