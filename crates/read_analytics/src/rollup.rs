//! Prepared answers: what was played on each day, and in each month that is over, added up by track (`rollup`), by artist
//! (`rollup_by_artist`) and by quarter hour (`totals`), and the listens themselves by track (`settled`). Never incremented: made
//! again from the listens when something of it was touched, and swapped in whole.
//!
//! `touched` says of each day which listens it has: how far each partition was when it was last written to. The sum is the
//! day's version. It is written after the listens and before the positions. A rollup holds, in a row of its own that is
//! swapped in last, the version it was made of; one of another version is behind, and the listens are read in its place.
//! So what a position promises is in every answer, whenever a rollup is made.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::Datelike as _;
use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::{Analytics, AnalyticsUnavailable, days::date};

/// A day as ClickHouse counts it: since 1970.
pub(crate) type Day = u16;

/// Between two passes of a worker while events come in. A pass that takes longer is followed by a rest as long as it took.
pub(crate) const PAUSE: Duration = Duration::from_secs(2);
/// Rollups whose version is remembered; ten years have 3,770.
const MAX_KNOWN: usize = 100_000;

/// How many days a rollup adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Level {
    Day,
    Month,
}

impl Level {
    /// As in the column `span`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// What a rollup has of each track or artist. `heard_by` is exact up to 16,384 listeners and ±0.5 % above. Whether there were two
/// of them is told by `least` and `greatest`, hashes of listeners, which are far less to read. The states of listeners are most of
/// what there is to read: blocks are small, so that a chart reads little more of them than those of its places.
macro_rules! measures {
    () => {
        "
    plays UInt64,
    listens UInt64,
    listened_ms Int64,
    of_known_length UInt64,
    completed UInt64,
    first DateTime64(3, 'UTC'),
    last DateTime64(3, 'UTC'),
    heard_by AggregateFunction(uniqCombined64(18), UUID) SETTINGS (min_compress_block_size = 8192, max_compress_block_size = 8192),
    least Nullable(UInt64),
    greatest Nullable(UInt64)"
    };
}

/// The tracks of a day or month.
pub(crate) const ROLLUP: &str = concat!(
    "CREATE TABLE IF NOT EXISTS rollup (
    span Enum8('day' = 1, 'month' = 2),
    day Date,
    track_id UUID,
    artist_ids Array(UUID),
    album_id Nullable(UUID),
    genres Array(LowCardinality(String)),",
    measures!(),
    ",
    version Int64,
    INDEX by_artist artist_ids TYPE bloom_filter(0.01) GRANULARITY 16
) ENGINE = MergeTree PARTITION BY (span, day) ORDER BY track_id
SETTINGS index_granularity = 64, min_bytes_for_wide_part = 0"
);

/// The artists of a day or month, for whom each of their tracks' listens counts: of a chart of artists, the states of nearly every
/// track would have to be merged.
pub(crate) const ROLLUP_BY_ARTIST: &str = concat!(
    "CREATE TABLE IF NOT EXISTS rollup_by_artist (
    span Enum8('day' = 1, 'month' = 2),
    day Date,
    artist_id UUID,",
    measures!(),
    "
) ENGINE = MergeTree PARTITION BY (span, day) ORDER BY artist_id
SETTINGS index_granularity = 64, min_bytes_for_wide_part = 0"
);

/// The listens themselves as they count, by track: what is told of one track or artist reads a few blocks, and no `FINAL`.
pub(crate) const SETTLED: &str = "CREATE TABLE IF NOT EXISTS settled (
    span Enum8('day' = 1, 'month' = 2),
    day Date,
    track_id UUID,
    artist_ids Array(UUID),
    album_id Nullable(UUID),
    genres Array(LowCardinality(String)),
    listened_at DateTime64(3, 'UTC'),
    listener_id UUID,
    duration_ms Nullable(Int64),
    ms_played Int64,
    counted Bool,
    source LowCardinality(Nullable(String))
) ENGINE = MergeTree PARTITION BY (span, day) ORDER BY (track_id, listened_at) SETTINGS index_granularity = 1024";

/// All listens of a quarter of an hour, the smallest step of any time zone since 2002; of a whole day or month (`quarter` 96);
/// and of these by genre. The genre of all is empty.
pub(crate) const TOTALS: &str = "CREATE TABLE IF NOT EXISTS totals (
    span Enum8('day' = 1, 'month' = 2),
    day Date,
    genre LowCardinality(String),
    quarter UInt8,
    plays UInt64,
    listens UInt64,
    listened_ms Int64,
    heard_by AggregateFunction(uniqCombined64(18), UUID)
) ENGINE = MergeTree PARTITION BY (span, day) ORDER BY (genre, quarter) SETTINGS index_granularity = 128";

