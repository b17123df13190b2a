//! The service itself: what it is, and that it runs.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{
        StatusCode,
        header::{ACCEPT, LOCATION, VARY},
    },
    web::{Data, Json, Path},
};
use http_kit::{AboutProblem, Error, InvalidProblem, ProblemType, UnknownProblem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Queries;

/// What this is and where to go on.
#[derive(Serialize, ToSchema)]
pub struct Root {
    /// Name of the service.
    #[schema(example = "jonquil")]
    pub name: &'static str,
    /// Its version.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Where to go on.
    pub links: Links,
}

/// Paths of this service.
#[derive(Serialize, ToSchema)]
pub struct Links {
    /// The operations, for people.
    #[schema(example = "/docs")]
    pub docs: &'static str,
    /// The operations, for programs.
    #[schema(example = "/openapi.json")]
    pub openapi: &'static str,
    /// The state of the engines.
    #[schema(example = "/health")]
    pub health: &'static str,
    /// The web page, if there is one.
    #[schema(example = "/app/")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<&'static str>,
}

/// That somebody answers.
#[derive(Serialize, ToSchema)]
pub struct Pong {
    /// `pong`.
    #[schema(example = "pong")]
    pub ping: &'static str,
}

/// What this service is
///
/// A browser is sent to the web page, or to the documentation where there is none.
#[utoipa::path(tag = "service", security(()), responses(
    (status = 200, description = "name, version, links", body = Root),
    (status = 302, description = "to the web page or the documentation, when the client accepts text/html")))]
#[get("/")]
pub(crate) async fn get_root(request: HttpRequest, queries: Data<Queries>) -> HttpResponse {
    let app = queries.has_page.then_some("/app/");
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        return HttpResponse::build(StatusCode::FOUND)
            .insert_header((LOCATION, app.unwrap_or("/docs")))
            .insert_header((VARY, "Accept"))
            .finish();
    }
    HttpResponse::Ok().insert_header((VARY, "Accept")).json(Root {
        name: "jonquil",
        version: env!("CARGO_PKG_VERSION"),
        links: Links {
            docs: "/docs",
            openapi: "/openapi.json",
            health: "/health",
            app,
        },
    })
}

/// That the service answers
///
/// Touches no engine.
#[utoipa::path(tag = "service", security(()), responses(InvalidProblem,
    (status = 200, description = "it does", body = Pong)))]
#[get("/ping")]
pub(crate) async fn get_ping() -> Json<Pong> {
    Json(Pong { ping: "pong" })
}

/// What a kind of problem means
///
/// The `type` of a problem is the address of its description.
#[utoipa::path(tag = "service", security(()), params(("name" = String, Path, description = "the end of a `type`", example = "stale-version")),
    responses(UnknownProblem, InvalidProblem, (status = 200, description = "in words", body = AboutProblem)))]
#[get("/problems/{name}")]
pub(crate) async fn get_problem_type(name: Path<String>) -> Result<Json<AboutProblem>, Error> {
    let kind = ProblemType::by_name(&name).ok_or_else(|| Error::not_found("kind of problem"))?;
    Ok(Json(kind.described()))
}
