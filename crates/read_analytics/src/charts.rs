//! Charts over any time.

use std::{collections::HashMap, ops::Not};

use clickhouse::{Row, query::Query};
use events::{Kind, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Analytics, AnalyticsUnavailable, Plays,
    facts::Facts,
    kept::Key,
    listens::{NOT_DELETED, Window},
};

/// Entries of a chart that is made: most pages are of 50 at most, the largest of 100, with some to spare for what is gone;
/// and where many are gone.
const CHARTS: [usize; 3] = [70, 120, 1_100];
/// Up to so many different listeners are counted exactly.
pub(crate) const MAX_EXACT: u64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartRow {
    /// The track, artist or album.
    pub id: Uuid,
    pub plays: ChartPlays,
}

/// How something of a chart was played in the chart's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChartPlays {
    /// Counted plays.
    #[schema(example = 42)]
    pub plays: u64,
    /// Different listeners of those plays; null while ClickHouse is unavailable or behind.
    pub listeners: Option<u64>,
    /// Present where `listeners` is above 10,000 and within 1 %.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub listeners_approximate: bool,
    /// What was heard, counted or not, in milliseconds; null while ClickHouse is unavailable or behind.
    pub listened_ms: Option<i64>,
}

#[derive(Row, Deserialize)]
struct Stored {
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
    plays: u64,
    listeners: u64,
    listened_ms: i64,
}

impl From<Stored> for ChartRow {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            plays: ChartPlays {
                plays: row.plays,
                listeners: Some(row.listeners),
                listeners_approximate: row.listeners > MAX_EXACT,
                listened_ms: Some(row.listened_ms),
            },
        }
    }
}

/// What a chart ranks.
pub(crate) struct Subject {
    pub kind: Kind,
    pub genre: Option<String>,
}

impl Subject {
    /// What was played, as a table with these columns and the thing it counts for, `subject`, which is null for no album; of these ids
    /// only, if given.
    pub(crate) fn played(&self, facts: &Facts, columns: &str, ids: Option<&str>) -> String {
        let of = |condition: &dyn Fn(&str) -> String| ids.map_or("true".to_owned(), condition);
        let has_any = of(&|ids| format!("hasAny(artist_ids, [{ids}])"));
        let is_one = |column: &str| of(&|ids| format!("{column} IN ({ids})"));
        let (subject, table) = match self.kind {
            Kind::Track => ("track_id", self.tracks(facts, "track_id", columns, &is_one("track_id"))),
            Kind::Album => ("album_id", self.tracks(facts, "album_id", columns, &is_one("album_id"))),
            Kind::Artist if self.genre.is_none() => {
                ("artist_id", facts.of_artists(columns, &is_one("artist_id"), &has_any))
            }
            // Those of a genre are told by their tracks.
            Kind::Artist => (
                "arrayJoin(artist_ids)",
                self.tracks(facts, "artist_ids", columns, &has_any),
            ),
        };
        format!(
            "(SELECT * FROM (SELECT {subject} AS subject, {columns} FROM {table}) WHERE {})",
            is_one("subject")
        )
    }

    fn tracks(&self, facts: &Facts, key: &str, columns: &str, condition: &str) -> String {
        let of_genre = if self.genre.is_some() {
            "has(genres, {genre:String})"
        } else {
            "true"
        };
        facts.table(key, columns, &format!("{condition} AND {of_genre}"))
    }

    /// The first of the chart.
    pub(crate) fn ranked(&self, facts: &Facts, limit: usize) -> String {
        format!(
            "SELECT assumeNotNull(subject) AS id, sum(plays) AS plays FROM {} WHERE subject IS NOT NULL GROUP BY id \
             HAVING plays > 0 AND {NOT_DELETED} ORDER BY plays DESC, id LIMIT {limit}",
            self.played(facts, "plays", None)
        )
    }

    fn details(&self, facts: &Facts, ids: &[Uuid]) -> String {
        let ids: Vec<String> = ids.iter().map(|id| format!("toUUID('{id}')")).collect();
        format!(
            "SELECT assumeNotNull(subject) AS id, sum(plays) AS plays, uniqCombined64Merge(18)(heard_by) AS listeners, \
             sum(listened_ms) AS listened_ms FROM {} GROUP BY id",
            self.played(facts, "plays, listened_ms, heard_by", Some(&ids.join(", ")))
        )
    }

