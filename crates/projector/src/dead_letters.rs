//! Publishes rejected events to the dead-letter topic.

use std::borrow::Cow;

use bus::{BusConfig, Message, NotPublished, Producer, ProducerConfig, Received};
use events::{Time, Topic};
use tokio::sync::OnceCell;

use crate::origin::Origin;

/// Longest error text in a header, in bytes.
const MAX_ERROR: usize = 1024;

/// A message that is not projected, and why.
pub(crate) struct RejectedEvent<'c> {
    pub(crate) message: Received<'c>,
    /// Where it was first read: a replay that is rejected again is the same dead letter.
    pub(crate) origin: Origin,
    pub(crate) reason: Reason,
    pub(crate) error: String,
}

/// Which step rejected an event. The names are a header and a metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its bytes are no event of the contract.
    Malformed,
    /// The read model cannot make rows of it.
    Unprojectable,
    /// The read model's engine refuses the rows.
    Refused,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unprojectable => "unprojectable",
            Self::Refused => "refused",
        }
    }
}

pub(crate) struct DeadLetters<'a> {
    bus: &'a BusConfig,
    /// Made for the first letter: most workers never have one, and a client has threads and connections.
    producer: OnceCell<Producer>,
    projector: &'static str,
}

impl<'a> DeadLetters<'a> {
    pub(crate) fn new(bus: &'a BusConfig, projector: &'static str) -> Self {
        Self {
            bus,
            producer: OnceCell::new(),
            projector,
        }
    }

    /// Publishes the original bytes under the original key. After an error some may be published, and the caller
    /// publishes all again. Projector, topic, partition and offset identify a dead letter.
    pub(crate) async fn publish(&self, rejected: &[RejectedEvent<'_>], now: Time) -> Result<(), NotPublished> {
        let producer = self.producer.get_or_try_init(async || self.producer()).await?;
        let letters: Vec<_> = rejected.iter().map(|event| self.letter(event, now)).collect();
        for outcome in producer.publish(letters).await {
            outcome?;
        }
        // Counted once all are acknowledged: an attempt that failed in the middle is made again as a whole.
        for RejectedEvent {
            origin, reason, error, ..
        } in rejected
        {
            metrics::counter!("jonquil_projector_dead_letters_total",
                "projector" => self.projector, "reason" => reason.name())
            .increment(1);
            tracing::error!(projector = self.projector, event = %origin, reason = reason.name(), error,
                "event dead-lettered");
        }
        Ok(())
    }

    fn producer(&self) -> Result<Producer, NotPublished> {
        let producer = Producer::new(self.bus, &ProducerConfig::dead_letters());
        producer.map_err(|error| NotPublished::Unavailable(error.to_string()))
    }

    fn letter<'r>(&self, rejected: &'r RejectedEvent<'_>, now: Time) -> Message<'r> {
        let RejectedEvent {
            message,
            origin,
            reason,
            error,
        } = rejected;
        // The key of a replay is the projector's name, and its event's own key is inside the event.
        let key = message.key().filter(|_| message.partition().topic != Topic::Replays);
        let error = &error[..error.floor_char_boundary(MAX_ERROR)];
        let text = |text: &'r str| Cow::Borrowed(text.as_bytes());
        let number = |number: String| Cow::Owned(number.into_bytes());
        Message {
            topic: Topic::DeadLetters,
            key,
            payload: message.payload(),
            headers: vec![
                ("topic", text(origin.topic.name())),
                ("partition", number(origin.partition.to_string())),
                ("offset", number(origin.offset.to_string())),
                ("projector", text(self.projector)),
                ("reason", text(reason.name())),
                ("error", text(error)),
                ("time", number(now.to_string())),
            ],
        }
    }
}
