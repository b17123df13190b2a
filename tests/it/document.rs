//! The OpenAPI document is as strict as the code: what it allows at its bounds is taken, what it forbids is refused.

use reqwest::Method;
use serde_json::{Map, Value, json};
use tests::{Answer, App, Person, new_id};

/// Values of a schema: at its bounds, and just outside of them.
struct Samples {
    right: Vec<Value>,
    wrong: Vec<Value>,
}

fn samples(schema: &Value, document: &Value) -> Samples {
    let schema = resolved(schema, document);
    let number = |name: &str| schema[name].as_i64();
    let is = |kind: &str| {
        schema["type"] == kind
            || schema["type"]
                .as_array()
                .is_some_and(|kinds| kinds.contains(&json!(kind)))
    };
    let mut found = Samples {
        right: Vec::new(),
        wrong: Vec::new(),
    };
    if let Some(values) = schema["enum"].as_array() {
        found.right.clone_from(values);
        found.wrong.push(json!("no such value"));
    } else if is("integer") {
        let (min, max) = (number("minimum"), number("maximum"));
        found.right.extend([min, max].into_iter().flatten().map(Value::from));
        found.wrong.extend(
            [min.map(|min| min - 1), max.map(|max| max + 1)]
                .into_iter()
                .flatten()
                .map(Value::from),
        );
        found.wrong.extend([json!("x"), json!("1.5"), json!("")]);
    } else if is("boolean") {
        found.right.extend([json!(true), json!(false)]);
        found.wrong.push(json!("x"));
    } else if is("array") {
        let max = number("maxItems").and_then(|max| usize::try_from(max).ok());
        found.wrong.extend(max.map(|max| json!(vec!["x"; max + 1])));
        found.wrong.push(json!("x"));
    } else if is("string") && schema["format"].is_null() {
        let text = |length: i64| json!("a".repeat(usize::try_from(length).unwrap_or(0)));
        let (min, max) = (number("minLength"), number("maxLength"));
        found.right.extend([min, max].into_iter().flatten().map(text));
        found.wrong.extend(
            [min.filter(|min| *min > 0).map(|min| min - 1), max.map(|max| max + 1)]
                .into_iter()
                .flatten()
                .map(text),
        );
        if !schema["pattern"].is_null() {
            found.wrong.push(json!("a\u{7}"));
        }
    } else if is("string") {
        found.wrong.push(json!("x"));
    }
    found
}

/// The schema itself, behind references and beside null.
fn resolved<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return resolved(
            document.pointer(reference.trim_start_matches('#')).expect("a schema"),
            document,
        );
    }
    match schema["oneOf"].as_array() {
        Some(schemas) => {
            let other = schemas.iter().find(|schema| schema["type"] != "null");
            resolved(other.expect("a schema beside null"), document)
        }
        None => schema,
    }
}

/// Whether an answer refuses this field.
fn refuses(answer: &Answer, field: &str) -> bool {
    let is_of = |fault: &String| *fault == field || fault.starts_with(&format!("{field}["));
    answer.status == 422 && answer.faults().iter().any(is_of)
}