/// How far each partition was when it last wrote to a day.
pub(crate) const TOUCHED: &str = "CREATE TABLE IF NOT EXISTS touched (day Date, partition Int32, next Int64)
    ENGINE = ReplacingMergeTree(next) ORDER BY (day, partition)";

macro_rules! nothing {
    () => {
        "toUUID('00000000-0000-0000-0000-000000000000')"
    };
}
/// In the place of a track, in the row that holds a rollup's version.
pub(crate) const NOTHING: &str = nothing!();
/// That row.
pub(crate) const MARKER: &str = concat!("track_id = ", nothing!());
/// All others.
pub(crate) const NO_MARKER: &str = concat!("track_id != ", nothing!());

/// What rollups and listens have in common, read from listens.
pub(crate) const OF_LISTENS: &str = "countIf(counted) AS plays, \
     count() AS listens, sum(ms_played) AS listened_ms, countIf(duration_ms > 0) AS of_known_length, \
     countIf(duration_ms > 0 AND ms_played * 10 >= duration_ms * 9) AS completed, min(listened_at) AS first, \
     max(listened_at) AS last, uniqCombined64StateIf(18)(listener_id, counted) AS heard_by, \
     minOrNullIf(sipHash64(listener_id), counted) AS least, maxOrNullIf(sipHash64(listener_id), counted) AS greatest";
/// What the rows of `rollup` are of.
pub(crate) const BY: &str = "track_id, artist_ids, album_id, genres";
/// What `totals` and listens have in common, read from listens.
pub(crate) const ALL_OF_LISTENS: &str = "countIf(counted) AS plays, count() AS listens, sum(ms_played) AS listened_ms, \
     uniqCombined64StateIf(18)(listener_id, counted) AS heard_by";
/// The quarter of its UTC day in which a listen began, and the one that stands for the whole day.
pub(crate) const QUARTER: &str = "toUInt8(toHour(listened_at) * 4 + intDiv(toMinute(listened_at), 15))";
pub(crate) const WHOLE: u8 = 96;

/// A row of `touched`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Row, Serialize)]
pub(crate) struct TouchedRow {
    pub day: Day,
    pub partition: i32,
    pub next: i64,
}

#[derive(Row, Deserialize)]
struct DayVersion {
    day: Day,
    version: i64,
}

#[derive(Row, Deserialize)]
struct MarkerRow {
    is_month: bool,
    day: Day,
    version: i64,
}

/// Versions of days, by day.
pub(crate) type Versions = BTreeMap<Day, i64>;

/// Versions of rollups as they were last seen. They only rise, so what has been seen with the version that its days have now
/// is whole.
#[derive(Clone, Default)]
pub(crate) struct Known {
    seen: Arc<Mutex<ByPlace<i64>>>,
    /// Those that were not there, and when.
    absent: Arc<Mutex<ByPlace<(i64, Instant)>>>,
}

/// By generation, span and first day.
type ByPlace<T> = HashMap<(u32, Level, Day), T>;

fn lock<T>(map: &Mutex<ByPlace<T>>) -> MutexGuard<'_, ByPlace<T>> {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    if map.len() >= MAX_KNOWN {
        map.clear();
    }
    map
}

impl Known {
    pub(crate) fn is(&self, generation: u32, level: Level, day: Day, version: i64) -> bool {
        lock(&self.seen).get(&(generation, level, day)) == Some(&version)
    }

    /// What is remembered of a generation is looked up again.
    pub(crate) fn forget(&self, generation: u32) {
        lock(&self.seen).retain(|(of, ..), _| *of != generation);
        lock(&self.absent).retain(|(of, ..), _| *of != generation);
    }

    pub(crate) fn learn(&self, generation: u32, level: Level, day: Day, version: i64) {
        lock(&self.seen).insert((generation, level, day), version);
    }

    /// It was looked for, and is not there.
    pub(crate) fn miss(&self, generation: u32, level: Level, day: Day, version: i64) {
        lock(&self.absent).insert((generation, level, day), (version, Instant::now()));
    }

