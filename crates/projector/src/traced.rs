//! The projector's part of traces: of each recorded event from when it was read until it is visible, and of its batch, which
//! is of many traces and so has links to them.

use bus::{Partition, Received};
use traces::{Begun, Span, SpanKind, TraceContext, Tracer};

use crate::dead_letters::Reason;

/// Events of a batch that are followed; as many links as OpenTelemetry gives a span.
pub(crate) const MAX_TRACED: usize = 128;
/// What was published longer ago is read again, by a rebuild perhaps: its trace is over.
const MAX_AGE_MILLIS: i64 = 15 * 60 * 1_000;

/// An event of a recorded trace.
pub(crate) struct Traced {
    trace: TraceContext,
    partition: Partition,
    offset: i64,
    /// When it was read, in nanoseconds since the Unix epoch.
    read: u64,
    /// Why it became a dead letter, if it did.
    rejected: Option<Reason>,
}

impl Traced {
    /// None when tracing is off, and for an event whose trace is not recorded.
    pub(crate) fn of(message: &Received<'_>, tracer: &Tracer) -> Option<Self> {
        if tracer.is_off() {
            return None;
        }
        let (trace, read) = (tracer.recorded(message.header("traceparent"))?, tracer.now());
        let age = i64::try_from(read / 1_000_000).ok()? - message.published()?;
        (age <= MAX_AGE_MILLIS).then(|| Self {
            trace,
            partition: message.partition(),
            offset: message.offset(),
            read,
            rejected: None,
        })
    }

    /// It becomes a dead letter.
    pub(crate) fn reject(&mut self, reason: Reason) {
        self.rejected = Some(reason);
    }

    pub(crate) fn is_at(&self, partition: Partition, offset: i64) -> bool {
        self.partition == partition && self.offset == offset
    }

    fn span(&self, begun: Begun, ended: u64, batch: Begun) -> Span {
        let topic = self.partition.topic.name();
        let span = begun
            .ended(ended, SpanKind::Consumer, format!("process {topic}"))
            .with("messaging.destination.name", topic)
            .with("messaging.destination.partition.id", self.partition.number.to_string())
            .with("messaging.kafka.offset", self.offset)
            .linked(batch.context());
        match self.rejected {
            // The error itself may say what is in the event, and is with the dead letter.
            Some(reason) => span.failed(format!("dead letter: {}", reason.name())),
            None => span,
        }
    }
}

/// Records a batch that is visible now, and its events that are followed. Without any it records nothing.
pub(crate) fn record(tracer: &Tracer, group: &str, at: u64, events: usize, followed: &[Traced]) {
    if followed.is_empty() {
        return;
    }
    let Some(batch) = tracer.begin_trace_at(at) else {
        return;
    };
    let ended = tracer.now();
    let described = |span: Span| {
        span.with("messaging.system", "kafka")
            .with("messaging.operation.type", "process")
            .with("messaging.operation.name", "process")
            .with("messaging.consumer.group.name", group.to_owned())
    };
    let mut whole = batch.ended(ended, SpanKind::Consumer, format!("process {group}"));
    whole = whole.with(
        "messaging.batch.message_count",
        i64::try_from(events).unwrap_or(i64::MAX),
    );
    for one in followed {
        if let Some(begun) = tracer.begin_at(one.trace, one.read) {
            tracer.record(described(one.span(begun, ended, batch)));
        }
        whole = whole.linked(one.trace);
    }
    tracer.record(described(whole));
}
