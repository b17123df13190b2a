//! How one person listens: how widely, what is new, in which sittings, when, and how faithfully.

use clickhouse::Row;
use events::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Analytics, AnalyticsUnavailable, Span, Streak, Zone,
    entity_stats::share,
    listens::{self, BEGAN, ENDED, OwnListens, PAUSE_MS, Window, of},
};

/// How one person listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Habits {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// How widely.
    pub diversity: Diversity,
    /// Of the different tracks played, the share that was never played before; null without a play.
    #[schema(example = 0.25)]
    pub discovery_rate: Option<f64>,
    /// Different tracks played that were never played before.
    pub new_tracks: u64,
    /// Sittings.
    pub sessions: Sessions,
    /// Plays by local day of the week (Monday first) and hour: 7 lists of 24.
    pub clock: Vec<Vec<u64>>,
    /// How faithfully.
    pub loyalty: Loyalty,
    /// Local days in a row, of all time.
    pub streak: Streak,
}

/// The chance that two plays drawn at random are of different things (Gini–Simpson); null without a play. A play is of its
/// first main artist, and of each of its genres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Diversity {
    /// Of tracks.
    #[schema(example = 0.9)]
    pub tracks: Option<f64>,
    /// Of artists.
    #[schema(example = 0.75)]
    pub artists: Option<f64>,
    /// Of genres.
    #[schema(example = 0.5)]
    pub genres: Option<f64>,
}

/// Sittings: listens, counted or not, with less than 30 minutes between the end of what was heard and the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct Sessions {
    /// How many.
    #[schema(example = 12)]
    pub count: u64,
    /// How long they are on average, in milliseconds.
    pub average_ms: i64,
    /// How long the longest is, in milliseconds.
    pub longest_ms: i64,
    /// Listens of the one with the most.
    pub most_listens: u64,
}

/// How faithfully; null without a play.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Loyalty {
    /// The part of the plays that went to the ten artists played most.
    #[schema(example = 0.6)]
    pub top_artists_share: Option<f64>,
    /// The part of the plays that played a track again.
    #[schema(example = 0.4)]
    pub repeat_rate: Option<f64>,
}

/// How plays spread over things.
#[derive(Row, Deserialize)]
struct Spread {
    things: u64,
    plays: u64,
    squares: f64,
    of_top: u64,
}

#[derive(Row, Deserialize)]
struct Discovered {
    tracks: u64,
    new_tracks: u64,
}

#[derive(Row, Deserialize)]
struct Cell {
    weekday: u8,
    hour: u8,
    plays: u64,
}

impl Spread {
    #[expect(clippy::cast_precision_loss, reason = "a chance needs no more than the 53 bits")]
    fn diversity(&self) -> Option<f64> {
        let plays = self.plays as f64;
        (self.plays > 0).then(|| 1.0 - self.squares / (plays * plays))
    }
}

impl Analytics {
    /// How a person listens in that time. The streak is of all time up to its end.
    pub async fn habits(
        &self,
        own: &OwnListens,
        span: Span,
        zone: &Zone,
        now: Time,
    ) -> Result<Habits, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::from(span);
        let (tracks, artists, genres, discovered, sessions, cells, days) = tokio::try_join!(
            serving.spread(own, window, "track_id"),
            serving.spread(own, window, "artist_id"),
            serving.spread(own, window, "arrayJoin(genres)"),
            serving.discovered(own, window),
            serving.sessions(own, window),
            serving.clock(own, window, zone),
            serving.days_of(own, window, zone, now),
        )?;
        Ok(Habits {
            plays: tracks.plays,
            diversity: Diversity {
                tracks: tracks.diversity(),
                artists: artists.diversity(),
                genres: genres.diversity(),
            },
            discovery_rate: share(discovered.new_tracks, discovered.tracks),
            new_tracks: discovered.new_tracks,
            sessions,
            clock: faces(&cells),
            loyalty: Loyalty {
                top_artists_share: share(artists.of_top, artists.plays),
                repeat_rate: share(tracks.plays - tracks.things, tracks.plays),
            },
            streak: days.streak,
        })
    }

    async fn spread(&self, own: &OwnListens, window: Window, by: &str) -> Result<Spread, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT count() AS things, sum(n) AS plays, sum(toFloat64(n) * n) AS squares, \
             arraySum(arraySlice(arrayReverseSort(groupArray(n)), 1, 10)) AS of_top FROM (\
             SELECT {by} AS thing, count() AS n FROM {} WHERE counted GROUP BY thing)",
            of(own, window)
        );
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    async fn discovered(&self, own: &OwnListens, window: Window) -> Result<Discovered, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT count() AS tracks, countIf(earlier = 0) AS new_tracks FROM (SELECT track_id, \
             countIf({holds}) AS now, countIf(NOT {holds}) AS earlier FROM {} WHERE counted GROUP BY track_id) \
             WHERE now > 0",
            of(own, window.until_its_end()),
            holds = window.holds(),
        );
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    /// A listen begins a sitting when nothing heard before it ended less than 30 minutes ago.
    async fn sessions(&self, own: &OwnListens, window: Window) -> Result<Sessions, AnalyticsUnavailable> {
        let before = "OVER (ORDER BY listened_at, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)";
        let sql = format!(
            "SELECT count() AS count, toInt64(ifNotFinite(avg(lasts), 0)) AS average_ms, max(lasts) AS longest_ms, \
             max(listens) AS most_listens FROM (SELECT sitting, max(ended) - min(began) AS lasts, count() AS listens FROM (\
             SELECT began, ended, sum(begins) OVER (ORDER BY listened_at, event_id) AS sitting FROM (\
             SELECT listened_at, event_id, {BEGAN} AS began, {ENDED} AS ended, \
             toUInt64(began >= max(ended) {before} + {PAUSE_MS}) AS begins FROM {})) GROUP BY sitting)",
            of(own, window)
        );
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }

    async fn clock(&self, own: &OwnListens, window: Window, zone: &Zone) -> Result<Vec<Cell>, AnalyticsUnavailable> {
        let sql = format!(
            "SELECT {} AS weekday, {} AS hour, count() AS plays FROM {} WHERE counted GROUP BY weekday, hour",
            listens::weekday(zone),
            listens::hour(zone),
            of(own, window)
        );
        self.bounded(self.reader().query(&sql).fetch_all()).await
    }
}

/// Monday first.
fn faces(cells: &[Cell]) -> Vec<Vec<u64>> {
    let mut clock = vec![vec![0; 24]; 7];
    for cell in cells {
        let day = clock.get_mut(usize::from(cell.weekday.saturating_sub(1)));
        if let Some(plays) = day.and_then(|day| day.get_mut(usize::from(cell.hour))) {
            *plays = cell.plays;
        }
    }
    clock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_has_every_hour_of_the_week() {
        let cells = [(1, 0, 3), (7, 23, 4)].map(|(weekday, hour, plays)| Cell { weekday, hour, plays });
        let clock = faces(&cells);
        assert_eq!((clock.len(), clock.iter().map(Vec::len).sum::<usize>()), (7, 168));
        assert_eq!((clock[0][0], clock[6][23]), (3, 4));
        assert_eq!(clock.iter().flatten().sum::<u64>(), 7);
    }
}