    /// With what the conditions name.
    pub(crate) fn bound(&self, query: Query) -> Query {
        match &self.genre {
            Some(genre) => query.param("genre", genre),
            None => query,
        }
    }
}

impl Analytics {
    /// The most played from `from` on, before `to` or until now; of one genre, if given. `limit` is at most 1,100. What has
    /// plays alike is in the order of ids. Deleted things are left out.
    pub async fn top(
        &self,
        kind: Kind,
        from: Time,
        to: Option<Time>,
        genre: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ChartRow>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::since(from, to);
        let subject = Subject {
            kind,
            genre: genre.map(str::to_owned),
        };
        let places = CHARTS.into_iter().find(|places| limit <= *places);
        let key = serving.key(&subject, window, places.unwrap_or(CHARTS[2]));
        let progress = serving.progress(window).await?;
        let places = key.places;
        let last = serving.kept().tops.last(&key);
        let likely: Vec<Uuid> = last.iter().flat_map(|rows| rows.iter().map(|row| row.id)).collect();
        let make = async || serving.top_in(&subject, window, places, &likely).await;
        let rows = serving.kept().tops.or_make(key, progress, make).await?;
        Ok(rows.iter().take(limit).copied().collect())
    }

    /// What was on the chart a moment ago is `likely` on it still: its details are asked for while the ranks are.
    async fn top_in(
        &self,
        subject: &Subject,
        window: Window,
        places: usize,
        likely: &[Uuid],
    ) -> Result<Vec<ChartRow>, AnalyticsUnavailable> {
        let facts = self.facts(window).await?;
        let ranked = subject.bound(self.reader().query(&subject.ranked(&facts, places)));
        let ranked = self.bounded(ranked.fetch_all::<Plays>());
        let (ranked, details) = tokio::try_join!(ranked, self.details_in(subject, &facts, likely))?;
        let ids: Vec<Uuid> = ranked.iter().map(|row| row.id).collect();
        let mut details: HashMap<Uuid, ChartRow> = details.into_iter().map(|row| (row.id, row)).collect();
        let others: Vec<Uuid> = ids.iter().copied().filter(|id| !details.contains_key(id)).collect();
        let others = self.details_in(subject, &facts, &others).await?;
        details.extend(others.into_iter().map(|row| (row.id, row)));
        Ok(ids.iter().filter_map(|id| details.remove(id)).collect())
    }

    /// The same of some ids, in no order; ids without a listen are left out. For a chart whose order comes from
    /// elsewhere.
    pub async fn details(
        &self,
        kind: Kind,
        ids: &[Uuid],
        from: Time,
        to: Option<Time>,
    ) -> Result<Vec<ChartRow>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let window = Window::since(from, to);
        let subject = Subject { kind, genre: None };
        let key = serving.key(&subject, window, 0);
        let progress = serving.progress(window).await?;
        let kept = serving.kept().details.of(&key, progress);
        let known = if let Some(known) = kept.filter(|known| ids.iter().all(|id| known.contains_key(id))) {
            known
        } else {
            let facts = serving.facts(window).await?;
            let rows = serving.details_in(&subject, &facts, ids).await?;
            let mut known: HashMap<Uuid, Option<ChartRow>> = ids.iter().map(|id| (*id, None)).collect();
            known.extend(rows.into_iter().map(|row| (row.id, Some(row))));
            serving.kept().details.keep(key, progress, known)
        };
        Ok(ids.iter().filter_map(|id| *known.get(id)?).collect())
    }

    pub(crate) fn key(&self, subject: &Subject, window: Window, places: usize) -> Key {
        Key {
            generation: self.generation(),
            kind: subject.kind,
            genre: subject.genre.clone(),
            window,
            places,
        }
    }

    pub(crate) async fn details_in(
        &self,
        subject: &Subject,
        facts: &Facts,
        ids: &[Uuid],
    ) -> Result<Vec<ChartRow>, AnalyticsUnavailable> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = subject.bound(self.reader().query(&subject.details(facts, ids)));
        let rows: Vec<Stored> = self.bounded(query.fetch_all()).await?;
        Ok(rows.into_iter().map(ChartRow::from).collect())
    }
}
