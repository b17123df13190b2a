//! Clients that stock generators made of `schemas/openapi.json` compile, sign in, list, upload and make a playlist.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use representations::{Playlist, Track};
use serde_json::json;
use tempfile::TempDir;
use tests::{App, PASSWORD, Wav, node_package, python_tool};

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the checkout")
}

/// What it printed; it must succeed.
fn runs(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [said, failed] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{command:?}:\n{said}\n{failed}");
    said
}

/// Runs the client's story as an artist, and looks for what it made.
async fn makes_a_playlist_of_its_upload(mut client: Command, folder: &Path) {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let audio = folder.join("igra.wav");
    fs::write(&audio, Wav::named(2_000, 1, "Igra", "Kino").bytes()).expect("written");
    let base = app.http().base().to_owned();
    client.args([base.as_str(), "label", PASSWORD]).arg(&audio);
    let said = tokio::task::spawn_blocking(move || runs(&mut client))
        .await
        .expect("it ran");
    let (track, playlist) = said.trim().split_once(' ').expect("two ids");
    let track: Track = label.http.read_as(&format!("/api/v1/tracks/{track}")).await;
    assert_eq!((track.title.as_str(), track.duration_ms), ("Igra", Some(2_000)));
    let playlist = label.http.get(&format!("/api/v1/playlists/{playlist}")).await.is(200);
    playlist.shows(json!({"title": "Of a generated client", "items": [{"track": {"id": track.id}}]}));
    assert_eq!(playlist.parse::<Playlist>().tracks_count, 1);
}

#[tokio::test]
async fn a_client_generated_for_python_signs_in_lists_uploads_and_makes_a_playlist() {
    let (Some(generator), Some(python)) = (python_tool("openapi-python-client"), python_tool("python")) else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    let (root, client) = (checkout(), folder.path().join("client"));
    let mut generate = Command::new(generator);
    generate
        .arg("generate")
        .arg("--path")
        .arg(root.join("schemas/openapi.json"));
    generate.arg("--config").arg(root.join("tests/clients/generator.yaml"));
    let said = runs(generate.arg("--output-path").arg(&client));
    // It passes over what it does not understand, and says so.
    assert!(!said.contains("WARNING") && !said.contains("Unable"), "{said}");
    runs(Command::new(&python).args(["-m", "compileall", "-q"]).arg(&client));
    let mut story = Command::new(python);
    story.arg(root.join("tests/clients/story.py")).env("PYTHONPATH", client);
    makes_a_playlist_of_its_upload(story, folder.path()).await;
}

#[tokio::test]
async fn a_client_generated_for_typescript_signs_in_lists_uploads_and_makes_a_playlist() {
    let (Some(compiler), Some(types)) = (node_package("typescript/bin/tsc"), node_package("@types")) else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    let (root, built) = (checkout(), folder.path().join("built"));
    // Strict, so a wrong type in the client or in its use fails here.
    let mut compile = Command::new("node");
    compile.arg(compiler).args([
        "--strict",
        "--skipLibCheck",
        "--esModuleInterop",
        "--noUncheckedIndexedAccess",
    ]);
    compile.args([
        "--module",
        "commonjs",
        "--target",
        "es2022",
        "--lib",
        "es2023,dom,dom.iterable",
    ]);
    compile.args(["--types", "node", "--typeRoots"]).arg(types);
    compile.arg("--rootDir").arg(&root).arg("--outDir").arg(&built);
    runs(compile.arg(root.join("tests/clients/story.ts")));
    let mut story = Command::new("node");
    story.arg(built.join("tests/clients/story.js"));
    makes_a_playlist_of_its_upload(story, folder.path()).await;
}
