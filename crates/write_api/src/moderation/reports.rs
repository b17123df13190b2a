//! `POST /api/v1/reports` and `POST /api/v1/admin/reports/{report_id}/resolve`.

use access::{AdminOnly, SignedIn};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post, web::Data};
use domain::{Actor, Owned as _, ReportAction, ReportAnswer, Takedown, Work, WorkReason};
use events::Time;
use http_kit::{Body, ChangeProblems, CommandByIdProblems, ConflictProblem, Error, Id, Versioned};
use representations::Report;
use store::{HeldWork, ReportView, Unit};
use uuid::Uuid;

use super::{held, take_down};
use crate::{Commands, commands::CommandError, idempotency_key::OnceKey, once::Sent};

/// Report a work
///
/// That an album or a track should not be here, and why. An admin looks at it. A person reports a work once until then, and has
/// 100 open reports at most.
#[utoipa::path(tag = "moderation", path = "/api/v1/reports", request_body = WorkReason, security(("bearer" = [])),
    params(OnceKey),
    responses(CommandByIdProblems, ConflictProblem, (status = 201, description = "the report", body = Report)))]
#[post("/api/v1/reports")]
pub(crate) async fn report_work(
    SignedIn(by): SignedIn,
    body: Body,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    let sent: WorkReason = body.parse()?;
    let context = commands.context(&request);
    commands
        .transact_once(Sent::of(&request, &by, &body), &context, async |unit| {
            let open = unit.open_reports_of(by.user_id).await?;
            let report = domain::Report::file(commands.new_id(), &sent, by.actor(), open, context.now)?;
            let title = seen(unit, report.work, by.actor()).await?;
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

/// What the work is called; 404 for whoever does not see it.
async fn seen(unit: &mut Unit, work: Work, by: domain::Actor) -> Result<String, CommandError> {
    let held = held(unit, work).await?;
    let is_seen = match &held {
        HeldWork::Album(album) => album.is_seen_by(by),
        HeldWork::Track(track) => track.is_seen_by(by),
    };
    if !is_seen {
        return Err(Error::not_found(work.kind.name()).into());
    }
    Ok(held.title().to_owned())
}

/// Answer a report
///
/// `dismiss` leaves the work. `takedown` takes it down, and answers every open report of it; its owner sees the reason.
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
            let found = unit.report(id).await?.ok_or_else(|| Error::not_found("report"))?;
            let answer: ReportAnswer = body.parse()?;
            let view = resolve(unit, found, &answer, by.actor(), context.now).await?;
            Ok(Versioned::unversioned(StatusCode::OK, Report::from(view)))
        })
        .await
}

async fn resolve(
    unit: &mut Unit,
    mut view: ReportView,
    answer: &ReportAnswer,
    by: Actor,
    now: Time,
) -> Result<ReportView, CommandError> {
    view.report = view.report.resolve(answer, by, now)?;
    if answer.action == ReportAction::Takedown && !view.is_taken_down {
        let work = held(unit, view.report.work).await?;
        let takedown = Takedown::of(view.report.work, &answer.reason, by, now)?;
        take_down(unit, &work, &takedown).await?;
        view.is_taken_down = true;
    }
    unit.resolve_report(&view.report).await?;
    Ok(view)
}
