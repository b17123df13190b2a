//! Every kind of fault that the parsers know, and the words that people see.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{Error, FieldError, Limit, from_json};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
    Blue,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its faults are looked at")]
struct Part {
    id: uuid::Uuid,
    colour: Option<Colour>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its faults are looked at")]
struct Thing {
    #[schema(min_length = 1, max_length = 300)]
    title: String,
    #[schema(minimum = 1, maximum = 9999)]
    number: Option<i16>,
    #[schema(max_items = 50)]
    parts: Option<Vec<Part>>,
    day: Option<events::Time>,
    loud: Option<bool>,
    main: Option<Part>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its faults are looked at")]
struct Asked {
    q: String,
    #[param(inline)]
    limit: Option<Limit>,
    #[param(inline)]
    colour: Option<Colour>,
    #[param(value_type = Option<Uuid>)]
    track_id: Option<events::TrackId>,
    #[serde(default)]
    loud: bool,
}

fn of_body(body: &str) -> String {
    let FieldError { field, message, .. } = from_json::<Thing>(body.as_bytes()).expect_err("a fault");
    format!("{field}: {message}")
}

fn of_query(query: &str) -> String {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    let error = serde_path_to_error::deserialize::<_, Asked>(pairs).expect_err("a fault");
    Error::invalid_fields(vec![super::query_fault::<Asked, _>(&error)]).to_string()
}

#[test]
fn a_whole_number_may_be_written_with_a_fraction_of_zeros() {
    for number in ["3", "3.0", "3e0", "0.3e1"] {
        let body = format!(r#"{{"title": "a", "number": {number}}}"#);
        assert_eq!(
            from_json::<Thing>(body.as_bytes()).map(|thing| thing.number),
            Ok(Some(3)),
            "{number}"
        );
    }
    // What is wrong beside it is named.
    let body = r#"{"title": "a", "number": 3.0, "parts": [{"id": "7"}]}"#;
    assert_eq!(of_body(body), "parts[0].id: must be an id, which is a UUID");
    assert_eq!(
        of_body(r#"{"title": 3.0}"#),
        "title: must be text of 1 to 300 characters"
    );
}

#[test]
fn a_fault_of_a_body_names_the_field_and_what_would_be_right() {
    for (body, words) in [
        (r"{}", "title: is missing"),
        (r#"{"title": 7}"#, "title: must be text of 1 to 300 characters"),
        (r#"{"title": null}"#, "title: must be text of 1 to 300 characters"),
        (r#"{"titel": "a"}"#, "titel: is no field here; did you mean title?"),
        (r#"{"title": "a", "title": "b"}"#, "title: must be given once"),
        (
            r#"{"title": "a", "number": 70000}"#,
            "number: must be a whole number from 1 to 9999",
        ),
        (
            r#"{"title": "a", "number": 1.5}"#,
            "number: must be a whole number from 1 to 9999",
        ),
        (r#"{"title": "a", "parts": 1}"#, "parts: must be a list of 50 at most"),
        (r#"{"title": "a", "parts": [1]}"#, "parts[0]: must be an object"),
        (r#"{"title": "a", "parts": [{}]}"#, "parts[0].id: is missing"),
        (
            r#"{"title": "a", "parts": [{"id": "7"}]}"#,
            "parts[0].id: must be an id, which is a UUID",
        ),
        (
            r#"{"title": "a", "main": {"idd": "7"}}"#,
            "main.idd: is no field here; did you mean id?",
        ),
        (
            r#"{"title": "a", "main": {"id": "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10", "colour": "pink"}}"#,
            "main.colour: must be red, green or blue",
        ),
        (
            r#"{"title": "a", "main": {"id": "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10", "colour": 7}}"#,
            "main.colour: must be red, green or blue",
        ),
        (
            r#"{"title": "a", "day": "today"}"#,
            "day: must be a time of RFC 3339, as 2026-01-31T12:00:00.000Z",
        ),
        (
            r#"{"title": "a", "day": 7}"#,
            "day: must be a time of RFC 3339, as 2026-01-31T12:00:00.000Z",
        ),
        (r#"{"title": "a", "loud": "yes"}"#, "loud: must be true or false"),
        (
            r#"{"title": "a",}"#,
            "body: must be valid JSON; the fault is in line 1, at column 15",
        ),
        (r#"{"title": "a""#, "body: must be valid JSON; it ends too early"),
        (
            r#"{"title": "a"} x"#,
            "body: must be one JSON value; something follows it",
        ),
    ] {
        assert_eq!(of_body(body), words, "{body}");
    }
}

#[test]
fn a_fault_of_a_query_names_the_parameter_and_what_would_be_right() {
    for (query, words) in [
        ("", "q: is missing"),
        ("q=a&limit=many", "limit: must be a whole number from 1 to 100"),
        ("q=a&limit=101", "limit: must be a whole number from 1 to 100"),
        ("q=a&limit=-1", "limit: must be a whole number from 1 to 100"),
        ("q=a&limit=", "limit: must be a whole number from 1 to 100"),
        ("q=a&colour=pink", "colour: must be red, green or blue"),
        ("q=a&track_id=7", "track_id: must be an id, which is a UUID"),
        ("q=a&loud=yes", "loud: must be true or false"),
        ("q=a&q=b", "q: must be given once"),
    ] {
        assert_eq!(of_query(query), words, "{query}");
    }
}

#[test]
fn a_client_does_not_get_its_own_megabyte_back() {
    let long = "x".repeat(1_000_000);
    let answer = of_body(&format!(r#"{{"title": "a", "{long}": 1}}"#));
    assert!(answer.len() < 300, "{}", answer.len());
    assert!(of_body("{\"a` or `b`, expected `c\": 1}").starts_with("a` or `b`, expected `c: is no field"));
}
