//! Plays over time, in steps of local hours, days, weeks or months.

use std::time::Instant;

use clickhouse::Row;
use events::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Analytics, AnalyticsUnavailable, Span, Zone,
    facts::Facts,
    kept::LONGEST,
    listens::{DAY_MS, moment},
    rollup::Versions,
};

/// One step of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelinePoint {
    /// When the step begins.
    pub bucket: Time,
    /// Counted plays that began in it.
    #[schema(example = 42)]
    pub plays: u64,
    /// Different listeners of those plays: exact up to 10,000, within 1 % above.
    #[schema(example = 17)]
    pub listeners: u64,
}

/// Which timeline, whenever it ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    generation: u32,
    from: Option<Time>,
    zone: Zone,
    step: Step,
}

/// A timeline as it was made.
pub(crate) struct Timeline {
    to: Option<Time>,
    /// The days that it was made of.
    days: Versions,
    /// When all of it was made at once.
    made: Instant,
    points: Vec<TimelinePoint>,
}

/// How long a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Row, Deserialize)]
struct Stored {
    bucket: i64,
    plays: u64,
    listeners: u64,
}

impl Step {
    /// Hours up to three days, days up to three months, weeks up to two years, months above.
    fn of(span: Span) -> Self {
        let Some((from, to)) = span.from.zip(span.to) else {
            return Self::Month;
        };
        match to.millis() - from.millis() {
            length if length <= 3 * DAY_MS => Self::Hour,
            length if length <= 93 * DAY_MS => Self::Day,
            length if length <= 732 * DAY_MS => Self::Week,
            _ => Self::Month,
        }
    }

    /// The beginning of the step that a moment lies in; a date, but for hours.
    fn begins(self, at: &str, zone: &Zone) -> String {
        match self {
            Self::Hour => format!("toStartOfHour({at}, '{zone}')"),
            Self::Day => format!("toDate({at}, '{zone}')"),
            Self::Week => format!("toMonday({at}, '{zone}')"),
            Self::Month => format!("toStartOfMonth({at}, '{zone}')"),
        }
    }

    fn length(self) -> &'static str {
        match self {
            Self::Hour => "3600",
            Self::Day => "1",
            Self::Week => "7",
            Self::Month => "INTERVAL 1 MONTH",
        }
    }
}

impl Timeline {
    /// The first point that is not as it was, now that the timeline goes on to `to` and its days have these versions; none where all
    /// are.
    fn first_changed(&self, to: Option<Time>, days: &Versions) -> Option<usize> {
        if to < self.to {
            return Some(0);
        }
        let end = self.to.filter(|_| to != self.to).map(Time::millis);
        let touched = self.days.keys().chain(days.keys());
        let touched = touched.filter(|day| self.days.get(day) != days.get(day)).min();
        let since = touched
            .map(|day| i64::from(*day) * DAY_MS)
            .into_iter()
            .chain(end)
            .min()?;
        // The step in which it lies is the last that begins before it.
        let begun = self.points.partition_point(|point| point.bucket.millis() <= since);
        Some(begun.saturating_sub(1))
    }
}

/// Steps of a span, each with its plays. `counted` selects plays and listeners from what is in each step. Without a first
/// moment the first play begins the timeline.
fn sql(span: Span, step: Step, zone: &Zone, counted: &str) -> String {
    let edge = |at: Time| step.begins(&moment(at), zone);
    let from = span.from.map(|from| format!("FROM {}", edge(from))).unwrap_or_default();
    // The step that the last moment lies in is the last one.
    let last = |to: Time| edge(Time::from_millis(to.millis() - 1));
    let to = span.to.map(|to| format!("TO {} + 1", last(to))).unwrap_or_default();
    format!(
        "SELECT toInt64(toUnixTimestamp(toDateTime(begins, '{zone}'))) * 1000 AS bucket, plays, listeners FROM (\
         SELECT {counted} GROUP BY begins ORDER BY begins WITH FILL {from} {to} STEP {})",
        step.length()
    )
}

