//! How a track, or an artist's tracks, are heard: to which part, when, from where, and what comes next.

use clickhouse::Row;
use events::{ArtistId, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Analytics, AnalyticsUnavailable, Plays, Span, TimelinePoint, Zone,
    entity_stats::share,
    facts::Facts,
    listens::{self, BEGAN, ENDED, NOT_DELETED, PAUSE_MS, Window},
    totals::by_hour,
};

/// Listens of the track that are looked at for what comes next: the last ones.
const MAX_FOLLOWED: usize = 300;
/// Of one person, so that nobody alone says what comes next.
const MAX_OF_ONE: usize = 3;
/// Tracks that come next, at most.
const MAX_NEXT: usize = 10;
/// Sources at most.
const MAX_SOURCES: usize = 20;
/// Points of a drop-off curve.
const POINTS: usize = 20;

/// What of something is heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListeningTotals {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// Listens, counted or not.
    #[schema(example = 50)]
    pub listens: u64,
    /// Different listeners of counted plays.
    #[schema(example = 17)]
    pub listeners: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Share of the listens of known length that heard at least 90 % of it; null without such a listen.
    #[schema(example = 0.8)]
    pub completion_rate: Option<f64>,
    /// Share of the listens that did not count; null without a listen.
    #[schema(example = 0.1)]
    pub skip_rate: Option<f64>,
}

/// What plays something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourcePlays {
    /// As the players name themselves; null where they do not.
    #[schema(example = "jonquil-web")]
    pub source: Option<String>,
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// Its part of all counted plays; 0 without one.
    #[schema(example = 0.5)]
    pub share: f64,
}

/// How a track is heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrackDetails {
    #[serde(flatten)]
    pub totals: ListeningTotals,
    /// Of the listens of known length, the share that heard at least 5 %, 10 % … 100 % of it: 20 points; none without such a
    /// listen.
    pub drop_off: Vec<f64>,
    /// Plays by local hour; 24 of them.
    pub by_hour: Vec<u64>,
    /// Plays by local day of the week, Monday first; 7 of them.
    pub by_weekday: Vec<u64>,
    /// What plays it, the most plays first; 20 at most.
    pub sources: Vec<SourcePlays>,
    /// Plays over time, in steps as in `/analytics/trends`.
    pub timeline: Vec<TimelinePoint>,
}

/// How an artist's tracks are heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StudioStats {
    #[serde(flatten)]
    pub totals: ListeningTotals,
    /// The same of the time before, as long; null of all time.
    pub previous: Option<ListeningTotals>,
    /// Plays over time, in steps as in `/analytics/trends`.
    pub timeline: Vec<TimelinePoint>,
    /// What plays them, the most plays first; 20 at most.
    pub sources: Vec<SourcePlays>,
}

#[derive(Row, Deserialize)]
struct Totals {
    plays: u64,
    listens: u64,
    listeners: u64,
    listened_ms: i64,
    of_known_length: u64,
    completed: u64,
}

const TOTALS: &str = "SELECT countIf(counted) AS plays, count() AS listens, \
     uniqExactIf(listener_id, counted) AS listeners, sum(ms_played) AS listened_ms, \
     countIf(duration_ms > 0) AS of_known_length, \
     countIf(duration_ms > 0 AND ms_played * 10 >= duration_ms * 9) AS completed";

impl From<Totals> for ListeningTotals {
    fn from(row: Totals) -> Self {
        Self {
            plays: row.plays,
            listens: row.listens,
            listeners: row.listeners,
            listened_ms: row.listened_ms,
            completion_rate: share(row.completed, row.of_known_length),
            skip_rate: share(row.listens - row.plays, row.listens),
        }
    }
}

#[derive(Row, Deserialize)]
struct Parts {
    reached: Vec<u64>,
    hours: Vec<u64>,
    weekdays: Vec<u64>,
}

#[derive(Row, Deserialize)]
struct SourceRow {
    source: Option<String>,
    plays: u64,
}

/// Whose listens: a condition, and the same by the key of `settled`.
struct Of {
    is: String,
    narrowed: String,
    facts: Facts,
}

impl Of {
    fn track(track: TrackId, facts: Facts) -> Self {
        let is = format!("track_id = toUUID('{}')", track.0);
        Self {
            narrowed: is.clone(),
            is,
            facts,
        }
    }

    /// Which tracks are the artist's is told by the rollups: they have every track that was heard.
    fn artist(artist: ArtistId, facts: Facts) -> Self {
        let is = format!("has(artist_ids, toUUID('{}'))", artist.0);
        let tracks = facts.table("track_id", "plays", &is);
        Self {
            narrowed: format!("track_id IN (SELECT track_id FROM {tracks}) AND {is}"),
            is,
            facts,
        }
    }

    fn listens(&self, columns: &str) -> String {
        self.facts.listens(columns, &self.narrowed, &self.is)
    }
}

