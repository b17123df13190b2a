//! Sends spans to the collector: in batches, beside everything else. A collector that is away costs spans and nothing else.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use serde::Deserialize;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{Sources, Span, Tracer, TracesConfig, otlp::Export};

/// Spans that may wait: some 1 MiB.
const QUEUE: usize = 2_048;
/// Spans of one request.
const BATCH: usize = 512;
/// How long the first span of a request waits for others.
const GATHERED: Duration = Duration::from_secs(1);
/// One request, from the connection to the end of the answer.
const REQUEST: Duration = Duration::from_secs(10);
/// Before each further try of a batch; then it is dropped.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15)];
/// At most, where the collector says how long.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// Between two log lines about a collector that does not take spans.
const LOGGED: Duration = Duration::from_mins(1);
/// For what is left at the shutdown.
const LAST: Duration = Duration::from_secs(2);
/// Read of an answer.
const MAX_ANSWER: usize = 16 * 1024;

/// The task that sends spans.
pub struct Exporting {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Exporting {
    /// Sends what is left, for two seconds at most.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        if timeout(LAST, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Exporting {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Starts sending. Spans are put down with the tracer.
///
/// # Errors
/// The client cannot be made, because the system has no certificates that it can read.
pub fn start(config: TracesConfig, sources: Sources) -> Result<(Tracer, Exporting), reqwest::Error> {
    let (queue, spans) = mpsc::channel(QUEUE);
    let tracer = Tracer::new(sources, config.ratio, queue);
    let client = Client::builder()
        .no_proxy()
        // Headers may hold a key, which is for that address alone.
        .redirect(Policy::none())
        .default_headers(config.headers.clone())
        .timeout(REQUEST)
        .build()?;
    let shutdown = CancellationToken::new();
    let exporter = Exporter {
        config,
        client,
        spans,
        shutdown: shutdown.clone(),
        logged: None,
    };
    let task = tokio::spawn(exporter.run());
    Ok((tracer, Exporting { shutdown, task }))
}

struct Exporter {
    config: TracesConfig,
    client: Client,
    spans: mpsc::Receiver<Span>,
    shutdown: CancellationToken,
    /// When it was last logged that the collector does not take spans, if it does not.
    logged: Option<Instant>,
}

/// Why a batch was not taken.
enum NotTaken {
    /// It may be taken later; how long the collector wants to be left alone.
    Unavailable(String, Option<Duration>),
    Refused(String),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    partial_success: PartialSuccess,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PartialSuccess {
    /// A 64-bit number is a text in this JSON, or a number.
    rejected_spans: serde_json::Value,
    error_message: String,
}

impl PartialSuccess {
    fn rejected(&self) -> u64 {
        let text = self.rejected_spans.as_str().and_then(|text| text.parse().ok());
        text.or_else(|| self.rejected_spans.as_u64()).unwrap_or(0)
    }
}

impl Exporter {
    async fn run(mut self) {
        loop {
            let batch = self.gather().await;
            if batch.is_empty() {
                return;
            }
            self.send(&batch).await;
        }
    }

    /// The next batch; empty once it is over.
    async fn gather(&mut self) -> Vec<Span> {
        let mut batch = Vec::new();
        let first = self
            .shutdown
            .run_until_cancelled(self.spans.recv_many(&mut batch, BATCH));
        if first.await.is_some() && batch.len() < BATCH && !batch.is_empty() {
            self.shutdown.run_until_cancelled(sleep(GATHERED)).await;
        }
        while batch.len() < BATCH
            && let Ok(span) = self.spans.try_recv()
        {
            batch.push(span);
        }
        batch
    }

    /// Until the collector takes the batch, refuses it, or was away for too long.
    async fn send(&mut self, batch: &[Span]) {
        let mut pauses = PAUSES.into_iter();
        loop {
            let reason = match self.post(batch).await {
                Ok(rejected) => return self.taken(batch, &rejected),
                Err(NotTaken::Refused(reason)) => {
                    self.log(&reason);
                    break;
                }
                Err(NotTaken::Unavailable(reason, wanted)) => {
                    self.log(&reason);
                    pauses.next().map(|pause| wanted.unwrap_or(pause).min(MAX_PAUSE))
                }
            };
            let Some(pause) = reason else { break };
            if self.shutdown.run_until_cancelled(sleep(pause)).await.is_none() {
                break;
            }
        }
        dropped(batch.len());
    }

    async fn post(&self, batch: &[Span]) -> Result<PartialSuccess, NotTaken> {
        let export = Export::new(&self.config.instance, batch);
        let sent = self.client.post(self.config.url.clone()).json(&export).send().await;
        // The address is the operator's own; its words would say it once more.
        let answer = sent.map_err(|error| NotTaken::Unavailable(chain(&error.without_url()), None))?;
        match answer.status() {
            status if status.is_success() => Ok(read(answer).await.partial_success),
            // These four are what OTLP/HTTP has tried again.
            status @ (StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT) => Err(NotTaken::Unavailable(status.to_string(), retry_after(&answer))),
            status => Err(NotTaken::Refused(status.to_string())),
        }
    }

    fn taken(&mut self, batch: &[Span], partial: &PartialSuccess) {
        let rejected = partial.rejected();
        metrics::counter!("jonquil_trace_spans_sent_total").increment((batch.len() as u64).saturating_sub(rejected));
        if rejected > 0 {
            metrics::counter!("jonquil_trace_spans_dropped_total", "reason" => "collector").increment(rejected);
            self.log(&partial.error_message);
        } else if self.logged.take().is_some() {
            tracing::info!("the collector takes traces again");
        }
    }

    /// Once a minute at most.
    fn log(&mut self, reason: &str) {
        if self.logged.is_none_or(|at| at.elapsed() >= LOGGED) {
            self.logged = Some(Instant::now());
            tracing::warn!(
                reason,
                "the collector does not take traces; what does not fit into the queue is dropped"
            );
        }
    }
}

fn dropped(spans: usize) {
    metrics::counter!("jonquil_trace_spans_dropped_total", "reason" => "collector").increment(spans as u64);
}

/// Seconds only: no collector is known to send a date.
fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

/// What it says is only counted: an answer that is too long, or no JSON, says nothing.
async fn read(mut answer: Response) -> Answer {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER {
            return Answer::default();
        }
    }
    serde_json::from_slice(&body).unwrap_or_default()
}

/// The client's own text names only the outermost cause.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
