//! The outermost layer of the HTTP service: request ids, time limits, problem bodies, metrics.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _,
    body::{self, BodySize, BoxBody, MessageBody, SizedStream},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode, Uri,
        header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    middleware::Next,
    web::{Bytes, Data},
};
use events::ServedRequest;
use futures_util::stream;
use store::Marks;
use tokio::sync::mpsc;
use traces::{RequestTrace, SpanKind, Tracer};

use crate::{
    Ambient, ClientAddress, Consistency, ConsistencyToken, Error, Methods, Origins, PROBLEM_JSON, Proxies, Turn,
    browsers::Asked, in_turn::Answering, limiter::Standing, methods::QueryFault, pieces::Pieces, site::came_encrypted,
    words::shortened,
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static(PROBLEM_JSON);

/// Characters of a path that are repeated in a problem and in the log.
const MAX_PATH: usize = 200;

#[derive(Clone)]
pub struct EdgeConfig {
    /// How long a request may take until its answer begins; uploads are exempt, they have limits of their own.
    pub deadline: Duration,
    /// Draws ids of requests.
    pub ambient: Ambient,
    pub methods: Methods,
    /// Where people reach this service, without a slash at the end; empty: the operator does not say.
    pub public_url: String,
    /// Proxies that are believed when they say who called them.
    pub proxies: Proxies,
    /// Origins whose pages may call.
    pub origins: Origins,
    /// Where each answered request is recorded. When it is full, requests are not recorded: none waits.
    pub served: mpsc::Sender<ServedRequest>,
    /// What begins the traces of requests, and records them.
    pub tracer: Tracer,
}

/// What a request carries through the service.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Answered as `X-Request-Id`.
    pub request_id: Arc<str>,
    /// The caller's, or its own.
    pub trace: RequestTrace,
    /// Where it comes from.
    pub client: ClientAddress,
    /// Whether the client spoke TLS, as far as this service knows.
    pub(crate) is_encrypted: bool,
    /// What it has changed so far.
    pub marks: Marks,
    /// What it waits for.
    pub consistency: Consistency,
    /// How much of a limit it has left.
    pub(crate) standing: Arc<OnceLock<Standing>>,
}

impl RequestContext {
    fn show_standing(&self, headers: &mut HeaderMap) {
        if let Some(standing) = self.standing.get() {
            standing.show(headers);
        }
    }
}

/// Wraps every request. An error holds a finished response.
pub async fn edge<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(config) = request.app_data::<Data<EdgeConfig>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let answering = request.conn_data::<Turn>().map(Turn::answering);
    trim_slash(&mut request);
    let began = Instant::now();
    let token = ConsistencyToken::sent(request.headers());
    let context = context(&request, &config, token.as_ref().ok().cloned().flatten());
    let asked = Asked::of(&request, &config.origins, context.is_encrypted);
    request.extensions_mut().insert(context.clone());
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let head_only = gets_without_body(&mut request, &config.methods);
    let fault = config
        .methods
        .fault(request.method(), &path, request.query_string(), token.err());
    let path = shortened(&path, MAX_PATH);
    let answered = match fault {
        Some(QueryFault { error, is_open: true }) => Err(error.into()),
        fault => {
            if let Some(fault) = fault {
                request.extensions_mut().insert(fault);
            }
            within(deadline(&config, &path), next.call(request)).await
        }
    };
    let (status, route, answer) = match answered {
        Ok(response) => {
            let mut response = finish(response.map_into_boxed_body(), &path, &context);
            asked.protect(response.headers_mut());
            context.consistency.show(context.marks.marked(), response.headers_mut());
            context.show_standing(response.headers_mut());
            response = response.map_body(|_, body| sent(body, head_only, answering));
            let route = response
                .request()
                .match_pattern()
                .unwrap_or_else(|| "unmatched".to_owned());
            (response.status(), route, Ok(response))
        }
        Err(error) => {
            let mut response = problem_of(&error, &path, &context);
            asked.protect(response.headers_mut());
            context.show_standing(response.headers_mut());
            (
                response.status(),
                "aborted".to_owned(),
                Err(InternalError::from_response(error, response).into()),
            )
        }
    };
    record_span(&config.tracer, &context, &method, &route, status);
    record(&config, &method, route, status, began);
    tracing::debug!(%method, path, status = status.as_u16(), request_id = %context.request_id, "request answered");
    answer
}

