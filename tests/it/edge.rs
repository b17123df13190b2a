//! The edge: what is refused, in which order, and in which words.

use http_kit::{AboutProblem, Problem, ProblemType};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{Answer, App, Person, Wav, new_id};

/// Words of parsers, which mean nothing to a person.
const PARSERS: [&str; 9] = [
    "invalid digit",
    "expected",
    "at line",
    "invalid type",
    "parsing failed",
    "premature end",
    "input contains",
    "struct ",
    "i16",
];

/// The faults of a 422, as `field: message`.
fn faults(answer: Answer) -> Vec<String> {
    let answer = answer.is(422);
    let text = answer.json().to_string();
    for word in PARSERS {
        assert!(!text.contains(word), "{word:?} in {text}");
    }
    let errors = answer.parse::<Problem>().errors.into_iter();
    errors
        .map(|fault| format!("{}: {}", fault.field, fault.message))
        .collect()
}

async fn sends(by: &Person, method: Method, path: &str, body: &'static str) -> Answer {
    let request = by.http.request(method, path).header("content-type", "application/json");
    by.http.send(request.body(body)).await
}

/// Path, body, and what is said of it.
const FAULTS: [(&str, &str, &str); 13] = [
    (
        "artists/",
        r#"{"name": 7}"#,
        "name: must be text of 1 to 300 characters",
    ),
    (
        "artists/",
        r#"{"nmae": "A"}"#,
        "nmae: is no field here; did you mean name?",
    ),
    (
        "artists/",
        r#"{"name": "A""#,
        "body: must be valid JSON; it ends too early",
    ),
    ("artists/", r"[1]", "body: must be a JSON object"),
    (
        "artists/",
        r#"{"name": "A", "genres": "rock"}"#,
        "genres: must be a list of 20 at most",
    ),
    (
        "artists/",
        r#"{"name": "A", "user_id": "me"}"#,
        "user_id: must be an id, which is a UUID",
    ),
    (
        "albums/",
        r#"{"title": "A", "release_date": "1988"}"#,
        "release_date: must be a date, as 1988-01-31",
    ),
    (
        "albums/",
        r#"{"title": "A", "album_type": 7}"#,
        "album_type: must be album, single, ep or compilation",
    ),
    (
        "tracks/",
        r#"{"title": "A", "track_number": 70000}"#,
        "track_number: must be a whole number from 1 to 9999",
    ),
    (
        "tracks/",
        r#"{"title": "A", "credits": [{"artist_id": "me"}]}"#,
        "credits[0].artist_id: must be an id, which is a UUID",
    ),
    (
        "tracks/",
        r#"{"title": "A", "credits": [{"artist": "me"}]}"#,
        "credits[0].artist: is no field here; did you mean artist_id?",
    ),
    (
        "auth/login-json",
        r#"{"username": "a", "pasword": "b"}"#,
        "pasword: is no field here; did you mean password?",
    ),
    (
        "auth/register",
        r#"{"role": "admin"}"#,
        "role: must be listener or artist",
    ),
];

