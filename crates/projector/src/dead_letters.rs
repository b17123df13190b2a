//! Where bad events go.

use std::borrow::Cow;

use bus::{BusConfig, Message, NotPublished, Producer, ProducerConfig, Received};
use events::{Time, Topic};

use crate::assembling::Bad;

/// Longest error text in a header, in bytes.
const ERROR_MAX: usize = 1024;

/// Which step refused an event.
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

/// Writes to the dead-letter topic.
pub(crate) struct DeadLetters {
    producer: Producer,
    projector: &'static str,
}

impl DeadLetters {
    pub(crate) fn new(bus: &BusConfig, projector: &'static str) -> Result<Self, bus::Error> {
        Ok(Self {
            producer: Producer::new(bus, &ProducerConfig::dead_letters())?,
            projector,
        })
    }

    /// Publishes the original bytes under the original key. All or an error: then all are to be published again, so a
    /// dead letter may come twice; projector, topic, partition and offset name it.
    pub(crate) async fn publish(&self, bad: &[Bad<'_>], now: Time) -> Result<(), NotPublished> {
        let letters: Vec<_> = bad.iter().map(|bad| self.letter(bad, now)).collect();
        for outcome in self.producer.publish(letters).await {
            outcome?;
        }
        for bad in bad {
            metrics::counter!("jonquil_projector_dead_letters_total",
                "projector" => self.projector, "reason" => bad.reason.name())
            .increment(1);
            tracing::error!(projector = self.projector, event = %origin(&bad.message), reason = bad.reason.name(),
                error = bad.error, "an event went to the dead letters");
        }
        Ok(())
    }

    fn letter<'a>(&self, bad: &'a Bad<'_>, now: Time) -> Message<'a> {
        let Bad { message, reason, error } = bad;
        let partition = message.partition();
        let owned = |text: String| Cow::Owned(text.into_bytes());
        Message {
            topic: Topic::DeadLetters,
            key: message.key(),
            payload: message.payload(),
            headers: vec![
                ("topic", Cow::Borrowed(partition.topic.name().as_bytes())),
                ("partition", owned(partition.number.to_string())),
                ("offset", owned(message.offset().to_string())),
                ("projector", Cow::Borrowed(self.projector.as_bytes())),
                ("reason", Cow::Borrowed(reason.name().as_bytes())),
                (
                    "error",
                    Cow::Borrowed(&error.as_bytes()[..error.floor_char_boundary(ERROR_MAX)]),
                ),
                ("time", owned(now.to_string())),
            ],
        }
    }
}

/// Topic, partition and offset, for a person.
pub(crate) fn origin(message: &Received<'_>) -> String {
    let partition = message.partition();
    format!("{}/{}@{}", partition.topic.name(), partition.number, message.offset())
}
