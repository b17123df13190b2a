//! What one listener heard.

use clickhouse::Row;
use events::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable, DayPlays, Span, Streak, Zone,
    days::{date, days_between},
    listens::{NOT_DELETED, OwnListens, Window, local_day, moment, of, weekday},
    streak,
    totals::by_hour,
};

/// Days of [`ListenerTotals::by_day`] at most, and of all time.
const MAX_DAYS: u32 = 366;
const DAYS_OF_ALL: u32 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Plays {
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    pub plays: u64,
}

/// How often a genre was played; a track of two genres counts for both.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct GenrePlays {
    /// The genre.
    #[schema(example = "rock")]
    pub genre: String,
    /// Counted plays.
    pub plays: u64,
}

/// What one listener heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerStats {
    /// What needs no look into the catalogue.
    pub totals: ListenerTotals,
    pub top_tracks: Vec<Plays>,
    pub top_artists: Vec<Plays>,
}

/// What one listener heard, without the tracks and artists themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListenerTotals {
    #[serde(flatten)]
    pub played: ListenerPlays,
    /// The same of the time before, as long; null of all time.
    pub previous: Option<PreviousPlays>,
    /// The ten genres played most.
    pub genres: Vec<GenrePlays>,
    /// Plays by the local hour in which they began; 24 of them.
    pub by_hour: Vec<u64>,
    /// Plays by the local day of the week on which they began, Monday first; 7 of them.
    pub by_weekday: Vec<u64>,
    /// The local days of that time, the oldest first; the last 366 at most, and the last 30 of all time.
    pub by_day: Vec<DayPlays>,
    /// Local days in a row, of all time.
    pub streak: Streak,
}

/// How much one listener heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct ListenerPlays {
    /// Counted plays.
    pub plays: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Different tracks played.
    pub unique_tracks: u64,
    /// Different artists played.
    pub unique_artists: u64,
}

/// How much one listener heard before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviousPlays {
    /// Counted plays.
    pub plays: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Different tracks played.
    pub tracks: u64,
    /// Different artists played.
    pub artists: u64,
}

impl From<ListenerPlays> for PreviousPlays {
    fn from(played: ListenerPlays) -> Self {
        Self {
            plays: played.plays,
            listened_ms: played.listened_ms,
            tracks: played.unique_tracks,
            artists: played.unique_artists,
        }
    }
}

#[derive(Row, Deserialize)]
struct PlayedWhen {
    plays: u64,
    listened_ms: i64,
    unique_tracks: u64,
    unique_artists: u64,
    hours: Vec<u64>,
    weekdays: Vec<u64>,
    /// The local days of the first and of the last moment, in days since 1970.
    first: i64,
    last: i64,
}

/// A day of a listener, as days since 1970.
#[derive(Row, Deserialize)]
struct OwnDayRow {
    since_1970: i64,
    /// In the window.
    plays: u64,
    listened_ms: i64,
    /// On the whole day.
    plays_of_all: u64,
    /// The same of every row.
    today: i64,
}

/// The local days of a listener.
pub(crate) struct OwnDays {
    /// Those with a listen, in order; of a window.
    days: Vec<DayPlays>,
    /// Of all time up to the end of the window.
    pub streak: Streak,
}

const PLAYED: &str = "countIf(counted) AS plays, sum(ms_played) AS listened_ms, \
     uniqExactIf(track_id, counted) AS unique_tracks, uniqExactArrayIf(artist_ids, counted) AS unique_artists";

/// The local day of a moment, in days since 1970, as an expression.
fn day(at: Time, zone: &Zone) -> String {
    format!("toInt64(toUInt16(toDate({}, '{zone}')))", moment(at))
}

