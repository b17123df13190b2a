//! Which traces are recorded, and where their spans are put down.

use std::{fmt, sync::Arc};

use events::Trace;
use tokio::sync::mpsc;

use crate::{Begun, Span, TraceContext};

/// Where time and ids come from.
#[derive(Clone, Copy)]
pub struct Sources {
    /// Nanoseconds since the Unix epoch.
    pub now: fn() -> u64,
    /// Bytes that nobody can foresee.
    pub random: fn() -> [u8; 32],
}

/// Puts spans down. Clones share the queue. The default is off: it records nothing, and makes no trace.
#[derive(Clone, Default)]
pub struct Tracer(Option<Arc<On>>);

struct On {
    sources: Sources,
    /// Of the 2^56 that the lower seven bytes of a trace's id may be; what is below is recorded.
    threshold: u64,
    queue: mpsc::Sender<Span>,
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Tracer(on)" } else { "Tracer(off)" })
    }
}

/// The trace of a request.
#[derive(Clone, Debug, Default)]
pub struct RequestTrace {
    /// What its events carry.
    pub carried: Trace,
    /// The request itself, if it is recorded.
    pub begun: Option<Begun>,
}

impl Tracer {
    /// Records `ratio` of the traces that begin here.
    pub(crate) fn new(sources: Sources, ratio: f64, queue: mpsc::Sender<Span>) -> Self {
        Self(Some(Arc::new(On {
            sources,
            threshold: threshold(ratio),
            queue,
        })))
    }

    /// Whether it records nothing.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.0.is_none()
    }

    /// Nanoseconds since the Unix epoch, for the beginning of a span; 0 when off.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.as_ref().map_or(0, |on| (on.sources.now)())
    }

    /// A request that came with this `traceparent`. Its caller's decision holds; without one a share of the traces is recorded.
    /// Off, it passes on what it was given.
    #[must_use]
    pub fn request(&self, traceparent: Option<&str>) -> RequestTrace {
        let given: Option<TraceContext> = traceparent.and_then(|text| text.parse().ok());
        match (given, &self.0) {
            (Some(caller), Some(on)) if caller.is_sampled => {
                let begun = on.begin(caller);
                RequestTrace {
                    carried: Trace::of_caller(&begun.context.to_string()),
                    begun: Some(begun),
                }
            }
            (Some(caller), _) => RequestTrace {
                carried: Trace::of_caller(&caller.to_string()),
                begun: None,
            },
            // An unrecorded trace of our own is carried by nobody: there is nothing to look up.
            (None, Some(on)) => on
                .begin_trace_by_chance()
                .map_or_else(RequestTrace::default, |begun| RequestTrace {
                    carried: Trace::begun_here(&begun.context.to_string()),
                    begun: Some(begun),
                }),
            (None, None) => RequestTrace::default(),
        }
    }

    /// The context that an event or a job carries, if its trace is recorded.
    #[must_use]
    pub fn recorded(&self, traceparent: Option<&str>) -> Option<TraceContext> {
        self.0.as_ref()?;
        let context: TraceContext = traceparent?.parse().ok()?;
        context.is_sampled.then_some(context)
    }

    /// A span within a trace; none when off.
    #[must_use]
    pub fn begin(&self, parent: TraceContext) -> Option<Begun> {
        Some(self.0.as_ref()?.begin(parent))
    }

    /// The same, of work that began at that time.
    #[must_use]
    pub fn begin_at(&self, parent: TraceContext, at: u64) -> Option<Begun> {
        self.begin(parent).map(|begun| Begun { at, ..begun })
    }

    /// The first span of a trace that is recorded in any case, of work that began at that time; none when off.
    #[must_use]
    pub fn begin_trace_at(&self, at: u64) -> Option<Begun> {
        let on = self.0.as_ref()?;
        Some(Begun { at, ..on.begin_trace() })
    }

    /// Puts a span down. It never waits: what does not fit into the queue is dropped and counted.
    pub fn record(&self, span: Span) {
        let Some(on) = &self.0 else { return };
        if on.queue.try_send(span).is_err() {
            metrics::counter!("jonquil_trace_spans_dropped_total", "reason" => "queue").increment(1);
        }
    }
}

impl On {
    fn begin(&self, parent: TraceContext) -> Begun {
        let (_, span) = ids((self.sources.random)());
        Begun {
            context: parent.with_span(span),
            parent: Some(parent.span),
            at: (self.sources.now)(),
        }
    }

    fn begin_trace(&self) -> Begun {
        let (trace, span) = ids((self.sources.random)());
        Begun {
            context: TraceContext {
                trace,
                span,
                is_sampled: true,
            },
            parent: None,
            at: (self.sources.now)(),
        }
    }

