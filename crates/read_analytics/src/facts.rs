//! What was played in a window, by track: whole months and days from their rollups, the ragged ends and what is behind from
//! the listens.

use events::ArtistId;

use crate::{
    Analytics, AnalyticsUnavailable,
    listens::{self, Window},
    rollup::{ALL_OF_LISTENS, Day, Level, OF_LISTENS, Versions, WHOLE, chosen, months},
};

/// From where a window is read. Each day of it with listens is in one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cover {
    months: Vec<Day>,
    days: Vec<Day>,
    /// Days of which the listens are read.
    raw: Vec<Day>,
}

/// What was played in a window, as tables. The columns are those of a rollup that queries may ask for.
pub(crate) struct Facts {
    window: Window,
    cover: Cover,
}

impl Facts {
    /// The listens for which `condition` holds, as a table with these columns; `narrowed` is the same by the key of `settled`.
    pub(crate) fn listens(&self, columns: &str, narrowed: &str, condition: &str) -> String {
        self.either(
            |chosen| format!("SELECT {columns} FROM settled WHERE {chosen} AND {narrowed}"),
            |listens| format!("SELECT {columns} FROM {listens} WHERE {condition}"),
        )
    }

    /// All listens together: `plays`, `listens`, `listened_ms`, `heard_by`, in some rows.
    pub(crate) fn of_all(&self) -> String {
        let columns = "plays, listens, listened_ms, heard_by";
        self.either(
            |chosen| format!("SELECT {columns} FROM totals WHERE {chosen} AND genre = '' AND quarter = {WHOLE}"),
            |listens| format!("SELECT {ALL_OF_LISTENS} FROM {listens}"),
        )
    }

    /// The same of each `genre`.
    pub(crate) fn of_genres(&self) -> String {
        let columns = "toString(genre) AS genre, plays, listens, listened_ms, heard_by";
        self.either(
            |chosen| format!("SELECT {columns} FROM totals WHERE {chosen} AND genre != '' AND quarter = {WHOLE}"),
            |listens| {
                format!(
                    "SELECT toString(name) AS genre, {ALL_OF_LISTENS} FROM {listens} \
                     ARRAY JOIN arrayDistinct(genres) AS name GROUP BY genre"
                )
            },
        )
    }

    /// Plays by what `begins` makes of a moment, at least a quarter of an hour: `begins`, `plays`, `heard_by`. A day that lies
    /// in one step is one row.
    pub(crate) fn of_steps(&self, begins: impl Fn(&str) -> String) -> String {
        let second = |second: &str| begins(&format!("(toDateTime64(day, 3, 'UTC') + toIntervalSecond({second}))"));
        let (at, first) = (second(&format!("quarter % {WHOLE} * 900")), second("0"));
        let last = second("if(span = 'month', toUInt32(toLastDayOfMonth(day) - day), 0) * 86400 + 86399");
        // A day that lies in one step is taken from its own row, any other from its quarters: never from both.
        self.either(
            |chosen| {
                format!(
                    "SELECT {at} AS begins, plays, heard_by FROM totals WHERE {chosen} AND genre = '' \
                     AND ({first} = {last}) = (quarter = {WHOLE})"
                )
            },
            |listens| {
                let begins = begins("listened_at");
                format!(
                    "SELECT begins, plays, heard_by FROM (SELECT {begins} AS begins, {ALL_OF_LISTENS} FROM {listens} \
                     GROUP BY begins)"
                )
            },
        )
    }

    /// Plays by what `of` makes of a moment, as `value` and `plays`; only where a day is not read from its month.
    pub(crate) fn by_quarter(&self, of: impl Fn(&str) -> String) -> String {
        let at = of("(toDateTime64(day, 3, 'UTC') + toIntervalSecond(quarter * 900))");
        let of_listen = of("listened_at");
        self.either(
            |chosen| {
                format!("SELECT {at} AS value, plays FROM totals WHERE {chosen} AND genre = '' AND quarter < {WHOLE}")
            },
            |listens| {
                format!("SELECT {of_listen} AS value, count() AS plays FROM {listens} WHERE counted GROUP BY value")
            },
        )
    }

    /// What is prepared, and what is read from the listens.
    fn either(&self, prepared: impl Fn(&str) -> String, read: impl Fn(&str) -> String) -> String {
        let Cover { months, days, raw } = &self.cover;
        let mut parts = Vec::new();
        if !months.is_empty() || !days.is_empty() {
            parts.push(prepared(&chosen(months, days)));
        }
        // A query needs a table, also where no day of the window has listens: without days `on` reads none.
        if !raw.is_empty() || parts.is_empty() {
            parts.push(read(&listens::on(raw, self.window)));
        }
        format!("({})", parts.join(" UNION ALL "))
    }

