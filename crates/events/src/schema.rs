//! The JSON Schema and an example of every event type: what `schemas/events/` is generated from.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::{Event, Meta, examples};

/// One event type of the contract.
pub struct Contract {
    /// The versioned type; its schema is `schemas/events/<type>.json`, its example `<type>.example.json` beside it.
    pub type_name: &'static str,
    /// JSON Schema 2020-12 of the whole envelope.
    pub schema: Value,
    /// An event of this type.
    pub example: Event,
    /// The example's envelope.
    pub meta: Meta,
}

impl Contract {
    pub(crate) fn of<D: JsonSchema>(example: Event) -> Self {
        Self {
            type_name: example.type_name(),
            schema: envelope(&example, &data_schema::<D>()),
            meta: Meta {
                id: examples::id(9),
                time: examples::moment(),
                sequence: example.is_of_aggregate().then_some(1),
                traceparent: None,
            },
            example,
        }
    }
}

/// Consumers read what is written, so fields that may be null are required to be there: the serializer's view.
fn data_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn envelope(event: &Event, data: &Value) -> Value {
    let mut required = vec![
        "specversion",
        "id",
        "source",
        "type",
        "time",
        "datacontenttype",
        "dataschema",
        "data",
    ];
    if event.is_of_aggregate() {
        required.push("sequence");
    }
    // Who searched may not be known, and requests are nobody's.
    if !matches!(event, Event::Searched(_) | Event::Served(_)) {
        required.push("subject");
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("/schemas/events/{}.json", event.type_name()),
        "title": event.type_name(),
        "description": format!("A CloudEvents 1.0 event on {}; the Kafka key is `subject`.", event.topic().name()),
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid", "description": "The event's own id."},
            "source": {"type": "string"},
            "type": {"const": event.type_name()},
            "subject": {"type": "string", "description": "The Kafka key; absent when there is none."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"type": "string"},
            "sequence": {"type": "integer", "minimum": 1, "description": "The aggregate's version."},
            "traceparent": {"type": "string", "description": "W3C trace context."},
            "data": data,
        },
        "required": required,
    })
}
