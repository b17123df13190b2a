//! OTLP's JSON: proto3's, with ids in hex and 64-bit numbers as texts (OTLP 1.x, "JSON Protobuf Encoding").

use serde::Serialize;

use crate::{Span, SpanKind, TraceContext, Value};

/// One request of spans.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Export<'a> {
    resource_spans: [ResourceSpans<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    resource: Resource<'a>,
    scope_spans: [ScopeSpans<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: [KeyValue<'a>; 3],
}

#[derive(Serialize)]
struct ScopeSpans<'a> {
    scope: Scope,
    spans: Vec<SpanJson<'a>>,
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpanJson<'a> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    flags: u32,
    name: &'a str,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<KeyValue<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    trace_id: String,
    span_id: String,
}

#[derive(Serialize)]
struct Status<'a> {
    code: u8,
    message: &'a str,
}

#[derive(Serialize)]
struct KeyValue<'a> {
    key: &'a str,
    value: AnyValue<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum AnyValue<'a> {
    StringValue(&'a str),
    IntValue(String),
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const ERROR: u8 = 2;

impl<'a> Export<'a> {
    pub(crate) fn new(instance: &'a str, spans: &'a [Span]) -> Self {
        let text = |key, value| KeyValue {
            key,
            value: AnyValue::StringValue(value),
        };
        Self {
            resource_spans: [ResourceSpans {
                resource: Resource {
                    attributes: [
                        text("service.name", "jonquil"),
                        text("service.version", VERSION),
                        text("service.instance.id", instance),
                    ],
                },
                scope_spans: [ScopeSpans {
                    scope: Scope {
                        name: "jonquil",
                        version: VERSION,
                    },
                    spans: spans.iter().map(span).collect(),
                }],
            }],
        }
    }
}

fn span(span: &Span) -> SpanJson<'_> {
    let context = span.begun.context;
    SpanJson {
        trace_id: trace_id(context),
        span_id: span_id(context.span),
        parent_span_id: span.begun.parent.map(span_id),
        flags: u32::from(context.is_sampled),
        name: &span.name,
        kind: kind(span.kind),
        start_time_unix_nano: span.begun.at.to_string(),
        end_time_unix_nano: span.ended.to_string(),
        attributes: span
            .attributes
            .iter()
            .map(|(key, value)| attribute(key, value))
            .collect(),
        links: span.links.iter().copied().map(link).collect(),
        status: span.failure.as_deref().map(|message| Status { code: ERROR, message }),
    }
}

fn kind(kind: SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn link(to: TraceContext) -> Link {
    Link {
        trace_id: trace_id(to),
        span_id: span_id(to.span),
    }
}

fn attribute<'a>(key: &'a str, value: &'a Value) -> KeyValue<'a> {
    let value = match value {
        Value::Text(text) => AnyValue::StringValue(text),
        Value::Number(number) => AnyValue::IntValue(number.to_string()),
    };
    KeyValue { key, value }
}

fn trace_id(context: TraceContext) -> String {
    format!("{:032x}", context.trace)
}

fn span_id(span: u64) -> String {
    format!("{span:016x}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Begun;

    #[test]
    fn a_span_is_written_as_the_specification_says() {
        let context: TraceContext = "00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01"
            .parse()
            .unwrap();
        let begun = Begun {
            context,
            parent: Some(0x0ee1_9b7e_c3c1_b173),
            at: 1_544_712_660_000_000_000,
        };
        let work = begun.ended(1_544_712_661_000_000_000, SpanKind::Consumer, "process tracks");
        let work = work
            .with("text", "abc")
            .with("number", i64::MIN)
            .linked(context)
            .failed("away");
        let written = serde_json::to_value(Export::new("a", &[work])).unwrap();
        let spans = &written["resourceSpans"][0]["scopeSpans"][0]["spans"];
        assert_eq!(
            *spans,
            json!([{
                "traceId": "5b8efff798038103d269b633813fc60c",
                "spanId": "eee19b7ec3c1b174",
                "parentSpanId": "0ee19b7ec3c1b173",
                "flags": 1,
                "name": "process tracks",
                "kind": 5,
                "startTimeUnixNano": "1544712660000000000",
                "endTimeUnixNano": "1544712661000000000",
                "attributes": [
                    {"key": "text", "value": {"stringValue": "abc"}},
                    {"key": "number", "value": {"intValue": "-9223372036854775808"}},
                ],
                "links": [{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}],
                "status": {"code": 2, "message": "away"},
            }])
        );
        let resource = &written["resourceSpans"][0]["resource"]["attributes"];
        assert_eq!(
            resource[0],
            json!({"key": "service.name", "value": {"stringValue": "jonquil"}})
        );
        assert_eq!(
            resource[2],
            json!({"key": "service.instance.id", "value": {"stringValue": "a"}})
        );
    }
}
