//! Which time a figure is of, as it is asked for.

use events::Time;
use http_kit::Error;
use read_analytics::{Span, Zone};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Viewer,
    charts::{BEGINNING_MS, Period, between, together},
    queries::no_analytics,
};

const MINUTE_MS: i64 = 60_000;

/// Which time.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpanQuery {
    /// How far back: rolling, from a whole UTC hour to the end of this minute.
    #[param(inline, example = "week")]
    pub period: Option<Period>,
    /// The first moment, in place of `period`.
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub from: Option<Time>,
    /// The first moment that is not counted any more, with `from`; now when absent.
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub to: Option<Time>,
    /// The IANA time zone of hours, days, weeks and months; UTC when absent.
    #[param(example = "Europe/Berlin", pattern = r"^[A-Za-z0-9_+/-]{1,64}$")]
    pub tz: Option<String>,
}

/// Which time, without a time zone.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodQuery {
    /// How far back: rolling, from a whole UTC hour to the end of this minute; when neither this nor `from` is given a `week`, of
    /// requests a `day`.
    #[param(inline, example = "week")]
    pub period: Option<Period>,
    /// The first moment, in place of `period`.
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub from: Option<Time>,
    /// The first moment that is not counted any more, with `from`; now when absent.
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub to: Option<Time>,
}

/// How far back, where something must have been before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PastPeriod {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 365 days.
    Year,
}

impl From<PastPeriod> for Period {
    fn from(period: PastPeriod) -> Self {
        match period {
            PastPeriod::Day => Self::Day,
            PastPeriod::Week => Self::Week,
            PastPeriod::Month => Self::Month,
            PastPeriod::Year => Self::Year,
        }
    }
}

/// Which time, which is compared with the one before it.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ComparedQuery {
    /// How far back: rolling, from a whole UTC hour to the end of this minute; `week` when neither this nor `from` is given.
    #[param(inline, example = "week")]
    pub period: Option<PastPeriod>,
    /// The first moment, in place of `period`.
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub from: Option<Time>,
    /// The first moment that is not counted any more, with `from`; now when absent.
    #[param(value_type = Option<String>, format = DateTime, pattern = r"^(19[7-9]\d|20\d\d)-")]
    pub to: Option<Time>,
    /// The IANA time zone of hours, days, weeks and months; UTC when absent.
    #[param(example = "Europe/Berlin", pattern = r"^[A-Za-z0-9_+/-]{1,64}$")]
    pub tz: Option<String>,
}

impl ComparedQuery {
    /// A week when no time is named.
    pub(crate) async fn asked(&self, viewer: &Viewer) -> Result<Asked, Error> {
        let query = SpanQuery {
            period: self.period.map(Period::from),
            from: self.from,
            to: self.to,
            tz: self.tz.clone(),
        };
        query.asked(viewer, Period::Week).await
    }
}

/// A valid time.
pub(crate) struct Asked {
    pub(crate) span: Span,
    pub(crate) zone: Zone,
    /// As it is shown: all time begins where listens may.
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) now: Time,
}

impl SpanQuery {
    /// `period` is taken when the caller names none.
    pub(crate) async fn asked(&self, viewer: &Viewer, period: Period) -> Result<Asked, Error> {
        let query = PeriodQuery {
            period: self.period,
            from: self.from,
            to: self.to,
        };
        let asked = query.asked(viewer, period)?;
        let Some(name) = self.tz.as_deref() else {
            return Ok(asked);
        };
        let zone = viewer.queries.analytics.zone(name).await;
        let zone = zone.map_err(no_analytics)?;
        let zone = zone.ok_or_else(|| Error::invalid("tz", "must be an IANA time zone, as Europe/Berlin"))?;
        Ok(Asked { zone, ..asked })
    }
}

/// The end of a minute: whoever asks within it asks the same, so one answer does for all.
fn minute_after(now: Time) -> Time {
    Time::from_millis((now.millis().div_euclid(MINUTE_MS) + 1) * MINUTE_MS)
}

impl PeriodQuery {
    pub(crate) fn asked(&self, viewer: &Viewer, period: Period) -> Result<Asked, Error> {
        let now = (viewer.queries.ambient.now)();
        together(self.period, self.from, self.to)?;
        let (from, to, span) = match (self.from, self.period.unwrap_or(period)) {
            (Some(from), _) => {
                let (from, to) = between(from, self.to.unwrap_or(now))?;
                (from, to, Span::new(from, to))
            }
            // Without an edge, as everything that is counted.
            (None, Period::All) => (Time::from_millis(BEGINNING_MS), now, Span::ALL),
            (None, period) => {
                let (from, to) = (period.rolling(now).0, minute_after(now));
                (from, to, Span::new(from, to))
            }
        };
        Ok(Asked {
            span,
            zone: Zone::utc(),
            from,
            to,
            now,
        })
    }
}
