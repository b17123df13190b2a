//! Makes rollups again where days were touched: reads the listens, writes a table beside, and swaps its partitions in.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use clickhouse::sql::Identifier;
use events::Time;
use tokio::{sync::Notify, time::Instant};

use crate::{
    Analytics, AnalyticsUnavailable,
    listens::{self, Window},
    rollup::{
        ALL_OF_LISTENS, BY, Day, Level, NO_MARKER, NOTHING, OF_LISTENS, PAUSE, QUARTER, Versions, WHOLE, chosen, dates,
        month_of, months,
    },
};

/// Days of one pass: some are ready soon, and memory is bounded.
const DAYS: usize = 32;
/// Days that may be behind at any time: today, and the day before around midnight or where a client was late.
const USUALLY_BEHIND: usize = 2;
/// Between two looks at what was made, whoever made it.
const LOOK: Duration = Duration::from_mins(1);
/// Tables beside that are older were left by a process that died, in seconds.
const LEFT: u32 = 3_600;

/// What is made, in this order: the marker of the last one says that all are there.
const TABLES: [&str; 4] = ["settled", "totals", "rollup_by_artist", "rollup"];
const SETTLED: &str =
    "track_id, artist_ids, album_id, genres, listened_at, listener_id, duration_ms, ms_played, counted, source";
const TOTALS: &str = "span, day, genre, quarter, plays, listens, listened_ms, heard_by";
/// What both rollups have.
const MEASURES: &str =
    "plays, listens, listened_ms, of_known_length, completed, first, last, heard_by, least, greatest";
/// A rollup, added up from those of days.
const OF_DAYS: &str = "sum(plays), sum(listens), sum(listened_ms), \
     sum(of_known_length), sum(completed), min(first), max(last), uniqCombined64MergeState(18)(heard_by), \
     min(least), max(greatest)";

/// What a pass found.
struct Pass {
    touched: Versions,
    /// Whether there is more to make.
    is_behind: bool,
}

/// What a worker knows of the rollups it makes.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    /// Listens came in.
    pub woken: Notify,
    /// Whether this worker reads the first partition of the listens: one worker of all does.
    pub is_first: AtomicBool,
}

impl Analytics {
    /// Makes rollups of this generation for as long as it runs, in the worker that reads the first partition of the listens.
    /// A day is made when it has been quiet for a pass: one that is written to all the time would always be behind. It only
    /// makes queries faster, so an error is tried again.
    pub(crate) async fn keep_rollups(&self, builder: &Builder, now: fn() -> Time) -> Infallible {
        let mut looked: Option<Instant> = None;
        let (mut seen, mut is_behind) = (Versions::new(), true);
        loop {
            if !is_behind {
                // After a while it looks anyway.
                drop(tokio::time::timeout(LOOK, builder.woken.notified()).await);
            }
            tokio::time::sleep(PAUSE).await;
            is_behind = false;
            if !builder.is_first.load(Ordering::Relaxed) {
                continue;
            }
            let began = Instant::now();
            if looked.is_none_or(|looked| looked.elapsed() > LOOK) {
                self.known().forget(self.generation());
                looked = Some(began);
            }
            match self.pass(now(), |day, version| seen.get(&day) == Some(&version)).await {
                Ok(pass) => (seen, is_behind) = (pass.touched, pass.is_behind),
                Err(unavailable) => {
                    tracing::debug!(%unavailable, "rollups not made, will try again");
                    is_behind = true;
                }
            }
            tokio::time::sleep(began.elapsed()).await;
        }
    }

    /// Makes all rollups that are behind.
    pub async fn refresh(&self, now: Time) -> Result<(), AnalyticsUnavailable> {
        self.remove_leftovers().await?;
        while self.pass(now, |_, _| true).await?.is_behind {}
        Ok(())
    }

    /// Whether all rollups are there but for a few days that are written to.
    pub(crate) async fn has_rollups(&self, now: Time) -> Result<bool, AnalyticsUnavailable> {
        let (_, days, over) = self.look_behind(now).await?;
        Ok(days.len() <= USUALLY_BEHIND && over.is_empty())
    }

