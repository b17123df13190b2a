//! Which listens a query reads, and what of them is ranked: the only place with a condition on time, time zones, robots
//! or deleted things.
//!
//! The copies of a listen share its UTC day, and nothing else for certain. So only `day` (and the listener, who is part
//! of the key) may choose what is read before `FINAL` keeps the first copy. The moment, and whether a robot listened,
//! are asked of the copy that was kept. Otherwise a listen counts in the windows of both its copies.

use chrono::{Days, NaiveDate};
use events::{ListenerId, Time};
use uuid::Uuid;

use crate::{
    Cursor, Span, Zone,
    rollup::{Day, Level, dates, days_in_month},
};

/// The local hour in which a listen began, 0 to 23.
pub(crate) fn hour(zone: &Zone) -> String {
    format!("toHour(listened_at, '{zone}')")
}

/// The local day of the week on which a listen began, 1 (Monday) to 7.
pub(crate) fn weekday(zone: &Zone) -> String {
    format!("toDayOfWeek(listened_at, 0, '{zone}')")
}

/// The local day on which a listen began. Its UTC day is the column `day`.
pub(crate) fn local_day(zone: &Zone) -> String {
    format!("toDate(listened_at, '{zone}')")
}

/// A moment as an expression.
pub(crate) fn moment(at: Time) -> String {
    format!("fromUnixTimestamp64Milli(toInt64({}), 'UTC')", at.millis())
}

/// When a listen ended, and when it began, in milliseconds since 1970.
pub(crate) const BEGAN: &str = "toUnixTimestamp64Milli(listened_at)";
pub(crate) const ENDED: &str = "toUnixTimestamp64Milli(listened_at) + ms_played";
/// A pause that ends a sitting, in milliseconds: 30 minutes.
pub(crate) const PAUSE_MS: i64 = 1_800_000;

/// What is left out of every ranking, so that a page is full while there is something to fill it with. Asked of the ids
/// that were counted, not of each listen: a deleted track's listens count for its artist, genre and totals.
pub(crate) const NOT_DELETED: &str = "id NOT IN (SELECT id FROM deleted)";

pub(crate) const DAY_MS: i64 = 86_400_000;
/// The last day of ClickHouse's Date, 2149-06-06, in days since 1970.
const LAST_DAY: i64 = u16::MAX as i64;

/// From a moment on, and before another one: [from, to). So what is cut in two is counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Window {
    from: Option<i64>,
    to: Option<i64>,
}

impl Window {
    pub(crate) const ALL: Self = Self { from: None, to: None };

    pub(crate) fn new(from: Time, to: Time) -> Self {
        Self {
            from: Some(from.millis()),
            to: Some(to.millis()),
        }
    }

    /// Up to now where it has no end: listens that are not over yet are of it too.
    pub(crate) fn since(from: Time, to: Option<Time>) -> Self {
        Self {
            from: Some(from.millis()),
            to: to.map(Time::millis),
        }
    }

    /// The `count` UTC days up to `last`, this one included.
    pub(crate) fn days(last: NaiveDate, count: u32) -> Self {
        let midnight = |day: NaiveDate| i64::from(day.to_epoch_days()) * DAY_MS;
        let first = last.checked_sub_days(Days::new(count.saturating_sub(1).into()));
        Self {
            from: first.map(midnight),
            to: Some(midnight(last) + DAY_MS),
        }
    }

    /// Everything before it, and it.
    pub(crate) fn until_its_end(self) -> Self {
        Self {
            from: None,
            to: self.to,
        }
    }

    /// The last moment in it; now when it has no end.
    pub(crate) fn last_moment(self, now: Time) -> Time {
        self.to.map_or(now, |to| Time::from_millis(to - 1))
    }

    /// The time before it, as long; none without edges.
    pub(crate) fn before(self) -> Option<Self> {
        let (from, to) = self.from.zip(self.to)?;
        Some(Self {
            from: Some((from - (to - from)).max(0)),
            to: Some(from),
        })
    }

    /// It and one that begins where it ends.
    pub(crate) fn joined(self, next: Self) -> Self {
        Self {
            from: self.from,
            to: next.to,
        }
    }

    /// What of it is before a day, and what is from then on.
    pub(crate) fn cut(self, day: Day) -> (Self, Self) {
        let at = i64::from(day) * DAY_MS;
        let at = self.from.map_or(at, |from| at.max(from));
        let at = self.to.map_or(at, |to| at.min(to));
        let (from, to) = (Some(at), Some(at));
        (Self { to, ..self }, Self { from, ..self })
    }

    /// Which listens of a longer window are in this one: a condition on what `all` and `of` give.
    pub(crate) fn holds(self) -> String {
        let edge =
            |sign: &'static str| move |millis: i64| format!("listened_at {sign} {}", moment(Time::from_millis(millis)));
        let edges = self.from.map(edge(">=")).into_iter().chain(self.to.map(edge("<")));
        let edges: Vec<String> = edges.collect();
        if edges.is_empty() {
            return "true".to_owned();
        }
        format!("({})", edges.join(" AND "))
    }

