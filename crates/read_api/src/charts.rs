//! Charts. The last day and all time come from Redis, everything else from the warehouse; both by the same whole UTC
//! hours.

use std::{collections::HashMap, time::Duration};

use chrono::TimeDelta;
use events::Time;
use http_kit::Error;
use read_counters::ChartWindow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{input, shape::Shape, viewer::Viewer};

const HOUR_MS: i64 = 3_600_000;
/// 2002-10-01, before which no listen is taken.
const BEGINNING_MS: i64 = 1_033_430_400_000;
/// The end of 2099: the warehouse's days end not long after.
const END_MS: i64 = 4_102_444_799_999;
/// More than wanted are ranked, since some may be gone from the catalogue.
const SPARE: usize = 20;
/// A chart of Redis does not wait longer for what the warehouse adds to it.
const PATIENCE: Duration = Duration::from_millis(800);

/// How far back a chart looks: rolling, in whole UTC hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// 24 hours.
    Day,
    /// 7 days.
    #[default]
    Week,
    /// 30 days.
    Month,
    /// 365 days.
    Year,
    /// Everything.
    All,
}

/// Which chart.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChartQuery {
    /// How far back; `week` when neither this nor `from` is given.
    #[param(inline, example = "week")]
    pub period: Option<Period>,
    /// The first moment, in place of `period`.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Time>,
    /// The last moment, with `from`; now when absent.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Time>,
    /// Plays of one genre only.
    #[param(min_length = 1, max_length = 60)]
    pub genre: Option<String>,
    /// Most items, 1 to 100.
    #[param(example = 20, minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// One place of a chart.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ranked<T> {
    /// From 1.
    #[schema(example = 1)]
    pub rank: usize,
    /// Counted plays in that time.
    #[schema(example = 42)]
    pub plays: u64,
    /// Different listeners of those plays; null while the warehouse is unavailable or behind.
    pub listeners: Option<u64>,
    /// What was heard, counted or not, in milliseconds; null while the warehouse is unavailable or behind.
    pub listened_ms: Option<i64>,
    /// What was played.
    #[serde(flatten)]
    pub item: T,
}

/// The most played of some time. What is gone from the catalogue is left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Chart<T> {
    /// First the first.
    pub items: Vec<Ranked<T>>,
    /// The first moment counted.
    pub from: Time,
    /// The last moment counted.
    pub to: Time,
    /// When the chart was made.
    pub generated_at: Time,
}

/// A valid [`ChartQuery`].
struct Wanted {
    from: Time,
    to: Time,
    /// The window of Redis that is the same chart, if there is one.
    hot: Option<ChartWindow>,
    genre: Option<String>,
    limit: usize,
}

/// Figures before their thing is known.
struct Figures {
    id: Uuid,
    plays: u64,
    listeners: Option<u64>,
    listened_ms: Option<i64>,
}

/// The chart of one kind.
pub(crate) async fn chart<S: Shape>(viewer: &Viewer, query: &ChartQuery) -> Result<Chart<S::Named>, Error> {
    let now = (viewer.queries.ambient.now)();
    let wanted = query.checked(now)?;
    let figures = match wanted.hot {
        Some(window) => from_counters::<S>(viewer, &wanted, window).await?,
        None => from_warehouse::<S>(viewer, &wanted).await?,
    };
    let ids: Vec<Uuid> = figures.iter().map(|figures| figures.id).collect();
    let mut shown = viewer.by_ids::<S>(&ids).await?.into_iter().peekable();
    let known = figures
        .into_iter()
        .filter_map(|figures| Some((shown.next_if(|item| item.id() == figures.id)?, figures)));
    let place = |(at, (item, figures)): (usize, (S, Figures))| Ranked {
        rank: at + 1,
        plays: figures.plays,
        listeners: figures.listeners,
        listened_ms: figures.listened_ms,
        item: item.into(),
    };
    Ok(Chart {
        items: known.take(wanted.limit).enumerate().map(place).collect(),
        from: wanted.from,
        to: wanted.to,
        generated_at: now,
    })
}

