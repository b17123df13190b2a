//! The JSON Schema and an example of every event type: what `schemas/events/` is generated from.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    AlbumId, AlbumState, AlbumType, ArtistId, ArtistState, AudioState, Change, Context, ContextType, Deleted, Event,
    ExternalIds, Listen, ListenerId, Meta, Named, Role, Time, TrackId, TrackState, UserId, UserState,
};

/// One event type of the contract.
pub struct Contract {
    /// The versioned type; its schema is `schemas/events/<type>.json`, its example `<type>.example.json` beside it.
    pub type_name: &'static str,
    /// JSON Schema 2020-12 of the whole envelope.
    pub schema: Value,
    /// An event of this type.
    pub example: Event,
    /// The example's envelope.
    pub meta: Meta,
}

/// Every event type, in the order of its name.
#[must_use]
pub fn contracts() -> Vec<Contract> {
    let mut all = Vec::new();
    for (event, schema) in [
        (Event::Artist(Change::Created(artist())), data_schema::<ArtistState>()),
        (Event::Artist(Change::Updated(artist())), data_schema::<ArtistState>()),
        (
            Event::Artist(Change::Deleted(Deleted { id: id(1) })),
            data_schema::<Deleted>(),
        ),
        (Event::Album(Change::Created(album())), data_schema::<AlbumState>()),
        (Event::Album(Change::Updated(album())), data_schema::<AlbumState>()),
        (
            Event::Album(Change::Deleted(Deleted { id: id(2) })),
            data_schema::<Deleted>(),
        ),
        (Event::Track(Change::Created(track())), data_schema::<TrackState>()),
        (Event::Track(Change::Updated(track())), data_schema::<TrackState>()),
        (
            Event::Track(Change::Deleted(Deleted { id: id(3) })),
            data_schema::<Deleted>(),
        ),
        (Event::User(Change::Created(user())), data_schema::<UserState>()),
        (Event::User(Change::Updated(user())), data_schema::<UserState>()),
        (
            Event::User(Change::Deleted(Deleted { id: id(4) })),
            data_schema::<Deleted>(),
        ),
        (Event::Listened(Box::new(listen())), data_schema::<Listen>()),
    ] {
        let sequence = (!matches!(event, Event::Listened(_))).then_some(1);
        let meta = Meta {
            id: id(9),
            time: moment(),
            sequence,
            traceparent: None,
        };
        all.push(Contract {
            type_name: event.type_name(),
            schema: envelope(&event, &schema),
            example: event,
            meta,
        });
    }
    all.sort_by_key(|contract| contract.type_name);
    all
}

/// Consumers read what is written, so fields that may be null are required to be there: the serializer's view.
fn data_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn envelope(event: &Event, data: &Value) -> Value {
    let mut required = vec![
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "datacontenttype",
        "dataschema",
        "data",
    ];
    if !matches!(event, Event::Listened(_)) {
        required.push("sequence");
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("/schemas/events/{}.json", event.type_name()),
        "title": event.type_name(),
        "description": format!("A CloudEvents 1.0 event on {}; the Kafka key is `subject`.", event.topic().name()),
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid", "description": "The event's own id."},
            "source": {"type": "string"},
            "type": {"const": event.type_name()},
            "subject": {"type": "string", "description": "The Kafka key."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"type": "string"},
            "sequence": {"type": "integer", "minimum": 1, "description": "The aggregate's version."},
            "traceparent": {"type": "string", "description": "W3C trace context."},
            "data": data,
        },
        "required": required,
    })
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_1b2c_0000_7000_8000_0000_0000_0000 + n)
}

fn moment() -> Time {
    Time::from_millis(1_767_225_600_000)
}

fn external(scheme: &str, value: &str) -> ExternalIds {
    ExternalIds::from([(scheme.to_owned(), value.to_owned())])
}

fn artist() -> ArtistState {
    ArtistState {
        id: ArtistId(id(1)),
        name: "Кино".to_owned(),
        bio: Some("A band from Leningrad.".to_owned()),
        country: Some("RU".to_owned()),
        genres: vec!["rock".to_owned()],
        user_id: None,
        external_ids: external("mbid", "65da8ff8-1d3f-4a9f-b5d6-9d3d0c4f3b8d"),
        created_at: moment(),
        updated_at: moment(),
    }
}

fn album() -> AlbumState {
    AlbumState {
        id: AlbumId(id(2)),
        title: "Группа крови".to_owned(),
        artist: Named {
            id: ArtistId(id(1)),
            name: "Кино".to_owned(),
        },
        album_type: AlbumType::Album,
        release_date: chrono::NaiveDate::from_ymd_opt(1988, 1, 5),
        genres: vec!["rock".to_owned()],
        cover_key: None,
        external_ids: ExternalIds::new(),
        created_at: moment(),
        updated_at: moment(),
    }
}

fn track() -> TrackState {
    TrackState {
        id: TrackId(id(3)),
        title: "Спокойная ночь".to_owned(),
        artist: Named {
            id: ArtistId(id(1)),
            name: "Кино".to_owned(),
        },
        album: Some(Named {
            id: AlbumId(id(2)),
            name: "Группа крови".to_owned(),
        }),
        duration_ms: Some(367_000),
        track_number: Some(4),
        disc_number: Some(1),
        genres: vec!["rock".to_owned()],
        explicit: false,
        external_ids: external("isrc", "FR10S8800004"),
        audio: Some(AudioState {
            format: "ogg".to_owned(),
            codec: "vorbis".to_owned(),
            bitrate_kbps: Some(192),
            sample_rate_hz: Some(44_100),
            channels: Some(2),
            size_bytes: 8_808_000,
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        }),
        cover_key: None,
        release_date: chrono::NaiveDate::from_ymd_opt(1988, 1, 5),
        created_at: moment(),
        updated_at: moment(),
    }
}

fn user() -> UserState {
    UserState {
        user_id: UserId(id(4)),
        role: Role::Artist,
        created_at: moment(),
    }
}

fn listen() -> Listen {
    Listen {
        event_id: id(9),
        listener_id: ListenerId(id(5)),
        track_id: TrackId(id(3)),
        artist_id: ArtistId(id(1)),
        album_id: Some(AlbumId(id(2))),
        genres: vec!["rock".to_owned()],
        duration_ms: Some(367_000),
        listened_at: moment(),
        ms_played: 240_000,
        counted: true,
        source: Some("jonquil-web".to_owned()),
        device: Some("Firefox on Linux".to_owned()),
        context: Some(Context {
            kind: ContextType::Album,
            id: Some(id(2)),
        }),
    }
}
