//! What must stand once: `enum Kind`, the media type of problems, each operation.

use std::path::Path;

use super::{Finding, Text, source};

/// Crates with operations, each with its list in `src/lib.rs`.
const CRATES_WITH_OPERATIONS: [&str; 2] = ["crates/read_api", "crates/write_api"];
const PROBLEM_JSON: &str = "application/problem+json";

/// Checks all files together.
pub fn check(files: &[Text]) -> Vec<Finding> {
    let mut findings = kinds(files);
    findings.extend(problem_json(files));
    for folder in CRATES_WITH_OPERATIONS {
        findings.extend(operations(folder, files));
    }
    findings
}

/// Every `enum Kind` after the first.
fn kinds(files: &[Text]) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in rust(files) {
        let bare = source::bare(&file.text);
        let lines = bare.lines().zip(1..).filter(|(line, _)| declares_kind(line));
        found.extend(lines.map(|(_, number)| (&file.path, number)));
    }
    // The one in events is the one that stays.
    found.sort_by_key(|(path, _)| !path.starts_with("crates/events"));
    let others = found.into_iter().skip(1);
    others
        .map(|(path, number)| Finding::new(path, number, "a second enum Kind", "Use events::Kind"))
        .collect()
}

fn declares_kind(line: &str) -> bool {
    let words: Vec<&str> = line
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    words.windows(2).any(|pair| pair == ["enum", "Kind"])
}

/// Every place that spells out the media type, if there are two. Comments and tests do not count.
fn problem_json(files: &[Text]) -> Vec<Finding> {
    let mut found = Vec::new();
    let in_crates = |file: &&Text| {
        let is_tidy = file.path.starts_with("crates/xtask/src/tidy");
        file.path.starts_with("crates") && !is_tidy
    };
    for file in rust(files).filter(in_crates) {
        let lines = file.text.lines().zip(1..);
        let lines = lines.take_while(|(line, _)| !line.contains("#[cfg(test)]"));
        let is_code = |line: &str| line.contains(PROBLEM_JSON) && !line.trim_start().starts_with("//");
        let lines = lines.filter(|(line, _)| is_code(line));
        found.extend(lines.map(|(_, number)| (&file.path, number)));
    }
    if found.len() < 2 {
        return Vec::new();
    }
    let finding = |(path, number): (&std::path::PathBuf, usize)| {
        let what = format!("{PROBLEM_JSON} is spelt out in several places");
        Finding::new(path, number, what, "Use the named problem responses")
    };
    found.into_iter().map(finding).collect()
}

/// Handlers of a crate that are not exactly once in its `lib.rs`.
fn operations(folder: &str, files: &[Text]) -> Vec<Finding> {
    let source = Path::new(folder).join("src");
    let list = files.iter().find(|file| file.path == source.join("lib.rs"));
    let list = list.map_or_else(String::new, |file| source::bare(&file.text));
    let mut findings = Vec::new();
    for file in rust(files) {
        let Ok(inside) = file.path.strip_prefix(&source) else {
            continue;
        };
        for (name, number) in handlers(&source::bare(&file.text)) {
            let path = format!("{}{name}", module(inside));
            let count = occurrences(&path, &list);
            if count != 1 {
                let what = format!("{path} stands {count} times in {folder}/src/lib.rs");
                findings.push(Finding::new(
                    &file.path,
                    number,
                    what,
                    "List it once in operations! by its path",
                ));
            }
        }
    }
    findings
}

/// Functions directly below `#[utoipa::path`, with their lines.
fn handlers(bare: &str) -> Vec<(String, usize)> {
    let mut handlers = Vec::new();
    let mut is_described = false;
    for (line, number) in bare.lines().zip(1..) {
        is_described |= line.contains("#[utoipa::path");
        if let Some(name) = source::function_name(line).filter(|_| is_described) {
            handlers.push((name, number));
            is_described = false;
        }
    }
    handlers
}

/// `routes::tracks::` for `routes/tracks.rs`, `upload::` for `upload/mod.rs`, nothing for `lib.rs`.
fn module(file: &Path) -> String {
    let stem = file.with_extension("");
    let parts = stem.iter().map(|part| part.to_string_lossy());
    let parts = parts.filter(|part| part != "mod" && part != "lib");
    parts.fold(String::new(), |module, part| module + &part + "::")
}

/// How often `list` names the function, by its path or by the end of its path from a module on.
fn occurrences(path: &str, list: &str) -> usize {
    let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let names = |word: &str| word == path || word.contains("::") && path.ends_with(&format!("::{word}"));
    list.split(|letter: char| !is_path(letter))
        .filter(|word| names(word))
        .count()
}

fn rust(files: &[Text]) -> impl Iterator<Item = &Text> {
    files
        .iter()
        .filter(|file| file.path.extension().is_some_and(|extension| extension == "rs"))
}

#[cfg(test)]
mod tests {
    use super::{handlers, kinds, module, occurrences, problem_json};
    use crate::tidy::Text;

    #[test]
    fn a_second_kind_is_a_finding() {
        let events = Text::new("crates/events/src/kind.rs", "pub enum Kind { Artist }\n");
        let copy = Text::new(
            "crates/bus/src/lib.rs",
            "// enum Kind\nenum Kind { Album }\nenum KindOfFile {}\n",
        );
        assert_eq!(kinds(std::slice::from_ref(&events)).len(), 0);
        let found = kinds(&[copy, events]);
        assert_eq!((found.len(), found[0].line), (1, 2));
        assert!(found[0].file.starts_with("crates/bus"));
    }

    #[test]
    fn the_media_type_of_problems_is_spelt_once() {
        let once = "/// As application/problem+json.\nconst P: &str = \"application/problem+json\";\n#[cfg(test)]\nmod tests { const P: &str = \"application/problem+json\"; }\n";
        let first = Text::new("crates/a/src/lib.rs", once);
        let second = Text::new("crates/b/src/lib.rs", once);
        let test = Text::new("tests/it/a.rs", once);
        assert!(problem_json(&[Text::new("crates/a/src/lib.rs", once), test]).is_empty());
        assert_eq!(problem_json(&[first, second]).len(), 2);
    }

    #[test]
    fn an_operation_stands_once_in_the_list() {
        let code = "fn helper() {}\n#[utoipa::path(tag = \"a\",\n    responses((status = 200)))]\n#[get(\"/a\")]\npub(crate) async fn get_a() {}\nfn other() {}\n";
        assert_eq!(handlers(&crate::tidy::source::bare(code)), [("get_a".to_owned(), 5)]);
        assert_eq!(module("routes/tracks.rs".as_ref()), "routes::tracks::");
        assert_eq!(module("upload/mod.rs".as_ref()), "upload::");
        let list = "operations! { pub struct Api; routes::a::get_a, routes::b::get_b }";
        assert_eq!(occurrences("routes::a::get_a", list), 1);
        assert_eq!(occurrences("routes::c::get_c", list), 0, "missing");
        assert_eq!(
            occurrences("routes::b::get_a", list),
            0,
            "the same name in another module"
        );
        let twice = "paths(a::get_a), .service(a::get_a)";
        assert_eq!(occurrences("routes::a::get_a", twice), 2);
    }
}
