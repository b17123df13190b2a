//! The README's first tour, run as it is written.

use std::{fs, path::Path};

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
