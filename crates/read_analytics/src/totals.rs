//! What everybody heard together.

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
    /// Different listeners of counted plays.
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

const TOTALS: &str = "SELECT sum(heard) AS plays, sum(all) AS listens, uniqCombined64Merge(18)(heard_by) AS listeners, \
     sum(listened) AS listened_ms, uniqExactIf(track_id, heard > 0) AS tracks, \
     uniqExactArrayIf(artist_ids, heard > 0) AS artists FROM (SELECT plays AS heard, listens AS all, heard_by, \
     listened_ms AS listened, track_id, artist_ids";

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
        let hours = format!("SELECT {} FROM {}", by_hour(zone), listens::all(window));
        let hours = serving.reader().query(&hours).fetch_one::<Vec<u64>>();
        let (totals, previous, hours) = tokio::try_join!(
            serving.totals_of(window),
            async {
                match window.before() {
                    Some(before) => serving.totals_of(before).await.map(Some),
                    None => Ok(None),
                }
            },
            self.bounded(hours),
        )?;
        let mut by_hour = hours;
        by_hour.resize(24, 0);
        Ok(PlatformTotals {
            totals,
            previous,
            by_hour,
        })
    }

    async fn totals_of(&self, window: Window) -> Result<PlayTotals, AnalyticsUnavailable> {
        let facts = self.facts(window).await?;
        let of = facts.table("plays, listens, heard_by, listened_ms, track_id, artist_ids", "true");
        let sql = format!("{TOTALS} FROM {of})");
        self.bounded(self.reader().query(&sql).fetch_one()).await
    }
}
