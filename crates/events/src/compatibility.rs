//! Whether a consumer of one schema can read what is written under a later one.

use serde_json::{Map, Value};

/// What breaks consumers of `before`, in words; nothing when `after` is compatible.
///
/// Fields are only added, never removed, never retyped, and one that was always there stays so. Values of enums may be
/// added: readers are tolerant.
#[must_use]
pub fn breaking_changes(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(before, after, "event", &mut found);
    found
}

fn compare(before: &Value, after: &Value, path: &str, found: &mut Vec<String>) {
    for word in ["const", "format"] {
        let (old, new) = (before.get(word), after.get(word));
        if old.is_some() && old != new {
            let (old, new) = (shown(old), shown(new));
            found.push(format!(
                "{path}: {word} was {old} and is {new}; a changed meaning is a new type version"
            ));
        }
    }
    let (old, new) = (types(before), types(after));
    if let Some(wider) = new.iter().find(|name| !old.is_empty() && !old.contains(*name)) {
        found.push(format!(
            "{path}: may now be {wider}, it was {}; a retyped field is a new type version",
            old.join(" or ")
        ));
    }
    let (old, new) = (fields(before), fields(after));
    for (name, schema) in old {
        let path = format!("{path}.{name}");
        match new.get(name) {
            Some(later) => compare(schema, later, &path, found),
            None => found.push(format!("{path}: was removed; fields are only added")),
        }
    }
    for name in required(before) {
        if new.contains_key(name) && !required(after).contains(&name) {
            found.push(format!("{path}.{name}: was always there and may now be missing"));
        }
    }
    if let (Some(old), Some(new)) = (before.get("items"), after.get("items")) {
        compare(old, new, &format!("{path}[]"), found);
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "not given".to_owned(), ToString::to_string)
}

fn fields(schema: &Value) -> &Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    schema.get("properties").and_then(Value::as_object).unwrap_or(&NONE)
}

fn required(schema: &Value) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The JSON types that a schema allows; none when it does not say.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::breaking_changes;

    fn schema() -> serde_json::Value {
        json!({"type": "object", "required": ["id", "tags"], "properties": {
            "id": {"type": "string", "format": "uuid"},
            "note": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        }})
    }

    #[test]
    fn an_added_field_breaks_nobody() {
        let mut later = schema();
        later["properties"]["more"] = json!({"type": "integer"});
        later["properties"]["tags"]["items"]["properties"]["more"] = json!({"type": "integer"});
        later["required"] = json!(["id", "tags", "more"]);
        assert_eq!(breaking_changes(&schema(), &later), Vec::<String>::new());
    }

    #[test]
    fn each_breaking_change_is_named_by_its_path() {
        let breaks = |change: fn(&mut serde_json::Value)| {
            let mut later = schema();
            change(&mut later);
            breaking_changes(&schema(), &later)
        };
        let removed = breaks(|later| drop(later["properties"].as_object_mut().map(|fields| fields.remove("note"))));
        assert_eq!(removed, ["event.note: was removed; fields are only added"]);
        let optional = breaks(|later| later["required"] = json!(["id"]));
        assert_eq!(optional, ["event.tags: was always there and may now be missing"]);
        let retyped = breaks(|later| later["properties"]["note"]["type"] = json!(["string", "integer"]));
        assert_eq!(
            retyped,
            ["event.note: may now be integer, it was string or null; a retyped field is a new type version"]
        );
        let format = breaks(|later| later["properties"]["id"]["format"] = json!("date-time"));
        assert_eq!(
            format,
            ["event.id: format was \"uuid\" and is \"date-time\"; a changed meaning is a new type version"]
        );
        let nested = breaks(|later| later["properties"]["tags"]["items"]["properties"] = json!({}));
        assert_eq!(nested, ["event.tags[].name: was removed; fields are only added"]);
    }
}
