//! The document of the topics as AsyncAPI's own parser reads it.

use std::{collections::BTreeSet, fs, os::unix::fs::symlink, path::Path, process::Command};

use events::{Topic, contracts};
use serde_json::{Value, json};
use tests::asyncapi_checker;

fn checked(checker: &Path, document: &Path) -> Value {
    let output = Command::new("node").arg(checker).arg(document).output();
    let output = output.expect("Node.js");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn the_official_parser_finds_every_topic_and_every_event_in_the_document_and_no_error() {
    let Some(checker) = asyncapi_checker() else { return };
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let schemas = schemas.canonicalize().expect("schemas/");
    let document = schemas.join("asyncapi.yaml");
    let mut types: BTreeSet<&str> = contracts().into_iter().map(|contract| contract.type_name).collect();
    types.insert("jonquil.dead-letter");
    let topics = Topic::ALL.len();
    let expected =
        json!({"channels": topics, "operations": topics, "messages": types, "withoutPayload": [], "errors": []});
    assert_eq!(checked(&checker, &document), expected);

    // It does see what is wrong.
    let folder = tempfile::tempdir().expect("a folder");
    symlink(schemas.join("events"), folder.path().join("events")).expect("a link");
    let text = fs::read_to_string(&document).expect("the document");
    let wrong = folder.path().join("asyncapi.yaml");
    fs::write(&wrong, text.replace(r#""action": "send""#, r#""action": "sing""#)).expect("written");
    let errors = checked(&checker, &wrong)["errors"].clone();
    let errors: Vec<String> = serde_json::from_value(errors).expect("texts");
    assert_eq!(errors.len(), topics, "{errors:#?}");
    let is_of_action = |error: &String| error.contains(".action: ");
    assert!(errors.iter().all(is_of_action), "{errors:#?}");
}
