//! Files as they really are: each case of `tests/fixtures/faults/expected.json` has its source in a public report and the
//! answer that is right. All are tried, and all that are wrong are named.

use std::{fmt::Write as _, fs, path::Path};

use read_api::{Chart, NamedTrack};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{Answer, App, Person};

/// Milliseconds by which a length may differ where the case does not say.
const TOLERANCE: i64 = 50;

/// One place of the story.
struct Trial {
    label: Person,
    faults: String,
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/faults");
    fs::read(folder.join(name)).expect("a fixture")
}

fn cases() -> Vec<Value> {
    serde_json::from_slice(&fixture("expected.json")).expect("a list of cases")
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

async fn uploads(by: &Person, name: &str, file: Vec<u8>) -> Answer {
    let form = Form::new().part("file", Part::bytes(file).file_name(name.to_owned()));
    let request = by.http.request(Method::POST, "/api/v1/upload/uploadfile/");
    by.http.send(request.multipart(form)).await
}

impl Trial {
    fn expect(&mut self, case: &Value, is_right: bool, found: &Value) {
        if !is_right {
            let (id, right) = (text(case, "id"), &case["right"]);
            writeln!(self.faults, "{id}: {found} and not {right}").expect("a String");
        }
    }

    async fn read(&self, kind: &str, id: &Value) -> Value {
        let id = id.as_str().expect("an id");
        self.label.http.read(&format!("/api/v1/{kind}/{id}")).await
    }

    /// A file, and what its track says.
    async fn one(&mut self, case: &Value) {
        let answer = uploads(&self.label, text(case, "file_name"), fixture(text(case, "file"))).await;
        let right = case["right"].as_object().expect("fields");
        let track = answer.json();
        self.expect(case, json!(answer.status) == right["status"], &track);
        if answer.status != 201 {
            return;
        }
        for (field, expected) in right {
            let found = match field.as_str() {
                "status" | "tolerance" => continue,
                "artist" => track["artist"]["name"].clone(),
                "album" => track["album"]["title"].clone(),
                "cover" => json!(track["cover_url"].is_string()),
                "duration" => track["duration_ms"].clone(),
                "artist_mbid" => self.read("artists", &track["artist"]["id"]).await["external_ids"]["mbid"].clone(),
                "date_any" => self.read("albums", &track["album"]["id"]).await["release_date"].clone(),
                field => track[field].clone(),
            };
            let is_right = match field.as_str() {
                "duration" => {
                    let tolerance = right.get("tolerance").and_then(Value::as_i64).unwrap_or(TOLERANCE);
                    let ms = |value: &Value| value.as_i64().unwrap_or(i64::MIN / 2);
                    (ms(&found) - ms(expected)).abs() <= tolerance
                }
                "date_any" => {
                    let dates = expected.as_array().expect("dates");
                    dates.iter().any(|date| {
                        date.as_str()
                            .is_some_and(|date| found.as_str().is_some_and(|found| found.starts_with(date)))
                    })
                }
                _ => found == *expected,
            };
            self.expect(case, is_right, &json!({ field: found }));
        }
    }

    /// Two files, and whether they have one artist or album.
    async fn two(&mut self, case: &Value) {
        let what = text(case, "what");
        let mut ids = Vec::new();
        for file in case["files"].as_array().expect("files") {
            let answer = uploads(&self.label, "a.mp3", fixture(file.as_str().expect("a name"))).await;
            ids.push(answer.json()[what]["id"].clone());
        }
        let right = if text(case, "right") == "the same" { 1 } else { 2 };
        let found = json!(ids);
        ids.dedup();
        let is_right = ids.len() == right && ids.iter().all(Value::is_string);
        self.expect(case, is_right, &found);
    }
}

#[tokio::test]
async fn files_as_they_are_become_the_tracks_that_they_hold() {
    let app = App::start().await;
    let mut trial = Trial {
        label: app.artist_account("label").await,
        faults: String::new(),
    };
    let (mut ones, mut twos) = (0, 0);
    for case in cases() {
        if case["file"].is_string() {
            ones += 1;
            trial.one(&case).await;
        } else if case["files"].is_array() {
            twos += 1;
            trial.two(&case).await;
        }
    }
    assert_eq!((ones, twos), (25, 6), "cases that were tried");
    assert!(trial.faults.is_empty(), "\n{}", trial.faults);
}

fn case(id: &str) -> Value {
    let case = cases().into_iter().find(|case| case["id"] == id);
    case.unwrap_or_else(|| panic!("no case {id}"))
}

#[tokio::test]
async fn a_listen_at_the_edge_of_two_windows_is_in_the_second_only() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let track = label.creates_track(label.creates_artist("Kino").await, "Edge").await;
    assert_eq!(
        case("chart-edge")["right"],
        "it is in August only; from=to is empty or 422"
    );
    let listened = json!({"track_id": track, "ms_played": 180_000, "listened_at": "2024-08-01T00:00:00Z"});
    app.listener("ada").await.posts(&[listened]).await.is(202);
    app.settle().await;
    let chart = async |from: &str, to: &str| {
        let path = format!("/api/v1/analytics/popular-tracks?from={from}T00:00:00Z&to={to}T00:00:00Z");
        app.http().get(&path).await
    };
    let of_month = async |from: &str, to: &str| {
        let chart: Chart<NamedTrack> = chart(from, to).await.is(200).parse();
        chart.items.len()
    };
    assert_eq!(of_month("2024-07-01", "2024-08-01").await, 0);
    assert_eq!(of_month("2024-08-01", "2024-09-01").await, 1);
    let nothing = chart("2024-08-01", "2024-08-01").await;
    if nothing.status != 422 {
        assert_eq!(nothing.is(200).parse::<Chart<NamedTrack>>().items.len(), 0);
    }
}

#[tokio::test]
async fn an_address_with_two_dots_in_a_row_is_refused() {
    let app = App::start().await;
    assert_eq!(case("email-dots")["right"], "422");
    let account = json!({"username": "ada", "email": "a@b..org", "password": tests::PASSWORD});
    let refused = app.http().post("/api/v1/auth/register", &account).await.is(422);
    assert_eq!(refused.faults(), ["email"]);
}

#[tokio::test]
async fn names_are_found_by_a_part_in_scripts_without_spaces_and_by_signs() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let cases: Vec<Value> = cases()
        .into_iter()
        .filter(|case| case["create_artist"].is_string())
        .collect();
    let mut made = Vec::new();
    for case in &cases {
        made.push(label.creates_artist(text(case, "create_artist")).await);
    }
    app.settle().await;
    let mut faults = Vec::new();
    for (case, artist) in cases.iter().zip(&made) {
        let found = app.search(text(case, "query")).await.artists;
        let rank = usize::try_from(case["rank"].as_u64().expect("a rank")).expect("a small one");
        if !found.iter().take(rank).any(|found| found == artist) {
            faults.push(format!("{}: {found:?}", text(case, "id")));
        }
    }
    assert_eq!((made.len(), faults), (3, Vec::new()));
}
