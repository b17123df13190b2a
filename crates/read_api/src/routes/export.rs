//! `GET /api/v1/users/{user_id}/export/{job_id}`: what an export made.

use access::SignedIn;
use actix_web::{
    HttpResponse,
    body::SizedStream,
    get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use domain::Refusal;
use events::{JobId, UserId};
use futures_util::StreamExt as _;
use http_kit::{Error, Ids, SelfProblems};

use crate::{
    Viewer,
    binary::Binary,
    routes::stream::{log_failure, not_read},
};

/// Download an export of oneself
///
/// Of oneself only, for 24 h.
#[utoipa::path(tag = "users", security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "oneself"), ("job_id" = JobId, Path, description = "its job")),
    responses((status = 200, description = "JSON lines in a zip", body = Binary, content_type = "application/zip"),
        SelfProblems))]
#[get("/api/v1/users/{user_id}/export/{job_id}")]
pub(crate) async fn get_export(
    SignedIn(by): SignedIn,
    viewer: Viewer,
    Ids(user, job): Ids<UserId, JobId>,
) -> Result<HttpResponse, Error> {
    if by.user_id != user {
        return Err(Refusal::OnlyOneself.into());
    }
    let now = (viewer.queries.ambient.now)();
    if !viewer.queries.reader.is_kept_export(job, user, now).await? {
        return Err(Error::not_found("export that is still kept"));
    }
    let object = viewer.queries.objects.get(&media::export_key(job.0), None).await;
    let object = object.map_err(not_read)?;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"jonquil-export.zip\""))
        .insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.body(SizedStream::new(object.size_bytes, object.stream.inspect(log_failure))))
}
