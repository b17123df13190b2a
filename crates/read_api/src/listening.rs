//! What one person heard: history and statistics. The account's pseudonym is looked up here and never shown.

use chrono::NaiveDate;
use events::{Context, ListenerId, Time, TrackId, UserId};
use http_kit::{Artist, Error, History, Principal, Track};
use read_analytics::Cursor;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    input,
    shape::{NamedArtist, NamedTrack, Shape},
    viewer::Viewer,
};

/// Which part of a history.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Most items, 1 to 100.
    #[param(example = 20, minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    pub cursor: Option<String>,
}

/// A track in a history, which outlives the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum HeardTrack {
    /// The track.
    Known(Box<Track>),
    /// A track that was deleted since.
    Gone(GoneTrack),
}

/// What is left of a track that was deleted.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoneTrack {
    /// What it was.
    pub id: TrackId,
}

/// One listen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listen {
    /// The client's id of it.
    pub event_id: Uuid,
    /// Who listened.
    pub user_id: UserId,
    /// What was heard; only `{id}` when it was deleted since.
    pub track: HeardTrack,
    /// When it began.
    pub listened_at: Time,
    /// How much was heard, in milliseconds.
    #[schema(example = 215_000)]
    pub ms_played: i64,
    /// Whether it counts as a play.
    pub counted: bool,
    /// What played it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it was played on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What it was played from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

/// How often something was played.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Played<T> {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// What was played.
    #[serde(flatten)]
    pub item: T,
}

/// How often a genre was played; a track of two genres counts for both.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GenrePlays {
    /// The genre.
    #[schema(example = "rock")]
    pub genre: String,
    /// Counted plays.
    pub plays: u64,
}

/// One UTC day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayPlays {
    /// The day.
    pub day: NaiveDate,
    /// Counted plays that began on it.
    pub plays: u64,
    /// What was heard of all listens that began on it, in milliseconds.
    pub listened_ms: i64,
}

/// Days in a row with a play.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Streak {
    /// Up to today, or up to yesterday while today has none yet.
    pub current: u32,
    /// The most there ever were.
    pub longest: u32,
}

/// What one person heard, all time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserStats {
    /// Who.
    pub user_id: UserId,
    /// Counted plays.
    pub plays: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Different tracks played.
    pub unique_tracks: u64,
    /// Different artists played.
    pub unique_artists: u64,
    /// The ten tracks played most; deleted ones are left out.
    pub top_tracks: Vec<Played<NamedTrack>>,
    /// The ten artists played most; deleted ones are left out.
    pub top_artists: Vec<Played<NamedArtist>>,
    /// The ten genres played most.
    pub genres: Vec<GenrePlays>,
    /// Plays by the UTC hour in which they began; 24 of them.
    pub by_hour: Vec<u64>,
    /// The last 30 UTC days, the oldest first.
    pub by_day: Vec<DayPlays>,
    /// Days in a row.
    pub streak: Streak,
}

impl From<read_analytics::Day> for DayPlays {
    fn from(day: read_analytics::Day) -> Self {
        Self {
            day: day.day,
            plays: day.plays,
            listened_ms: day.listened_ms,
        }
    }
}

/// The pseudonym of the person asked about, if this caller may ask.
pub(crate) async fn listener(viewer: &Viewer, by: &Principal, user: UserId) -> Result<ListenerId, Error> {
    if by.user_id == user {
        return Ok(by.listener_id);
    }
    if !by.is_self_or_admin(user) {
        return Err(Error::forbidden("what others heard is not shown"));
    }
    let row = viewer.queries.reader.user(user).await?;
    row.map(|row| row.listener_id()).ok_or_else(|| Error::no_such("user"))
}

/// A page of what a person heard, newest first.
pub(crate) async fn history(
    viewer: &Viewer,
    by: &Principal,
    user: UserId,
    query: &HistoryQuery,
) -> Result<History<Listen>, Error> {
    let limit = input::limit(query.limit)? as usize;
    let bad = |_| Error::invalid("cursor", "must be the next_cursor of the same history");
    let before: Option<Cursor> = query.cursor.as_deref().map(str::parse).transpose().map_err(bad)?;
    let listener = listener(viewer, by, user).await?;
    let page = viewer.queries.analytics.history(listener, before, limit).await;
    let page = page.map_err(|unavailable| Error::unavailable("the listening history", unavailable))?;
    let ids: Vec<Uuid> = page.items.iter().map(|row| row.track_id.0).collect();
    let tracks = viewer.map_of::<Track>(&ids).await?;
    let listen = |row: read_analytics::HistoryRow| Listen {
        event_id: row.event_id,
        user_id: user,
        track: match tracks.get(&row.track_id.0) {
            Some(track) => HeardTrack::Known(Box::new(track.clone())),
            None => HeardTrack::Gone(GoneTrack { id: row.track_id }),
        },
        listened_at: row.listened_at,
        ms_played: row.ms_played,
        counted: row.counted,
        source: row.source,
        device: row.device,
        context: row.context,
    };
    Ok(History {
        items: page.items.into_iter().map(listen).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    })
}

/// What a person heard, all time.
pub(crate) async fn stats(viewer: &Viewer, by: &Principal, user: UserId) -> Result<UserStats, Error> {
    let listener = listener(viewer, by, user).await?;
    let now = (viewer.queries.ambient.now)();
    let stats = viewer.queries.analytics.user_stats(listener, now).await;
    let stats = stats.map_err(|unavailable| Error::unavailable("the analytics engine", unavailable))?;
    let tracks = played::<Track>(viewer, plays_of(&stats.top_tracks));
    let artists = played::<Artist>(viewer, plays_of(&stats.top_artists));
    let (top_tracks, top_artists) = tokio::try_join!(tracks, artists)?;
    let genre = |of: read_analytics::GenrePlays| GenrePlays {
        genre: of.genre,
        plays: of.plays,
    };
    Ok(UserStats {
        user_id: user,
        plays: stats.plays,
        listened_ms: stats.listened_ms,
        unique_tracks: stats.unique_tracks,
        unique_artists: stats.unique_artists,
        top_tracks,
        top_artists,
        genres: stats.top_genres.into_iter().map(genre).collect(),
        by_hour: stats.by_hour.to_vec(),
        by_day: stats.by_day.into_iter().map(DayPlays::from).collect(),
        streak: Streak {
            current: stats.streak.current,
            longest: stats.streak.longest,
        },
    })
}

/// Ids and plays as pairs.
pub(crate) fn plays_of(plays: &[read_analytics::Plays]) -> Vec<(Uuid, u64)> {
    plays.iter().map(|of| (of.id, of.plays)).collect()
}

/// The things of these ids with these plays, in this order; what is gone is left out.
pub(crate) async fn played<S: Shape>(viewer: &Viewer, plays: Vec<(Uuid, u64)>) -> Result<Vec<Played<S::Named>>, Error> {
    let ids: Vec<Uuid> = plays.iter().map(|(id, _)| *id).collect();
    let mut shown = viewer.by_ids::<S>(&ids).await?.into_iter().peekable();
    let known = plays.into_iter().filter_map(|(id, plays)| {
        let item = shown.next_if(|item| item.id() == id)?;
        Some(Played {
            plays,
            item: item.into(),
        })
    });
    Ok(known.collect())
}
