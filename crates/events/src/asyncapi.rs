//! The `AsyncAPI` 3 document of the topics, `schemas/asyncapi.yaml`: made from the table of events.

use serde_json::{Map, Value, json};

use crate::{Topic, contracts};

/// The document, as YAML.
#[must_use]
pub fn asyncapi() -> String {
    let mut text = String::new();
    write_value(&mut text, &document(), 0);
    text
}

fn document() -> Value {
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for topic in Topic::ALL {
        let channel = channel_name(topic);
        channels.insert(channel.clone(), channel_of(topic));
        operations.insert(
            format!("publish-{channel}"),
            json!({
                "action": "send",
                "channel": {"$ref": format!("#/channels/{channel}")},
                "summary": format!("Jonquil publishes to {}.", topic.name()),
            }),
        );
    }
    for contract in contracts() {
        messages.insert(contract.type_name.to_owned(), message_of(contract.type_name));
    }
    messages.insert(DEAD_LETTER.to_owned(), dead_letter());
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Jonquil events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "CloudEvents 1.0 JSON events on Kafka. kafka/README.md shows consumers, order and duplicates; \
                            kafka/topics.toml has partitions and retention.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    })
}

const DEAD_LETTER: &str = "jonquil.dead-letter";

/// `tracks` of `jonquil.tracks.v1`.
fn channel_name(topic: Topic) -> String {
    let parts: Vec<&str> = topic.name().split('.').collect();
    let inner = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    inner.join("-")
}

fn channel_of(topic: Topic) -> Value {
    let mut types: Vec<&str> = contracts()
        .iter()
        .filter(|contract| contract.example.topic() == topic)
        .map(|contract| contract.type_name)
        .collect();
    if matches!(topic, Topic::DeadLetters | Topic::Replays) {
        types.push(DEAD_LETTER);
    }
    let messages: Map<String, Value> = types
        .into_iter()
        .map(|name| {
            (
                name.to_owned(),
                json!({"$ref": format!("#/components/messages/{name}")}),
            )
        })
        .collect();
    json!({
        "address": topic.name(),
        "description": "The Kafka key is the event's `subject`. A deployment may put a prefix before the address.",
        "messages": messages,
        "bindings": {"kafka": {"topic": topic.name(), "bindingVersion": "0.5.0"}},
    })
}

fn message_of(type_name: &str) -> Value {
    json!({
        "name": type_name,
        "title": type_name,
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "properties": {
                "content-type": {"const": "application/cloudevents+json"},
                "sequence": {"type": "string", "description": "The aggregate's version, as in the event."},
                "traceparent": {"type": "string", "description": "W3C trace context."},
            },
        },
        "payload": {"$ref": format!("./events/{type_name}.json")},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    })
}

fn dead_letter() -> Value {
    let header = |what: &str| json!({"type": "string", "description": what});
    json!({
        "name": DEAD_LETTER,
        "title": "An event that a projector refused: its key and its bytes as they were",
        "headers": {
            "type": "object",
            "properties": {
                "topic": header("Where it came from."),
                "partition": header("Where it came from."),
                "offset": header("Where it came from."),
                "projector": header("Who refused it."),
                "reason": header("malformed, unprojectable or refused."),
                "error": header("What was wrong, in words."),
                "time": header("When it was refused, RFC 3339."),
                "traceparent": header("Of what is handed back: the event's W3C trace context, if it has one."),
            },
        },
        "payload": {"description": "The bytes of the event as they were; not always an event."},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    })
}

/// Block style, two spaces a level. Texts and keys are JSON strings, which YAML reads as they are.
fn write_value(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, field) in fields {
                text.extend([indent.as_str(), &Value::from(name.as_str()).to_string(), ":"]);
                write_field(text, field, depth);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.extend([indent.as_str(), "-"]);
                write_field(text, item, depth);
            }
        }
        plain => text.extend([indent.as_str(), &plain.to_string(), "\n"]),
    }
}

fn write_field(text: &mut String, value: &Value, depth: usize) {
    let is_block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        write_value(text, value, depth + 1);
    } else {
        text.extend([" ", &value.to_string(), "\n"]);
    }
}
