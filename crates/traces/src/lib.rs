//! Traces: the context that a request brings or is given (W3C Trace Context), the spans made in it, and how they reach a
//! collector (OTLP over HTTP, as JSON).
//!
//! It owns which traces are recorded, and that recording never waits: spans go into a bounded queue, and what does not fit is
//! dropped and counted. It must not know what a span is about, nor any engine. Off, which is the default, it makes nothing.

#![warn(missing_docs)]

mod config;
mod context;
mod exporter;
mod otlp;
mod span;
mod tracer;

pub use config::{BadSetting, TracesConfig};
pub use context::TraceContext;
pub use exporter::{Exporting, start};
pub use span::{Begun, Span, SpanKind, Value};
pub use tracer::{RequestTrace, Sources, Tracer};
