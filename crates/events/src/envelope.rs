//! The `CloudEvents` 1.0 envelope: how an event is written into a Kafka message and read from one.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{AlbumState, ArtistState, Change, Listen, Time, Topic, TrackState, UserState};

/// `source` of every event written by this service.
pub const SOURCE: &str = "/jonquil";

/// An event of the contract.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something happened to an artist.
    Artist(Change<ArtistState>),
    /// Something happened to an album.
    Album(Change<AlbumState>),
    /// Something happened to a track.
    Track(Change<TrackState>),
    /// Something happened to an account.
    User(Change<UserState>),
    /// A track was played.
    Listened(Box<Listen>),
}

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
    /// The Kafka key: the aggregate's id, or the listener's.
    pub key: String,
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
    r#type: &'static str,
    subject: &'a str,
    time: Time,
    datacontenttype: &'static str,
    dataschema: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    data: D,
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
    /// The versioned type, as `jonquil.track.updated.v1`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        fn pick<T>(change: &Change<T>, names: [&'static str; 3]) -> &'static str {
            match change {
                Change::Created(_) => names[0],
                Change::Updated(_) => names[1],
                Change::Deleted(_) => names[2],
            }
        }
        match self {
            Self::Artist(c) => pick(
                c,
                [
                    "jonquil.artist.created.v1",
                    "jonquil.artist.updated.v1",
                    "jonquil.artist.deleted.v1",
                ],
            ),
            Self::Album(c) => pick(
                c,
                [
                    "jonquil.album.created.v1",
                    "jonquil.album.updated.v1",
                    "jonquil.album.deleted.v1",
                ],
            ),
            Self::Track(c) => pick(
                c,
                [
                    "jonquil.track.created.v1",
                    "jonquil.track.updated.v1",
                    "jonquil.track.deleted.v1",
                ],
            ),
            Self::User(c) => pick(
                c,
                [
                    "jonquil.user.registered.v1",
                    "jonquil.user.updated.v1",
                    "jonquil.user.deleted.v1",
                ],
            ),
            Self::Listened(_) => "jonquil.listened.v1",
        }
    }

    /// The topic it belongs to.
    #[must_use]
    pub fn topic(&self) -> Topic {
        match self {
            Self::Artist(_) => Topic::Artists,
            Self::Album(_) => Topic::Albums,
            Self::Track(_) => Topic::Tracks,
            Self::User(_) => Topic::Users,
            Self::Listened(_) => Topic::Listens,
        }
    }

    /// The Kafka key: events of one key stay in one partition, in order.
    #[must_use]
    pub fn key(&self) -> String {
        fn pick<T>(change: &Change<T>, id: impl Fn(&T) -> Uuid) -> Uuid {
            match change {
                Change::Created(state) | Change::Updated(state) => id(state),
                Change::Deleted(gone) => gone.id,
            }
        }
        let key = match self {
            Self::Artist(c) => pick(c, |state| state.id.0),
            Self::Album(c) => pick(c, |state| state.id.0),
            Self::Track(c) => pick(c, |state| state.id.0),
            Self::User(c) => pick(c, |state| state.user_id.0),
            Self::Listened(listen) => listen.listener_id.0,
        };
        key.to_string()
    }

    /// Writes the event with its envelope.
    ///
    /// # Errors
    /// Only when serde refuses, which no type of this crate makes it do.
    pub fn encode(&self, meta: &Meta) -> Result<Encoded, serde_json::Error> {
        let key = self.key();
        let payload = match self {
            Self::Artist(Change::Created(s) | Change::Updated(s)) => self.write(meta, &key, s),
            Self::Album(Change::Created(s) | Change::Updated(s)) => self.write(meta, &key, s),
            Self::Track(Change::Created(s) | Change::Updated(s)) => self.write(meta, &key, s),
            Self::User(Change::Created(s) | Change::Updated(s)) => self.write(meta, &key, s),
            Self::Artist(Change::Deleted(gone))
            | Self::Album(Change::Deleted(gone))
            | Self::Track(Change::Deleted(gone))
            | Self::User(Change::Deleted(gone)) => self.write(meta, &key, gone),
            Self::Listened(listen) => self.write(meta, &key, listen),
        }?;
        Ok(Encoded {
            topic: self.topic(),
            key,
            sequence: meta.sequence,
            payload,
        })
    }

    fn write<D: Serialize>(&self, meta: &Meta, key: &str, data: D) -> Result<Vec<u8>, serde_json::Error> {
        let dataschema = format!("/schemas/events/{}.json", self.type_name());
        serde_json::to_vec(&Outgoing {
            specversion: "1.0",
            id: meta.id,
            source: SOURCE,
            r#type: self.type_name(),
            subject: key,
            time: meta.time,
            datacontenttype: "application/json",
            dataschema: &dataschema,
            sequence: meta.sequence,
            traceparent: meta.traceparent.as_deref(),
            data,
        })
    }

    /// Reads a message's value.
    ///
    /// # Errors
    /// [`Malformed`], with the reason; such a message belongs into the dead letters.
    pub fn decode(payload: Option<&[u8]>) -> Result<(Meta, Self), Malformed> {
        let received: Received<'_> = serde_json::from_slice(payload.ok_or(Malformed::Empty)?)?;
        let event = Self::read(&received.r#type, received.data)?;
        if received.sequence.is_none() && !matches!(event, Self::Listened(_)) {
            return Err(Malformed::NoSequence);
        }
        let Received {
            id,
            time,
            sequence,
            traceparent,
            ..
        } = received;
        Ok((
            Meta {
                id,
                time,
                sequence,
                traceparent,
            },
            event,
        ))
    }

    fn read(type_name: &str, data: &RawValue) -> Result<Self, Malformed> {
        fn parse<T: DeserializeOwned>(data: &RawValue) -> Result<T, serde_json::Error> {
            serde_json::from_str(data.get())
        }
        Ok(match type_name {
            "jonquil.artist.created.v1" => Self::Artist(Change::Created(parse(data)?)),
            "jonquil.artist.updated.v1" => Self::Artist(Change::Updated(parse(data)?)),
            "jonquil.artist.deleted.v1" => Self::Artist(Change::Deleted(parse(data)?)),
            "jonquil.album.created.v1" => Self::Album(Change::Created(parse(data)?)),
            "jonquil.album.updated.v1" => Self::Album(Change::Updated(parse(data)?)),
            "jonquil.album.deleted.v1" => Self::Album(Change::Deleted(parse(data)?)),
            "jonquil.track.created.v1" => Self::Track(Change::Created(parse(data)?)),
            "jonquil.track.updated.v1" => Self::Track(Change::Updated(parse(data)?)),
            "jonquil.track.deleted.v1" => Self::Track(Change::Deleted(parse(data)?)),
            "jonquil.user.registered.v1" => Self::User(Change::Created(parse(data)?)),
            "jonquil.user.updated.v1" => Self::User(Change::Updated(parse(data)?)),
            "jonquil.user.deleted.v1" => Self::User(Change::Deleted(parse(data)?)),
            "jonquil.listened.v1" => Self::Listened(parse(data)?),
            unknown => return Err(Malformed::UnknownType(unknown.to_owned())),
        })
    }
}