    /// The first and the last day that it touches.
    pub(crate) fn first_and_last(self) -> (Day, Day) {
        let day = |millis: i64| Day::try_from(millis.div_euclid(DAY_MS).clamp(0, LAST_DAY)).unwrap_or(Day::MAX);
        (self.from.map_or(0, day), self.to.map_or(Day::MAX, |to| day(to - 1)))
    }

    /// Whether it has all of a day, or of the month that begins with it.
    pub(crate) fn has_whole(self, level: Level, first: Day) -> bool {
        let days = match level {
            Level::Day => 1,
            Level::Month => i64::from(days_in_month(first)),
        };
        let begin = i64::from(first) * DAY_MS;
        let end = begin + days * DAY_MS;
        self.from.is_none_or(|from| from <= begin) && self.to.is_none_or(|to| end <= to)
    }

    /// What another table than those of listens holds of it. `at` is its column of the moment, `day` that of the day.
    pub(crate) fn table(self, name: &str, at: &str) -> String {
        let all = |conditions: Vec<String>| match conditions.as_slice() {
            [] => "true".to_owned(),
            some => some.join(" AND "),
        };
        format!(
            "(SELECT * FROM (SELECT * FROM {name} FINAL WHERE {}) WHERE {})",
            all(self.days_of()),
            all(self.edges(at))
        )
    }

    /// The days that cover it.
    fn days_of(self) -> Vec<String> {
        let day = |millis: i64| millis.div_euclid(DAY_MS).clamp(0, LAST_DAY);
        let from = self.from.map(|from| format!("day >= toDate({})", day(from)));
        // The end is outside: a window that ends at midnight does not touch the next day.
        let to = self.to.map(|to| format!("day <= toDate({})", day(to - 1)));
        from.into_iter().chain(to).collect()
    }

    /// Its edges. One at midnight is an edge of the days already.
    fn edges(self, at: &str) -> Vec<String> {
        let edge = |sign: &'static str| {
            move |millis: i64| format!("{at} {sign} fromUnixTimestamp64Milli(toInt64({millis}), 'UTC')")
        };
        let inside = |edge: Option<i64>| edge.filter(|millis| millis % DAY_MS != 0);
        let from = inside(self.from).map(edge(">="));
        let to = inside(self.to).map(edge("<"));
        from.into_iter().chain(to).collect()
    }
}

impl From<Span> for Window {
    fn from(span: Span) -> Self {
        Self {
            from: span.from.map(Time::millis),
            to: span.to.map(Time::millis),
        }
    }
}

/// Everybody's listens of a window, as a table.
pub(crate) fn all(window: Window) -> String {
    table("listens", window.days_of(), window)
}

/// Everybody's listens of a window on these days only, as a table.
pub(crate) fn on(days: &[Day], window: Window) -> String {
    let days = match days {
        [] => "false".to_owned(),
        days => format!("day IN ({})", dates(days.iter().copied())),
    };
    table("listens", vec![days], window)
}

/// Whose listens figures about one person are made of: those that the person hid are left out, as in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnListens {
    pub listener: ListenerId,
    /// Ids of hidden listens.
    pub hidden: Vec<Uuid>,
}

impl OwnListens {
    /// Which listens are not hidden, as a condition; none where all are shown. A listen's id is part of its identity: all
    /// copies share it.
    pub(crate) fn is_shown(&self) -> Option<String> {
        let ids: Vec<String> = self.hidden.iter().map(|id| format!("toUUID('{id}')")).collect();
        (!ids.is_empty()).then(|| format!("event_id NOT IN ({})", ids.join(", ")))
    }
}

impl From<ListenerId> for OwnListens {
    /// Nothing is hidden.
    fn from(listener: ListenerId) -> Self {
        Self {
            listener,
            hidden: Vec::new(),
        }
    }
}

/// One listener's listens, as a table.
pub(crate) fn of(own: &OwnListens, window: Window) -> String {
    of_during(own.listener, window, own.is_shown())
}

/// Everything that one listener heard, also what is hidden, as a table.
pub(crate) fn heard_by(listener: ListenerId) -> String {
    of_during(listener, Window::ALL, None)
}

/// The listens of a window of those (listener, day) that a subquery names, as a table.
pub(crate) fn of_days(listeners: &str, window: Window) -> String {
    let mut keys = vec![format!("(listener_id, day) IN ({listeners})")];
    keys.extend(window.days_of());
    table("listens_by_listener", keys, window)
}

/// The listens of all listeners after one and up to another, in the order of the key, as a table.
pub(crate) fn among(after: Option<ListenerId>, upto: Option<ListenerId>, window: Window) -> String {
    let bound = |sign: &'static str| move |listener: ListenerId| format!("listener_id {sign} toUUID('{}')", listener.0);
    let mut keys: Vec<String> = after.map(bound(">")).into_iter().chain(upto.map(bound("<="))).collect();
    keys.extend(window.days_of());
    table("listens_by_listener", keys, window)
}

