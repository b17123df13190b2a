//! Who plays what, for recommendations: one listener's, or everybody's part by part.

use clickhouse::Row;
use events::{ListenerId, Time};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable,
    listens::{OwnListens, Window, among, heard_by},
};

/// Tracks of one listener that are looked at, the last played first.
const HEARD: usize = 1_000;

/// How one listener played one track. What the listener hid says only that the track was heard.
#[derive(Clone, Debug, PartialEq, Row, Deserialize)]
pub struct HeardTrack {
    #[serde(with = "clickhouse::serde::uuid")]
    pub track_id: Uuid,
    /// The artists it counts for.
    #[serde(with = "clickhouse::serde::uuid_vec")]
    pub artist_ids: Vec<Uuid>,
    /// None where every listen is hidden.
    pub genres: Vec<String>,
    pub plays: u64,
    /// The last time, counted or not, in milliseconds since 1970; 0 where every listen is hidden.
    pub last_at: i64,
}

/// Plays of one track by one listener.
#[derive(Clone, Debug, PartialEq, Row, Deserialize)]
pub struct TrackPlays {
    #[serde(with = "clickhouse::serde::uuid")]
    pub listener_id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    pub track_id: Uuid,
    #[serde(with = "clickhouse::serde::uuid_vec")]
    pub artist_ids: Vec<Uuid>,
    pub plays: u64,
}

#[derive(Row, Deserialize)]
struct LastListener {
    #[serde(with = "clickhouse::serde::uuid")]
    last: Uuid,
    count: u64,
}

impl Analytics {
    /// What a listener played, the last played first, at most 1,000 tracks; what is hidden is among them.
    pub async fn listened_of(&self, own: &OwnListens) -> Result<Vec<HeardTrack>, AnalyticsUnavailable> {
        let shown = own.is_shown().unwrap_or_else(|| "true".to_owned());
        let sql = format!(
            "SELECT track_id, any(artist_ids) AS artist_ids, \
             anyIf(arrayMap(genre -> toString(genre), genres), is_shown) AS genres, \
             countIf(counted AND is_shown) AS plays, \
             toUnixTimestamp64Milli(maxIf(listened_at, is_shown)) AS last_at \
             FROM (SELECT *, {shown} AS is_shown FROM {}) GROUP BY track_id \
             ORDER BY max(listened_at) DESC, track_id LIMIT {HEARD}",
            heard_by(own.listener)
        );
        let serving = self.serving().await?;
        self.bounded(serving.reader().query(&sql).fetch_all()).await
    }

    /// Listeners with plays from `since` on; about, where there are very many.
    pub async fn count_listeners(&self, since: Time, now: Time) -> Result<u64, AnalyticsUnavailable> {
        let plays = among(None, None, Window::new(since, now));
        let sql = format!("SELECT uniq(listener_id) FROM {plays} WHERE counted");
        let serving = self.serving().await?;
        self.bounded(serving.reader().query(&sql).fetch_one()).await
    }

    /// Plays of the next `count` listeners after one, listener by listener: of each at most `most` tracks, the most played.
    /// Goes on after the listener that comes with them; none: there are no more.
    pub async fn plays_after(
        &self,
        after: Option<ListenerId>,
        (since, now): (Time, Time),
        count: usize,
        most: usize,
    ) -> Result<Option<(ListenerId, Vec<TrackPlays>)>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::new(since, now);
        let last = format!(
            "SELECT max(listener_id) AS last, count() AS count FROM (SELECT listener_id FROM {} \
             GROUP BY listener_id ORDER BY listener_id LIMIT {count})",
            among(after, None, window)
        );
        let found: LastListener = self.bounded(serving.reader().query(&last).fetch_one()).await?;
        if found.count == 0 {
            return Ok(None);
        }
        let upto = ListenerId(found.last);
        let sql = format!(
            "SELECT listener_id, track_id, any(artist_ids) AS artist_ids, count() AS plays FROM {} WHERE counted \
             GROUP BY listener_id, track_id ORDER BY listener_id, plays DESC, track_id LIMIT {most} BY listener_id",
            among(after, Some(upto), window)
        );
        let plays = self.bounded(serving.reader().query(&sql).fetch_all()).await?;
        Ok(Some((upto, plays)))
    }

    /// Rows of listens there are, copies included: whether anything came since.
    pub async fn listen_rows(&self) -> Result<u64, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        self.bounded(serving.reader().query("SELECT count() FROM listens").fetch_one())
            .await
    }
}
