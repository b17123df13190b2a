//! `POST /api/v1/admin/takedowns` and `DELETE /api/v1/admin/takedowns/{work_id}`.

use access::AdminOnly;
use actix_web::{HttpRequest, HttpResponse, delete, http::StatusCode, post, web::Data};
use domain::WorkReason;
use http_kit::{Body, CommandProblems, ConflictProblem, Error, Id, SelfProblems, Versioned};
use representations::Takedown;
use store::TakedownView;
use uuid::Uuid;

use super::{held, take_down};
use crate::{Commands, idempotency_key::OnceKey, once::Sent};

/// Take a work down
///
/// Nobody sees it from now on but its owner, who sees the reason, and admins: to all others it is not there, and nothing of it is
/// played or counted. An album goes with its tracks. It keeps its plays, and is put back as it was.
#[utoipa::path(tag = "moderation", path = "/api/v1/admin/takedowns", request_body = WorkReason, security(("bearer" = [])),
    params(OnceKey),
    responses(SelfProblems, CommandProblems, ConflictProblem, (status = 201, description = "it is down", body = Takedown)))]
#[post("/api/v1/admin/takedowns")]
pub(crate) async fn take_work_down(
    AdminOnly(by): AdminOnly,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let sent: WorkReason = body.parse()?;
    let context = commands.context(&request);
    let work = sent.work();
    let takedown = domain::Takedown::of(work, &sent.reason, by.actor(), context.now)?;
    commands
        .transact_once(Sent::of(&request, &by, &body), &context, async |unit| {
            let held = held(unit, work).await?;
            take_down(unit, &held, &takedown).await?;
            let view = TakedownView {
                work,
                title: held.title().to_owned(),
                reason: takedown.reason.clone(),
                at: takedown.at,
                owner: held.owner(),
            };
            Ok(Versioned::unversioned(StatusCode::CREATED, Takedown::from(view)))
        })
        .await
}

/// Put a work back
///
/// Everybody sees it again, with the plays that it had.
#[utoipa::path(tag = "moderation", security(("bearer" = [])),
    params(("work_id" = Uuid, Path, description = "the album or track")),
    responses(SelfProblems, (status = 204, description = "it is back")))]
#[delete("/api/v1/admin/takedowns/{work_id}")]
pub(crate) async fn put_work_back(
    _by: AdminOnly,
    Id(id): Id<Uuid>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    let put_back = commands.transact(&context, async |unit| {
        let work = unit.put_back(id).await?.ok_or_else(|| Error::not_found("takedown"))?;
        // Of a work that is deleted there is nothing to put back.
        if let Some(held) = unit.hold_work(work).await? {
            unit.record_sight(&held).await?;
        }
        Ok(())
    });
    put_back.await?;
    Ok(HttpResponse::NoContent().finish())
}
