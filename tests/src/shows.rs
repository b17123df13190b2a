//! A body against the part of it that a story is about.

use serde_json::Value;

/// Panics unless the body has what is expected: of an object the fields named, of an array every item, at its place. Each
/// difference is a line, and the body follows.
#[track_caller]
pub fn shows(body: &Value, expected: Value) {
    let mut differences = Vec::new();
    compare("", body, expected, &mut differences);
    assert!(differences.is_empty(), "{}\n{body:#}", differences.join("\n"));
}

fn compare(path: &str, body: &Value, expected: Value, differences: &mut Vec<String>) {
    match (expected, body) {
        (Value::Object(fields), Value::Object(shown)) => {
            for (name, expected) in fields {
                let separator = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{separator}{name}");
                match shown.get(&name) {
                    Some(shown) => compare(&path, shown, expected, differences),
                    None => differences.push(format!("{path}: expected {expected}, is missing")),
                }
            }
        }
        (Value::Array(items), Value::Array(shown)) => {
            if items.len() != shown.len() {
                let (expected, shown) = (items.len(), shown.len());
                differences.push(format!("{}: expected {expected} items, has {shown}", name_of(path)));
            }
            for (place, (expected, shown)) in items.into_iter().zip(shown).enumerate() {
                compare(&format!("{path}[{place}]"), shown, expected, differences);
            }
        }
        (expected, body) if expected == *body => {}
        (expected, body) => differences.push(format!("{}: expected {expected}, is {body}", name_of(path))),
    }
}

fn name_of(path: &str) -> &str {
    if path.is_empty() { "the body" } else { path }
}
