//! Values made from a schema of the OpenAPI document: at its bounds, just outside of them, and with fields that it does not
//! have, at every level.

use serde_json::{Map, Value, json};
use tests::new_id;

/// Fields that a schema does not ask for, but a rule of several fields does.
const NEEDED_TOGETHER: [&str; 5] = ["artist_id", "item_id", "current_password", "projector", "title"];

/// A value, and what the schema says of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub value: Value,
    /// What was varied, as `credits[0].role`; empty for the value itself.
    pub place: String,
    pub is_right: bool,
}

/// A document with the values that a schema cannot know: ids of things that are there, and the like.
pub(crate) struct Maker<'a> {
    pub document: &'a Value,
    /// By the name of the field.
    pub known: Map<String, Value>,
}

impl Case {
    fn new(value: Value, is_right: bool) -> Self {
        let place = String::new();
        Self { value, place, is_right }
    }

    /// The same inside of a list or an object.
    fn inside(&self, place: &str, whole: impl FnOnce(Value) -> Value) -> Self {
        let place = match self.place.as_str() {
            "" => place.to_owned(),
            below if below.starts_with('[') => format!("{place}{below}"),
            below => format!("{place}.{below}"),
        };
        let value = whole(self.value.clone());
        Self { value, place, ..*self }
    }
}

fn is(schema: &Value, kind: &str) -> bool {
    let kinds = schema["type"].as_array();
    schema["type"] == kind || kinds.is_some_and(|kinds| kinds.contains(&json!(kind)))
}

fn bound(schema: &Value, name: &str) -> Option<usize> {
    schema[name].as_u64().map(|bound| usize::try_from(bound).unwrap())
}

impl<'a> Maker<'a> {
    /// The schemas that a value may have beside null, behind references, and whether it may be null.
    fn alternatives(&self, schema: &'a Value) -> (Vec<&'a Value>, bool) {
        if let Some(reference) = schema["$ref"].as_str() {
            let found = self.document.pointer(reference.trim_start_matches('#'));
            return self.alternatives(found.unwrap_or_else(|| panic!("{reference}")));
        }
        let Some(several) = schema["oneOf"].as_array() else {
            let is_null = schema["type"] == "null";
            let schemas = if is_null { Vec::new() } else { vec![schema] };
            return (schemas, is_null || is(schema, "null"));
        };
        let mut all = (Vec::new(), false);
        for (schemas, may_be_null) in several.iter().map(|one| self.alternatives(one)) {
            all.0.extend(schemas);
            all.1 |= may_be_null;
        }
        all
    }

    /// The one schema that a value may have, behind references and beside null.
    pub(crate) fn one(&self, schema: &'a Value) -> &'a Value {
        self.alternatives(schema).0.first().expect("a schema")
    }

    /// A right value with nothing that may be left out.
    pub(crate) fn least(&self, name: &str, schema: &'a Value) -> Value {
        let (schemas, may_be_null) = self.alternatives(schema);
        let Some(schema) = schemas.first() else {
            return Value::Null;
        };
        match &schema["enum"][0] {
            _ if self.known.contains_key(name) => self.known[name].clone(),
            Value::Null if is(schema, "object") => self.least_object(schema),
            Value::Null if is(schema, "array") => {
                let items = 0..bound(schema, "minItems").unwrap_or(0);
                items.map(|_| self.item(name, schema)).collect()
            }
            Value::Null if is(schema, "integer") => schema["minimum"].clone(),
            Value::Null if is(schema, "boolean") => json!(false),
            Value::Null if schema["format"] == "uuid" => json!(new_id()),
            Value::Null if !schema["format"].is_null() && may_be_null => Value::Null,
            Value::Null => json!("a".repeat(bound(schema, "minLength").unwrap_or(1).max(1))),
            value => value.clone(),
        }
    }

    fn least_object(&self, schema: &'a Value) -> Value {
        let required = schema["required"].as_array().into_iter().flatten();
        let required = required.map(|name| name.as_str().expect("a name"));
        let also = NEEDED_TOGETHER
            .into_iter()
            .filter(|name| !schema["properties"][name].is_null());
        let fields = required
            .chain(also)
            .map(|name| (name.to_owned(), self.least(name, &schema["properties"][name])));
        Value::Object(fields.collect())
    }

    /// One of the list under that name.
    fn item(&self, name: &str, list: &'a Value) -> Value {
        self.least(name.trim_end_matches('s'), &list["items"])
    }

    /// Every case of a value of that name.
    pub(crate) fn cases(&self, name: &str, schema: &'a Value) -> Vec<Case> {
        let (schemas, may_be_null) = self.alternatives(schema);
        let mut cases = vec![Case::new(Value::Null, may_be_null)];
        for schema in schemas {
            if schema["enum"].is_array() {
                let values = schema["enum"].as_array().into_iter().flatten();
                cases.extend(values.map(|value| Case::new(value.clone(), true)));
                cases.extend(["no such value", ""].map(|value| Case::new(json!(value), false)));
                cases.push(Case::new(json!(7), false));
            } else if is(schema, "object") {
                cases.extend(self.object_cases(schema));
            } else if is(schema, "array") {
                cases.extend(self.array_cases(name, schema));
            } else if is(schema, "string") {
                cases.extend(text_cases(schema));
            } else {
                cases.extend(other_cases(schema));
            }
        }
        cases
    }

    fn object_cases(&self, schema: &'a Value) -> Vec<Case> {
        let base = self.least_object(schema);
        let with = |name: &str, value: Value| {
            let mut whole = base.clone();
            whole[name] = value;
            whole
        };
        let mut cases: Vec<Case> = ["x", ""].map(|value| Case::new(json!(value), false)).into();
        cases.extend([json!([]), json!(7)].map(|value| Case::new(value, false)));
        cases.push(Case::new(base.clone(), true));
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let of_property = self.cases(name, property);
            cases.extend(
                of_property
                    .iter()
                    .map(|case| case.inside(name, |value| with(name, value))),
            );
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().expect("a name");
            let mut whole = base.clone();
            whole.as_object_mut().expect("an object").remove(name);
            // An empty object may be an event without its track, as well as several without `events`.
            let place = if whole == json!({}) { "" } else { name };
            cases.push(Case::new(whole, false).inside(place, |whole| whole));
        }
        if schema["additionalProperties"].is_object() {
            cases.extend(self.map_cases(schema));
        } else {
            // Of a client that mistyped a name, what it meant would be lost.
            assert_eq!(
                schema["additionalProperties"], false,
                "takes fields that it does not know: {schema}"
            );
            cases.push(Case::new(json!(7), false).inside("colour", |value| with("colour", value)));
        }
        cases
    }

