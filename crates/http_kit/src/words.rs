//! What is wrong with an input, in words for people: which field, and what would be right. What is right comes from the
//! schema in the OpenAPI document; the words of parsers do not reach anybody.

#[cfg(test)]
mod tests;

use std::error::Error as StdError;

use serde::de::IgnoredAny;
use serde_path_to_error::{Path, Segment};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{KnownFormat, RefOr, Schema, SchemaFormat, Type, schema::ArrayItems, schema::SchemaType},
};

use crate::{Error, FaultCode, FieldError};

/// Characters of a client's own words that are repeated to it.
const MAX_ECHO: usize = 100;

/// What the document says of an input: its own schema, and those that it refers to by name.
pub(crate) struct Documented {
    root: Option<RefOr<Schema>>,
    named: Vec<(String, RefOr<Schema>)>,
}

impl Documented {
    pub(crate) fn body<T: ToSchema>() -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        Self {
            root: Some(T::schema()),
            named,
        }
    }

    /// One parameter of a query; its schema stands in it.
    fn parameter<T: IntoParams>(name: &str) -> Self {
        let parameters = T::into_params(|| None).into_iter();
        let found = parameters.into_iter().find(|parameter| parameter.name == name);
        Self {
            root: found.and_then(|parameter| parameter.schema),
            named: Vec::new(),
        }
    }

    /// What would be right at that place of a body.
    fn right_at(&self, path: &Path) -> Option<String> {
        let mut schema = self.resolved(self.root.as_ref()?)?;
        for segment in path {
            schema = match (segment, schema) {
                (Segment::Map { key }, Schema::Object(object)) => self.resolved(object.properties.get(key)?)?,
                (Segment::Seq { .. }, Schema::Array(array)) => match &array.items {
                    ArrayItems::RefOrSchema(items) => self.resolved(items)?,
                    ArrayItems::False => return None,
                },
                (Segment::Enum { .. }, schema) => schema,
                _ => return None,
            };
        }
        Some(right(schema))
    }

    fn right(&self) -> Option<String> {
        self.resolved(self.root.as_ref()?).map(right)
    }

    /// The schema itself, behind references and beside null.
    fn resolved<'a>(&'a self, schema: &'a RefOr<Schema>) -> Option<&'a Schema> {
        match schema {
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next()?;
                let (_, schema) = self.named.iter().find(|(known, _)| known == name)?;
                self.resolved(schema)
            }
            RefOr::T(Schema::OneOf(one)) => {
                let schemas = one.items.iter().filter_map(|item| self.resolved(item));
                schemas.into_iter().find(|schema| !is_null(schema))
            }
            RefOr::T(schema) => Some(schema),
        }
    }
}

fn is_null(schema: &Schema) -> bool {
    matches!(schema, Schema::Object(object) if object.schema_type == SchemaType::Type(Type::Null))
}

/// A schema as the end of the sentence "it must be …".
fn right(schema: &Schema) -> String {
    let object = match schema {
        Schema::Object(object) => object,
        Schema::Array(array) => {
            return match (array.min_items, array.max_items) {
                (Some(min), Some(max)) => format!("a list of {min} to {max}"),
                (_, Some(max)) => format!("a list of {max} at most"),
                _ => "a list".to_owned(),
            };
        }
        _ => return "an object".to_owned(),
    };
    if let Some(values) = &object.enum_values {
        let values: Vec<&str> = values.iter().filter_map(serde_json::Value::as_str).collect();
        return listed(&values, "or");
    }
    let is = |wanted: Type| match &object.schema_type {
        SchemaType::Type(kind) => *kind == wanted,
        SchemaType::Array(kinds) => kinds.contains(&wanted),
        SchemaType::AnyValue => false,
    };
    if is(Type::Integer) {
        return match (object.minimum.as_ref().map(shown), object.maximum.as_ref().map(shown)) {
            (Some(min), Some(max)) => format!("a whole number from {min} to {max}"),
            (Some(min), None) => format!("a whole number from {min}"),
            _ => "a whole number".to_owned(),
        };
    }
    if is(Type::Boolean) {
        return "true or false".to_owned();
    }
    if !is(Type::String) {
        return "an object".to_owned();
    }
    match (&object.format, object.min_length, object.max_length) {
        (Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)), ..) => "an id, which is a UUID".to_owned(),
        (Some(SchemaFormat::KnownFormat(KnownFormat::Date)), ..) => "a date, as 1988-01-31".to_owned(),
        (Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)), ..) => {
            "a time of RFC 3339, as 2026-01-31T12:00:00.000Z".to_owned()
        }
        (_, Some(min), Some(max)) if min == max => format!("text of {max} characters"),
        (_, min, Some(max)) => format!("text of {} to {max} characters", min.unwrap_or(0)),
        _ => "text".to_owned(),
    }
}

