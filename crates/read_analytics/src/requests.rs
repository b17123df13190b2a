//! Requests that the API answered: how many, how fast, how many failed.

use clickhouse::Row;
use events::{Meta, Served, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Analytics, AnalyticsUnavailable, Span, listens::Window};

/// Routes at most.
const MAX_ROUTES: usize = 200;

/// Requests of the last seven days, as long as the topic has them. Copies share the moment: it is in the event.
pub(crate) const REQUESTS: &str = "CREATE TABLE IF NOT EXISTS requests (
    event_id UUID,
    number UInt16,
    at DateTime64(3, 'UTC'),
    route LowCardinality(String),
    method LowCardinality(String),
    status UInt16,
    duration_us UInt64,
    ver UInt64,
    day Date MATERIALIZED toDate(at, 'UTC')
) ENGINE = ReplacingMergeTree(ver) PARTITION BY day ORDER BY (day, event_id, number) TTL day + INTERVAL 7 DAY";

/// A row of `requests`.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize)]
pub struct RequestRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub event_id: Uuid,
    /// Its place in the event.
    pub number: u16,
    /// In milliseconds since 1970.
    pub at: i64,
    pub route: String,
    pub method: String,
    pub status: u16,
    pub duration_us: u64,
    /// Which copy stays: the highest.
    pub ver: u64,
}

impl RequestRow {
    pub(crate) fn all(served: &Served, meta: &Meta, offset: i64) -> Vec<Self> {
        let row = |(number, request): (u16, &events::ServedRequest)| Self {
            event_id: meta.id,
            number,
            at: request.at.millis(),
            route: request.route.clone(),
            method: request.method.clone(),
            status: request.status,
            duration_us: request.duration_us,
            ver: i64::MAX.abs_diff(offset),
        };
        (0..=u16::MAX).zip(&served.requests).map(row).collect()
    }
}

/// How the requests of one route were answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteStats {
    /// The pattern of its path; `unmatched` where nothing is served.
    #[schema(example = "/api/v1/tracks/{track_id}")]
    pub route: String,
    /// Its method.
    #[schema(example = "GET")]
    pub method: String,
    /// Requests.
    #[schema(example = 420)]
    pub requests: u64,
    /// Those answered with 5xx.
    #[schema(example = 0)]
    pub errors: u64,
    /// Half of them were answered within so many milliseconds; the answer's first byte counts.
    #[schema(example = 3.2)]
    pub p50_ms: f64,
    /// 95 of a hundred.
    #[schema(example = 9.8)]
    pub p95_ms: f64,
    /// 99 of a hundred.
    #[schema(example = 21.5)]
    pub p99_ms: f64,
    /// How many were answered with which status.
    pub statuses: Vec<StatusCount>,
}

/// How many requests were answered with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusCount {
    /// The status.
    #[schema(example = 200)]
    pub status: u16,
    /// Requests.
    #[schema(example = 418)]
    pub requests: u64,
}

/// How all requests were answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RequestTotals {
    /// Requests.
    pub requests: u64,
    /// Those answered with 5xx.
    pub errors: u64,
    /// Half of them were answered within so many milliseconds; 0 without a request.
    pub p50_ms: f64,
    /// 95 of a hundred.
    pub p95_ms: f64,
    /// 99 of a hundred.
    pub p99_ms: f64,
}

/// Requests of one hour or day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestPoint {
    /// When the hour begins.
    pub bucket: Time,
    /// Requests.
    pub requests: u64,
    /// Those answered with 5xx.
    pub errors: u64,
}

/// How requests were answered in some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RequestStats {
    /// All of them.
    #[serde(flatten)]
    pub totals: RequestTotals,
    /// Route by route, the most frequent first; 200 at most.
    pub routes: Vec<RouteStats>,
}

#[derive(Row, Deserialize)]
struct Route {
    route: String,
    method: String,
    requests: u64,
    errors: u64,
    quantiles: Vec<f64>,
    statuses: Vec<(u16, u64)>,
}

#[derive(Row, Deserialize)]
struct Totals {
    requests: u64,
    errors: u64,
    quantiles: Vec<f64>,
}

#[derive(Row, Deserialize)]
struct Point {
    bucket: i64,
    requests: u64,
    errors: u64,
}

const COUNTS: &str = "count() AS requests, countIf(status >= 500) AS errors, \
     arrayMap(q -> ifNotFinite(q / 1000, 0), quantilesTDigest(0.5, 0.95, 0.99)(duration_us)) AS quantiles";

impl From<Route> for RouteStats {
    fn from(row: Route) -> Self {
        let [p50_ms, p95_ms, p99_ms] = quantiles(&row.quantiles);
        let status = |(status, requests)| StatusCount { status, requests };
        Self {
            route: row.route,
            method: row.method,
            requests: row.requests,
            errors: row.errors,
            p50_ms,
            p95_ms,
            p99_ms,
            statuses: row.statuses.into_iter().map(status).collect(),
        }
    }
}

fn quantiles(of: &[f64]) -> [f64; 3] {
    [0, 1, 2].map(|at| of.get(at).copied().unwrap_or_default())
}

impl Analytics {
    /// How requests were answered, all of them and route by route.
    pub async fn request_stats(&self, span: Span) -> Result<RequestStats, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let requests = Window::from(span).table("requests", "at");
        let totals = format!("SELECT {COUNTS} FROM {requests}");
        let routes = format!(
            "SELECT toString(route) AS route, toString(method) AS method, {COUNTS}, \
             arraySort(arrayZip((sumMap([status], [toUInt64(1)]) AS by).1, by.2)) AS statuses \
             FROM {requests} GROUP BY route, method ORDER BY requests DESC, route, method LIMIT {MAX_ROUTES}"
        );
        let totals = self.bounded(serving.reader().query(&totals).fetch_one::<Totals>());
        let routes = self.bounded(serving.reader().query(&routes).fetch_all::<Route>());
        let (totals, routes) = tokio::try_join!(totals, routes)?;
        let [p50_ms, p95_ms, p99_ms] = quantiles(&totals.quantiles);
        Ok(RequestStats {
            totals: RequestTotals {
                requests: totals.requests,
                errors: totals.errors,
                p50_ms,
                p95_ms,
                p99_ms,
            },
            routes: routes.into_iter().map(RouteStats::from).collect(),
        })
    }

    /// Requests hour by hour; hours without one are left out.
    pub async fn request_timeline(&self, span: Span) -> Result<Vec<RequestPoint>, AnalyticsUnavailable> {
        let serving = self.serving().await?;
        let sql = format!(
            "SELECT toInt64(toUnixTimestamp(toStartOfHour(at, 'UTC'))) * 1000 AS bucket, count() AS requests, \
             countIf(status >= 500) AS errors FROM {} GROUP BY bucket ORDER BY bucket",
            Window::from(span).table("requests", "at")
        );
        let rows: Vec<Point> = self.bounded(serving.reader().query(&sql).fetch_all()).await?;
        let point = |row: Point| RequestPoint {
            bucket: Time::from_millis(row.bucket),
            requests: row.requests,
            errors: row.errors,
        };
        Ok(rows.into_iter().map(point).collect())
    }
}
