//! Background work: one's own, and all of it for admins.

use access::{AdminOnly, Principal, SignedIn};
use actix_web::{
    get,
    web::{Data, Json},
};
use events::JobId;
use http_kit::{AdminListProblems, ByIdProblems, Error, FromQuery, Id, Page, PageQuery};
use representations::Job;

use crate::{Queries, pages};

/// Jobs, newest first
///
/// Finished ones are kept for a week.
#[utoipa::path(tag = "operations", path = "/api/v1/jobs/", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, description = "a page", body = Page<Job>), AdminListProblems))]
#[get("/api/v1/jobs")]
pub(crate) async fn list_jobs(
    AdminOnly(by): AdminOnly,
    page: FromQuery<PageQuery>,
    queries: Data<Queries>,
) -> Result<Json<Page<Job>>, Error> {
    let paging = page.valid()?.checked()?;
    let start = pages::start(&paging)?;
    let (views, total) = queries.reader.jobs(paging.limit.into(), start.into()).await?;
    let jobs = views.into_iter().map(|view| Job::new(view, by.actor())).collect();
    Ok(Json(pages::by_place(jobs, total, start, &paging)))
}

/// One job
///
/// For whoever created it, and for admins.
#[utoipa::path(tag = "operations", security(("bearer" = [])), params(("job_id" = JobId, Path, description = "job")),
    responses((status = 200, description = "how it stands", body = Job), ByIdProblems))]
#[get("/api/v1/jobs/{job_id}")]
pub(crate) async fn get_job(
    SignedIn(by): SignedIn,
    Id(id): Id<JobId>,
    queries: Data<Queries>,
) -> Result<Json<Job>, Error> {
    job(&by, id, &queries).await
}

/// One upload that runs as a job
///
/// The same as `/api/v1/jobs/{job_id}`.
#[utoipa::path(tag = "upload", security(("bearer" = [])), params(("job_id" = JobId, Path, description = "job")),
    responses((status = 200, description = "how it stands", body = Job), ByIdProblems))]
#[get("/api/v1/upload/jobs/{job_id}")]
pub(crate) async fn get_upload_job(
    SignedIn(by): SignedIn,
    Id(id): Id<JobId>,
    queries: Data<Queries>,
) -> Result<Json<Job>, Error> {
    job(&by, id, &queries).await
}

async fn job(by: &Principal, id: JobId, queries: &Queries) -> Result<Json<Job>, Error> {
    let view = queries.reader.job(id, by.sight()).await?;
    let view = view.ok_or_else(|| Error::not_found("job"))?;
    Ok(Json(Job::new(view, by.actor())))
}