    /// The artists' rows for which `condition` holds, as a table with `artist_id`, `day` and these columns; `of_listens` is the
    /// same of listens. An artist may have several rows.
    pub(crate) fn of_artists(&self, columns: &str, condition: &str, of_listens: &str) -> String {
        self.either(
            |chosen| format!("SELECT artist_id, day, {columns} FROM rollup_by_artist WHERE {chosen} AND {condition}"),
            |listens| {
                format!(
                    "SELECT artist_id, day, {columns} FROM (SELECT artist AS artist_id, day, {OF_LISTENS} FROM {listens} \
                     ARRAY JOIN artist_ids AS artist WHERE {of_listens} GROUP BY day, artist) WHERE {condition}"
                )
            },
        )
    }

    /// The rows of one artist.
    pub(crate) fn of_artist(&self, artist: ArtistId, columns: &str) -> String {
        let id = format!("toUUID('{}')", artist.0);
        self.of_artists(columns, &format!("artist_id = {id}"), &format!("has(artist_ids, {id})"))
    }

    /// The tracks' rows for which `condition` holds, as a table with these `keys`, which are some of what a row of `rollup` is of,
    /// and these columns. A track may have several rows. The markers are among them: they have no play and no artist, and
    /// leaving them out would cost each part 0.2 ms.
    pub(crate) fn table(&self, keys: &str, columns: &str, condition: &str) -> String {
        self.either(
            |chosen| format!("SELECT {keys}, {columns} FROM rollup WHERE {chosen} AND {condition}"),
            |listens| {
                // Fewer keys are half the time.
                format!(
                    "SELECT {keys}, {columns} FROM (SELECT {keys}, {OF_LISTENS} FROM {listens} WHERE {condition} \
                     GROUP BY {keys})"
                )
            },
        )
    }
}

impl Cover {
    /// `days` are those with listens; `is_whole` says whether the window has all of a day or month, `is_ready` whether its
    /// rollup has this version.
    fn of(days: &Versions, is_whole: impl Fn(Level, Day) -> bool, is_ready: impl Fn(Level, Day, i64) -> bool) -> Self {
        let mut cover = Self::default();
        for (month, days) in months(days) {
            if is_whole(Level::Month, month) && is_ready(Level::Month, month, days.values().sum()) {
                cover.months.push(month);
                continue;
            }
            for (day, version) in days {
                if is_whole(Level::Day, day) && is_ready(Level::Day, day, version) {
                    cover.days.push(day);
                } else {
                    cover.raw.push(day);
                }
            }
        }
        cover
    }
}

impl Analytics {
    /// What was played in a window. This handle must be of the generation that is read.
    pub(crate) async fn facts(&self, window: Window) -> Result<Facts, AnalyticsUnavailable> {
        self.facts_by(window, Level::Month).await
    }

    /// The same from rollups of days only, so that each row is of one `day`.
    pub(crate) async fn facts_by_day(&self, window: Window) -> Result<Facts, AnalyticsUnavailable> {
        self.facts_by(window, Level::Day).await
    }

    async fn facts_by(&self, window: Window, largest: Level) -> Result<Facts, AnalyticsUnavailable> {
        let touched: Versions = Box::pin(self.seen()).await?.of(window).collect();
        let is_whole = |level, day| level <= largest && window.has_whole(level, day);
        let is_known = |level, day, version| self.known().is(self.generation(), level, day, version);
        let mut cover = Cover::of(&touched, is_whole, is_known);
        // Maybe they were made since they were last looked at.
        let behind = cover.raw.iter().map(|day| (Level::Day, *day, touched[day]));
        let months = months(&touched);
        let months = months
            .iter()
            .map(|(month, days)| (Level::Month, *month, days.values().sum()));
        let is_missing = |(level, day, version): &(Level, Day, i64)| {
            is_whole(*level, *day)
                && !is_known(*level, *day, *version)
                && self.known().may_be(self.generation(), *level, *day, *version)
        };
        let missing: Vec<(Level, Day, i64)> = behind.chain(months).filter(is_missing).collect();
        if !missing.is_empty() {
            self.look_for(&missing).await?;
            cover = Cover::of(&touched, is_whole, is_known);
        }
        Ok(Facts { window, cover })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-12-30 to 2025-01-02.
    fn days() -> Versions {
        (20_087..20_091).map(|day| (day, 1)).collect()
    }

    #[test]
    fn every_day_is_read_once_whatever_is_ready() {
        for ready in 0..64_u32 {
            let is_ready = |level: Level, day: Day, version: i64| match level {
                Level::Day => ready & 1 << (day - 20_087) != 0,
                Level::Month => version == 2 && ready & if day == 20_058 { 16 } else { 32 } != 0,
            };
            let cover = Cover::of(&days(), |_, _| true, is_ready);
            let of_months = cover.months.len() * 2;
            assert_eq!(of_months + cover.days.len() + cover.raw.len(), 4, "{cover:?}");
            assert!(cover.days.iter().all(|day| is_ready(Level::Day, *day, 1)));
        }
    }

    #[test]
    fn a_day_at_a_ragged_end_is_read_from_the_listens() {
        let cover = Cover::of(
            &days(),
            |level, day| level == Level::Day && day != 20_087,
            |_, _, _| true,
        );
        assert_eq!((cover.raw, cover.days.len(), cover.months.len()), (vec![20_087], 3, 0));
    }
}