    fn begin_trace_by_chance(&self) -> Option<Begun> {
        if self.threshold == 0 {
            return None;
        }
        let begun = self.begin_trace();
        (lower_seven_bytes(begun.context.trace) < self.threshold).then_some(begun)
    }
}

/// Ids of a trace and of a span. Neither is 0, which both specifications keep for "none".
fn ids(random: [u8; 32]) -> (u128, u64) {
    let (mut trace, mut span) = ([0; 16], [0; 8]);
    trace.copy_from_slice(&random[..16]);
    span.copy_from_slice(&random[16..24]);
    (u128::from_be_bytes(trace).max(1), u64::from_be_bytes(span).max(1))
}

/// As OpenTelemetry's samplers do, so that services that know no other decide alike.
fn lower_seven_bytes(trace: u128) -> u64 {
    let bytes = trace.to_be_bytes();
    bytes[9..].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 2^56, which a float has exactly"
)]
fn threshold(ratio: f64) -> u64 {
    (ratio.clamp(0.0, 1.0) * 56_f64.exp2()) as u64
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use events::Topic;

    use super::*;
    use crate::SpanKind;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn scattered() -> [u8; 32] {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut bytes = [0; 32];
        let mut state = NEXT.fetch_add(1, Ordering::Relaxed);
        for byte in &mut bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
        bytes
    }

    fn on(ratio: f64, room: usize) -> (Tracer, mpsc::Receiver<Span>) {
        let (queue, spans) = mpsc::channel(room);
        let sources = Sources {
            now: || 5,
            random: scattered,
        };
        (Tracer::new(sources, ratio, queue), spans)
    }

    fn carried(trace: &RequestTrace) -> Option<&str> {
        trace.carried.of(Topic::Tracks)
    }

    #[test]
    fn off_passes_a_callers_trace_on_and_makes_none() {
        let off = Tracer::default();
        assert_eq!(carried(&off.request(Some(GIVEN))), Some(GIVEN));
        for nothing in [None, Some("nonsense")] {
            let trace = off.request(nothing);
            assert_eq!((carried(&trace), trace.begun), (None, None));
        }
        assert_eq!((off.recorded(Some(GIVEN)), off.now()), (None, 0));
        assert_eq!(off.begin(GIVEN.parse().unwrap()), None);
    }

    #[test]
    fn a_caller_decides_and_its_trace_goes_on() {
        let (tracer, _spans) = on(0.0, 1);
        let trace = tracer.request(Some(GIVEN));
        let begun = trace.begun.expect("recorded");
        assert_eq!(begun.parent, Some(0x00f0_67aa_0ba9_02b7));
        assert_eq!(carried(&trace), Some(begun.context.to_string().as_str()));
        assert!(
            begun
                .context
                .to_string()
                .starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        );
        let (tracer, _spans) = on(1.0, 1);
        let not_recorded = GIVEN.replace("-01", "-00");
        let trace = tracer.request(Some(&not_recorded));
        assert_eq!((carried(&trace), trace.begun), (Some(&*not_recorded), None));
        assert_eq!(tracer.recorded(Some(&not_recorded)), None);
    }

    #[test]
    fn of_traces_that_begin_here_the_share_is_recorded_and_the_rest_carries_nothing() {
        for (ratio, expected) in [(0.0, 0..=0), (0.25, 150..=350), (1.0, 1_000..=1_000)] {
            let (tracer, _spans) = on(ratio, 1);
            let begun: Vec<_> = (0..1_000).map(|_| tracer.request(None)).collect();
            assert!(
                begun
                    .iter()
                    .all(|trace| trace.begun.is_some() == carried(trace).is_some())
            );
            let recorded = begun.iter().filter(|trace| trace.begun.is_some()).count();
            assert!(expected.contains(&recorded), "{recorded} at {ratio}");
        }
        let (tracer, _spans) = on(1.0, 1);
        assert!(tracer.request(Some("nonsense")).begun.is_some(), "as without one");
    }

    #[test]
    fn a_full_queue_drops_spans_and_nobody_waits() {
        let (tracer, mut spans) = on(1.0, 2);
        for at in 0..5 {
            let begun = tracer.begin_trace_at(at).expect("on");
            tracer.record(begun.ended(9, SpanKind::Internal, "work"));
        }
        let kept: Vec<u64> = std::iter::from_fn(|| spans.try_recv().ok().map(|span| span.begun.at)).collect();
        assert_eq!(kept, [0, 1]);
    }
}
