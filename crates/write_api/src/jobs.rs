//! `DELETE /api/v1/jobs/{job_id}` cancels background work.

use access::SignedIn;
use actix_web::{HttpRequest, HttpResponse, delete, web::Data};
use events::JobId;
use http_kit::{ByIdProblems, ConflictProblem, Error, Id};

use crate::Commands;

/// Cancel a job
///
/// For whoever created it, and for admins. What it has done so far stays. A job that runs ends within some seconds.
#[utoipa::path(tag = "operations", security(("bearer" = [])), params(("job_id" = JobId, Path, description = "job")),
    responses((status = 204, description = "it is cancelled, or will be in a moment"), ByIdProblems, ConflictProblem))]
#[delete("/api/v1/jobs/{job_id}")]
pub(crate) async fn cancel_job(
    SignedIn(by): SignedIn,
    Id(id): Id<JobId>,
    request: HttpRequest,
    commands: Data<Commands>,
) -> Result<HttpResponse, Error> {
    commands
        .transact(&commands.context(&request), async |unit| {
            let view = unit.job(id, by.sight()).await?;
            view.ok_or_else(|| Error::not_found("job"))?.job.cancel()?;
            Ok(unit.cancel_job(id).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
