//! Listens: no row, an event; answered once the broker has acknowledged it.

pub(crate) mod batch;
mod known;
pub(crate) mod listen;
mod publish;

pub use known::KnownTracks;

use domain::Play;
use events::{Context, Time, TrackId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A play as a client tells of it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heard {
    /// How much was heard, in milliseconds; the whole track when absent.
    #[schema(example = 240_000, minimum = 0, maximum = 86_400_000)]
    ms_played: Option<i64>,
    /// When it began; from 2002-10-01 to five minutes from now. Now, or the moment inside a `UUIDv7` `event_id`, when absent.
    listened_at: Option<Time>,
    /// The client's id of this play: sent again, it counts once.
    event_id: Option<Uuid>,
    /// What played it.
    #[schema(example = "jonquil-web")]
    source: Option<String>,
    /// What it was played on.
    #[schema(example = "Firefox on Linux")]
    device: Option<String>,
    /// What it was played from.
    context: Option<Context>,
}

impl Heard {
    fn play(self) -> Play {
        let Self {
            ms_played,
            listened_at,
            event_id,
            source,
            device,
            context,
        } = self;
        Play {
            event_id,
            listened_at,
            ms_played,
            source,
            device,
            context,
        }
    }
}

/// A play with its track, as one of many.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListeningEvent {
    /// The client's id of this play: sent again, it counts once.
    event_id: Option<Uuid>,
    /// Who listened; oneself when absent. Others only by an admin.
    user_id: Option<events::UserId>,
    /// What was heard.
    track_id: TrackId,
    /// When it began.
    listened_at: Option<Time>,
    /// How much was heard, in milliseconds.
    #[schema(example = 240_000, minimum = 0, maximum = 86_400_000)]
    ms_played: i64,
    /// What played it.
    source: Option<String>,
    /// What it was played on.
    device: Option<String>,
    /// What it was played from.
    context: Option<Context>,
}
