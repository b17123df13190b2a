//! `POST /api/v1/reports` and `POST /api/v1/admin/reports/{report_id}/resolve`.

use access::{AdminOnly, SignedIn};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post, web::Data};
use domain::{Actor, ReportAction, ReportAnswer, ReportReason, Takedown};
use events::Time;
use http_kit::{Body, ChangeProblems, CommandByIdProblems, ConflictProblem, Error, Id, Versioned};
use representations::Report;
use store::{ReportView, Unit};
use uuid::Uuid;

use super::{held, take_down};
use crate::{Commands, commands::CommandError, idempotency_key::OnceKey, once::Sent};

/// Report something
///
/// That an album, a track, an artist or a playlist should not be here, and why. An admin looks at it. A person reports a thing once
/// until then, and has 100 open reports at most.
#[utoipa::path(tag = "moderation", path = "/api/v1/reports", request_body = ReportReason, security(("bearer" = [])),
    params(OnceKey),
    responses(CommandByIdProblems, ConflictProblem, (status = 201, description = "the report", body = Report)))]
#[post("/api/v1/reports")]
pub(crate) async fn report_work(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let sent = parsed(&body)?;
    let context = commands.context(&request);
    commands
        .transact_once(Sent::of(&request, &by, &body), &context, async |unit| {
            let title = unit.title_seen(sent.reported(), by.sight()).await?;
            let title = title.ok_or_else(|| Error::not_found(sent.r#type.name()))?;
            let open = unit.open_reports_of(by.user_id).await?;
            let report = domain::Report::file(commands.new_id(), &sent, by.actor(), open, context.now)?;
            unit.create_report(&report).await?;
            let view = ReportView {
                report,
                title: Some(title),
                is_taken_down: false,
            };
            Ok(Versioned::unversioned(StatusCode::CREATED, Report::from(view)))
        })
        .await
}

/// What is wrong with it is said before what it names is looked for.
fn parsed(body: &Body) -> Result<ReportReason, Error> {
    let sent: ReportReason = body.parse()?;
    sent.checked()?;
    Ok(sent)
}

/// Answer a report
///
/// `dismiss` leaves it as it is. `takedown` takes an album or a track down, and answers every open report of it; its owner sees
/// the reason. An artist and a playlist are not taken down: an admin changes or deletes them.
#[utoipa::path(tag = "moderation", request_body = ReportAnswer, security(("bearer" = [])),
    params(OnceKey, ("report_id" = Uuid, Path, description = "the report")),
    responses(ChangeProblems, ConflictProblem, (status = 200, description = "the report", body = Report)))]
#[post("/api/v1/admin/reports/{report_id}/resolve")]
pub(crate) async fn resolve_report(
    AdminOnly(by): AdminOnly,
    Id(id): Id<Uuid>,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let context = commands.context(&request);
    commands
        .transact_once(Sent::of(&request, &by, &body), &context, async |unit| {
            let view = resolve(unit, id, &body, by.actor(), context.now).await?;
            Ok(Versioned::unversioned(StatusCode::OK, Report::from(view)))
        })
        .await
}

async fn resolve(unit: &mut Unit, id: Uuid, body: &Body, by: Actor, now: Time) -> Result<ReportView, CommandError> {
    let no_report = || Error::not_found("report");
    let of = unit.reported(id).await?.ok_or_else(no_report)?;
    let answer: ReportAnswer = body.parse()?;
    // Held before the report: works come first in the order of locks.
    let work = match answer.action {
        ReportAction::Takedown => {
            let work = of.work()?;
            Some((work, held(unit, work).await?))
        }
        ReportAction::Dismiss => None,
    };
    let mut view = unit.report(id).await?.ok_or_else(no_report)?;
    view.report = view.report.resolve(&answer, by, now)?;
    if let (Some((work, held)), false) = (&work, view.is_taken_down) {
        let takedown = Takedown::of(*work, &answer.reason, by, now)?;
        take_down(unit, held, &takedown).await?;
        view.is_taken_down = true;
    }
    unit.resolve_report(&view.report).await?;
    Ok(view)
}