    /// Makes as many as one pass makes, the latest first; of days only those that `is_quiet`.
    async fn pass(&self, now: Time, is_quiet: impl Fn(Day, i64) -> bool) -> Result<Pass, AnalyticsUnavailable> {
        let (touched, days, over) = self.look_behind(now).await?;
        let quiet = days.iter().rev().filter(|(day, version)| is_quiet(**day, **version));
        let made: Versions = quiet.take(DAYS).map(|(day, version)| (*day, *version)).collect();
        self.swap_in(Level::Day, &made, now, |beside| of_listens(&made, beside))
            .await?;
        let months: Versions = over
            .iter()
            .rev()
            .take(DAYS)
            .map(|(month, version)| (*month, *version))
            .collect();
        self.swap_in(Level::Month, &months, now, |beside| of_days(&months, &touched, beside))
            .await?;
        // Days that were made may complete a month.
        let is_behind = !days.is_empty() || over.len() > months.len();
        Ok(Pass { touched, is_behind })
    }

    /// The days with listens, and what of them is behind now, whoever makes it.
    async fn look_behind(&self, now: Time) -> Result<(Versions, Versions, Versions), AnalyticsUnavailable> {
        let touched = self.touched().await?;
        let this_month = month_of(u16::try_from(now.day().to_epoch_days()).unwrap_or(Day::MAX));
        let (mut days, mut over) = self.behind(&touched, this_month);
        if !days.is_empty() || !over.is_empty() {
            // Another worker may have made them.
            let keys = |versions: &Versions| versions.keys().copied().collect::<Vec<Day>>();
            self.learn(&keys(&over), &keys(&days)).await?;
            (days, over) = self.behind(&touched, this_month);
        }
        Ok((touched, days, over))
    }

    /// Days whose rollup is behind, and months before this one whose own is, though those of their days are not.
    fn behind(&self, touched: &Versions, this_month: Day) -> (Versions, Versions) {
        let is_known = |level, day, version| self.known().is(self.generation(), level, day, version);
        let days: Versions = touched
            .iter()
            .filter(|(day, version)| !is_known(Level::Day, **day, **version))
            .map(|(day, version)| (*day, *version))
            .collect();
        let over = months(touched).into_iter().filter(|(month, of)| {
            let is_whole = of.keys().all(|day| !days.contains_key(day));
            *month < this_month && is_whole && !is_known(Level::Month, *month, of.values().sum())
        });
        let over: Versions = over.map(|(month, of)| (month, of.values().sum())).collect();
        (days, over)
    }

    async fn swap_in(
        &self,
        level: Level,
        versions: &Versions,
        now: Time,
        fill: impl Fn(&Beside) -> Vec<String>,
    ) -> Result<(), AnalyticsUnavailable> {
        if versions.is_empty() {
            return Ok(());
        }
        let beside = Beside(format!("{}_{}", level.name(), now.millis()));
        let swapped = self.fill_and_swap(&beside, level, versions, fill(&beside)).await;
        let mut ended = swapped;
        for table in TABLES {
            // Also after an error: the next pass has tables of other names.
            let drop = format!("DROP TABLE IF EXISTS {} SYNC", beside.of(table));
            ended = ended.and(self.bounded(self.writer().query(&drop).execute()).await);
        }
        ended?;
        for (day, version) in versions {
            self.known().learn(self.generation(), level, *day, *version);
        }
        Ok(())
    }

    async fn fill_and_swap(
        &self,
        beside: &Beside,
        level: Level,
        versions: &Versions,
        fill: Vec<String>,
    ) -> Result<(), AnalyticsUnavailable> {
        let name = level.name();
        let swap = |table: &str| {
            let replace = |day: &Day| format!("REPLACE PARTITION ('{name}', toDate({day})) FROM {}", beside.of(table));
            let replaced: Vec<String> = versions.keys().map(replace).collect();
            format!("ALTER TABLE {table} {}", replaced.join(", "))
        };
        let create = |table: &str| format!("CREATE TABLE {} AS {table}", beside.of(table));
        let statements = TABLES.map(create).into_iter().chain(fill).chain(TABLES.map(swap));
        for statement in statements {
            self.bounded(self.writer().query(&statement).execute()).await?;
        }
        Ok(())
    }

    /// Removes what a process left that died between two statements.
    async fn remove_leftovers(&self) -> Result<(), AnalyticsUnavailable> {
        let sql = format!(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'beside_') \
             AND metadata_modification_time < now() - {LEFT}"
        );
        let left: Vec<String> = self.bounded(self.reader().query(&sql).fetch_all()).await?;
        for name in left {
            let drop = self
                .writer()
                .query("DROP TABLE IF EXISTS ? SYNC")
                .bind(Identifier(&name));
            self.bounded(drop.execute()).await?;
        }
        Ok(())
    }
}

/// Tables that are filled beside those that are read.
struct Beside(String);