#[tokio::test]
async fn every_parameter_of_a_query_is_bounded_as_the_document_says() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let mut tried = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let parameters = operations["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let queries: Vec<&Value> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        let path = path.replace("{user_id}", &label.id.to_string());
        // Of a thing that there is not, a list says so first; some are for admins.
        if path.contains('{') || operations["get"]["x-who"] == "admin" {
            continue;
        }
        for parameter in &queries {
            let name = parameter["name"].as_str().unwrap();
            let required = queries
                .iter()
                .filter(|other| other["required"] == true && other["name"] != name);
            let required: Vec<(&str, String)> = required
                .map(|other| (other["name"].as_str().unwrap(), "a".to_owned()))
                .collect();
            let found = samples(&parameter["schema"], &document);
            for (value, is_right) in found
                .right
                .iter()
                .map(|value| (value, true))
                .chain(found.wrong.iter().map(|value| (value, false)))
            {
                // A cursor is a word of ours: of any other text nothing is promised.
                if name == "cursor" && is_right {
                    continue;
                }
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let request = label
                    .http
                    .request(Method::GET, &path)
                    .query(&required)
                    .query(&[(name, text)]);
                let answer = label.http.send(request).await;
                assert_eq!(refuses(&answer, name), !is_right, "{path} {name}={value}: {answer:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

/// Where a body of that schema is sent, with the fields that must be there.
async fn bodies(label: &Person) -> Vec<(Method, String, &'static str, Value)> {
    let artist = label.creates_artist("Kino").await;
    let album = label.creates_album(artist, "Noch").await;
    let track = label.creates_track(artist, "Igra").await;
    let (post, put) = (Method::POST, Method::PUT);
    vec![
        (
            post.clone(),
            "/api/v1/artists/".to_owned(),
            "ArtistFields",
            json!({"name": "A"}),
        ),
        (
            put.clone(),
            format!("/api/v1/artists/{artist}"),
            "ArtistChanges",
            json!({}),
        ),
        (
            post.clone(),
            "/api/v1/albums/".to_owned(),
            "AlbumFields",
            json!({"title": "A", "artist_id": artist}),
        ),
        (
            put.clone(),
            format!("/api/v1/albums/{album}"),
            "AlbumChanges",
            json!({}),
        ),
        (
            post.clone(),
            "/api/v1/tracks/".to_owned(),
            "TrackFields",
            json!({"title": "A", "artist_id": artist}),
        ),
        (put, format!("/api/v1/tracks/{track}"), "TrackChanges", json!({})),
        (
            post.clone(),
            format!("/api/v1/tracks/{track}/listen"),
            "PlayFields",
            json!({}),
        ),
        (
            post,
            "/api/v1/auth/register".to_owned(),
            "Register",
            json!({"password": tests::PASSWORD}),
        ),
    ]
}

#[tokio::test]
async fn every_field_of_a_body_is_bounded_as_the_document_says() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let mut tried = 0;
    for (method, path, schema, base) in bodies(&label).await {
        let properties = document["components"]["schemas"][schema]["properties"]
            .as_object()
            .cloned();
        for (name, property) in properties.unwrap_or_else(|| panic!("{schema} has no properties")) {
            let found = samples(&property, &document);
            for (value, is_right) in found
                .right
                .iter()
                .map(|value| (value, true))
                .chain(found.wrong.iter().map(|value| (value, false)))
            {
                // How easily it is guessed, no schema says.
                // Nor which keys somebody has uploaded to.
                if ["password", "cover_key", "s3_key"].contains(&name.as_str()) && is_right {
                    continue;
                }
                let mut body: Map<String, Value> = base.as_object().unwrap().clone();
                if schema == "Register" {
                    let unique = new_id().simple().to_string();
                    body.insert("username".to_owned(), unique.as_str().into());
                    body.insert("email".to_owned(), format!("{unique}@example.org").into());
                }
                body.insert(name.clone(), value.clone());
                let request = label.http.request(method.clone(), &path).json(&body);
                let answer = label.http.send(request).await;
                assert!(answer.status < 500, "{answer:?}");
                assert_eq!(
                    refuses(&answer, &name),
                    !is_right,
                    "{schema} {name}={value}: {answer:?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn the_document_names_what_the_code_takes() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Role"]["enum"], json!(["listener", "artist", "admin"]));
    assert_eq!(
        schemas["AlbumType"]["enum"],
        json!(["album", "single", "ep", "compilation"])
    );
    let events = &schemas["SeveralEvents"]["properties"]["events"];
    assert_eq!((&events["minItems"], &events["maxItems"]), (&json!(1), &json!(1000)));
    assert_eq!(schemas["SeveralEvents"]["additionalProperties"], json!(false));
}

/// POSTs that take no `Idempotency-Key`, and why. A path ends with `*` where all below it are meant.
const DONE_ONCE_ANYWAY: [(&str, &str); 15] = [
    (
        "/api/v1/auth/*",
        "sign-ins, sessions, keys and links: a secret that was answered is not kept",
    ),
    (
        "/api/v1/users/{user_id}/password-reset",
        "its answer is a secret, which is not kept",
    ),
    (
        "/api/v1/users/{user_id}/email-confirmation",
        "its answer is a secret, which is not kept",
    ),
    (
        "/api/v1/users/{user_id}/export",
        "a person has one unfinished export: sent again it is answered",
    ),
    ("/api/v1/upload/*", "the SHA-256 of the audio decides"),
    ("/api/v1/tracks/upload-from-url/", "the SHA-256 of the audio decides"),
    ("/api/v1/s3/tracks/upload", "what nothing uses is swept"),
    ("/api/v1/s3/covers/upload", "what nothing uses is swept"),
    (
        "/api/v1/s3/maintenance/cleanup-temp",
        "creates nothing; done twice it finds nothing more",
    ),
    ("/api/v1/tracks/{track_id}/listen", "`event_id` decides"),
    (
        "/api/v1/analytics/clickhouse/track/{track_id}/play",
        "`event_id` decides",
    ),
    ("/api/v1/analytics/events/*", "an event that is only counted"),
    ("/api/v1/analytics/clickhouse/search", "an event that is only counted"),
    ("/api/v1/admin/projections/{name}/rebuild", "joins the one under way"),
    (
        "/api/v1/admin/dead-letters/*",
        "what was replayed or purged is so already",
    ),
];

#[test]
fn every_post_takes_an_idempotency_key_or_says_why_not() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let is_listed = |path: &str| {
        DONE_ONCE_ANYWAY
            .iter()
            .any(|(listed, _)| match listed.strip_suffix('*') {
                Some(below) => path.starts_with(below),
                None => path.trim_end_matches('/') == listed.trim_end_matches('/'),
            })
    };
    let (mut with, mut without) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(post) = item.get("post") else { continue };
        let parameters = post["parameters"].as_array().cloned().unwrap_or_default();
        match parameters.iter().any(|one| one["name"] == "Idempotency-Key") {
            true => with += 1,
            false if !is_listed(path) => without.push(path),
            false => {}
        }
    }
    assert!(with >= 8, "{with}");
    assert!(without.is_empty(), "neither take the header nor say why: {without:?}");
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(
                seen.insert(id.to_owned()),
                "{id} stands for two operations, one of them {method} {path}"
            );
        }
    }
}
