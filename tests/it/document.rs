//! The OpenAPI document is as strict as the code: what it allows at its bounds is taken, what it forbids is refused.

use futures_util::future::join_all;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Map, Value, json};
use tests::{Answer, Wav, new_id};

use crate::{
    schema_cases::{Case, Maker},
    who_may::{Cast, Operation, Things, operations},
};

/// Texts that the schema cannot know: how easily a password is guessed, which objects and links there are, what is an address.
const OTHERWISE_CHECKED: [&str; 7] = ["password", "cover_key", "s3_key", "url", "token", "code", "cursor"];

/// Words of rules that no schema can say; `fuzz` knows them too.
const RULES: &str = include_str!("../clients/rules.txt");

/// What an answer says is wrong, as `field: words`.
fn faults(answer: &Answer) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match answer.status {
        422 => {
            let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
            errors
                .iter()
                .map(|one| format!("{}: {}", text(&one["field"]), text(&one["message"])))
                .collect()
        }
        // Of several events a bad one fails alone.
        202 => {
            let rejected = answer.json()["rejected"].as_array().cloned().unwrap_or_default();
            rejected.iter().map(|one| text(&one["error"])).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an answer is right for that case.
fn is_as_documented(answer: &Answer, case: &Case) -> bool {
    let is_inside = |part: &str, whole: &str| match part.strip_prefix(whole) {
        Some(rest) => rest.is_empty() || rest.starts_with(['.', '[']),
        None => false,
    };
    let is_about = |fault: &String| {
        // An event that is no object has no field.
        let field = fault.split_once(':').map_or("", |(field, _)| field);
        let place = case.place.trim_start_matches("events[0].");
        field.is_empty()
            || place.is_empty()
            || is_inside(field, place)
            || is_inside(place, field)
            || is_inside(&case.place, field)
    };
    let mut faults = faults(answer).into_iter().filter(is_about);
    if case.is_right {
        return answer.status != 400 && faults.all(|fault| RULES.lines().any(|rule| fault.contains(rule)));
    }
    // What is too long for a secret is a wrong one.
    answer.status == 401 || faults.next().is_some()
}

fn is_text(schema: &Value) -> bool {
    schema.to_string().contains("\"string\"")
}

#[tokio::test]
async fn every_parameter_of_a_query_is_bounded_as_the_document_says() {
    let cast = Cast::new().await;
    let things = cast.whole_things().await;
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let maker = Maker {
        document: &document,
        known: Map::new(),
    };
    let (mut tried, mut wrong) = (0, Vec::new());
    for operation in operations(&document) {
        let parameters = &document["paths"][operation.path.as_str()]["get"]["parameters"];
        let queries = parameters
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["in"] == "query");
        if operation.method != Method::GET {
            continue;
        }
        let (http, path) = (cast.http_of(&operation), things.path(&operation));
        for parameter in queries {
            let name = parameter["name"].as_str().unwrap();
            let needed = operation.query.iter().filter(|(other, _)| other != name);
            let needed: Vec<&(String, String)> = needed.collect();
            let cases = maker.cases(name, &parameter["schema"]).into_iter();
            let cases = cases.filter(|case| !(case.is_right && OTHERWISE_CHECKED.contains(&name)));
            // A query is text: a number is as good there.
            let texts = cases.filter_map(|case| match &case.value {
                Value::String(text) => Some((text.clone(), case)),
                Value::Number(number) if !is_text(&parameter["schema"]) => Some((number.to_string(), case)),
                Value::Bool(it) => Some((it.to_string(), case)),
                _ => None,
            });
            let sent = texts.map(async |(text, case)| {
                let request = http.request(Method::GET, &path).query(&needed);
                (http.send(request.query(&[(name, &text)])).await, case)
            });
            for (answer, case) in join_all(sent).await {
                tried += 1;
                let is_refused = answer.status == 422 && answer.faults().contains(&name.to_owned());
                // On a busy machine an engine may answer too late.
                if is_refused == case.is_right || (answer.status >= 500 && answer.status != 503) {
                    wrong.push(format!("{path} {name}={}: {}", case.value, answer.status));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 600, "{tried}");
}

/// What is in the fields of bodies, where it must be something of their own.
fn known(things: &Things, operation: &Operation) -> Map<String, Value> {
    let mut known = json!({
        "password": tests::PASSWORD, "current_password": tests::PASSWORD, "url": "https://example.org/igra.flac",
        "username": new_id().simple().to_string(), "email": format!("{}@example.org", new_id().simple()),
        "artist_id": things.artist, "album_id": things.album, "track_id": things.track, "playlist_id": things.playlist,
        "user_id": things.user, "item_id": things.item, "id": things.track, "scope": "library",
        "since": "2026-01-31T12:00:00Z",
    });
    match operation.path.as_str() {
        // Else nobody would see it from then on.
        "/api/v1/admin/takedowns" => known["id"] = json!(things.banned),
        path if path.contains("dead-letters") => known["id"] = json!(new_id()),
        _ => {}
    }
    known.as_object().cloned().unwrap()
}

/// Operations with a body of this media type, who makes values for it, and its schema.
fn bodies<'a>(document: &'a Value, things: &Things, media_type: &str) -> Vec<(Operation, Maker<'a>, &'a Value)> {
    let has_it = |operation: &Operation| operation.body.as_deref() == Some(media_type);
    let of = |operation: Operation| {
        let known = known(things, &operation);
        let method = operation.method.as_str().to_lowercase();
        let body = &document["paths"][operation.path.as_str()][method]["requestBody"];
        (
            operation,
            Maker { document, known },
            &body["content"][media_type]["schema"],
        )
    };
    operations(document).into_iter().filter(has_it).map(of).collect()
}

#[tokio::test]
async fn every_field_of_a_body_is_bounded_as_the_document_says() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let cast = Cast::new().await;
    let things = cast.whole_things().await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for (operation, maker, schema) in bodies(&document, &things, "application/json") {
        let (http, path) = (cast.http_of(&operation), things.path(&operation));
        if operation.path.ends_with("/totp/confirm") {
            http.post("/api/v1/auth/totp", &json!({})).await.is(200);
        }
        for case in maker.cases("", schema) {
            let last = case.place.rsplit('.').next().unwrap();
            let is_taken = case.is_right && OTHERWISE_CHECKED.contains(&last);
            if is_taken || (case.place.is_empty() && case.value.is_null()) {
                continue;
            }
            let request = http.request(operation.method.clone(), &path).json(&case.value);
            let answer = http.send(request).await;
            tried += 1;
            let is_broken = answer.status >= 500 || [413, 415].contains(&answer.status);
            if is_broken || !is_as_documented(&answer, &case) {
                let sent: String = case.value.to_string().chars().take(200).collect();
                let said: String = String::from_utf8_lossy(&answer.bytes).chars().take(400).collect();
                wrong.push(format!(
                    "{operation} {}: {sent} is {}: {} {said}",
                    case.place, case.is_right, answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 1_000, "{tried}");
}

fn is_file(schema: &Value) -> bool {
    schema.to_string().contains("\"binary\"")
}

/// The form that a value stands for. None where it has no form of its own: to a form all is text, one text is as good as a list
/// of one, and an empty text is none.
fn form(value: &Value, schema: &Value, file: &[u8]) -> Option<Form> {
    let mut form = Form::new();
    for (name, value) in value.as_object()? {
        let property = schema["properties"][name].to_string();
        if property.contains("\"binary\"") {
            form = form.part(name.clone(), Part::bytes(file.to_vec()).file_name("file"));
            continue;
        }
        let is_list = property.contains("\"array\"");
        if is_list != value.is_array() || (value.is_number() && property.contains("\"string\"")) {
            return None;
        }
        let values = value
            .as_array()
            .map_or_else(|| vec![value], |values| values.iter().collect());
        for value in values {
            let text = match value {
                Value::String(text) if !text.is_empty() => text.clone(),
                Value::Number(_) | Value::Bool(_) if !is_list => value.to_string(),
                _ => return None,
            };
            form = form.text(name.clone(), text);
        }
    }
    Some(form)
}

#[tokio::test]
async fn every_field_of_a_form_is_bounded_as_the_document_says() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let cast = Cast::new().await;
    let things = cast.whole_things().await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for (operation, maker, schema) in bodies(&document, &things, "multipart/form-data") {
        let schema = maker.one(schema);
        let http = cast.http_of(&operation);
        let cases = maker.cases("", schema).into_iter().filter(|case| {
            let field = case.place.split('[').next().unwrap();
            !field.is_empty() && !is_file(&schema["properties"][field])
        });
        for case in cases {
            let file = if operation.path.contains("playlists") {
                b"#EXTM3U\n".to_vec()
            } else {
                // Another sound each time.
                Wav::named(1_000 + tried, 1, "Igra", "Kino").bytes()
            };
            let Some(form) = form(&case.value, schema, &file) else {
                continue;
            };
            let request = http.request(operation.method.clone(), &operation.path);
            let answer = http.send(request.multipart(form)).await;
            tried += 1;
            if answer.status >= 500 || !is_as_documented(&answer, &case) {
                let said = String::from_utf8_lossy(&answer.bytes);
                wrong.push(format!(
                    "{operation} {}: {:?} {} {said}",
                    case.place, case.value, answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 20, "{tried}");
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
const DONE_ONCE_ANYWAY: [(&str, &str); 19] = [
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
    ("/api/v1/webhooks/", "its answer is a secret, which is not kept"),
    (
        "/api/v1/webhooks/{webhook_id}/secret",
        "its answer is a secret, which is not kept",
    ),
    (
        "/api/v1/webhooks/{webhook_id}/replay",
        "what waits already is not sent twice",
    ),
    (
        "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
        "what waits already is not sent twice",
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
