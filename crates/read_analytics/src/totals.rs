//! What everybody heard together.

use std::sync::Arc;

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Analytics, AnalyticsUnavailable, Span, Zone,
    listens::{self, Window},
};

/// What was heard in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Row, Serialize, Deserialize, ToSchema)]
pub struct PlayTotals {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// Listens, counted or not.
    #[schema(example = 50)]
    pub listens: u64,
    /// Different listeners of counted plays: exact up to 10,000, within 1 % above.
    #[schema(example = 17)]
    pub listeners: u64,
    /// What was heard, counted or not, in milliseconds.
    pub listened_ms: i64,
    /// Different tracks with a counted play.
    pub tracks: u64,
    /// Different artists with a counted play.
    pub artists: u64,
}

/// The same, with the time before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformTotals {
    pub totals: PlayTotals,
    /// Of the time before, as long; none of all time.
    pub previous: Option<PlayTotals>,
    /// Plays by local hour; 24 of them.
    pub by_hour: Vec<u64>,
}

#[derive(Row, Deserialize)]
struct Summed {
    plays: u64,
    listens: u64,
    listeners: u64,
    listened_ms: i64,
}

#[derive(Row, Deserialize)]
struct Things {
    tracks: u64,
    artists: u64,
}

#[derive(Row, Deserialize)]
struct HourPlays {
    hour: u8,
    plays: u64,
}

const SUMMED: &str = "SELECT sum(heard) AS plays, sum(all) AS listens, uniqCombined64Merge(18)(heard_by) AS listeners, \
     sum(listened) AS listened_ms FROM (SELECT plays AS heard, listens AS all, listened_ms AS listened, heard_by";
const THINGS: &str =
    "SELECT uniqExactIf(track_id, plays > 0) AS tracks, uniqExactArrayIf(artist_ids, plays > 0) AS artists";

/// Plays by local hour, as an array.
pub(crate) fn by_hour(zone: &Zone) -> String {
    let hour = listens::hour(zone);
    format!("sumForEach(arrayMap(h -> toUInt64(counted AND {hour} = h), range(24)))")
}

impl Analytics {
    /// What everybody heard, and in the time before.
    pub async fn platform_totals(&self, span: Span, zone: &Zone) -> Result<PlatformTotals, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::from(span);
        let (totals, previous, by_hour) = tokio::try_join!(
            serving.totals_of(window),
            async {
                match window.before() {
                    Some(before) => serving.totals_of(before).await.map(Some),
                    None => Ok(None),
                }
            },
            serving.plays_by_hour(window, zone),
        )?;
        Ok(PlatformTotals {
            totals,
            previous,
            by_hour,
        })
    }

    async fn totals_of(&self, window: Window) -> Result<PlayTotals, AnalyticsUnavailable> {
        let progress = self.progress(window).await?;
        let make = async || self.totals_in(window).await;
        let totals = self.kept().totals.or_make(self.when(window), progress, make).await?;
        Ok(*totals)
    }

    async fn totals_in(&self, window: Window) -> Result<PlayTotals, AnalyticsUnavailable> {
        let facts = self.facts(window).await?;
        let summed = format!("{SUMMED} FROM {})", facts.of_all());
        let things = format!("{THINGS} FROM {}", facts.table("track_id, artist_ids", "plays", "true"));
        let summed = self.bounded(self.reader().query(&summed).fetch_one::<Summed>());
        let things = self.bounded(self.reader().query(&things).fetch_one::<Things>());
        let (summed, things) = tokio::try_join!(summed, things)?;
        Ok(PlayTotals {
            plays: summed.plays,
            listens: summed.listens,
            listeners: summed.listeners,
            listened_ms: summed.listened_ms,
            tracks: things.tracks,
            artists: things.artists,
        })
    }

    /// The days before the last one seldom change, so they are asked for by themselves.
    async fn plays_by_hour(&self, window: Window, zone: &Zone) -> Result<Vec<u64>, AnalyticsUnavailable> {
        let last = self.seen().await?.of(window).last();
        let (before, last) = window.cut(last.map_or(0, |(day, _)| day));
        let (before, last) = tokio::try_join!(self.hours_of(before, zone), self.hours_of(last, zone))?;
        Ok(before
            .iter()
            .zip(last.iter())
            .map(|(before, last)| before + last)
            .collect())
    }

    async fn hours_of(&self, window: Window, zone: &Zone) -> Result<Arc<Vec<u64>>, AnalyticsUnavailable> {
        let (key, progress) = ((self.when(window), zone.clone()), self.progress(window).await?);
        let make = async || self.hours_in(window, zone).await;
        self.kept().hours.or_make(key, progress, make).await
    }

    async fn hours_in(&self, window: Window, zone: &Zone) -> Result<Vec<u64>, AnalyticsUnavailable> {
        let facts = self.facts_by_day(window).await?;
        let quarters = facts.by_quarter(|at| format!("toHour({at}, '{zone}')"));
        let sql = format!(
            "SELECT value AS hour, sum(heard) AS plays FROM (SELECT value, plays AS heard FROM {quarters}) GROUP BY hour"
        );
        let rows: Vec<HourPlays> = self.bounded(self.reader().query(&sql).fetch_all()).await?;
        let mut by_hour = vec![0; 24];
        for row in rows {
            if let Some(plays) = by_hour.get_mut(usize::from(row.hour)) {
                *plays = row.plays;
            }
        }
        Ok(by_hour)
    }
}
