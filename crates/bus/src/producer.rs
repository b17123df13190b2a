//! Publishes messages and waits for their acknowledgement.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use events::Topic;
use rdkafka::{
    ClientConfig, ClientContext, Message as _,
    config::RDKafkaLogLevel,
    error::KafkaError,
    message::{DeliveryResult, Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext},
    types::RDKafkaErrorCode as Code,
};
use tokio::{sync::oneshot, time::Instant};

use crate::{BusConfig, Delivered, Error, Message, NotPublished, ProducerConfig, context::Log, outcome::classify};

pub(crate) type Report = Result<Delivered, Code>;
pub(crate) type Client = BaseProducer<Reports>;

/// The client checks `message.timeout.ms` by a timer, so its answer may come this much later.
const GRACE: Duration = Duration::from_millis(300);

/// A report wakes the thread that waits for it, so this is only how late the thread sees that its client is gone.
const REPORTS_WAIT: Duration = Duration::from_secs(5);

/// Publishes idempotently, acknowledged by all in-sync replicas. Clones share one connection and one queue.
#[derive(Clone)]
pub struct Producer {
    reporting: Arc<RwLock<Reporting>>,
    settings: Arc<ClientConfig>,
    pub(crate) bus: Arc<BusConfig>,
    pub(crate) answers_within: Duration,
}

impl Producer {
    /// Fails only for invalid settings: the client connects by itself, as soon as a broker answers.
    pub fn new(bus: &BusConfig, config: &ProducerConfig) -> Result<Self, Error> {
        let settings = config.client(bus);
        Ok(Self {
            reporting: Arc::new(RwLock::new(Reporting::new(&settings)?)),
            settings: Arc::new(settings),
            bus: Arc::new(bus.clone()),
            answers_within: config.message_timeout + GRACE,
        })
    }

    /// Publishes in the given order, and answers in the same order within `message_timeout` and 300 ms.
    ///
    /// When the queue is full no later message of the call is tried, so that what is published has no gaps. A call that
    /// is dropped does not take back what is in the queue.
    pub async fn publish<'a>(
        &self,
        messages: impl IntoIterator<Item = Message<'a>>,
    ) -> Vec<Result<Delivered, NotPublished>> {
        // One deadline for the call, since its messages time out side by side.
        let until = Instant::now() + self.answers_within;
        let mut outcomes = Vec::new();
        for (topic, waiting) in self.enqueue(messages) {
            let report = match waiting {
                Ok(report) => match tokio::time::timeout_at(until, report).await {
                    Ok(Ok(report)) => report,
                    // The sender is gone, and with it the client that had the message.
                    Ok(Err(_)) => Err(Code::PurgeQueue),
                    Err(_) => Err(Code::MessageTimedOut),
                },
                Err(code) => Err(code),
            };
            if report == Err(Code::Fatal) {
                self.renew();
            }
            outcomes.push(count(topic, report.map_err(classify)));
        }
        outcomes
    }

    fn enqueue<'a>(
        &self,
        messages: impl IntoIterator<Item = Message<'a>>,
    ) -> Vec<(Topic, Result<oneshot::Receiver<Report>, Code>)> {
        let client = self.client();
        let mut full = false;
        let enqueue = |message: Message<'a>| {
            let topic = message.topic;
            let waiting = if full {
                Err(Code::QueueFull)
            } else {
                send(&client, &self.bus, &message)
            };
            full = matches!(waiting, Err(Code::QueueFull));
            (topic, waiting)
        };
        messages.into_iter().map(enqueue).collect()
    }

    pub(crate) fn client(&self) -> Arc<Client> {
        let reporting = self.reporting.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&reporting.client)
    }

    /// After a fatal error a client never sends again. A new one has a new producer id, and does.
    fn renew(&self) {
        let mut reporting = self.reporting.write().unwrap_or_else(PoisonError::into_inner);
        if reporting.client.client().fatal_error().is_none() {
            return; // Another call has renewed it.
        }
        match Reporting::new(&self.settings) {
            Ok(new) => {
                tracing::error!("fatal error of the kafka producer, new one created");
                *reporting = new;
            }
            Err(error) => tracing::error!(%error, "fatal error of the kafka producer, no new one created"),
        }
    }

    /// Waits until every message is acknowledged or has failed; an error when that takes longer than `timeout`.
    pub async fn flush(&self, timeout: Duration) -> Result<(), Error> {
        let client = self.client();
        match tokio::task::spawn_blocking(move || client.flush(timeout)).await {
            Ok(flushed) => Ok(flushed?),
            Err(_) => Err(Error::Unavailable("the flush was interrupted".to_owned())),
        }
    }
}

/// A client, and the thread that calls [`Reports`] for it until this is dropped.
///
/// `rdkafka::ThreadedProducer` is the same, but wakes every 100 ms and spins through the last millisecond of each
/// wait: half a percent of a core for every idle process.
struct Reporting {
    client: Arc<Client>,
    dropped: Arc<AtomicBool>,
}

impl Reporting {
    fn new(settings: &ClientConfig) -> Result<Self, Error> {
        let client: Arc<Client> = Arc::new(settings.create_with_context(Reports(Log::default()))?);
        let dropped = Arc::new(AtomicBool::new(false));
        let (reports, stop) = (Arc::clone(&client), Arc::clone(&dropped));
        let wait = move || {
            while !stop.load(Ordering::Relaxed) {
                reports.poll(REPORTS_WAIT);
            }
        };
        let name = "kafka reports".to_owned();
        match thread::Builder::new().name(name).spawn(wait) {
            Ok(_) => Ok(Self { client, dropped }),
            Err(error) => Err(Error::Unavailable(format!("no thread for the kafka producer: {error}"))),
        }
    }
}

impl Drop for Reporting {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::Relaxed);
    }
}

fn send(client: &Client, bus: &BusConfig, message: &Message<'_>) -> Result<oneshot::Receiver<Report>, Code> {
    let (report, waiting) = oneshot::channel();
    let topic = bus.topic(message.topic);
    let mut headers = OwnedHeaders::new_with_capacity(message.headers.len());
    for (key, value) in &message.headers {
        headers = headers.insert(Header {
            key,
            value: Some(value.as_ref()),
        });
    }
    let mut record = BaseRecord::<[u8], [u8], _>::with_opaque_to(&topic, Box::new(report)).headers(headers);
    record.key = message.key;
    record.payload = message.payload;
    match client.send(record) {
        Ok(()) => Ok(waiting),
        Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(Code::Fail)),
    }
}

fn count(topic: Topic, outcome: Result<Delivered, NotPublished>) -> Result<Delivered, NotPublished> {
    let label = outcome.as_ref().map_or_else(NotPublished::label, |_| "delivered");
    metrics::counter!("jonquil_bus_messages_total", "topic" => topic.name(), "outcome" => label).increment(1);
    outcome
}

/// Sends each delivery report to the call that waits for it.
pub(crate) struct Reports(Log);

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<oneshot::Sender<Report>>;

    fn delivery(&self, result: &DeliveryResult<'_>, waiting: Self::DeliveryOpaque) {
        let report = match result {
            Ok(message) => Ok(Delivered {
                partition: message.partition(),
                offset: message.offset(),
            }),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(Code::Fail)),
        };
        // An error means that the call was dropped: nothing waits for the report.
        let _ = waiting.send(report);
    }
}
