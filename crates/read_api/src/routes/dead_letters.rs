//! Events that projectors refused, for whoever runs the service.

use access::AdminOnly;
use actix_web::{
    get,
    web::{Data, Json},
};
use events::Topic;
use http_kit::{AdminListProblems, Error, FromQuery, Id, Page, PageQuery, SelfProblems};
use representations::{DeadLetter, DeadLetterBytes, DeadLetterChoice, RefusalReason, RefusedBy};
use serde::Deserialize;
use store::DeadLetterFilter;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Queries, pages};

/// What became of a dead letter.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LetterState {
    /// Refused, and not handed back since.
    Open,
    /// Handed back, and not refused since.
    Replayed,
}

/// Which dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LettersQuery {
    /// Refused by this read model.
    #[param(inline)]
    projector: Option<RefusedBy>,
    /// First read from this topic.
    #[param(inline)]
    topic: Option<Topic>,
    /// Of this type of event.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[\x21-\x7e]+$",
        example = "jonquil.listened.v1"
    )]
    r#type: Option<String>,
    /// Refused for this reason.
    #[param(inline)]
    reason: Option<RefusalReason>,
    /// What became of it.
    #[param(inline)]
    state: Option<LetterState>,
}

impl LettersQuery {
    fn filter(&self) -> Result<DeadLetterFilter, Error> {
        let mut choice = DeadLetterChoice {
            projector: self.projector,
            topic: self.topic,
            r#type: self.r#type.clone(),
            reason: self.reason,
            ..DeadLetterChoice::default()
        };
        // Without any filter the list is of all.
        choice.all = self.projector.is_none() && self.topic.is_none() && self.r#type.is_none() && self.reason.is_none();
        let filter = choice.filter().map_err(|(field, right)| Error::invalid(field, right))?;
        Ok(DeadLetterFilter {
            replayed: self.state.map(|state| matches!(state, LetterState::Replayed)),
            ..filter
        })
    }
}

/// Dead letters, newest first
///
/// Events that a projector refused: bytes that are no event, or rows that its engine does not take. They are kept for 30
/// days. A new one is here within seconds.
#[utoipa::path(tag = "operations", security(("bearer" = [])), params(LettersQuery, PageQuery),
    responses((status = 200, description = "a page", body = Page<DeadLetter>), AdminListProblems))]
#[get("/api/v1/admin/dead-letters")]
pub(crate) async fn list_dead_letters(
    _: AdminOnly,
    query: FromQuery<LettersQuery>,
    page: FromQuery<PageQuery>,
    queries: Data<Queries>,
) -> Result<Json<Page<DeadLetter>>, Error> {
    let filter = query.valid()?.filter()?;
    let paging = page.valid()?.checked()?;
    let start = pages::start(&paging)?;
    let (views, total) = queries
        .reader
        .dead_letters(&filter, paging.limit.into(), start.into())
        .await?;
    let letters = views.into_iter().map(DeadLetter::from).collect();
    Ok(Json(pages::by_place(letters, total, start, &paging)))
}

/// One dead letter
///
/// With its bytes, and what this version reads in them.
#[utoipa::path(tag = "operations", security(("bearer" = [])), params(("letter_id" = Uuid, Path, description = "dead letter")),
    responses((status = 200, description = "the event as it was", body = DeadLetterBytes), SelfProblems))]
#[get("/api/v1/admin/dead-letters/{letter_id}")]
pub(crate) async fn get_dead_letter(
    _: AdminOnly,
    Id(id): Id<Uuid>,
    queries: Data<Queries>,
) -> Result<Json<DeadLetterBytes>, Error> {
    let found = queries.reader.dead_letter(id).await?;
    let (letter, payload) = found.ok_or_else(|| Error::not_found("dead letter"))?;
    Ok(Json(DeadLetterBytes::new(letter, payload.as_deref())))
}
