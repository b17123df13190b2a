//! Charts. The last day and all time come from Redis, everything else from the analytics; both by the same whole UTC
//! hours.

use std::{collections::HashMap, time::Duration};

use chrono::TimeDelta;
use events::Time;
use http_kit::{Error, Limit};
use read_analytics::{ChartPlays, ChartRow, Span};
use read_counters::ChartWindow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    catalogue_item::CatalogueItem,
    for_many::{ForMany, sign_all},
    input,
    viewer::Viewer,
};

const HOUR_MS: i64 = 3_600_000;
/// 2002-10-01, before which no listen is taken.
pub(crate) const BEGINNING_MS: i64 = 1_033_430_400_000;
/// The end of 2099: the days of ClickHouse end not long after.
const END_MS: i64 = 4_102_444_799_999;
/// More than wanted are ranked, since some may be gone from the catalogue: so many at first, and the second number where
/// that leaves the page short. More than a thousand on top of a chart are gone only while a job still deletes them.
const SPARE: [usize; 2] = [20, 1_000];
/// A chart of Redis does not wait longer for what the analytics add to it.
const PATIENCE: Duration = Duration::from_millis(1_500);

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
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub from: Option<Time>,
    /// The first moment that is not counted any more, with `from`; now when absent.
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub to: Option<Time>,
    /// Plays of one genre only.
    #[param(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub genre: Option<String>,
    /// Most items, 1 to 100.
    #[param(inline, example = 20)]
    pub limit: Option<Limit>,
}

/// One place of a chart.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ranked<T> {
    /// From 1.
    #[schema(example = 1)]
    pub rank: usize,
    /// Its rank in the chart of the time before, as long; null if it was not among the first 1,000 there, of all time, and
    /// while ClickHouse is unavailable.
    #[schema(example = 3)]
    pub previous_rank: Option<u64>,
    #[serde(flatten)]
    pub plays: ChartPlays,
    /// What was played.
    #[serde(flatten)]
    pub item: T,
}

/// The most played of some time. What is gone from the catalogue is left out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Chart<T> {
    /// First the first.
    pub items: Vec<Ranked<T>>,
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    /// When the chart was made.
    pub generated_at: Time,
}

impl<T: ForMany> ForMany for Ranked<T> {
    const IS_SIGNED: bool = T::IS_SIGNED;

    fn sign(&mut self, viewer: &Viewer) {
        self.item.sign(viewer);
    }
}

impl<T: ForMany> ForMany for Chart<T> {
    const IS_SIGNED: bool = T::IS_SIGNED;

    fn sign(&mut self, viewer: &Viewer) {
        sign_all(&mut self.items, viewer);
    }

    fn undated(&self) -> Option<Self> {
        let (to, generated_at) = (self.from, self.from);
        Some(Self {
            to,
            generated_at,
            ..self.clone()
        })
    }
}

/// A valid [`ChartQuery`].
struct ChartRequest {
    from: Time,
    to: Time,
    /// Until now, whenever that is.
    is_open: bool,
    /// The window of Redis that is the same chart, if there is one.
    hot: Option<ChartWindow>,
    genre: Option<String>,
    limit: usize,
}

pub(crate) async fn chart<S: CatalogueItem>(viewer: &Viewer, query: &ChartQuery) -> Result<Chart<S::Named>, Error> {
    let now = (viewer.queries.ambient.now)();
    let request = query.checked(now)?;
    let [some, most] = SPARE;
    let mut page = page::<S>(viewer, &request, some).await?;
    // Where fewer were ranked than asked for there is nothing more to look at.
    if page.items.len() < request.limit && page.ranked == request.limit + some {
        page = self::page::<S>(viewer, &request, most).await?;
    }
    Ok(Chart {
        items: page.items,
        from: request.from,
        to: request.to,
        generated_at: now,
    })
}

/// The first of a chart that are in the catalogue.
struct Page<T> {
    /// At most as many as are wanted.
    items: Vec<Ranked<T>>,
    /// How many were looked at.
    ranked: usize,
}

async fn page<S: CatalogueItem>(
    viewer: &Viewer,
    request: &ChartRequest,
    spare: usize,
) -> Result<Page<S::Named>, Error> {
    let most = request.limit + spare;
    let rows = match request.hot {
        Some(window) => from_counters::<S>(viewer, request, window, most).await?,
        None => from_analytics::<S>(viewer, request, most).await?,
    };
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let (shown, previous) = tokio::join!(viewer.by_ids::<S>(&ids), ranks_before::<S>(viewer, request, &ids));
    let mut shown = shown?.into_iter().peekable();
    let known = rows
        .into_iter()
        .filter_map(|row| Some((shown.next_if(|item| item.id() == row.id)?, row)));
    let place = |(at, (item, row)): (usize, (S, ChartRow))| Ranked {
        rank: at + 1,
        previous_rank: previous.get(&row.id).copied(),
        plays: row.plays,
        item: item.into(),
    };
    Ok(Page {
        items: known.take(request.limit).enumerate().map(place).collect(),
        ranked: ids.len(),
    })
}