#[tokio::test]
async fn a_fault_is_named_in_words_for_people() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    let post = async |path: &str, body: &'static str| {
        faults(sends(&label, Method::POST, &format!("/api/v1/{path}"), body).await)
    };
    for (path, body, words) in FAULTS {
        assert_eq!(post(path, body).await, [words], "{path} {body}");
    }
    let listen = format!("tracks/{track}/listen");
    let words =
        "context.type: must be album, artist, playlist, search, recommendation, charts, history, library or radio";
    assert_eq!(post(&listen, r#"{"context": {"type": "gramophone"}}"#).await, [words]);
    let words = "listened_at: must be a time of RFC 3339, as 2026-01-31T12:00:00.000Z";
    assert_eq!(post(&listen, r#"{"listened_at": "today"}"#).await, [words]);
    let batch = sends(
        &label,
        Method::POST,
        "/api/v1/analytics/listening-events",
        r#"{"events": [{"track_id": "7", "ms_played": 1}]}"#,
    );
    let rejected = batch.await.is(202).json()["rejected"].clone();
    assert_eq!(
        rejected,
        json!([{"index": 0, "error": "track_id: must be an id, which is a UUID"}])
    );
}

/// Where a form is sent, with a file under that name and one more field, and what is said of it.
const FORM_FAULTS: [[&str; 5]; 8] = [
    [
        "upload/uploadfile/",
        "file",
        "titel",
        "A",
        "titel: is no field here; did you mean title?",
    ],
    [
        "upload/uploadfile/",
        "file",
        "track_number",
        "one",
        "track_number: must be a whole number from 1 to 9999",
    ],
    [
        "upload/uploadfile/",
        "file",
        "track_number",
        "10000",
        "track_number: must be a whole number from 1 to 9999",
    ],
    [
        "upload/uploadfile/",
        "file",
        "artist_id",
        "me",
        "artist_id: must be the id of an artist, which is a UUID",
    ],
    [
        "upload/uploadfile/",
        "fiel",
        "title",
        "A",
        "fiel: is no field here; did you mean file?",
    ],
    [
        "upload/uploadalbum/",
        "file",
        "title",
        "A",
        "file: is no field here; did you mean files?",
    ],
    [
        "s3/tracks/upload",
        "file",
        "title",
        "A",
        "title: is no field here; did you mean file?",
    ],
    [
        "playlists/import",
        "files",
        "title",
        "A",
        "files: is no field here; did you mean file?",
    ],
];

#[tokio::test]
async fn a_fault_of_a_form_is_named_in_words_for_people() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    for (form, words) in [
        ("username=label", "password: is missing"),
        ("username=label&pasword=x", "password: is missing"),
        ("username=a&username=b&password=x", "username: must be given once"),
    ] {
        let request = app.http().request(Method::POST, "/api/v1/auth/login");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let refused = app.http().send(request.body(form)).await;
        assert_eq!(faults(refused), [words], "{form}");
    }
    let sound = Wav::named(1_000, 1, "Igra", "Kino").bytes();
    for [path, part, field, value, words] in FORM_FAULTS {
        let file = Part::bytes(sound.clone()).file_name("igra.wav");
        let form = Form::new().text(field, value).part(part, file);
        let request = label.http.request(Method::POST, &format!("/api/v1/{path}"));
        let refused = label.http.send(request.multipart(form)).await;
        assert_eq!(faults(refused), [words], "{path} {field}={value}");
    }
}

#[tokio::test]
async fn a_parameter_of_a_query_is_known_and_given_once() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let get = async |path: &str| faults(ada.http.get(&format!("/api/v1/{path}")).await);
    let number = "limit: must be a whole number from 1 to 100";
    for (path, words) in [
        ("tracks/?limit=many", number),
        ("tracks/?limit=0", number),
        ("tracks/?offset=10001", "offset: must be a whole number from 0 to 10000"),
        (
            "tracks/?sort=best",
            "sort: must be title, created_at, duration or plays",
        ),
        ("tracks/?year=MCMXC", "year: must be a whole number from 1 to 9999"),
        ("tracks/?artist_id=me", "artist_id: must be an id, which is a UUID"),
        (
            "tracks/popular?from=now",
            "from: must be a time of RFC 3339, as 2026-01-31T12:00:00.000Z",
        ),
        ("tracks/?lmit=7", "lmit: is no parameter here; did you mean limit?"),
        (
            "tracks/search/?q=a&artist=7",
            "artist: is no parameter here; did you mean artist_id?",
        ),
        ("auth/me?fields=id", "fields: is no parameter here; there are none"),
        ("tracks/?limit=7&limit=8", "limit: must be given once"),
        ("tracks/search", "q: is missing"),
    ] {
        assert_eq!(get(path).await, [words], "{path}");
    }
    let track = new_id();
    assert_eq!(
        get(&format!("tracks/{track}/stream?exp=1&exp=2")).await,
        ["exp: must be given once"]
    );
    assert_eq!(
        faults(app.http().get("/ping?a=1").await),
        ["a: is no parameter here; there are none"]
    );
    let register = app.http().post("/api/v1/auth/register?a=1", &json!({})).await;
    assert_eq!(faults(register), ["a: is no parameter here; there are none"]);
    let request = ada.http.request(Method::HEAD, "/api/v1/tracks/?lmit=7");
    ada.http.send(request).await.is(422);
    // A link to the home page may carry anything.
    app.http().get("/?utm_source=x&utm_source=y").await.is(200);
}

#[tokio::test]
async fn who_may_is_answered_before_what_is_wrong() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let artist = format!("/api/v1/artists/{kino}");
    let gone = format!("/api/v1/artists/{}", new_id());
    let history = format!("/api/v1/users/{}/listening-history?limit=many", label.id);
    let large = "x".repeat(300 * 1024);
    let wrong: [(&str, &str, &str); 4] = [
        ("application/json", "identity", "{"),
        ("application/json", "identity", &large),
        ("text/plain", "identity", "{}"),
        ("application/json", "gzip", "{}"),
    ];
    for (number, (content_type, encoding, body)) in wrong.into_iter().enumerate() {
        // New accounts: whoever calls for the first time is looked up, and that takes longer than to see a fault.
        let listener = app.listener(&format!("listener{number}")).await;
        let other = app.artist_account(&format!("other{number}")).await;
        let sent = async |by: &tests::Http, method: Method, path: &str| {
            let request = by.request(method, path).header("content-type", content_type);
            by.send(request.header("content-encoding", encoding).body(body.to_owned()))
                .await
        };
        sent(&app.http(), Method::POST, "/api/v1/artists/").await.is(401);
        sent(&listener.http, Method::POST, "/api/v1/artists/").await.is(403);
        sent(&listener.http, Method::POST, "/api/v1/upload/uploadfile/")
            .await
            .is(403);
        sent(&other.http, Method::PUT, &artist).await.is(403);
        sent(&other.http, Method::PUT, &gone).await.is(404);
        let status = sent(&label.http, Method::PUT, &artist).await.status;
        assert!([413, 415, 422].contains(&status), "{status}");
    }
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    ada.http.get(&history).await.is(403);
    app.http().get(&history).await.is(401);
    bob.http
        .post("/api/v1/artists/?a=1", &json!({"name": "A"}))
        .await
        .is(403);
    app.http().get("/api/v1/auth/me?a=1").await.is(401);
}

