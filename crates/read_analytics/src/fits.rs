//! What a model made of the listens: neighbours of tracks and artists, and tastes of listeners.
//!
//! Beside the generations of the analytics, in the database of their register: ids of the catalogue mean the same in every
//! generation, so what was fitted outlives a rebuild. A fit is a partition of each table. It is read once its row is in
//! `fits`; so a fit that was killed is never seen, and two at the same time do not mix.

use clickhouse::{Client, Row, RowOwned, RowRead, RowWrite, sql::Identifier};
use events::{Kind, ListenerId, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Analytics, AnalyticsUnavailable, generations::NO_REGISTER};

/// Fits that stay: the one that is read, and the one before, which a query may be reading.
const KEPT: usize = 2;
/// A partition of a fit that has no row yet, and is younger than this, may be in the making.
const IN_THE_MAKING_MS: u64 = 6 * 3_600_000;

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS fits (generation UInt64, model String, listeners UInt64, pairs UInt64, \
     listen_rows UInt64, fitted_at Int64) ENGINE = ReplacingMergeTree ORDER BY generation",
    "CREATE TABLE IF NOT EXISTS neighbours (generation UInt64, kind LowCardinality(String), id UUID, near UUID, \
     score Float32, place UInt16) ENGINE = MergeTree PARTITION BY generation ORDER BY (kind, id, place)",
    "CREATE TABLE IF NOT EXISTS tastes (generation UInt64, artist_id UUID, listener_id UUID, weight Float32) \
     ENGINE = MergeTree PARTITION BY generation ORDER BY (artist_id, listener_id)",
];

/// One fit, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct FitRow {
    /// When it began, in milliseconds since 1970; later ones are read instead of earlier ones.
    pub generation: u64,
    /// The strategy.
    pub model: String,
    pub listeners: u64,
    /// Pairs of a listener and a track.
    pub pairs: u64,
    /// Rows of listens there were.
    pub listen_rows: u64,
    pub fitted_at: i64,
}

/// A row of `neighbours`.
#[derive(Clone, Debug, PartialEq, Row, Serialize)]
pub struct NeighbourRow {
    pub generation: u64,
    pub kind: String,
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    pub near: Uuid,
    pub score: f32,
    /// 0 is the nearest.
    pub place: u16,
}

/// A row of `tastes`: how much of a listener's plays are of an artist. The squares of a listener's weights add up to 1.
#[derive(Clone, Debug, PartialEq, Row, Serialize)]
pub struct TasteRow {
    pub generation: u64,
    #[serde(with = "clickhouse::serde::uuid")]
    pub artist_id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    pub listener_id: Uuid,
    pub weight: f32,
}

/// Something near.
#[derive(Clone, Copy, Debug, PartialEq, Row, Deserialize)]
pub struct Near {
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    pub near: Uuid,
    pub score: f32,
}

/// Somebody who plays the same artists.
#[derive(Clone, Debug, PartialEq, Row, Deserialize)]
pub struct SimilarListener {
    #[serde(with = "clickhouse::serde::uuid")]
    pub listener_id: Uuid,
    /// 1: the same in the same parts.
    pub score: f32,
    /// The artists that speak most for it.
    #[serde(with = "clickhouse::serde::uuid_vec")]
    pub artist_ids: Vec<Uuid>,
}

impl Analytics {
    fn beside(&self) -> Client {
        let client = self.server().clone().with_database(self.base());
        client
            .with_setting("async_insert", "0")
            .with_setting("wait_end_of_query", "1")
            .with_setting("insert_deduplicate", "0")
            // A list of some thousand ids.
            .with_setting("max_query_size", "4194304")
    }

    /// Creates the tables of fits.
    pub async fn install_fits(&self) -> Result<(), AnalyticsUnavailable> {
        let create = self.server().query("CREATE DATABASE IF NOT EXISTS ?");
        self.bounded(create.bind(Identifier(self.base())).execute()).await?;
        for table in TABLES {
            self.bounded(self.beside().query(table).execute()).await?;
        }
        Ok(())
    }

    /// The fit that is read; none before the first.
    pub async fn last_fit(&self) -> Result<Option<FitRow>, AnalyticsUnavailable> {
        let sql = "SELECT ?fields FROM fits ORDER BY generation DESC LIMIT 1";
        let rows = self.bounded(self.beside().query(sql).fetch_all::<FitRow>()).await;
        Ok(none_without_tables(rows)?.pop())
    }

    /// Rows of a fit that is not read yet.
    pub async fn write_neighbours(&self, rows: &[NeighbourRow]) -> Result<(), AnalyticsUnavailable> {
        self.write_beside("neighbours", rows).await
    }

