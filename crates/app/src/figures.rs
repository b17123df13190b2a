//! `/metrics`, on a port of its own: Prometheus text for whoever runs the service.

use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::Failure;

/// Seconds; from a cached answer to the request limit.
const LATENCIES: [f64; 13] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
];

/// The figures of this process.
pub struct Figures {
    handle: ServerHandle,
}

impl Figures {
    /// Serves the figures.
    ///
    /// # Errors
    /// The address is taken.
    pub fn serve(address: SocketAddr) -> Result<Self, Failure> {
        let figures = recorder()?;
        let answer = move || {
            let figures = figures.clone();
            async move {
                HttpResponse::Ok()
                    .content_type("text/plain; version=0.0.4")
                    .body(figures.render())
            }
        };
        let server = HttpServer::new(move || App::new().route("/metrics", web::get().to(answer.clone())))
            .workers(1)
            .disable_signals()
            .bind(address)
            .map_err(|error| Failure::Address(address, error))?
            .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { handle })
    }

    /// Stops serving.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// The process has one recorder, however often a role starts in it.
fn recorder() -> Result<PrometheusHandle, Failure> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let handle = RECORDER.get_or_init(|| {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(seconds, &LATENCIES)
            .ok()?;
        let handle = builder.install_recorder().ok()?;
        let upkeep = handle.clone();
        // Folds what was recorded into the buckets; without it, memory would grow until somebody looks.
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                upkeep.run_upkeep();
            }
        });
        Some(handle)
    });
    handle.clone().ok_or(Failure::Figures)
}