fn shown(number: &utoipa::Number) -> String {
    match number {
        utoipa::Number::Int(number) => number.to_string(),
        utoipa::Number::UInt(number) => number.to_string(),
        utoipa::Number::Float(number) => number.to_string(),
    }
}

/// "a, b or c".
fn listed(names: &[&str], word: &str) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// The fault of a JSON text that is no `T`.
pub(crate) fn json_fault<T: ToSchema>(
    bytes: &[u8],
    error: &serde_path_to_error::Error<serde_json::Error>,
) -> FieldError {
    let parser = error.inner();
    // Of a value that is no enum's, serde_json says that its syntax is wrong.
    if !parser.is_data() && serde_json::from_slice::<IgnoredAny>(bytes).is_err() {
        return fault_of("body", not_json(parser), FaultCode::Invalid);
    }
    let documented = Documented::body::<T>();
    named(&parser.to_string(), error.path(), "body", || {
        documented.right_at(error.path())
    })
}

/// 422 for what is no JSON at all.
#[must_use]
pub fn invalid_json(error: &serde_json::Error) -> Error {
    Error::invalid("body", not_json(error))
}

fn not_json(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "must be valid JSON; it ends too early".to_owned();
    }
    let (line, column) = (error.line(), error.column());
    format!("must be valid JSON; the fault is in line {line}, at column {column}")
}

/// The fault of a form that is no `T`.
pub(crate) fn form_fault<T: ToSchema, E: StdError>(error: &serde_path_to_error::Error<E>) -> FieldError {
    let documented = Documented::body::<T>();
    named(&error.inner().to_string(), error.path(), "body", || {
        documented.right_at(error.path())
    })
}

/// The fault of a query string that is no `T`.
pub(crate) fn query_fault<T: IntoParams, E: StdError>(error: &serde_path_to_error::Error<E>) -> FieldError {
    let name = error.path().to_string();
    named(&error.inner().to_string(), error.path(), "query", || {
        Documented::parameter::<T>(&name).right()
    })
}

/// serde names the field of three faults in its message (serde's `de::Error`); of all others the path does.
fn named(message: &str, path: &Path, of: &str, right: impl FnOnce() -> Option<String>) -> FieldError {
    let place = place(path);
    let below = |name: &str| match place.as_str() {
        "" => name.to_owned(),
        place if place == name || place.ends_with(&format!(".{name}")) => place.to_owned(),
        place => format!("{place}.{name}"),
    };
    if let Some((name, known)) = after(message, "unknown field `") {
        return fault_of(&below(name), not_known(name, &known, "field"), FaultCode::Unknown);
    }
    if let Some((name, _)) = after(message, "missing field `") {
        return fault_of(&below(name), "is missing".to_owned(), FaultCode::Missing);
    }
    if let Some((name, _)) = after(message, "duplicate field `") {
        return fault_of(&below(name), "must be given once".to_owned(), FaultCode::Repeated);
    }
    let field = if place.is_empty() { of } else { &place };
    let message = right().map_or_else(|| "is not valid".to_owned(), |right| format!("must be {right}"));
    fault_of(field, message, FaultCode::Invalid)
}

/// The name behind the beginning of a message, and the names that would have been right.
fn after<'a>(message: &'a str, beginning: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let rest = message.strip_prefix(beginning)?;
    // The client's own name may hold anything, what follows it may not.
    let (name, known) = match rest.rfind("`, expected ") {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => rest.rsplit_once('`')?,
    };
    Some((name, known.split('`').skip(1).step_by(2).collect()))
}

/// 422 for a field of a form that there is not.
#[must_use]
pub fn unknown_field(name: &str, known: &[&str]) -> Error {
    Error::invalid_fields(vec![fault_of(
        name,
        not_known(name, known, "field"),
        FaultCode::Unknown,
    )])
}

/// What to say of a name that is not known, with the nearest one that is.
pub(crate) fn not_known(name: &str, known: &[&str], what: &str) -> String {
    let nearest = known
        .iter()
        .min_by_key(|known| strsim::damerau_levenshtein(known, &shortened(name, MAX_ECHO)));
    match nearest {
        Some(nearest) => format!("is no {what} here; did you mean {nearest}?"),
        None => format!("is no {what} here; there are none"),
    }
}

/// The place as `credits[0].role`.
fn place(path: &Path) -> String {
    let parts = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("[{index}]"),
        Segment::Map { key } => format!(".{key}"),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    });
    let place: String = parts.collect();
    place.strip_prefix('.').map_or(place.clone(), str::to_owned)
}

pub(crate) fn fault_of(field: &str, message: String, code: FaultCode) -> FieldError {
    FieldError::new(shortened(field, MAX_ECHO), message, code)
}

/// A client's own words, short enough to be repeated to it.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