/// Where these stood in the chart of the time before. The chart is whole without it.
async fn ranks_before<S: CatalogueItem>(viewer: &Viewer, request: &ChartRequest, ids: &[Uuid]) -> HashMap<Uuid, u64> {
    if request.hot == Some(ChartWindow::AllTime) || request.from == Time::from_millis(BEGINNING_MS) {
        return HashMap::new();
    }
    let before = request.before();
    let ranks = viewer
        .queries
        .analytics
        .ranks(S::KIND, ids, before, request.genre.as_deref());
    match tokio::time::timeout(PATIENCE, ranks).await {
        Ok(Ok(ranks)) => ranks,
        Ok(Err(_)) | Err(_) => HashMap::new(),
    }
}

async fn from_analytics<S: CatalogueItem>(
    viewer: &Viewer,
    request: &ChartRequest,
    most: usize,
) -> Result<Vec<ChartRow>, Error> {
    let (from, end, genre) = (request.from, request.end(), request.genre.as_deref());
    let analytics = &viewer.queries.analytics;
    let top = analytics.top(S::KIND, from, end, genre, most).await;
    top.map_err(|unavailable| Error::unavailable("the chart", unavailable))
}

async fn from_counters<S: CatalogueItem>(
    viewer: &Viewer,
    request: &ChartRequest,
    window: ChartWindow,
    most: usize,
) -> Result<Vec<ChartRow>, Error> {
    let top = viewer.queries.counters.top(S::KIND, window, most).await;
    let top = top.map_err(|unavailable| Error::unavailable("the chart", unavailable))?;
    let ids: Vec<Uuid> = top.iter().map(|(id, _)| *id).collect();
    let analytics = &viewer.queries.analytics;
    let details = analytics.details(S::KIND, &ids, request.from, request.end());
    let details: HashMap<Uuid, ChartPlays> = match tokio::time::timeout(PATIENCE, details).await {
        Ok(Ok(rows)) => rows.into_iter().map(|row| (row.id, row.plays)).collect(),
        // The chart is whole without them.
        Ok(Err(_)) | Err(_) => HashMap::new(),
    };
    let row = |(id, plays)| {
        let more = details.get(&id);
        ChartRow {
            id,
            plays: ChartPlays {
                plays,
                listeners: more.and_then(|more| more.listeners),
                listeners_approximate: more.is_some_and(|more| more.listeners_approximate),
                listened_ms: more.and_then(|more| more.listened_ms),
            },
        }
    };
    Ok(top.into_iter().map(row).collect())
}

impl ChartRequest {
    /// None where it goes on.
    fn end(&self) -> Option<Time> {
        Some(self.to).filter(|_| !self.is_open)
    }

    /// The time before it, as long. What goes on is taken as long as its last hour will be, so that for an hour the time
    /// before is the same.
    fn before(&self) -> Span {
        let mut length = (self.to.utc() - self.from.utc()).num_milliseconds();
        if self.is_open {
            length = (length + HOUR_MS - 1).div_euclid(HOUR_MS) * HOUR_MS;
        }
        Span::new(self.from.plus(-TimeDelta::milliseconds(length)), self.from)
    }
}

impl ChartQuery {
    fn checked(&self, now: Time) -> Result<ChartRequest, Error> {
        let genre = input::genre(self.genre.as_deref())?;
        let limit = http_kit::limit(self.limit) as usize;
        let (from, to, hot) = self.window(now)?;
        Ok(ChartRequest {
            from,
            to,
            is_open: self.to.is_none(),
            // Redis knows no genres.
            hot: hot.filter(|_| genre.is_none()),
            genre,
            limit,
        })
    }

    fn window(&self, now: Time) -> Result<(Time, Time, Option<ChartWindow>), Error> {
        together(self.period, self.from, self.to)?;
        match self.from {
            Some(from) => between(from, self.to.unwrap_or(now)).map(|(from, to)| (from, to, None)),
            None => Ok(self.period.unwrap_or_default().window(now)),
        }
    }
}

/// Either a period, or its edges.
pub(crate) fn together(period: Option<Period>, from: Option<Time>, to: Option<Time>) -> Result<(), Error> {
    if period.is_some() && (from.is_some() || to.is_some()) {
        return Err(Error::invalid("period", "must not be given together with from or to"));
    }
    if from.is_none() && to.is_some() {
        return Err(Error::invalid("from", "must be given with to"));
    }
    Ok(())
}

pub(crate) fn between(from: Time, to: Time) -> Result<(Time, Time), Error> {
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

/// When the hour of a moment began.
pub(crate) fn whole_hour(moment: Time) -> Time {
    Time::from_millis(moment.millis().div_euclid(HOUR_MS) * HOUR_MS)
}

impl Period {
    /// Its edges. All time begins where listens may.
    pub(crate) fn rolling(self, now: Time) -> (Time, Time) {
        let back = |days: i64| whole_hour(now).plus(TimeDelta::days(-days));
        let from = match self {
            Self::Day => back(1),
            Self::Week => back(7),
            Self::Month => back(30),
            Self::Year => back(365),
            Self::All => Time::from_millis(BEGINNING_MS),
        };
        (from, now)
    }

    fn window(self, now: Time) -> (Time, Time, Option<ChartWindow>) {
        let (from, to) = self.rolling(now);
        let hot = match self {
            Self::Day => Some(ChartWindow::Day { now }),
            Self::All => Some(ChartWindow::AllTime),
            Self::Week | Self::Month | Self::Year => None,
        };
        (from, to, hot)
    }
}
