//! The relay's part of a trace: from the look that found the row until the broker has it.

use bus::{Delivered, NotPublished};
use store::OutboxRow;
use traces::{SpanKind, Tracer};

use crate::leading::traceparent;

/// Records the try to publish a row of a recorded trace.
pub(crate) fn record(tracer: &Tracer, at: u64, row: &OutboxRow, outcome: &Result<Delivered, NotPublished>) {
    let trace = tracer.recorded(traceparent(row));
    let Some(begun) = trace.and_then(|trace| tracer.begin_at(trace, at)) else {
        return;
    };
    let span = begun
        .ended(tracer.now(), SpanKind::Producer, format!("send {}", row.topic))
        .with("messaging.system", "kafka")
        .with("messaging.operation.type", "send")
        .with("messaging.operation.name", "send")
        .with("messaging.destination.name", row.topic.clone());
    tracer.record(match outcome {
        Ok(Delivered { partition, offset }) => span
            .with("messaging.destination.partition.id", partition.to_string())
            .with("messaging.kafka.offset", *offset),
        Err(reason) => span.failed(reason.to_string()),
    });
}