impl Analytics {
    /// Everybody's plays over time.
    pub async fn timeline(&self, span: Span, zone: &Zone) -> Result<Vec<TimelinePoint>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let key = Key {
            generation: serving.generation(),
            from: span.from,
            zone: zone.clone(),
            step: Step::of(span),
        };
        // From before it is made, so what comes meanwhile makes it anew.
        let days: Versions = serving.seen().await?.of(span.into()).collect();
        let kept = serving.kept().timelines.get(&key);
        let kept = kept.filter(|kept| kept.made.elapsed() < LONGEST);
        let changed = kept.as_ref().map(|kept| kept.first_changed(span.to, &days));
        let (points, made) = match (&kept, changed) {
            (Some(kept), Some(None)) => return Ok(kept.points.clone()),
            (Some(kept), Some(Some(first))) if first > 0 && span.has_before() => {
                (serving.mended(span.to, &key, &kept.points, first).await?, kept.made)
            }
            _ => {
                let now = Instant::now();
                (serving.timeline_in(span, key.step, zone).await?, now)
            }
        };
        let timeline = Timeline {
            to: span.to,
            days,
            made,
            points: points.clone(),
        };
        serving.kept().timelines.insert(key, timeline.into());
        Ok(points)
    }

    /// The points before the `first` that changed, and the others made again: a listen of today leaves the year as it was.
    async fn mended(
        &self,
        to: Option<Time>,
        key: &Key,
        points: &[TimelinePoint],
        first: usize,
    ) -> Result<Vec<TimelinePoint>, AnalyticsUnavailable> {
        // One step earlier: a local midnight that comes twice does not say where its day begins.
        let span = Span {
            from: Some(points[first - 1].bucket),
            to,
        };
        let made = self.timeline_in(span, key.step, &key.zone).await?;
        let changed = made.into_iter().filter(|point| point.bucket >= points[first].bucket);
        Ok(points[..first].iter().copied().chain(changed).collect())
    }

    async fn timeline_in(
        &self,
        span: Span,
        step: Step,
        zone: &Zone,
    ) -> Result<Vec<TimelinePoint>, AnalyticsUnavailable> {
        // A UTC month is one step, or it lies in several.
        let facts = if step == Step::Month && *zone == Zone::utc() {
            self.facts(span.into()).await?
        } else {
            self.facts_by_day(span.into()).await?
        };
        let steps = facts.of_steps(|at| step.begins(at, zone));
        let counted = format!(
            "begins, sum(heard) AS plays, uniqCombined64Merge(18)(heard_by) AS listeners FROM \
             (SELECT begins, plays AS heard, heard_by FROM {steps})"
        );
        self.points(span, step, zone, &counted).await
    }

    /// Plays over time of the listens for which `condition` holds; `narrowed` is the same by the key of `settled`.
    pub(crate) async fn timeline_of(
        &self,
        (span, facts): (Span, &Facts),
        zone: &Zone,
        narrowed: &str,
        condition: &str,
    ) -> Result<Vec<TimelinePoint>, AnalyticsUnavailable> {
        let listens = facts.listens("listened_at, counted, listener_id", narrowed, condition);
        let step = Step::of(span);
        let counted = format!(
            "{} AS begins, countIf(counted) AS plays, uniqExactIf(listener_id, counted) AS listeners FROM {listens}",
            step.begins("listened_at", zone)
        );
        self.points(span, step, zone, &counted).await
    }

    async fn points(
        &self,
        span: Span,
        step: Step,
        zone: &Zone,
        counted: &str,
    ) -> Result<Vec<TimelinePoint>, AnalyticsUnavailable> {
        if span.has_before() && span.from >= span.to {
            return Ok(Vec::new());
        }
        let query = self.reader().query(&sql(span, step, zone, counted));
        let rows: Vec<Stored> = self.bounded(query.fetch_all()).await?;
        let point = |row: Stored| TimelinePoint {
            bucket: Time::from_millis(row.bucket),
            plays: row.plays,
            listeners: row.listeners,
        };
        Ok(rows.into_iter().map(point).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_as_long_as_leaves_some_hundred_of_them() {
        let days = |days: i64| Step::of(Span::new(Time::from_millis(0), Time::from_millis(days * DAY_MS)));
        assert_eq!([1, 3].map(days), [Step::Hour; 2]);
        assert_eq!([4, 31, 93].map(days), [Step::Day; 3]);
        assert_eq!([94, 365, 732].map(days), [Step::Week; 3]);
        assert_eq!([733].map(days), [Step::Month]);
        assert_eq!(Step::of(Span::ALL), Step::Month);
    }
}
