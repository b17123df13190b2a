//! Where people reach this service. What a client says of it is not believed: anybody can write such a header.

use actix_web::{
    HttpMessage as _, HttpRequest,
    dev::ServiceRequest,
    http::header::{HOST, HeaderName},
    web::Data,
};

use crate::{EdgeConfig, Proxies, RequestContext};

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whether the client spoke TLS. This process takes none itself: a proxy that is believed says so, or the operator, with the
/// address of the service.
pub(crate) fn came_encrypted(request: &ServiceRequest, public_url: &str, proxies: &Proxies) -> bool {
    let is_behind = request.peer_addr().is_some_and(|peer| proxies.contain(peer.ip()));
    let says_so = || (request.headers().get(X_FORWARDED_PROTO)).is_some_and(|proto| proto == "https");
    public_url.starts_with("https://") || (is_behind && says_so())
}

/// Whether the client spoke TLS, as far as this service knows.
#[must_use]
pub fn is_encrypted(request: &HttpRequest) -> bool {
    let extensions = request.extensions();
    extensions
        .get::<RequestContext>()
        .is_some_and(|context| context.is_encrypted)
}

/// Where people reach this service, as `https://music.example`, without a slash at the end: as the operator says, or as this
/// request came.
#[must_use]
pub fn base_url(request: &HttpRequest) -> String {
    let config = request.app_data::<Data<EdgeConfig>>();
    if let Some(config) = config.filter(|config| !config.public_url.is_empty()) {
        return config.public_url.clone();
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let scheme = if is_encrypted(request) { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}
