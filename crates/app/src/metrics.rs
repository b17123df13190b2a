//! `/metrics` on a port of its own, as Prometheus text.

use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::RunError;

/// Seconds; from a cached answer to the request limit.
const LATENCY_BUCKETS: [f64; 13] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
];

/// The metrics server of this process.
pub struct Metrics {
    server: ServerHandle,
}

impl Metrics {
    /// Starts the server.
    pub fn serve(address: SocketAddr) -> Result<Self, RunError> {
        let metrics = recorder()?;
        let answer = move || {
            let metrics = metrics.clone();
            async move {
                HttpResponse::Ok()
                    .content_type("text/plain; version=0.0.4")
                    .body(metrics.render())
            }
        };
        let server = HttpServer::new(move || App::new().route("/metrics", web::get().to(answer.clone())))
            // One scraper at a time is enough. Signals belong to `main`, or this server would stop before the roles.
            .workers(1)
            .disable_signals()
            .bind(address)
            .map_err(|error| RunError::Address(address, error))?
            .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { server: handle })
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

/// A process has one recorder, even if roles start in it several times.
fn recorder() -> Result<PrometheusHandle, RunError> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let handle = RECORDER.get_or_init(|| {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(seconds, &LATENCY_BUCKETS)
            .ok()?;
        let handle = builder.install_recorder().ok()?;
        let upkeep = handle.clone();
        // Moves samples into the buckets. Without it, memory would grow until somebody reads the metrics.
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                upkeep.run_upkeep();
            }
        });
        Some(handle)
    });
    handle.clone().ok_or(RunError::Metrics)
}
