//! `POST /api/v1/admin/dead-letters/…`: handing events back to the projectors that refused them, and forgetting them.

use access::AdminOnly;
use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Json},
};
use domain::dead_letter_may_be_replayed;
use http_kit::{AdminCommandProblems, Body, ConflictProblem, Error, Id, SelfProblems};
use representations::DeadLetterChoice;
use serde::{Deserialize, Serialize};
use store::DeadLetterFilter;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;

/// Letters of one request: more are left to the next one.
const MAX_LETTERS: usize = 1_000;

/// What was handed back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// How many events.
    pub replayed: usize,
    /// Whether there may be more: a request takes 1,000 at most.
    pub more: bool,
}

/// What was forgotten.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Purged {
    /// How many events.
    pub purged: usize,
    /// Whether there may be more: a request takes 5,000 at most.
    pub more: bool,
}

/// Hand one event back
///
/// The projector that refused it reads it again, as if it came from its first place: nothing counts twice. Refused again, it
/// is the same dead letter, with a higher `times`. 409 for one without bytes.
#[utoipa::path(tag = "operations", security(("bearer" = [])), params(("letter_id" = Uuid, Path, description = "dead letter")),
    responses((status = 202, description = "on its way", body = Replayed), SelfProblems, ConflictProblem))]
#[post("/api/v1/admin/dead-letters/{letter_id}/replay")]
pub(crate) async fn replay_dead_letter(
    _: AdminOnly,
    Id(id): Id<Uuid>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let one = DeadLetterFilter {
        ids: Some(vec![id]),
        ..DeadLetterFilter::default()
    };
    let replayed = commands
        .transact(&commands.context(&request), async |unit| {
            let letter = unit.dead_letter(id).await?;
            let letter = letter.ok_or_else(|| Error::not_found("dead letter"))?;
            dead_letter_may_be_replayed(letter.size_bytes)?;
            Ok(unit.replay_dead_letters(&one).await?)
        })
        .await?;
    Ok(HttpResponse::Accepted().json(Replayed { replayed, more: false }))
}

/// Hand events back
///
/// Those that fit and were not handed back yet, or were refused again since; 1,000 at most.
#[utoipa::path(tag = "operations", security(("bearer" = [])), request_body = DeadLetterChoice,
    responses((status = 202, description = "on their way", body = Replayed), AdminCommandProblems))]
#[post("/api/v1/admin/dead-letters/replay")]
pub(crate) async fn replay_dead_letters(
    _: AdminOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let filter = DeadLetterFilter {
        replayed: Some(false),
        ..filter(&body)?
    };
    let context = commands.context(&request);
    let (mut replayed, mut more) = (0, true);
    // Some at a time: their bytes are in memory until they are committed.
    while more && replayed < MAX_LETTERS {
        let some = commands
            .transact(&context, async |unit| Ok(unit.replay_dead_letters(&filter).await?))
            .await?;
        (replayed, more) = (replayed + some, some > 0);
    }
    Ok(HttpResponse::Accepted().json(Replayed { replayed, more }))
}

/// Forget dead letters
///
/// 5,000 at most. The topic keeps its copies for 30 days.
#[utoipa::path(tag = "operations", security(("bearer" = [])), request_body = DeadLetterChoice,
    responses((status = 200, description = "forgotten", body = Purged), AdminCommandProblems))]
#[post("/api/v1/admin/dead-letters/purge")]
pub(crate) async fn purge_dead_letters(
    _: AdminOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<Json<Purged>, Error> {
    let filter = filter(&body)?;
    let purged = commands
        .transact(&commands.context(&request), async |unit| {
            Ok(unit.purge_dead_letters(&filter).await?)
        })
        .await?;
    Ok(Json(Purged {
        purged,
        more: purged >= store::MAX_PURGED as usize,
    }))
}

fn filter(body: &Body) -> Result<DeadLetterFilter, Error> {
    let choice: DeadLetterChoice = body.parse()?;
    choice.filter().map_err(|(field, right)| Error::invalid(field, right))
}
