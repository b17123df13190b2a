//! What is recorded beside the answers: searches and requests. Each has a bounded queue and a task that publishes what is in
//! it. What does not fit, or cannot be published, is dropped and counted: nothing waits for it.

use std::time::Duration;

use bus::{Message, Producer};
use events::{Encoded, Event, Meta, Searched, Served, ServedRequest};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::clock;

/// Searches and requests that may wait.
const SEARCHES: usize = 1_000;
const REQUESTS: usize = 10_000;
/// Published at once.
const MAX_SEARCHES: usize = 200;
/// Of one event.
const MAX_REQUESTS: usize = 500;
/// How long requests are gathered for one event.
const GATHERED: Duration = Duration::from_millis(500);

/// The ends of the queues that the service writes.
#[derive(Clone)]
pub(crate) struct Recording {
    pub(crate) searches: mpsc::Sender<(Meta, Searched)>,
    pub(crate) requests: mpsc::Sender<ServedRequest>,
}

/// The other ends.
pub(crate) struct Recorded {
    searches: mpsc::Receiver<(Meta, Searched)>,
    requests: mpsc::Receiver<ServedRequest>,
}

pub(crate) fn queues() -> (Recording, Recorded) {
    let (searches, searches_out) = mpsc::channel(SEARCHES);
    let (requests, requests_out) = mpsc::channel(REQUESTS);
    let recorded = Recorded {
        searches: searches_out,
        requests: requests_out,
    };
    (Recording { searches, requests }, recorded)
}

/// Publishes until shutdown, and then what is left.
pub(crate) async fn publish(recorded: Recorded, producer: Producer, shutdown: CancellationToken) {
    tokio::join!(
        searches(recorded.searches, &producer, &shutdown),
        requests(recorded.requests, &producer, &shutdown),
    );
}

async fn searches(mut queue: mpsc::Receiver<(Meta, Searched)>, producer: &Producer, shutdown: &CancellationToken) {
    loop {
        let mut waiting = Vec::new();
        let received = shutdown.run_until_cancelled(queue.recv_many(&mut waiting, MAX_SEARCHES));
        if received.await.is_none() {
            // Closed, so that this ends; what is in the queue still comes.
            queue.close();
            while let Ok(last) = queue.try_recv() {
                waiting.push(last);
            }
        }
        if waiting.is_empty() {
            return;
        }
        let event = |(meta, search)| encoded(meta, &Event::Searched(Box::new(search)));
        let events: Vec<Recordable> = waiting.into_iter().filter_map(event).collect();
        send(producer, "searches", &events).await;
    }
}

async fn requests(mut queue: mpsc::Receiver<ServedRequest>, producer: &Producer, shutdown: &CancellationToken) {
    loop {
        let mut gathered = Vec::new();
        let open = gather(&mut queue, &mut gathered, shutdown).await;
        if !gathered.is_empty() {
            let served = Event::Served(Box::new(Served { requests: gathered }));
            let meta = Meta {
                id: (clock::ambient().new_id)(),
                time: clock::now(),
                sequence: None,
                // Of many traces, and so of none.
                traceparent: None,
            };
            send(producer, "requests", encoded(meta, &served).as_slice()).await;
        }
        if !open {
            return;
        }
    }
}

/// Requests of one event; whether more may come.
async fn gather(
    queue: &mut mpsc::Receiver<ServedRequest>,
    gathered: &mut Vec<ServedRequest>,
    shutdown: &CancellationToken,
) -> bool {
    let mut until = None;
    while gathered.len() < MAX_REQUESTS {
        let room = MAX_REQUESTS - gathered.len();
        let due = until.unwrap_or_else(Instant::now);
        tokio::select! {
            received = queue.recv_many(gathered, room) => {
                if received == 0 {
                    return false;
                }
                until.get_or_insert_with(|| Instant::now() + GATHERED);
            }
            () = tokio::time::sleep_until(due), if until.is_some() => return true,
            () = shutdown.cancelled(), if !queue.is_closed() => queue.close(),
        }
    }
    true
}

/// An event, and the trace that it is of.
type Recordable = (Encoded, Option<String>);

fn encoded(meta: Meta, event: &Event) -> Option<Recordable> {
    let encoded = event.encode(&meta);
    let encoded = encoded.inspect_err(|error| tracing::error!(%error, "event not written"));
    Some((encoded.ok()?, meta.traceparent))
}

async fn send(producer: &Producer, queue: &'static str, events: &[Recordable]) {
    let messages = events.iter().map(|(event, trace)| {
        Message::event(
            event.topic,
            event.key.as_deref(),
            &event.payload,
            None,
            trace.as_deref(),
        )
    });
    let outcomes = producer.publish(messages).await;
    let dropped = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    if dropped > 0 {
        metrics::counter!("jonquil_recorded_dropped_total", "queue" => queue).increment(dropped as u64);
        tracing::debug!(queue, dropped, "recorded events not published");
    }
}