impl Analytics {
    /// How a track is heard, and what the same people heard next, the most frequent first.
    pub async fn track_details(
        &self,
        track: TrackId,
        span: Span,
        zone: &Zone,
    ) -> Result<(TrackDetails, Vec<Plays>), AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let of = Of::track(track, serving.facts(span.into()).await?);
        let (totals, parts, sources, timeline, next_tracks) = tokio::try_join!(
            serving.listening_totals(&of),
            serving.parts(&of, zone),
            serving.sources(&of),
            serving.timeline_of((span, &of.facts), zone, &of.narrowed, &of.is),
            serving.next_tracks(&of, track, span.into()),
        )?;
        // The first point counts whoever heard anything of known length; each listen of no length is at none of them.
        let known = totals.of_known_length;
        let point = |at: usize| share(parts.reached.get(at).copied().unwrap_or(0), known);
        let [mut by_hour, mut by_weekday] = [parts.hours, parts.weekdays];
        by_hour.resize(24, 0);
        by_weekday.resize(7, 0);
        let details = TrackDetails {
            drop_off: (0..POINTS).filter_map(point).collect(),
            sources: shares(sources, totals.plays),
            totals: totals.into(),
            by_hour,
            by_weekday,
            timeline,
        };
        Ok((details, next_tracks))
    }

    /// How an artist's tracks are heard, main and featured, and the ten of them played most.
    pub async fn studio_stats(
        &self,
        artist: ArtistId,
        span: Span,
        zone: &Zone,
    ) -> Result<(StudioStats, Vec<Plays>), AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::from(span);
        let of = Of::artist(artist, serving.facts(window).await?);
        let (totals, previous, sources, timeline, top_tracks) = tokio::try_join!(
            serving.listening_totals(&of),
            async {
                let Some(before) = window.before() else { return Ok(None) };
                let before = Of::artist(artist, serving.facts(before).await?);
                serving.listening_totals(&before).await.map(Some)
            },
            serving.sources(&of),
            serving.timeline_of((span, &of.facts), zone, &of.narrowed, &of.is),
            serving.top_tracks(&of),
        )?;
        let stats = StudioStats {
            sources: shares(sources, totals.plays),
            totals: totals.into(),
            previous: previous.map(ListeningTotals::from),
            timeline,
        };
        Ok((stats, top_tracks))
    }

    async fn listening_totals(&self, of: &Of) -> Result<Totals, AnalyticsUnavailable> {
        let listens = of.listens("counted, listener_id, ms_played, duration_ms");
        let sql = format!("{TOTALS} FROM {listens}");
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    async fn parts(&self, of: &Of, zone: &Zone) -> Result<Parts, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT sumForEach(arrayMap(i -> toUInt64(ifNull(duration_ms, 0) > 0 AND \
             ms_played * {POINTS} >= ifNull(duration_ms, 0) * i), range(1, {POINTS} + 1))) AS reached, \
             {} AS hours, sumForEach(arrayMap(d -> toUInt64(counted AND {} = d), range(1, 8))) AS weekdays \
             FROM {}",
            by_hour(zone),
            listens::weekday(zone),
            of.listens("duration_ms, ms_played, counted, listened_at")
        );
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    async fn sources(&self, of: &Of) -> Result<Vec<SourceRow>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT toNullable(toString(heard.source)) AS source, countIf(counted) AS plays FROM {} AS heard \
             GROUP BY source HAVING plays > 0 ORDER BY plays DESC, source LIMIT {MAX_SOURCES}",
            of.listens("source, counted")
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }

    async fn top_tracks(&self, of: &Of) -> Result<Vec<Plays>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT track_id AS id, sum(heard) AS plays FROM (SELECT track_id, plays AS heard FROM {}) GROUP BY id \
             HAVING plays > 0 AND {NOT_DELETED} ORDER BY plays DESC, id LIMIT 10",
            of.facts.table("track_id", "plays", &of.is)
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }

    /// Another track that began within 30 minutes of this one's end, as the next listen of the same person. Of the last 300
    /// listens of the track the persons' days are read, and the days after: what comes next may have begun after midnight.
    async fn next_tracks(&self, of: &Of, track: TrackId, window: Window) -> Result<Vec<Plays>, AnalyticsUnavailable> {
        let listens_of_track = of.listens("listener_id, listened_at");
        let days = format!(
            "SELECT listener_id, on + arrayJoin([0, 1]) FROM (\
             SELECT listener_id, toDate(listened_at, 'UTC') AS on FROM {listens_of_track} \
             ORDER BY listened_at DESC, listener_id LIMIT {MAX_OF_ONE} BY listener_id LIMIT {MAX_FOLLOWED})"
        );
        let listens = listens::of_days(&days, window);
        let over = "OVER (PARTITION BY listener_id ORDER BY listened_at, event_id \
                    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)";
        let sql = format!(
            "SELECT next AS id, count() AS plays FROM (SELECT track_id, {ENDED} AS ended, \
             leadInFrame(track_id) {over} AS next, leadInFrame({BEGAN}) {over} AS began FROM {listens}) \
             WHERE track_id = toUUID('{}') AND next != track_id AND began > 0 AND began <= ended + {PAUSE_MS} \
             GROUP BY id HAVING {NOT_DELETED} ORDER BY plays DESC, id LIMIT {MAX_NEXT}",
            track.0
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }
}

fn shares(sources: Vec<SourceRow>, plays: u64) -> Vec<SourcePlays> {
    let source = |row: SourceRow| SourcePlays {
        share: share(row.plays, plays).unwrap_or_default(),
        source: row.source,
        plays: row.plays,
    };
    sources.into_iter().map(source).collect()
}
