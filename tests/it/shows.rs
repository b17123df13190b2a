//! The helper that compares a body with what a story expects of it: what passes, what fails, and what a failure says.

use std::panic::catch_unwind;

use bytes::Bytes;
use serde_json::{Value, json};
use tests::{Answer, shows};

/// The lines before the body.
#[track_caller]
fn differences(body: &Value, expected: Value) -> Vec<String> {
    let failed = catch_unwind(|| shows(body, expected)).expect_err("it must fail");
    let message = failed.downcast::<String>().expect("a message");
    let lines = message.strip_suffix(&format!("\n{body:#}"));
    let lines = lines.unwrap_or_else(|| panic!("the body is not shown: {message}"));
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn only_the_fields_named_are_compared() {
    let body = json!({"total": 2, "items": [{"plays": 3, "track": {"id": 1, "title": "Igra"}}, {"plays": 1}]});
    for expected in [
        json!({}),
        json!({"total": 2}),
        json!({"items": [{}, {"plays": 1}]}),
        json!({"items": [{"track": {"title": "Igra"}}, {"plays": 1}], "total": 2}),
        body.clone(),
    ] {
        shows(&body, expected);
    }
    let answer = Answer {
        status: 200,
        headers: reqwest::header::HeaderMap::new(),
        bytes: Bytes::from(body.to_string()),
    };
    answer.shows(json!({"total": 2}));
}

#[test]
fn every_difference_is_named_by_its_path_and_the_body_is_shown() {
    let body = json!({"status": "ok", "items": [{"plays": 2, "track": {"id": 1}}]});
    let expected = json!({"status": "ok", "items": [{"plays": 3, "track": {"id": 2}}], "total": 1});
    let mut found = differences(&body, expected);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "items[0].plays: expected 3, is 2",
            "items[0].track.id: expected 2, is 1",
            "total: expected 1, is missing",
        ]
    );
}

#[test]
fn a_missing_field_is_not_null_and_null_is_no_value() {
    assert_eq!(
        differences(&json!({}), json!({"album": null})),
        ["album: expected null, is missing"]
    );
    assert_eq!(
        differences(&json!({"album": {"id": 1}}), json!({"album": null})),
        [r#"album: expected null, is {"id":1}"#]
    );
    assert_eq!(
        differences(&json!({"album": null}), json!({"album": {}})),
        ["album: expected {}, is null"]
    );
}

#[test]
fn an_array_has_the_items_expected_and_no_more() {
    let two = json!({"items": [1, 2]});
    assert_eq!(
        differences(&two, json!({"items": [1]})),
        ["items: expected 1 items, has 2"]
    );
    assert_eq!(
        differences(&two, json!({"items": [1, 2, 3]})),
        ["items: expected 3 items, has 2"]
    );
    assert_eq!(
        differences(&two, json!({"items": [2, 1]})),
        ["items[0]: expected 2, is 1", "items[1]: expected 1, is 2"]
    );
    assert_eq!(
        differences(&json!([1, 2]), json!([])),
        ["the body: expected 0 items, has 2"]
    );
}

#[test]
fn another_type_is_another_value() {
    assert_eq!(
        differences(&json!({"plays": "3"}), json!({"plays": 3})),
        [r#"plays: expected 3, is "3""#]
    );
    assert_eq!(
        differences(&json!("pong"), json!({"ping": "pong"})),
        [r#"the body: expected {"ping":"pong"}, is "pong""#]
    );
}
