//! Words that were given up: each has a plain one instead.

use std::path::Path;

use super::{Finding, Text, source};

/// Names in Rust code only: in a text they may be ordinary words.
const NAMES: [(&str, &str); 21] = [
    ("Away", "Unavailable"),
    ("Bad", "RejectedEvent, or what is invalid"),
    ("Below", "the type's thing, such as ChildrenProblems"),
    ("Failure", "the type's thing, such as StartError"),
    ("Figures", "Metrics, or ChartRow"),
    ("Found", "SearchHit"),
    ("Gap", "StoreBehind"),
    ("Heard", "the type's thing, such as ListeningEvent"),
    ("Hole", "EmptyRange"),
    ("OfFigures", "the type's thing, such as ChartProblems"),
    ("OfLists", "ListProblems"),
    ("OfSelf", "the type's thing, such as ItemProblems"),
    ("Outage", "Unavailable"),
    ("Shape", "CatalogueItem"),
    ("Stamp", "CommandContext"),
    ("Wanted", "the type's thing, such as ChartRequest"),
    ("bury", "dead_letter"),
    ("figures", "metrics, or rows"),
    ("heard", "listens, or ms_played"),
    ("shapes", "representations"),
    ("told", "what was published, counted or reported"),
];

/// Words that stand nowhere, also not as a part of a name: not in code, comments, texts, documents or tests.
const WORDS: [(&str, &str); 13] = [
    ("again_and_again", "restart_until_shutdown"),
    ("buried", "dead-lettered"),
    ("carry_out", "run_command, transact, …: name its thing"),
    ("good-bye", "step down"),
    ("good_bye", "step_down"),
    ("goodbye", "step down"),
    ("outage", "unavailable"),
    ("outages", "unavailable"),
    ("proven", "wait_until_ready, or checked"),
    ("tell", "record_event, publish, report, or show"),
    ("tells", "records, publishes, reports, or shows"),
    ("warehouse", "analytics"),
    ("Warehouse", "Analytics"),
];

/// Names of files, without the extension.
const FILES: [(&str, &str); 7] = [
    ("figures", "metrics"),
    ("listening", "history"),
    ("listing", "pages"),
    ("outages", "unavailable"),
    ("shape", "representations"),
    ("shapes", "representations"),
    ("warehouse", "analytics"),
];

/// Starts of names.
const PREFIXES: [(&str, &str); 2] = [("MOST_", "MAX_"), ("LONGEST_", "MAX_")];

/// Parts of sentences.
const PHRASES: [(&str, &str); 5] = [
    ("broke off", "\"panicked\", \"closed the connection\" or \"failed\""),
    ("broken off", "\"aborted\""),
    ("do not do:", "\"invalid configuration: …\""),
    ("told again", "\"republished\""),
    ("told twice", "\"second signal, exiting now\""),
];

/// Checks one file.
pub fn check(file: &Text) -> Vec<Finding> {
    let is_table = file.path.ends_with("tidy/words.rs");
    if is_table {
        return Vec::new();
    }
    let stem = file.path.file_stem().unwrap_or_default();
    let names = FILES.iter().filter(|(given_up, _)| stem == *given_up);
    let mut findings: Vec<Finding> = names.map(|hit| finding(&file.path, 1, hit)).collect();
    findings.extend(in_text(&file.path, &file.text));
    if file.path.extension().is_some_and(|extension| extension == "rs") {
        findings.extend(in_names(&file.path, &source::bare(&file.text)));
    }
    findings
}

fn in_text(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let is_it = |word: &str, given_up: &str| word == given_up || word.split('_').any(|part| part == given_up);
        let word = |word: &str| WORDS.iter().find(|(given_up, _)| is_it(word, given_up));
        let prefix = |word: &str| PREFIXES.iter().find(|(given_up, _)| word.starts_with(given_up));
        let phrases = PHRASES.iter().filter(|(given_up, _)| line.contains(given_up));
        let hits = words(line).filter_map(|it| word(it).or_else(|| prefix(it)));
        findings.extend(hits.chain(phrases).map(|hit| finding(path, number, hit)));
    }
    findings
}

fn in_names(path: &Path, bare: &str) -> Vec<Finding> {
    let name = |word: &str| NAMES.iter().find(|(given_up, _)| *given_up == word);
    let lines = bare.lines().zip(1..);
    let hits = lines.flat_map(|(line, number)| words(line).filter_map(name).map(move |hit| (number, hit)));
    hits.map(|(number, hit)| finding(path, number, hit)).collect()
}

/// Identifiers and words; a hyphen belongs to its word.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '-'))
}

fn finding(path: &Path, line: usize, (word, instead): &(&str, &str)) -> Finding {
    let what = format!("\"{word}\" was given up; write {instead}");
    Finding::new(path, line, what, "The table is in crates/xtask/src/tidy/words.rs")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Text;

    fn count(path: &str, text: &str) -> usize {
        check(&Text::new(path, text)).len()
    }

    #[test]
    fn a_word_that_was_given_up_is_found_in_code_comments_texts_and_documents() {
        assert_eq!(count("a.rs", "fn again_and_again() {} // the warehouse\n"), 2);
        assert_eq!(
            count("a.rs", "warn!(\"a role broke off\");\nconst MOST_ROWS: u8 = 1;\n"),
            2
        );
        assert_eq!(count("a.md", "It says good-bye.\n"), 1);
        assert_eq!(count("a.rs", "fn warehouse_health() {}\n"), 1);
    }

    #[test]
    fn an_ordinary_word_is_refused_as_a_name_only() {
        assert_eq!(count("a.rs", "struct Failure; // Failure of a disk\n"), 1);
        assert_eq!(count("a.md", "Failure of a disk; proverbs; retelling\n"), 0);
        assert_eq!(count("a.rs", "enum StartFailure { NotFound }\n"), 0);
    }

    #[test]
    fn a_file_name_that_was_given_up_is_found() {
        assert_eq!(count("src/listing.rs", ""), 1);
        assert_eq!(count("src/pages.rs", ""), 0);
    }
}