impl Analytics {
    /// What a listener heard in that time; `now` decides which days are the last and whether a streak goes on.
    pub async fn user_stats(
        &self,
        own: &OwnListens,
        span: Span,
        zone: &Zone,
        now: Time,
    ) -> Result<ListenerStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::from(span);
        let (played, previous, top_tracks, top_artists, genres, days) = tokio::try_join!(
            serving.played_when(own, span, zone, now),
            async {
                match window.before() {
                    Some(before) => serving.played(own, before).await.map(Some),
                    None => Ok(None),
                }
            },
            serving.top_of(own, window, "track_id"),
            serving.top_of(own, window, "arrayJoin(artist_ids)"),
            serving.genres_of(own, window),
            serving.days_of(own, window, zone, now),
        )?;
        let count = if span.from.is_some() { MAX_DAYS } else { DAYS_OF_ALL };
        // Without a listen ClickHouse answers no hours at all.
        let [mut by_hour, mut by_weekday] = [played.hours, played.weekdays];
        by_hour.resize(24, 0);
        by_weekday.resize(7, 0);
        Ok(ListenerStats {
            totals: ListenerTotals {
                played: ListenerPlays {
                    plays: played.plays,
                    listened_ms: played.listened_ms,
                    unique_tracks: played.unique_tracks,
                    unique_artists: played.unique_artists,
                },
                previous: previous.map(PreviousPlays::from),
                genres,
                by_hour,
                by_weekday,
                by_day: days_between(&days.days, date(played.first), date(played.last), count),
                streak: days.streak,
            },
            top_tracks,
            top_artists,
        })
    }

    async fn played(&self, own: &OwnListens, window: Window) -> Result<ListenerPlays, AnalyticsUnavailable> {
        let sql = format!("SELECT {PLAYED} FROM {}", of(own, window));
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    async fn played_when(
        &self,
        own: &OwnListens,
        span: Span,
        zone: &Zone,
        now: Time,
    ) -> Result<PlayedWhen, AnalyticsUnavailable> {
        let last = Window::from(span).last_moment(now);
        let first = span.from.map_or_else(|| "toInt64(0)".to_owned(), |at| day(at, zone));
        let sql = format!(
            "SELECT {PLAYED}, {} AS hours, \
             sumForEach(arrayMap(d -> toUInt64(counted AND {} = d), range(1, 8))) AS weekdays, \
             {first} AS first, {} AS last FROM {}",
            by_hour(zone),
            weekday(zone),
            day(last, zone),
            of(own, span.into())
        );
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    async fn top_of(&self, own: &OwnListens, window: Window, id: &str) -> Result<Vec<Plays>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT {id} AS id, count() AS plays FROM {} WHERE counted GROUP BY id HAVING {NOT_DELETED} \
             ORDER BY plays DESC, id LIMIT 10",
            of(own, window)
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }

    async fn genres_of(&self, own: &OwnListens, window: Window) -> Result<Vec<GenrePlays>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT toString(arrayJoin(genres)) AS genre, count() AS plays FROM {} WHERE counted \
             GROUP BY genre ORDER BY plays DESC, genre LIMIT 10",
            of(own, window)
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }

    /// Days of a window and the streak up to its end, in one look at all days before it.
    pub(crate) async fn days_of(
        &self,
        own: &OwnListens,
        window: Window,
        zone: &Zone,
        now: Time,
    ) -> Result<OwnDays, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT toInt64(toUInt16({})) AS since_1970, countIf(counted AND {holds}) AS plays, \
             sumIf(ms_played, {holds}) AS listened_ms, countIf(counted) AS plays_of_all, {} AS today \
             FROM {} GROUP BY since_1970 ORDER BY since_1970",
            local_day(zone),
            day(window.last_moment(now), zone),
            of(own, window.until_its_end()),
            holds = window.holds(),
        );
        let rows: Vec<OwnDayRow> = self.bounded(self.reader().query(&sql).fetch_all()).await?;
        let of = |row: &OwnDayRow, plays, listened_ms| DayPlays {
            day: date(row.since_1970),
            plays,
            listened_ms,
        };
        let all: Vec<DayPlays> = rows.iter().map(|row| of(row, row.plays_of_all, 0)).collect();
        let today = rows.first().map(|row| date(row.today));
        Ok(OwnDays {
            days: rows.iter().map(|row| of(row, row.plays, row.listened_ms)).collect(),
            streak: today.map(|today| streak(&all, today)).unwrap_or_default(),
        })
    }
}