    /// As [`Self::write_neighbours`].
    pub async fn write_tastes(&self, rows: &[TasteRow]) -> Result<(), AnalyticsUnavailable> {
        self.write_beside("tastes", rows).await
    }

    /// From now on this fit is read. Its rows are all there.
    pub async fn switch_to(&self, fit: &FitRow) -> Result<(), AnalyticsUnavailable> {
        self.write_beside("fits", std::slice::from_ref(fit)).await
    }

    async fn write_beside<R: RowOwned + RowWrite>(&self, table: &str, rows: &[R]) -> Result<(), AnalyticsUnavailable> {
        if rows.is_empty() {
            return Ok(());
        }
        self.bounded(async {
            let mut insert = self.beside().insert::<R>(table).await?;
            for row in rows {
                insert.write(row).await?;
            }
            insert.end().await
        })
        .await
    }

    /// Drops what no query reads any more, and what killed fits left.
    pub async fn drop_old_fits(&self, now: Time) -> Result<(), AnalyticsUnavailable> {
        let known = "SELECT generation FROM fits GROUP BY generation ORDER BY generation DESC";
        let known: Vec<u64> = self.bounded(self.beside().query(known).fetch_all()).await?;
        let kept: Vec<u64> = known.iter().copied().take(KEPT).collect();
        let fresh = u64::try_from(now.millis())
            .unwrap_or_default()
            .saturating_sub(IN_THE_MAKING_MS);
        let parts = "SELECT DISTINCT table, toUInt64(partition) AS generation FROM system.parts \
                     WHERE database = ? AND table IN ('neighbours', 'tastes') AND active";
        let parts = self.beside().query(parts).bind(self.base());
        let parts: Vec<(String, u64)> = self.bounded(parts.fetch_all()).await?;
        for (table, generation) in parts {
            let may_be_in_the_making = !known.contains(&generation) && generation > fresh;
            if kept.contains(&generation) || may_be_in_the_making {
                continue;
            }
            let drop = format!("ALTER TABLE {table} DROP PARTITION {generation}");
            self.bounded(self.beside().query(&drop).execute()).await?;
        }
        Ok(())
    }

    /// What is near these things in a fit: of each at most `each`, the nearest first.
    pub async fn near(
        &self,
        generation: u64,
        kind: Kind,
        ids: &[Uuid],
        each: u16,
    ) -> Result<Vec<Near>, AnalyticsUnavailable> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT ?fields FROM neighbours WHERE generation = ? AND kind = ? AND id IN ? AND place < ? \
                   ORDER BY id, place";
        let query = self.beside().query(sql);
        self.read_beside(query.bind(generation).bind(kind.name()).bind(ids).bind(each))
            .await
    }

    /// Of these listeners those whose taste is most like this one: artists with their weights.
    pub async fn similar_listeners(
        &self,
        generation: u64,
        taste: &[(Uuid, f32)],
        of: &[ListenerId],
        limit: usize,
    ) -> Result<Vec<SimilarListener>, AnalyticsUnavailable> {
        if taste.is_empty() || of.is_empty() {
            return Ok(Vec::new());
        }
        let artists: Vec<Uuid> = taste.iter().map(|(artist, _)| *artist).collect();
        let weights: Vec<f32> = taste.iter().map(|(_, weight)| *weight).collect();
        let of: Vec<Uuid> = of.iter().map(|listener| listener.0).collect();
        // Tastes have the length 1, so the sum of the products is the cosine of the angle between them.
        let sql = "WITH arrayElement(?, indexOf(arrayMap(id -> toUUID(id), ?), artist_id)) * weight AS part \
                   SELECT listener_id, toFloat32(sum(part)) AS score, \
                   arrayMap(one -> one.2, arraySlice(arrayReverseSort(groupArray((part, artist_id))), 1, 5)) AS artist_ids \
                   FROM tastes WHERE generation = ? AND artist_id IN ? AND listener_id IN ? \
                   GROUP BY listener_id ORDER BY score DESC, listener_id LIMIT ?";
        let query = self.beside().query(sql).bind(weights).bind(&artists).bind(generation);
        self.read_beside(query.bind(&artists).bind(of).bind(limit)).await
    }

    async fn read_beside<R: RowOwned + RowRead>(
        &self,
        query: clickhouse::query::Query,
    ) -> Result<Vec<R>, AnalyticsUnavailable> {
        none_without_tables(self.bounded(query.fetch_all::<R>()).await)
    }
}

/// Before the first fit there are no tables, and nothing is near anything.
fn none_without_tables<R>(rows: Result<Vec<R>, AnalyticsUnavailable>) -> Result<Vec<R>, AnalyticsUnavailable> {
    match rows {
        Err(error) if NO_REGISTER.iter().any(|code| error.reason.contains(code)) => Ok(Vec::new()),
        rows => rows,
    }
}
