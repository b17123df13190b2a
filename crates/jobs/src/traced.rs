//! A job's part of the trace in which it was enqueued.

use events::Trace;
use store::{ClaimedJob, JobEnd};
use traces::{Begun, SpanKind, Tracer};

use crate::execution::name;

/// None for a job whose trace is not recorded.
pub(crate) fn begin(tracer: &Tracer, job: &ClaimedJob) -> Option<Begun> {
    tracer.begin(tracer.recorded(job.traceparent.as_deref())?)
}

/// What its events carry. A job may do what several requests asked for, so the trace counts as one that is not its own.
pub(crate) fn carried(begun: Option<Begun>, job: &ClaimedJob) -> Trace {
    let own = begun.map(|begun| begun.context().to_string());
    let traceparent = own.as_deref().or(job.traceparent.as_deref());
    traceparent.map(Trace::of_caller).unwrap_or_default()
}

/// One claim, from its beginning to its end; a job that is tried again has one for each try.
pub(crate) fn record(tracer: &Tracer, begun: Option<Begun>, kind: &'static str, end: &JobEnd) {
    let Some(begun) = begun else { return };
    let span = begun
        .ended(tracer.now(), SpanKind::Consumer, format!("job {kind}"))
        .with("jonquil.job.kind", kind)
        .with("jonquil.job.end", name(end));
    // The texts of failures are for the operator and may name what a person has, so they stay in the log.
    tracer.record(match end {
        JobEnd::Failed(_) | JobEnd::TryAgain(..) => span.failed(name(end)),
        JobEnd::Done(_) | JobEnd::Refused(_) | JobEnd::Cancelled | JobEnd::Wait(_) | JobEnd::GiveBack => span,
    });
}
