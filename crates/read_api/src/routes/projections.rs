//! Read models for whoever runs the service: how far each is, and making one anew.

use std::time::Duration;

use access::AdminOnly;
use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json, Path},
};
use events::Time;
use http_kit::{AdminListProblems, Error, SelfProblems};
use projector::{
    Projection as _, ReadModel, Stage, Unavailable,
    generations::{ends, reached, rebuild},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Queries;

/// The brokers' limit for one answer.
const KAFKA: Duration = Duration::from_secs(2);

/// A read model that the topics feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionName {
    Search,
    Analytics,
    Counters,
}

/// A read model, with every generation that has a store.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProjectionState {
    pub name: ProjectionName,
    /// Version of the schema that this process reads.
    #[schema(example = "s3")]
    pub schema: String,
    /// The oldest first; the latest one that serves is read.
    pub generations: Vec<GenerationState>,
    /// Why they are not known: the engine's or the broker's own words.
    pub error: Option<String>,
}

/// One making of a read model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct GenerationState {
    /// From 1.
    #[schema(example = 7)]
    pub number: u32,
    /// Version of its schema.
    #[schema(example = "s3")]
    pub schema: String,
    /// `building`, `serving` or `retired`.
    #[schema(example = "serving")]
    pub stage: String,
    /// When it came to that stage.
    pub since: Time,
    /// Events of the topics that it has.
    #[schema(example = 1_200_000)]
    pub done: i64,
    /// Events in the topics; the difference is its lag.
    #[schema(example = 1_200_003)]
    pub of: i64,
}

/// Every read model
///
/// One whose engine does not answer is listed with the reason.
#[utoipa::path(tag = "operations", security(("bearer" = [])),
    responses((status = 200, description = "search, analytics and counters", body = Vec<ProjectionState>), AdminListProblems))]
#[get("/api/v1/admin/projections")]
pub(crate) async fn list_projections(
    _: AdminOnly,
    queries: Data<Queries>,
) -> Result<Json<Vec<ProjectionState>>, Error> {
    let (search, analytics, counters) = futures_util::join!(
        shown(ProjectionName::Search, &queries.search, &queries),
        shown(ProjectionName::Analytics, &queries.analytics, &queries),
        shown(ProjectionName::Counters, &queries.counters, &queries),
    );
    Ok(Json(vec![search, analytics, counters]))
}

/// Make a read model anew
///
/// The running workers fill a new generation from the topics' beginning, and readers go over to it once it has caught up.
/// Asked again while one is being built, this joins it.
#[utoipa::path(tag = "operations", security(("bearer" = [])),
    params(("name" = ProjectionName, Path, description = "the read model", example = "search")),
    responses((status = 202, description = "it is being made", body = ProjectionState), SelfProblems))]
#[post("/api/v1/admin/projections/{name}/rebuild")]
pub(crate) async fn rebuild_projection(
    _: AdminOnly,
    name: Path<String>,
    queries: Data<Queries>,
) -> Result<HttpResponse, Error> {
    let quoted = serde_json::Value::String(name.into_inner());
    let name = serde_json::from_value(quoted).map_err(|_| Error::not_found("projection"))?;
    let state = match name {
        ProjectionName::Search => begun(name, &queries.search, &queries).await,
        ProjectionName::Analytics => begun(name, &queries.analytics, &queries).await,
        ProjectionName::Counters => begun(name, &queries.counters, &queries).await,
    };
    let state = state.map_err(|unavailable| Error::unavailable("the rebuild", unavailable))?;
    Ok(HttpResponse::Accepted().json(state))
}

async fn begun<M: ReadModel>(
    name: ProjectionName,
    model: &M,
    queries: &Queries,
) -> Result<ProjectionState, Unavailable> {
    let ends = ends::<M>(&queries.kafka, KAFKA).await?;
    let generation = rebuild(model, &ends, (queries.ambient.now)()).await?;
    tracing::info!(projector = M::Projection::NAME, generation, "rebuild requested");
    Ok(shown(name, model, queries).await)
}

async fn shown<M: ReadModel>(name: ProjectionName, model: &M, queries: &Queries) -> ProjectionState {
    let (generations, error) = match generations(model, queries).await {
        Ok(generations) => (generations, None),
        Err(unavailable) => (Vec::new(), Some(unavailable.to_string())),
    };
    ProjectionState {
        name,
        schema: M::SCHEMA.to_owned(),
        generations,
        error,
    }
}

async fn generations<M: ReadModel>(model: &M, queries: &Queries) -> Result<Vec<GenerationState>, Unavailable> {
    let mut register = model.generations().await?;
    register.retain(|one| one.stage < Stage::Erased);
    register.sort_by_key(|one| one.number);
    let ends = ends::<M>(&queries.kafka, KAFKA).await?;
    let mut states = Vec::with_capacity(register.len());
    for one in register {
        let (done, of) = reached(&model.at(one.number).positions().await?, &ends);
        states.push(GenerationState {
            number: one.number,
            schema: one.schema,
            stage: one.stage.name().to_owned(),
            since: one.since,
            done,
            of,
        });
    }
    Ok(states)
}