#[tokio::test]
async fn a_version_is_compared_when_all_else_is_right_and_stands_in_quotes() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let other = app.artist_account("other").await;
    let kino = label.creates_artist("Kino").await;
    let path = format!("/api/v1/artists/{kino}");
    let put = async |by: &Person, condition: &str, body: Value| {
        let request = by.http.request(Method::PUT, &path).header("If-Match", condition);
        by.http.send(request.json(&body)).await
    };
    put(&label, "\"9\"", json!({"name": "Two"})).await.is(412);
    assert_eq!(
        put(&label, "\"9\"", json!({"name": ""})).await.is(422).faults(),
        ["name"]
    );
    assert_eq!(
        put(&label, "\"9\"", json!({"nmae": "Two"})).await.is(422).faults(),
        ["nmae"]
    );
    put(&other, "\"9\"", json!({"name": "Two"})).await.is(403);
    let quotes = "If-Match: must be * or versions in double quotes, as \"7\"";
    for condition in ["1", "\"1", "one", "W/1"] {
        assert_eq!(
            faults(put(&label, condition, json!({"name": "Two"})).await),
            [quotes],
            "{condition}"
        );
    }
    let request = label.http.request(Method::DELETE, &path).header("If-Match", "1");
    assert_eq!(faults(label.http.send(request).await), [quotes]);
    put(&label, "\"1\"", json!({"name": "Two"})).await.is(200);
}