impl Beside {
    fn of(&self, table: &str) -> String {
        format!("beside_{table}_{}", self.0)
    }
}

/// What fills days. The listens are read once; the rest is made of what they left.
fn of_listens(days: &Versions, beside: &Beside) -> Vec<String> {
    let all: Vec<Day> = days.keys().copied().collect();
    let listens = listens::on(&all, Window::ALL);
    let [settled, totals, by_artist, rollup] = TABLES.map(|table| beside.of(table));
    vec![
        format!("INSERT INTO {settled} (span, day, {SETTLED}) SELECT 'day', day, {SETTLED} FROM {listens}"),
        format!(
            "INSERT INTO {totals} ({TOTALS}) SELECT span, day, '', {QUARTER} AS quarter, {ALL_OF_LISTENS} FROM {settled} \
             GROUP BY span, day, quarter UNION ALL SELECT span, day, toString(name) AS genre, {WHOLE}, {ALL_OF_LISTENS} \
             FROM {settled} ARRAY JOIN arrayConcat([''], arrayDistinct(genres)) AS name GROUP BY span, day, genre"
        ),
        format!(
            "INSERT INTO {by_artist} (span, day, artist_id, {MEASURES}) SELECT span, day, artist, {OF_LISTENS} FROM {settled} \
             ARRAY JOIN artist_ids AS artist GROUP BY span, day, artist"
        ),
        format!(
            "INSERT INTO {rollup} (span, day, {BY}, {MEASURES}, version) SELECT 'day', day, {BY}, {OF_LISTENS}, {} AS version FROM {settled} \
             GROUP BY day, {BY} UNION ALL {}",
            version_of("day", days),
            markers(Level::Day, days)
        ),
    ]
}

/// What fills months, from their days.
fn of_days(over: &Versions, touched: &Versions, beside: &Beside) -> Vec<String> {
    let days: Vec<Day> = touched
        .keys()
        .copied()
        .filter(|day| over.contains_key(&month_of(*day)))
        .collect();
    let chosen = chosen(&[], &days);
    let [settled, totals, by_artist, rollup] = TABLES.map(|table| beside.of(table));
    vec![
        format!(
            "INSERT INTO {settled} (span, day, {SETTLED}) SELECT 'month', toStartOfMonth(day), {SETTLED} FROM settled \
             WHERE {chosen}"
        ),
        format!(
            "INSERT INTO {totals} ({TOTALS}) SELECT 'month', toStartOfMonth(day) AS month, genre, {WHOLE}, sum(plays), \
             sum(listens), sum(listened_ms), uniqCombined64MergeState(18)(heard_by) FROM totals \
             WHERE {chosen} AND quarter = {WHOLE} GROUP BY month, genre"
        ),
        format!(
            "INSERT INTO {by_artist} (span, day, artist_id, {MEASURES}) SELECT 'month', toStartOfMonth(day) AS month, artist_id, {OF_DAYS} \
             FROM rollup_by_artist WHERE {chosen} GROUP BY month, artist_id"
        ),
        format!(
            "INSERT INTO {rollup} (span, day, {BY}, {MEASURES}, version) SELECT 'month', toStartOfMonth(day) AS month, {BY}, {OF_DAYS}, {} AS version \
             FROM rollup WHERE {chosen} AND {NO_MARKER} GROUP BY month, {BY} UNION ALL {}",
            version_of("month", over),
            markers(Level::Month, over)
        ),
    ]
}

/// The rows that hold the versions. They come with the others in one insert, so that a rollup is one part: each query looks
/// at every part of the table before it reads one.
fn markers(level: Level, versions: &Versions) -> String {
    let of_version = |(day, version): (&Day, &i64)| format!("(toDate({day}), toInt64({version}))");
    let markers: Vec<String> = versions.iter().map(of_version).collect();
    let never = "toDateTime64(0, 3, 'UTC')";
    format!(
        "SELECT '{}', one.1, {NOTHING}, [], NULL, [], 0, 0, 0, 0, 0, {never}, {never}, \
         arrayReduce('uniqCombined64State(18)', CAST([], 'Array(UUID)')), NULL, NULL, one.2 FROM (SELECT arrayJoin([{}]) AS one)",
        level.name(),
        markers.join(", ")
    )
}

/// The version of each day, as an expression.
fn version_of(day: &str, versions: &Versions) -> String {
    let values: Vec<String> = versions.values().map(|version| format!("toInt64({version})")).collect();
    format!(
        "transform({day}, [{}], [{}], toInt64(0))",
        dates(versions.keys().copied()),
        values.join(", ")
    )
}