/// A route without HEAD runs GET and drops the body (RFC 9110, 9.3.2).
fn gets_without_body(request: &mut ServiceRequest, methods: &Methods) -> bool {
    let gets = request.method() == Method::HEAD && !methods.has_head(request.path());
    if gets {
        request.head_mut().method = Method::GET;
    }
    gets
}

fn sent(body: BoxBody, head_only: bool, answering: Option<Answering>) -> BoxBody {
    if head_only {
        without_content(&body)
    } else {
        Pieces::of(body, answering)
    }
}

fn record(config: &EdgeConfig, method: &Method, route: String, status: StatusCode, began: Instant) {
    let took = began.elapsed();
    let served = ServedRequest {
        at: (config.ambient.now)(),
        route: route.clone(),
        method: method_label(method).to_owned(),
        status: status.as_u16(),
        duration_us: took.as_micros().try_into().unwrap_or(u64::MAX),
    };
    if config.served.try_send(served).is_err() {
        metrics::counter!("jonquil_recorded_dropped_total", "queue" => "requests").increment(1);
    }
    let labels = [
        ("method", method_label(method).to_owned()),
        ("route", route),
        ("status", status.as_u16().to_string()),
    ];
    metrics::histogram!("jonquil_http_request_seconds", &labels).record(took.as_secs_f64());
}

/// The request in its trace. It names the route, never the path or who asked.
fn record_span(tracer: &Tracer, context: &RequestContext, method: &Method, route: &str, status: StatusCode) {
    let Some(begun) = context.trace.begun else { return };
    let method = method_label(method);
    let mut span = begun
        .ended(tracer.now(), SpanKind::Server, format!("{method} {route}"))
        .with("http.request.method", method)
        .with("http.route", route.to_owned())
        .with("http.response.status_code", i64::from(status.as_u16()))
        .with("jonquil.request_id", context.request_id.to_string());
    if status.is_server_error() {
        span = span.failed(status.to_string());
    }
    tracer.record(span);
}

/// Uploads take as long as their bytes need, and have limits of their own.
fn deadline(config: &EdgeConfig, path: &str) -> Duration {
    const UPLOADS: [&str; 3] = [
        "/api/v1/upload/",
        "/api/v1/s3/tracks/upload",
        "/api/v1/s3/covers/upload",
    ];
    if UPLOADS.iter().any(|upload| path.starts_with(upload)) {
        Duration::from_hours(1)
    } else {
        config.deadline
    }
}

async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, actix_web::Error>>,
) -> Result<T, actix_web::Error> {
    // At the deadline the handler is dropped where it stands. A unit of work that is dropped closes its connection, so
    // Postgres rolls back.
    match tokio::time::timeout(limit, answer).await {
        Ok(answered) => answered,
        Err(_) => Err(Error::unavailable("the service", format!("no answer within {} ms", limit.as_millis())).into()),
    }
}

/// A method may be any word, and each new label stays in memory.
fn method_label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or("other")
}

/// The answer where nothing is served: 404, or, when the path takes other methods, what they are.
pub async fn not_found(request: HttpRequest) -> Result<HttpResponse, Error> {
    let config = request.app_data::<Data<EdgeConfig>>();
    let Some(allow) = config.and_then(|config| config.methods.allow(request.path())) else {
        return Err(Error::foreign(StatusCode::NOT_FOUND));
    };
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((ALLOW, allow)).finish());
    }
    Err(Error::wrong_method(allow))
}

