//! The README's first tour, run as it is written, and the walk of CONTRIBUTING.md that people take most.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use reqwest::multipart::{Form, Part};
use serde_json::json;
use tests::{App, PASSWORD, Wav};
use tokio::process::Command;

/// Every shell block under a heading, one after the other.
fn commands_under(heading: &str) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let section = readme
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .expect("the heading");
    let blocks = section
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap_or_default());
    blocks.collect()
}

#[tokio::test]
async fn the_first_tour_of_the_readme_works_as_written() {
    let app = App::start().await;
    let (artist, _listener) = (app.artist_account("artist").await, app.listener("listener").await);
    let file = Part::bytes(Wav::named(40_000, 7, "Through Space", "Maxstack").bytes()).file_name("space.wav");
    let form = Form::new().part("file", file);
    let upload = artist
        .http
        .request(reqwest::Method::POST, "/api/v1/upload/uploadfile/")
        .multipart(form);
    artist.http.send(upload).await.is(201);
    app.settle().await;

    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".jonquil")).expect("a folder");
    let accounts = json!([
        {"username": "artist", "password": PASSWORD, "role": "artist"},
        {"username": "listener", "password": PASSWORD, "role": "listener"},
    ]);
    fs::write(folder.path().join(".jonquil/accounts.json"), accounts.to_string()).expect("the accounts");
    fs::write(
        folder.path().join("song.mp3"),
        Wav::named(2_000, 8, "My Song", "Me").bytes(),
    )
    .expect("a song");

    let tour = commands_under("A first tour");
    let here = tour.replace("http://127.0.0.1:8080", app.http().base());
    assert_ne!(tour, here, "the tour names the address that `up` prints");
    let run = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &here])
        .current_dir(folder.path())
        .output();
    let run = run.await.expect("bash");
    let (said, faults) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(run.status.success(), "{said}\n{faults}");
    for expected in [
        "\"title\": \"Through Space\"",
        "206 Partial Content",
        "content-range: bytes 1000-1999/",
        "event_id",
        "\"counted\": true",
        "\"plays\": 1",
        "\"title\": \"My Song\"",
    ] {
        assert!(
            said.contains(expected),
            "the tour does not show {expected}:\n{said}\n{faults}"
        );
    }
    assert_eq!(fs::read(folder.path().join("part.ogg")).expect("the part").len(), 1000);
}

/// Lines of code in which the word stands by itself.
fn lines_with(word: &str, file: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let has = |line: &&str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|part| part == word)
    };
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.filter(has).count()
}

#[test]
fn a_field_of_a_track_stands_in_the_places_that_the_walk_names_and_in_twelve_at_most() {
    let walk = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../CONTRIBUTING.md"));
    let walk = walk.expect("CONTRIBUTING.md");
    let (_, walk) = walk.split_once("## Add a field").expect("the walk");
    let steps: Vec<&str> = walk
        .lines()
        .skip_while(|line| !line.starts_with("1. "))
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(steps.len() <= 12, "{} steps", steps.len());
    let mut files: Vec<&str> = steps.iter().filter_map(|step| step.split('`').nth(1)).collect();
    files.retain(|file| file.starts_with("crates/"));
    for field in ["explicit", "track_number"] {
        let places: Vec<usize> = files.iter().map(|file| lines_with(field, file)).collect();
        assert!(
            places.iter().all(|places| *places > 0),
            "{field}: {files:?} have {places:?}"
        );
        // One for the migration; a check names its field twice.
        let places: usize = 1 + places.iter().sum::<usize>();
        assert!(places <= 13, "{field} stands in {places} places");
    }
    let elsewhere: Vec<String> = literals("TrackState", &files);
    assert!(
        elsewhere.is_empty(),
        "all fields of a track are written out in {elsewhere:?}"
    );
}

/// Files besides these in which a value of this struct is written without `..`.
fn literals(name: &str, besides: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let is_named = |path: &Path| besides.iter().any(|file| path.ends_with(file));
    let begin = format!("{name} {{\n");
    let is_literal = |text: &str| {
        let whole = text.match_indices(&begin).filter_map(|(at, _)| {
            let before = text[..at].trim_end();
            let is_value = !["struct", "->", "impl", "for"]
                .iter()
                .any(|word| before.ends_with(word));
            let body = text[at..].split_inclusive('}').next()?;
            is_value.then(|| body.contains(".."))
        });
        whole.into_iter().any(|has_rest| !has_rest)
    };
    let folders = ["crates", "tests"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| source_files(folder));
    let found = files.filter(|path| !is_named(path) && fs::read_to_string(path).is_ok_and(|text| is_literal(&text)));
    found.map(|path| path.display().to_string()).collect()
}

/// What stands between backticks, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Every source file below.
fn source_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| path.is_dir());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "rs" || kind == "toml");
    let below = folders.iter().flat_map(|folder| source_files(folder));
    files.into_iter().filter(is_source).chain(below).collect()
}

/// The text of every source file, ours only.
fn sources() -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [tests.to_owned(), tests.join("../crates"), tests.join("../kafka")];
    let files = folders.iter().flat_map(|folder| source_files(folder));
    files
        .map(|path| fs::read_to_string(path).expect("a source file"))
        .collect()
}

#[test]
fn every_name_that_a_walk_gives_stands_in_the_code() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../CONTRIBUTING.md"));
    let text = text.expect("CONTRIBUTING.md");
    let sources = sources();
    let words: HashSet<&str> = sources.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let walks: Vec<&str> = text.split("\n## ").filter(|part| part.starts_with("Add a")).collect();
    let titles: Vec<&str> = walks.iter().filter_map(|walk| walk.lines().next()).collect();
    for needed in [
        "Add a field",
        "Add a query",
        "Add a command",
        "Add an event",
        "Add a projection",
    ] {
        assert!(titles.contains(&needed), "{titles:?}");
    }
    // Files are checked by tidy; commands and what the reader is to fill in (KIND, THING) are no names.
    let is_name = |text: &&str| !text.contains(['/', ' ', '…']) && text.contains(char::is_lowercase);
    let mut unknown = Vec::new();
    for name in walks.iter().flat_map(|walk| quoted(walk)).filter(is_name) {
        let parts = name.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
        let parts = parts.filter(|part| part.len() > 1 && !part.contains('.'));
        unknown.extend(parts.filter(|part| !words.contains(part)));
    }
    assert_eq!(
        unknown,
        Vec::<&str>::new(),
        "CONTRIBUTING.md names what is not in the code"
    );
}