#[tokio::test]
async fn a_body_that_is_encoded_is_not_taken_for_another() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    for (path, content_type) in [
        ("artists/", "application/json"),
        ("auth/register", "application/json"),
        ("auth/login", "application/x-www-form-urlencoded"),
        ("analytics/listening-events", "application/json"),
        ("upload/uploadfile/", "multipart/form-data; boundary=x"),
    ] {
        for encoding in ["gzip", "br", "deflate", "identity, gzip"] {
            let request = label.http.request(Method::POST, &format!("/api/v1/{path}"));
            let request = request
                .header("content-type", content_type)
                .header("content-encoding", encoding);
            let refused: Problem = label.http.send(request.body("\u{1f}8")).await.is(415).parse();
            assert!(refused.detail.contains("Content-Encoding"), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_path_of_60_kb_is_not_sent_back() {
    let app = App::start().await;
    let long = "x".repeat(60_000);
    for path in [
        format!("/{long}"),
        format!("/api/v1/artists/{long}"),
        format!("/api/v1/tracks/?{long}=1"),
    ] {
        let answer = app.http().get(&path).await;
        assert!(
            (400..500).contains(&answer.status) && answer.bytes.len() < 2_000,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_answered_with_the_right_ones() {
    let app = App::start().await;
    for (method, path, right) in [
        (Method::DELETE, "/ping", "GET, HEAD, OPTIONS"),
        (Method::PATCH, "/api/v1/artists/", "GET, HEAD, OPTIONS, POST"),
        (Method::POST, "/api/v1/tracks/search/", "GET, HEAD, OPTIONS"),
    ] {
        let answer = app.http().send(app.http().request(method, path)).await.is(405);
        assert_eq!(answer.header("allow"), right, "{path}");
        assert_eq!(answer.parse::<Problem>().detail, format!("this path takes {right}"));
    }
}

#[tokio::test]
async fn every_type_of_problem_is_described_at_its_own_address() {
    let app = App::without_read_models().await;
    let document = app.http().read("/openapi.json").await;
    let types = &document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"];
    let types = types.as_array().expect("every type").clone();
    assert_eq!(types.len(), ProblemType::ALL.len());
    for r#type in types {
        let about: AboutProblem = app.http().read_as(r#type.as_str().expect("an address")).await;
        assert_eq!(about.r#type, r#type);
        assert!((400..600).contains(&about.status), "{about:?}");
        assert!(about.description.ends_with('.'), "{about:?}");
    }
    let stale: AboutProblem = app.http().read_as("/problems/stale-version").await;
    assert_eq!(stale.status, 412);
    app.http().get("/problems/nothing").await.is(404);
}

#[tokio::test]
async fn a_problem_has_a_type_and_codes_for_programs() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    label.creates_track(kino, "Igra").await;
    let name = |answer: Answer| answer.parse::<Problem>().r#type.replace("/problems/", "");
    let artists = "/api/v1/artists/";
    let account = json!({"username": "label", "email": "l@example.org", "password": tests::PASSWORD});
    let taken = app.http().post("/api/v1/auth/register", &account).await.is(409);
    assert_eq!(taken.header("ratelimit-policy"), "\"register\";q=500;w=500");
    assert!(
        taken.header("ratelimit").starts_with("\"register\";r=49"),
        "{}",
        taken.header("ratelimit")
    );
    assert_eq!(name(taken), "username-taken");
    assert_eq!(name(app.http().post(artists, &json!({})).await.is(401)), "unauthorized");
    assert_eq!(
        name(label.http.get(&format!("{artists}{}", new_id())).await.is(404)),
        "not-found"
    );
    assert_eq!(name(label.http.get("/nothing").await.is(404)), "not-found");
    assert_eq!(
        name(label.http.delete(&format!("{artists}{kino}")).await.is(409)),
        "has-works"
    );
    for (album, code) in [
        (json!({"artist_id": kino}), "missing"),
        (json!({"title": "A", "artist_id": kino, "titel": "B"}), "unknown"),
        (
            json!({"title": "", "artist_id": kino, "album_type": "album"}),
            "invalid",
        ),
        (
            json!({"title": "A", "artist_id": new_id(), "album_type": "album"}),
            "no_such_thing",
        ),
    ] {
        let refused = label.http.post("/api/v1/albums/", &album).await.is(422);
        refused.shows(json!({"type": "/problems/invalid", "errors": [{"code": code}]}));
    }
    let twice = label.http.get("/api/v1/tracks/?limit=1&limit=2").await.is(422);
    twice.shows(json!({"errors": [{"code": "repeated"}]}));
}