/// As long as the body, and empty.
fn without_content(body: &BoxBody) -> BoxBody {
    match body.size() {
        BodySize::Sized(length) => BoxBody::new(SizedStream::new(length, stream::empty::<Result<Bytes, Infallible>>())),
        BodySize::None | BodySize::Stream => BoxBody::new(body::None::new()),
    }
}

/// `/api/…/` is `/api/…`; elsewhere a slash at the end may matter.
fn trim_slash(request: &mut ServiceRequest) {
    let uri = request.uri();
    let path = uri.path();
    if !path.starts_with("/api/") || !path.ends_with('/') {
        return;
    }
    let trimmed = path.trim_end_matches('/');
    let whole = uri
        .query()
        .map_or_else(|| trimmed.to_owned(), |query| format!("{trimmed}?{query}"));
    if let Ok(uri) = whole.parse::<Uri>() {
        // Both: the router goes by the first, and handlers see the second.
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

fn context(request: &ServiceRequest, config: &EdgeConfig, wanted: Option<ConsistencyToken>) -> RequestContext {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let given = header("x-request-id").filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(allowed));
    RequestContext {
        request_id: given
            .map_or_else(|| (config.ambient.new_id)().to_string(), str::to_owned)
            .into(),
        trace: config.tracer.request(traceparent(request.headers())),
        client: ClientAddress::of(peer(request), request.headers(), &config.proxies),
        is_encrypted: came_encrypted(request, &config.public_url, &config.proxies),
        marks: Marks::default(),
        consistency: Consistency::new(wanted),
        standing: Arc::default(),
    }
}

/// A socket without an address is local.
fn peer(request: &ServiceRequest) -> IpAddr {
    request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

/// One that stands twice says nothing (W3C Trace Context, 3.2.2.5).
fn traceparent(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all("traceparent");
    let (first, second) = (all.next(), all.next());
    first.filter(|_| second.is_none())?.to_str().ok()
}

fn finish(mut response: ServiceResponse, path: &str, context: &RequestContext) -> ServiceResponse {
    let status = response.status();
    // A handler's own body, as that of `/health` at 503, stays as it is.
    let has_body = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| *kind == PROBLEM || *kind == JSON);
    if (status.is_client_error() || status.is_server_error()) && !has_body {
        let mut problem = match response.response().error() {
            Some(error) => problem_of(error, path, context),
            None => problem_from(&Error::foreign(status), path, context),
        };
        // An answer to a range outside of the file has the size; headers of the refused answer stay where they mean something.
        for name in [
            actix_web::http::header::CONTENT_RANGE,
            actix_web::http::header::LOCATION,
        ] {
            if let Some(value) = response.headers().get(&name).cloned() {
                problem.headers_mut().insert(name, value);
            }
        }
        response = response.into_response(problem);
    }
    if let Ok(value) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

fn problem_of(error: &actix_web::Error, path: &str, context: &RequestContext) -> HttpResponse {
    match error.as_error::<Error>() {
        Some(ours) => problem_from(ours, path, context),
        None => problem_from(&Error::foreign(error.as_response_error().status_code()), path, context),
    }
}

fn problem_from(error: &Error, path: &str, context: &RequestContext) -> HttpResponse {
    error.log(path, context);
    let problem = error.problem(path, &context.request_id);
    let mut builder = HttpResponseBuilder::new(error.status_code());
    builder
        .insert_header((CONTENT_TYPE, PROBLEM))
        .insert_header((X_REQUEST_ID, &*context.request_id));
    if let Some(seconds) = error.retry_after() {
        builder.insert_header((RETRY_AFTER, seconds));
    }
    if let Some(allow) = error.allow() {
        builder.insert_header((ALLOW, allow));
    }
    if error.status_code() == StatusCode::UNAUTHORIZED {
        builder.insert_header((WWW_AUTHENTICATE, "Bearer"));
    }
    // `json` sets a content type only where there is none.
    builder.json(problem)
}
