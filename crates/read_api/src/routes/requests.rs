//! Requests that the API answered, and how the service performs, for whoever runs it.

use std::time::Duration;

use access::AdminOnly;
use actix_web::{get, web::Json};
use chrono::TimeDelta;
use events::Time;
use http_kit::{AdminListProblems, Error, FromQuery};
use read_analytics::{
    AnalyticsUnavailable, RequestPoint, RequestStats, RequestTotals, RouteStats, SlowQuery, Span, TableParts,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Viewer,
    charts::Period,
    lag::{ProjectionLag, lags},
    queries::no_analytics,
    spans::PeriodQuery,
};

/// What the summary looks back at.
const SUMMARY: TimeDelta = TimeDelta::hours(1);
/// Routes of the summary.
const MAX_ROUTES: usize = 50;

/// How requests were answered.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiStats {
    /// The first moment counted.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    #[serde(flatten)]
    pub requests: RequestStats,
    /// Hour by hour; hours without a request are left out.
    pub timeline: Vec<RequestPoint>,
}

/// How the service performs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PerformanceSummary {
    /// The first moment of the requests counted: an hour ago.
    pub from: Time,
    /// The first moment that is not counted any more.
    pub to: Time,
    /// The requests.
    pub requests: RequestTotals,
    /// Requests a second, on average.
    #[schema(example = 12.5)]
    pub per_second: f64,
    /// The part of the requests that was answered with 5xx; null without a request.
    #[schema(example = 0.0)]
    pub error_rate: Option<f64>,
    /// Route by route, the most frequent first; 50 at most.
    pub routes: Vec<RouteStats>,
    /// The read models, and the feed of the webhooks.
    pub projections: Vec<ProjectionLag>,
    /// The analytics.
    pub clickhouse: AnalyticsState,
}

/// How ClickHouse is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AnalyticsState {
    /// The server's version.
    #[schema(example = "25.8.1.1")]
    pub version: String,
    /// Of one round trip, in milliseconds.
    #[schema(example = 1.2)]
    pub latency_ms: f64,
    /// The tables, by name.
    pub tables: Vec<TableParts>,
    /// The slowest queries of the last hour, of every client; none where the server keeps no log of queries.
    pub slow_queries: Vec<SlowQuery>,
}

/// How the API answered
///
/// Every request that was answered, whoever asked and whatever the status; requests that were recorded by no process, because
/// its queue was full or the broker away, are missing (`jonquil_recorded_dropped_total`). `errors` are answers with 5xx. Times
/// are until the answer began; the quantiles are estimates within one in a hundred. Requests are kept for seven days. `period`
/// is `day` when neither it nor `from` is given.
#[utoipa::path(tag = "analytics", security(("bearer" = [])), params(PeriodQuery),
    responses((status = 200, description = "the statistics", body = ApiStats), AdminListProblems))]
#[get("/api/v1/analytics/clickhouse/api-stats")]
pub(crate) async fn get_api_stats(
    _: AdminOnly,
    viewer: Viewer,
    query: FromQuery<PeriodQuery>,
) -> Result<Json<ApiStats>, Error> {
    let asked = query.valid()?.asked(&viewer, Period::Day)?;
    let analytics = &viewer.queries.analytics;
    let (requests, timeline) = (
        analytics.request_stats(asked.span),
        analytics.request_timeline(asked.span),
    );
    let (requests, timeline) = tokio::try_join!(requests, timeline).map_err(no_analytics)?;
    Ok(Json(ApiStats {
        from: asked.from,
        to: asked.to,
        requests,
        timeline,
    }))
}

/// How the service performs
///
/// Requests of the last hour as in `/analytics/clickhouse/api-stats`, how far each read model and the feed of the webhooks are
/// behind, and how ClickHouse is. The lag of a read model is counted from what its readers see: `lag_events` are events of its topics that it does not
/// have, `lag_seconds` how long ago the oldest of them was published. `visible_after` is what the workers measured of the events
/// of the last minutes; one that was just made anew shows its own making among them.
#[utoipa::path(tag = "analytics", security(("bearer" = [])),
    responses((status = 200, description = "the summary", body = PerformanceSummary), AdminListProblems))]
#[get("/api/v1/analytics/performance/summary")]
pub(crate) async fn get_performance_summary(_: AdminOnly, viewer: Viewer) -> Result<Json<PerformanceSummary>, Error> {
    let to = (viewer.queries.ambient.now)();
    let from = to.plus(-SUMMARY);
    let analytics = &viewer.queries.analytics;
    let (requests, clickhouse, projections) = tokio::join!(
        analytics.request_stats(Span::new(from, to)),
        state_of_analytics(&viewer),
        lags(&viewer.queries)
    );
    let (mut requests, clickhouse) = (requests.map_err(no_analytics)?, clickhouse.map_err(no_analytics)?);
    requests.routes.truncate(MAX_ROUTES);
    Ok(Json(PerformanceSummary {
        from,
        to,
        per_second: ratio(requests.totals.requests, SUMMARY.num_seconds().unsigned_abs()).unwrap_or_default(),
        error_rate: ratio(requests.totals.errors, requests.totals.requests),
        requests: requests.totals,
        routes: requests.routes,
        projections,
        clickhouse,
    }))
}

async fn state_of_analytics(viewer: &Viewer) -> Result<AnalyticsState, AnalyticsUnavailable> {
    let analytics = &viewer.queries.analytics;
    let (health, tables, slow_queries) =
        tokio::try_join!(analytics.health(), analytics.table_parts(), analytics.slow_queries())?;
    Ok(AnalyticsState {
        version: health.version,
        latency_ms: health.latency.div_duration_f64(Duration::from_millis(1)),
        tables,
        slow_queries,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a ratio needs no more than the 53 bits")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