/// The last `count` listens of one listener before a place in the history, the newest first, as the end of a SELECT.
///
/// Whole rows are read from as few days as hold so many listens: the days are found by counting keys. Reading whole rows
/// of ten years for one page of 20 would take many times as long.
pub(crate) fn page(listener: ListenerId, before: Cursor, count: usize) -> String {
    let at = before.listened_at.millis();
    let midnight = at.div_euclid(DAY_MS) * DAY_MS;
    let until = |to: i64| Window {
        from: None,
        to: Some(to),
    };
    let earlier = of_during(listener, until(midnight), None);
    let since = format!(
        "day >= (SELECT ifNull(minOrNull(day), toDate({})) FROM (SELECT day, sum(count()) OVER (ORDER BY day DESC) - \
         count() AS later FROM {earlier} GROUP BY day) WHERE later < {count})",
        midnight / DAY_MS
    );
    let listens = of_during(listener, until(at + 1), Some(since));
    format!(
        "FROM {listens} WHERE (listened_at, event_id) < (fromUnixTimestamp64Milli(toInt64({at}), 'UTC'), \
         toUUID('{}')) ORDER BY listened_at DESC, event_id DESC LIMIT {count}",
        before.event_id
    )
}

/// As [`page`], of tracks whose title or artists hold all these words. The track is no part of a listen's identity, so it
/// is asked of the copy that was kept, and every day before the place is read.
pub(crate) fn page_of_words(listener: ListenerId, before: Cursor, count: usize, words: &[String]) -> String {
    let at = before.listened_at.millis();
    let until = Window {
        from: None,
        to: Some(at + 1),
    };
    let listens = of_during(listener, until, None);
    let holds = words
        .iter()
        .map(|_| "position(words, ?) > 0")
        .collect::<Vec<_>>()
        .join(" AND ");
    format!(
        "FROM {listens} WHERE (listened_at, event_id) < ({}, toUUID('{}')) AND track_id IN (SELECT id FROM titles FINAL \
         WHERE {holds}) ORDER BY listened_at DESC, event_id DESC LIMIT {count}",
        moment(before.listened_at),
        before.event_id
    )
}

fn of_during(listener: ListenerId, window: Window, and: Option<String>) -> String {
    let mut keys = vec![format!("listener_id = toUUID('{}')", listener.0)];
    keys.extend(window.days_of());
    keys.extend(and);
    table("listens_by_listener", keys, window)
}

/// `keys` may hold columns only that all copies of a listen share.
fn table(name: &str, mut keys: Vec<String>, window: Window) -> String {
    if keys.is_empty() {
        keys.push("true".to_owned());
    }
    let mut kept = window.edges("listened_at");
    kept.push("NOT robot".to_owned());
    format!(
        "(SELECT * FROM (SELECT *, day FROM {name} FINAL WHERE {}) WHERE {})",
        keys.join(" AND "),
        kept.join(" AND ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_cover_a_window_and_the_moment_of_its_end_is_not_in_it() {
        let window = |from, to| Window::new(Time::from_millis(from), Time::from_millis(to));
        let covers = |from, to| window(from, to).days_of().join(", ");
        assert_eq!(covers(DAY_MS - 1, DAY_MS), "day >= toDate(0), day <= toDate(0)");
        assert_eq!(covers(DAY_MS, DAY_MS + 1), "day >= toDate(1), day <= toDate(1)");
        assert_eq!(covers(DAY_MS, 3 * DAY_MS), "day >= toDate(1), day <= toDate(2)");
        assert_eq!(window(DAY_MS, 3 * DAY_MS).edges("listened_at"), Vec::<String>::new());
        assert_eq!(window(DAY_MS + 1, 3 * DAY_MS).edges("listened_at").len(), 1);
        assert!(Window::ALL.days_of().is_empty());
    }

    #[test]
    fn a_window_has_all_of_a_day_or_it_does_not() {
        let window = |from, to| Window::new(Time::from_millis(from), Time::from_millis(to));
        assert!(window(DAY_MS, 2 * DAY_MS).has_whole(Level::Day, 1));
        assert!(!window(DAY_MS + 1, 2 * DAY_MS).has_whole(Level::Day, 1));
        assert!(!window(DAY_MS, 2 * DAY_MS - 1).has_whole(Level::Day, 1));
        assert!(
            window(31 * DAY_MS, 59 * DAY_MS).has_whole(Level::Month, 31),
            "February 1970"
        );
        assert!(!window(31 * DAY_MS, 59 * DAY_MS - 1).has_whole(Level::Month, 31));
        assert!(Window::ALL.has_whole(Level::Month, 31));
        assert_eq!(window(DAY_MS, 3 * DAY_MS).first_and_last(), (1, 2));
        assert_eq!(Window::ALL.first_and_last(), (0, Day::MAX));
    }

    #[test]
    fn days_are_whole_and_end_with_the_last() {
        let last = NaiveDate::from_ymd_opt(1970, 3, 2).unwrap_or_default();
        let days = Window::days(last, 30);
        assert_eq!(days.days_of().join(", "), "day >= toDate(31), day <= toDate(60)");
    }
}
