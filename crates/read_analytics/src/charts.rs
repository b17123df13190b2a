//! Charts over any time.

use clickhouse::{Row, query::Query};
use events::{Kind, Time};
use serde::Deserialize;
use uuid::Uuid;

use crate::{Analytics, AnalyticsUnavailable};

/// Entries of a chart at most.
const CHART: usize = 100;

/// The column that names the thing a listen is of.
fn column(kind: Kind) -> &'static str {
    match kind {
        Kind::Track => "track_id",
        Kind::Artist => "artist_id",
        Kind::Album => "album_id",
    }
}

/// An entry of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Ranked {
    /// The track, artist or album.
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    /// Listens that counted.
    pub plays: u64,
    /// Different listeners of those plays.
    pub listeners: u64,
    /// What was heard of all listens, in milliseconds.
    pub listened_ms: i64,
}

/// The moments `?` to `?`, both included, given in milliseconds. The day is said too: it is what the key begins with.
pub(crate) const WITHIN: &str = "toDate(listened_at) BETWEEN toDate(fromUnixTimestamp64Milli(toInt64(?), 'UTC')) \
     AND toDate(fromUnixTimestamp64Milli(toInt64(?), 'UTC')) \
     AND listened_at BETWEEN fromUnixTimestamp64Milli(toInt64(?), 'UTC') AND fromUnixTimestamp64Milli(toInt64(?), 'UTC')";

/// Binds the four `?` of [`WITHIN`].
pub(crate) fn bind_within(query: Query, from: Time, to: Time) -> Query {
    query
        .bind(from.millis())
        .bind(to.millis())
        .bind(from.millis())
        .bind(to.millis())
}

fn ranked(kind: Kind, and: &str) -> String {
    let column = column(kind);
    format!(
        "SELECT assumeNotNull({column}) AS id, countIf(counted) AS plays, \
         uniqExactIf(listener_id, counted) AS listeners, sum(ms_played) AS listened_ms \
         FROM listens FINAL WHERE {WITHIN} AND {column} IS NOT NULL {and} GROUP BY id"
    )
}

impl Analytics {
    /// The most played from `from` to `to`, both included; of one genre, if given. `limit` is at most 100. What has
    /// plays alike is in the order of listeners, then of ids.
    ///
    /// # Errors
    /// [`AnalyticsUnavailable`].
    pub async fn top(
        &self,
        kind: Kind,
        from: Time,
        to: Time,
        genre: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Ranked>, AnalyticsUnavailable> {
        let and = if genre.is_some() { "AND has(genres, ?)" } else { "" };
        let order = "HAVING plays > 0 ORDER BY plays DESC, listeners DESC, id LIMIT ?";
        let mut query = bind_within(self.reader().query(&format!("{} {order}", ranked(kind, and))), from, to);
        if let Some(genre) = genre {
            query = query.bind(genre);
        }
        self.bounded(query.bind(limit.min(CHART)).fetch_all()).await
    }

    /// The same figures of some ids, in no order; ids without a listen are left out. For a chart whose order comes from
    /// elsewhere.
    ///
    /// # Errors
    /// [`AnalyticsUnavailable`].
    pub async fn details(
        &self,
        kind: Kind,
        ids: &[Uuid],
        from: Time,
        to: Time,
    ) -> Result<Vec<Ranked>, AnalyticsUnavailable> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = ranked(kind, &format!("AND {} IN ?", column(kind)));
        self.bounded(bind_within(self.reader().query(&sql), from, to).bind(ids).fetch_all())
            .await
    }
}
