//! The `CloudEvents` 1.0 envelope: how an event is written into a Kafka message and read from one.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{Event, Time, Topic};

/// `source` of every event written by this service.
pub const SOURCE: &str = "/jonquil";

/// What the envelope says about an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// The event's own id.
    pub id: Uuid,
    /// When it happened.
    pub time: Time,
    /// The aggregate's version; none for a listen.
    pub sequence: Option<i64>,
    /// W3C trace context of the request that caused it.
    pub traceparent: Option<String>,
}

/// An event ready for Kafka.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// Where it goes.
    pub topic: Topic,
    /// The Kafka key: the aggregate's id, or the listener's. None: it may go to any partition.
    pub key: Option<String>,
    /// The aggregate's version; none for a listen.
    pub sequence: Option<i64>,
    /// The envelope with its data, as JSON.
    pub payload: Vec<u8>,
}

/// An event as it came from Kafka.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Where it came from.
    pub topic: Topic,
    /// Partition of the topic.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
    /// What the envelope says.
    pub meta: Meta,
    /// What happened.
    pub event: Event,
}

/// Why bytes are no event of the contract.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// A null value; this contract has no tombstones.
    #[error("the message has no value")]
    Empty,
    /// Not the JSON of the envelope or of its data.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A type this version does not know.
    #[error("unknown event type {0:?}")]
    UnknownType(String),
    /// A change of an aggregate without its version.
    #[error("the event has no sequence")]
    NoSequence,
}

#[derive(Serialize)]
struct Outgoing<'a, D> {
    specversion: &'static str,
    id: Uuid,
    source: &'static str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: Time,
    datacontenttype: &'static str,
    dataschema: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    data: &'a D,
}

#[derive(Deserialize)]
struct Received<'a> {
    id: Uuid,
    #[serde(borrow)]
    r#type: std::borrow::Cow<'a, str>,
    time: Time,
    sequence: Option<i64>,
    traceparent: Option<String>,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Event {
    /// Writes the event with its envelope.
    ///
    /// # Errors
    /// Only when serde refuses, which no type of this crate makes it do.
    pub fn encode(&self, meta: &Meta) -> Result<Encoded, serde_json::Error> {
        let key = self.key().map(|key| key.to_string());
        Ok(Encoded {
            topic: self.topic(),
            payload: self.write(meta, key.as_deref())?,
            key,
            sequence: meta.sequence,
        })
    }

    /// Reads a message's value.
    ///
    /// # Errors
    /// [`Malformed`], with the reason; such a message belongs into the dead letters.
    pub fn decode(payload: Option<&[u8]>) -> Result<(Meta, Self), Malformed> {
        let received: Received<'_> = serde_json::from_slice(payload.ok_or(Malformed::Empty)?)?;
        let event = Self::read(&received.r#type, received.data)?;
        if event.is_of_aggregate() && received.sequence.is_none() {
            return Err(Malformed::NoSequence);
        }
        let meta = Meta {
            id: received.id,
            time: received.time,
            sequence: received.sequence,
            traceparent: received.traceparent,
        };
        Ok((meta, event))
    }
}

/// The envelope with its data, as JSON.
pub(crate) fn payload<D: Serialize>(
    type_name: &str,
    meta: &Meta,
    key: Option<&str>,
    data: &D,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Outgoing {
        specversion: "1.0",
        id: meta.id,
        source: SOURCE,
        r#type: type_name,
        subject: key,
        time: meta.time,
        datacontenttype: "application/json",
        dataschema: &format!("/schemas/events/{type_name}.json"),
        sequence: meta.sequence,
        traceparent: meta.traceparent.as_deref(),
        data,
    })
}