    /// Whether it is worth a look: not where it was absent a moment ago, and not where one of another version was and days were
    /// written to since, for a day is made once it has been quiet. So while listens come in nobody looks again and again for
    /// what cannot be there.
    pub(crate) fn may_be(&self, generation: u32, level: Level, day: Day, version: i64) -> bool {
        let mut absent = lock(&self.absent);
        let Some((known, since)) = absent.get_mut(&(generation, level, day)) else {
            return true;
        };
        if *known != version {
            (*known, *since) = (version, Instant::now());
        }
        since.elapsed() > PAUSE
    }
}

/// The first day of a day's month.
pub(crate) fn month_of(day: Day) -> Day {
    let date = date(day);
    let first = date.with_day(1).unwrap_or(date);
    u16::try_from(first.to_epoch_days()).unwrap_or(0)
}

/// Days of the month that begins with this one.
pub(crate) fn days_in_month(first: Day) -> u8 {
    date(first).num_days_in_month()
}

/// The months of these days: their versions are the sums of their days'.
pub(crate) fn months(days: &Versions) -> BTreeMap<Day, Versions> {
    let mut months = BTreeMap::<Day, Versions>::new();
    for (day, version) in days {
        months.entry(month_of(*day)).or_default().insert(*day, *version);
    }
    months
}

/// `toDate(1), toDate(2)`.
pub(crate) fn dates(days: impl IntoIterator<Item = Day>) -> String {
    let dates: Vec<String> = days.into_iter().map(|day| format!("toDate({day})")).collect();
    dates.join(", ")
}

/// A condition that chooses rollups.
pub(crate) fn chosen(months: &[Day], days: &[Day]) -> String {
    let of = |level: Level, days: &[Day]| match days {
        [] => "false".to_owned(),
        days => format!("span = '{}' AND day IN ({})", level.name(), dates(days.iter().copied())),
    };
    format!("({} OR {})", of(Level::Month, months), of(Level::Day, days))
}

impl Analytics {
    /// The versions of the days with listens.
    pub(crate) async fn touched(&self) -> Result<Versions, AnalyticsUnavailable> {
        // The highest of each partition, as a merge would leave it: so no `FINAL`.
        let sql = "SELECT toUInt16(day) AS day, toInt64(sum(next)) AS version FROM (SELECT day, partition, max(next) AS next \
                   FROM touched GROUP BY day, partition) GROUP BY day";
        let rows: Vec<DayVersion> = self.bounded(self.reader().query(sql).fetch_all()).await?;
        Ok(rows.into_iter().map(|row| (row.day, row.version)).collect())
    }

    /// Looks for rollups of these versions, and remembers what is there and what is not.
    pub(crate) async fn look_for(&self, rollups: &[(Level, Day, i64)]) -> Result<(), AnalyticsUnavailable> {
        let of = |wanted: Level| {
            let days = rollups.iter().filter(move |(level, ..)| *level == wanted);
            days.map(|(_, day, _)| *day).collect::<Vec<Day>>()
        };
        self.learn(&of(Level::Month), &of(Level::Day)).await?;
        let (known, generation) = (self.known(), self.generation());
        for (level, day, version) in rollups {
            if !known.is(generation, *level, *day, *version) {
                known.miss(generation, *level, *day, *version);
            }
        }
        Ok(())
    }

    /// Looks these rollups up and remembers their versions.
    pub(crate) async fn learn(&self, months: &[Day], days: &[Day]) -> Result<(), AnalyticsUnavailable> {
        if months.is_empty() && days.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT span = 'month' AS is_month, toUInt16(day) AS day, version FROM rollup WHERE {MARKER} AND {}",
            chosen(months, days)
        );
        let rows: Vec<MarkerRow> = self.bounded(self.reader().query(&sql).fetch_all()).await?;
        for row in rows {
            let level = if row.is_month { Level::Month } else { Level::Day };
            self.known().learn(self.generation(), level, row.day, row.version);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_with_its_first_day() {
        // 2024-12-30 and 2025-01-03.
        assert_eq!((month_of(20_087), month_of(20_091)), (20_058, 20_089));
        let days = Versions::from([(20_087, 3), (20_088, 4), (20_091, 5)]);
        let months = months(&days);
        let sums: Vec<(Day, i64)> = months
            .iter()
            .map(|(month, days)| (*month, days.values().sum()))
            .collect();
        assert_eq!(sums, [(20_058, 7), (20_089, 5)]);
    }

    #[test]
    fn rollups_are_chosen_by_span_and_day() {
        assert_eq!(chosen(&[31], &[]), "(span = 'month' AND day IN (toDate(31)) OR false)");
    }
}