    fn map_cases(&self, schema: &'a Value) -> Vec<Case> {
        let values = self.cases("", &schema["additionalProperties"]);
        let mut cases: Vec<Case> = values
            .iter()
            .map(|case| case.inside("isrc", |value| json!({"isrc": value})))
            .collect();
        let keys = |count: usize| -> Value {
            (0..count)
                .map(|key| (format!("key_{key}"), json!("a")))
                .collect::<Map<_, _>>()
                .into()
        };
        if let Some(max) = bound(schema, "maxProperties") {
            cases.extend([Case::new(keys(max), true), Case::new(keys(max + 1), false)]);
        }
        for case in text_cases(&schema["propertyNames"]) {
            let Some(key) = case.value.as_str() else { continue };
            cases.push(Case::new(json!({key: "a"}), case.is_right));
        }
        cases
    }

    fn array_cases(&self, name: &str, schema: &'a Value) -> Vec<Case> {
        let list = |count: usize| (0..count).map(|_| self.item(name, schema)).collect::<Value>();
        let mut cases: Vec<Case> = [json!("x"), json!(7), json!({})]
            .map(|value| Case::new(value, false))
            .into();
        if let Some(max) = bound(schema, "maxItems") {
            cases.extend([Case::new(list(max), true), Case::new(list(max + 1), false)]);
        }
        match bound(schema, "minItems") {
            Some(min) if min > 0 => cases.extend([Case::new(list(min), true), Case::new(list(min - 1), false)]),
            _ => cases.push(Case::new(json!([]), true)),
        }
        let first = self.cases(name.trim_end_matches('s'), &schema["items"]);
        cases.extend(first.iter().map(|case| case.inside("[0]", |value| json!([value]))));
        cases
    }
}

fn text_cases(schema: &Value) -> Vec<Case> {
    let mut cases: Vec<Case> = [json!(7), json!(["x"])].map(|value| Case::new(value, false)).into();
    match schema["format"].as_str() {
        Some("uuid") => {
            cases.extend([json!("x"), json!("")].map(|value| Case::new(value, false)));
            cases.push(Case::new(json!(new_id()), true));
        }
        Some("date") => {
            cases.extend([json!("x"), json!("1988-02-30")].map(|value| Case::new(value, false)));
            cases.push(Case::new(json!("1988-01-31"), true));
        }
        Some(_) => cases.push(Case::new(json!("x"), false)),
        None => {
            let text = |length: usize| json!("a".repeat(length));
            let (min, max) = (bound(schema, "minLength"), bound(schema, "maxLength"));
            cases.extend(
                [min, max]
                    .into_iter()
                    .flatten()
                    .map(|length| Case::new(text(length), true)),
            );
            cases.extend(min.filter(|min| *min > 0).map(|min| Case::new(text(min - 1), false)));
            cases.extend(max.map(|max| Case::new(text(max + 1), false)));
            if !schema["pattern"].is_null() {
                cases.push(Case::new(json!("a\u{7}"), false));
            }
        }
    }
    cases
}

fn other_cases(schema: &Value) -> Vec<Case> {
    if is(schema, "boolean") {
        let wrong = [json!("x"), json!(1)].map(|value| Case::new(value, false));
        return wrong
            .into_iter()
            .chain([true, false].map(|value| Case::new(json!(value), true)))
            .collect();
    }
    assert!(is(schema, "integer"), "a schema of an unknown kind: {schema}");
    let (min, max) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
    let mut cases: Vec<Case> = [min, max]
        .into_iter()
        .flatten()
        .map(|right| Case::new(json!(right), true))
        .collect();
    let outside = [min.map(|min| min - 1), max.map(|max| max + 1)];
    cases.extend(
        outside
            .into_iter()
            .flatten()
            .map(|wrong| Case::new(json!(wrong), false)),
    );
    cases.extend([json!("x"), json!(1.5), json!("")].map(|wrong| Case::new(wrong, false)));
    cases
}