async fn from_warehouse<S: Shape>(viewer: &Viewer, wanted: &Wanted) -> Result<Vec<Figures>, Error> {
    let (from, to, genre) = (wanted.from, wanted.to, wanted.genre.as_deref());
    let top = viewer
        .queries
        .analytics
        .top(S::KIND, from, to, genre, wanted.limit + SPARE);
    let rows = top
        .await
        .map_err(|unavailable| Error::unavailable("the chart", unavailable))?;
    let figures = rows.into_iter().map(|row| Figures {
        id: row.id,
        plays: row.plays,
        listeners: Some(row.listeners),
        listened_ms: Some(row.listened_ms),
    });
    Ok(figures.collect())
}

async fn from_counters<S: Shape>(viewer: &Viewer, wanted: &Wanted, window: ChartWindow) -> Result<Vec<Figures>, Error> {
    let top = viewer.queries.counters.top(S::KIND, window, wanted.limit + SPARE);
    let top = top
        .await
        .map_err(|unavailable| Error::unavailable("the chart", unavailable))?;
    let ids: Vec<Uuid> = top.iter().map(|(id, _)| *id).collect();
    let details = viewer.queries.analytics.details(S::KIND, &ids, wanted.from, wanted.to);
    let details: HashMap<Uuid, (u64, i64)> = match tokio::time::timeout(PATIENCE, details).await {
        Ok(Ok(rows)) => rows
            .into_iter()
            .map(|row| (row.id, (row.listeners, row.listened_ms)))
            .collect(),
        // The chart is whole without them.
        Ok(Err(_)) | Err(_) => HashMap::new(),
    };
    let figures = top.into_iter().map(|(id, plays)| {
        let more = details.get(&id);
        Figures {
            id,
            plays,
            listeners: more.map(|more| more.0),
            listened_ms: more.map(|more| more.1),
        }
    });
    Ok(figures.collect())
}

impl ChartQuery {
    fn checked(&self, now: Time) -> Result<Wanted, Error> {
        let genre = input::genre(self.genre.as_deref())?;
        let limit = input::limit(self.limit)? as usize;
        let (from, to, hot) = self.window(now)?;
        Ok(Wanted {
            from,
            to,
            // Redis knows no genres.
            hot: hot.filter(|_| genre.is_none()),
            genre,
            limit,
        })
    }

    fn window(&self, now: Time) -> Result<(Time, Time, Option<ChartWindow>), Error> {
        match (self.period, self.from, self.to) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                Err(Error::invalid("period", "must not be given together with from or to"))
            }
            (None, None, Some(_)) => Err(Error::invalid("from", "must be given with to")),
            (None, Some(from), to) => between(from, to.unwrap_or(now)).map(|(from, to)| (from, to, None)),
            (period, None, None) => Ok(period.unwrap_or_default().window(now)),
        }
    }
}

fn between(from: Time, to: Time) -> Result<(Time, Time), Error> {
    let bounds = Time::from_millis(0)..=Time::from_millis(END_MS);
    for (field, time) in [("from", from), ("to", to)] {
        if !bounds.contains(&time) {
            return Err(Error::invalid(field, "must be from 1970 to 2099"));
        }
    }
    if from > to {
        return Err(Error::invalid("from", "must not be after to"));
    }
    Ok((from, to))
}

impl Period {
    fn window(self, now: Time) -> (Time, Time, Option<ChartWindow>) {
        let hour = Time::from_millis(now.millis().div_euclid(HOUR_MS) * HOUR_MS);
        let back = |days: i64| hour.plus(TimeDelta::days(-days));
        match self {
            Self::Day => (back(1), now, Some(ChartWindow::Day { now })),
            Self::Week => (back(7), now, None),
            Self::Month => (back(30), now, None),
            Self::Year => (back(365), now, None),
            Self::All => (Time::from_millis(BEGINNING_MS), now, Some(ChartWindow::AllTime)),
        }
    }
}
